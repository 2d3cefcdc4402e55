"""Changes of what the checker answers (red flags, phrases, frequencies, levels, advice): asked for by one clinician,
confirmed by a second one. The office and imports store rows by `store` and `held_back`, so that no change of one person
alone counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shs.core.due.soon import soon
from shs.core.errors import StepRefused
from shs.core.records.transitions import lock, save_with_reason
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.predict.measuring import effect_of
from shs.predict.models import (
    FIELDS,
    ChangeKind,
    Condition,
    ConditionSymptom,
    Effect,
    Guarded,
    KnowledgeChange,
    guarded,
    kind_of,
)
from shs.predict.sets import OPEN, read_set, read_vignettes
from shs.predict.snapshot import Snapshot, stamp
from shs.users.models import User

MEASURE = "measure_changes"
"""The job that measures what waiting changes do."""

RANKING = (ChangeKind.SYMPTOM, ChangeKind.CONDITION, ChangeKind.PAIR)
"""Kinds of changes that may move the order of conditions."""

Wanted = dict[str, object]
"""New values of the fields of FIELDS that differ."""


def held_back(rows: Sequence[Guarded]) -> list[Wanted]:
    """Set the guarded fields of `rows`, of one model and not yet stored, to their stored values; returns what was
    wanted of each. A new row is stored, but not in use; while a row is not in use, its fields change at once, and so do
    the symptoms of a condition that is not. Call it inside a transaction."""
    found: list[Wanted] = []
    model = type(rows[0]) if rows else None
    keys = [row.pk for row in rows if row.pk]
    stored = model._base_manager.select_for_update(of=("self",)).in_bulk(keys) if model and keys else {}
    unused = _of_unused_conditions(rows, stored.values())
    for row in rows:
        before = stored.get(row.pk)
        if row in unused:
            found.append({})
            continue
        if before is None or not before.is_active:
            found.append({"is_active": True} if row.is_active else {})
            row.is_active = False
            continue
        old, new = guarded(before), guarded(row)
        found.append({name: value for name, value in new.items() if value != old[name]})
        for name, value in old.items():
            setattr(row, name, value)
    return found


def _of_unused_conditions(rows: Sequence[Guarded], stored: Iterable[Guarded]) -> list[Guarded]:
    """The pairs among `rows` whose condition is not in use, neither now nor as they are `stored`."""
    pairs = [row for row in rows if isinstance(row, ConditionSymptom)]
    if not pairs:
        return []
    before = {row.pk: row.condition_id for row in stored if isinstance(row, ConditionSymptom)}
    keys = {row.condition_id for row in pairs} | set(before.values())
    used = set(Condition.objects.filter(is_active=True, pk__in=keys).values_list("pk", flat=True))
    return [row for row in pairs if not {row.condition_id, before.get(row.pk, row.condition_id)} & used]


def store(row: Guarded, *, by: User, now: datetime) -> KnowledgeChange | None:
    """Store `row`, and what two have to decide as a change that waits; returns that. Raises StepRefused (409) if a
    change of this row waits already."""
    with transaction.atomic():
        (wanted,) = held_back([row])
        row.save()
        ask([row], [wanted], by=by, now=now)
        soon(MEASURE)
        return KnowledgeChange.objects.waiting().of(row).first() if wanted else None


def ask(rows: Sequence[Guarded], wanted: Sequence[Wanted], *, by: User, now: datetime) -> None:
    """Let what `held_back` returned for `rows`, which are stored by now, wait for a second clinician. Raises
    StepRefused (409) if a change of one of them waits already."""
    asked = [(row, changes) for row, changes in zip(rows, wanted, strict=True) if changes]
    if not asked:
        return
    kind = kind_of(asked[0][0])
    with transaction.atomic():
        waiting = KnowledgeChange.objects.waiting().filter(kind=kind, row__in=[row.pk for row, _changes in asked])
        if (one := waiting.first()) is not None:
            raise StepRefused(_("A change of “%(name)s” waits for a second clinician already.") % {"name": one.name})
        made = [
            KnowledgeChange(
                kind=kind,
                row=row.pk,
                name=str(row)[:120],
                changes=changes,
                before=guarded(row),
                asked_by=by,
                asked_at=now,
            )
            for row, changes in asked
        ]
        KnowledgeChange.objects.create_with_history(made, by=by)
        readers = made[0].deciders().exclude(pk__in=_not_yet_read())
        _tell(readers, by=by, what=_what(made), now=now)
        soon(MEASURE)


def _what(made: Sequence[KnowledgeChange]) -> str:
    """What is told of changes: the name of one, and how many more there are."""
    more = f" (+{len(made) - 1})" if len(made) > 1 else ""
    return f"{made[0].name}{more}"


def _not_yet_read() -> QuerySet[Notice, int]:
    """Who has such a notice that they have not read yet: it tells them enough."""
    found: QuerySet[Notice, int] = Notice.objects.filter(kind=Kind.KNOWLEDGE_CHANGE, read_at=None).values_list(
        "user", flat=True
    )
    return found


def _tell(readers: Iterable[User], *, by: User, what: str, now: datetime, is_alone: bool = False) -> None:
    data = {"asked_by": by.name, "what": what, "is_alone": is_alone}
    notify(
        *(
            notice(to=reader, kind=Kind.KNOWLEDGE_CHANGE, data=data, due_at=now)
            for reader in readers
            if reader.pk != by.pk
        )
    )


def confirm(*, change: KnowledgeChange, by: User, now: datetime) -> None:
    """Confirm a change as the second clinician, and make it. Raises StepRefused (409) if its effect is not measured
    with the present knowledge, the row has changed since, its values are no longer allowed, or the one who asked has
    left; and as `KnowledgeChange.confirm`."""
    with transaction.atomic():
        change.confirm(by=by, now=now)
        _make(change, f"asked by {change.asked_by}, confirmed by {by}")


def confirm_alone(*, change: KnowledgeChange, by: User, now: datetime) -> None:
    """Confirm one's own change where nobody else may, 24 hours after it was asked for; auditors are told. Raises as
    `confirm` and `KnowledgeChange.confirm_alone`."""
    with transaction.atomic():
        change.confirm_alone(by=by, now=now)
        _make(change, f"asked for and confirmed by {by} without a second clinician")
        _tell(User.objects.auditors(), by=by, what=str(change.name), now=now, is_alone=True)


def _make(change: KnowledgeChange, reason: str) -> None:
    """Make a change that has just been confirmed."""
    with transaction.atomic():
        row = change.stored_row()
        if row is None:
            raise StepRefused(_("It is no longer there."))
        lock(row)
        if guarded(row) != change.before:
            raise StepRefused(_("It has changed since. Decline this change; it can be asked for again."))
        if not change.measured or change.measured_with != stamp():
            soon(MEASURE)
            raise StepRefused(_("Its effect on the test set is being measured. Try again in a minute."))
        if not change.asked_by.is_active:
            raise StepRefused(_("%(name)s, who asked for it, has left.") % {"name": change.asked_by})
        try:
            change.applied_to(row).full_clean()
        except ValidationError as error:
            raise StepRefused(" ".join(error.messages)) from None
        save_with_reason(row, reason)
        soon(MEASURE)


def differences(change: KnowledgeChange) -> list[tuple[str, object, object]]:
    """Name, old and new value of each field that a change is about; all fields of a row that comes into use."""
    names = FIELDS[change.kind]
    if change.changes.get("is_active"):
        return [(name, "", change.changes.get(name, change.before[name])) for name in names]
    return [(name, change.before[name], change.changes[name]) for name in names if name in change.changes]


def unmeasured() -> list[KnowledgeChange]:
    """The changes that wait, and whose effect is not known with the present knowledge."""
    return list(KnowledgeChange.objects.waiting().exclude(measured_with=stamp()).order_by("pk"))


def measure() -> int:
    """Measure what each waiting change does to the answers on the open set; returns how many. Not in a transaction: it
    takes some seconds."""
    waiting = unmeasured()
    if not waiting:
        return 0
    with_knowledge, present, samples = stamp(), Snapshot.now(), read_set(OPEN)
    stories = read_vignettes(held_out=False) if any(change.kind in RANKING for change in waiting) else []
    firsts = present.firsts(stories)
    before = [present.is_urgent(sample.texts, sample.case) for sample in samples]
    for change in waiting:
        row = change.stored_row()
        if row is None:
            continue
        then = present.with_row(change.applied_to(row))
        effect = effect_of(samples, before, [then.is_urgent(sample.texts, sample.case) for sample in samples])
        if change.kind in RANKING:
            effect = effect._replace(ranked=len(stories), first=sum(firsts), first_then=sum(then.firsts(stories)))
        _note(change, effect, with_knowledge)
    return len(waiting)


def _note(change: KnowledgeChange, effect: Effect, measured_with: str) -> None:
    rows = KnowledgeChange.objects.waiting().without_history("measured, not changed")
    rows.filter(pk=change.pk).update(effect=effect._asdict(), measured_with=measured_with)
