"""Merging two rows of one person: what would change, the request, the second person's answer, and undoing it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shs.core.context import forget
from shs.core.errors import Forbidden, Invalid, NotFound, StepRefused
from shs.core.records.merge import Merge, put_back, relink, require_undoable
from shs.core.records.references import Link
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import save_with_reason
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users.merge_preview import certain, questions, require_clear
from shs.users.merge_rules import DROPPED, KEPT, Joining, Moves, Pair, Settled, parts, rules
from shs.users.models import ContactPoint, PersonMerge, PossibleDouble, User

MOST_ADDED = 500
"""Rows of one link that are looked at after undoing a merge."""
FOLLOWED_FOR = timedelta(days=1)
"""For so long after a merge, rows of a transaction that ran beside it are looked for."""


# --- Asking ----------------------------------------------------------------------------------------------------------


def ask(*, kept: User, dropped: User, choices: Mapping[str, str], reason: str, by: User, now: datetime) -> PersonMerge:
    """Ask to merge `dropped` into `kept`; `choices` answers `questions` with "kept" or "dropped". Both are told, and a
    second person confirms it. Raises Forbidden (403) for one of the two, StepRefused (409) for what must be decided
    first, and if a request waits already, Invalid (422)."""
    if by.pk in (kept.pk, dropped.pk):
        raise Forbidden(_("Somebody else has to merge you."))
    with transaction.atomic():
        kept, dropped = _locked(kept, dropped)
        pair = Pair(kept, dropped, now)
        require_clear(pair)
        asked = {one.key for one in questions(pair)}
        if not set(choices) <= asked or not set(choices.values()) <= {KEPT, DROPPED}:
            raise Invalid(_("Choose for each difference which value is kept."), field="choices")
        request = PersonMerge(
            kept=kept,
            dropped=dropped,
            choices=dict(choices),
            reason=reason,
            both_log_in=kept.has_login and dropped.has_login,
            asked_by=by,
            asked_at=now,
        )
        save_with_reason(request, reason)
        _tell(request, "asked")
    return request


def agree(*, request: PersonMerge, by: User, now: datetime) -> PersonMerge:
    """Agree as the owner of one of the two accounts. Raises as `PersonMerge.agree`, Unconfirmed (403)."""
    by.require_confirmed()
    with transaction.atomic():
        request.agree(by=by, now=now)
    forget()
    return request


def decline(*, request: PersonMerge, by: User, reason: str, now: datetime) -> None:
    """Decline as a second person, or as the owner of one of the two. Raises as `PersonMerge.decline`."""
    with transaction.atomic():
        request.decline(by=by, reason=reason, now=now)
        _tell(request, "declined")


def withdraw(*, request: PersonMerge, by: User, now: datetime) -> None:
    """Withdraw one's own request. Raises as `PersonMerge.withdraw`."""
    with transaction.atomic():
        request.withdraw(by=by, now=now)
        _tell(request, "declined")


# --- Merging ---------------------------------------------------------------------------------------------------------


@atomic_with_retry
def confirm(*, request: PersonMerge, by: User, now: datetime) -> None:
    """Confirm as the second person, and merge. Raises as `PersonMerge.confirm`; StepRefused (409) for what must be
    decided first, or if who asked may no longer merge the two."""
    pair = Pair(request.kept, request.dropped, now)
    for part in parts():
        part.lock(pair)
    kept, dropped = _locked(request.kept, request.dropped)
    may = User.objects.allowed(request.asked_by, "merge").filter(pk__in=[kept.pk, dropped.pk]).count()
    if may != 2 and request.status == PersonMerge.Status.WAITING:
        raise StepRefused(_("%(name)s, who asked for it, may no longer merge the two.") % {"name": request.asked_by})
    request.confirm(by=by, now=now)
    if request.both_log_in != (kept.has_login and dropped.has_login):
        raise StepRefused(_("One of the two logs in in another way now. Ask again."))
    require_clear(Pair(kept, dropped, now))
    # Before anything moves: what is sent to the dropped person goes to their own address or phone.
    _tell(request, "merged")
    reason = _reason(request, by)
    only_kept = dict.fromkeys(certain(Pair(kept, dropped, now)), KEPT)
    joining = Joining(kept, dropped, {**request.choices, **only_kept}, reason, now, by)
    for part in parts():
        part.join(joining)
    made = Merge(model=User._meta.label_lower, merged=dropped.pk, into=kept.pk, merged_by=by, merged_at=now)
    relink(made, [rule.link for rule in rules() if isinstance(rule, Moves)], dropped, kept, by=by, reason=reason)
    dropped.merge_away(kept, reason=reason)
    save_with_reason(made, reason)
    request.noted = joining.noted
    save_with_reason(request, request.reason)
    _settle_pairs(kept, dropped, by, reason, now)
    forget()


def _settle_pairs(kept: User, dropped: User, by: User, reason: str, now: datetime) -> None:
    pair = PossibleDouble.objects.of(kept.pk, dropped.pk).first()
    if pair and pair.state != PossibleDouble.State.MERGED:
        pair.join(by=by, reason=reason, now=now)
    others = PossibleDouble.objects.open().filter(Q(first=dropped) | Q(second=dropped))
    for other in others:
        other.forget()


def _locked(kept: User, dropped: User) -> tuple[User, User]:
    """The two rows, locked in the order of their keys."""
    keys = sorted({kept.pk, dropped.pk})
    rows = {row.pk: row for row in User.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")}
    if len(rows) < len(keys):
        raise NotFound
    return rows[kept.pk], rows[dropped.pk]


def _reason(request: PersonMerge, by: User) -> str:
    return f"{request.reason} (merge {request}, asked by {request.asked_by}, confirmed by {by})"[:100]


# --- Undoing ---------------------------------------------------------------------------------------------------------


@atomic_with_retry
def undo(*, request: PersonMerge, by: User, reason: str, now: datetime) -> int:
    """Undo a merge within thirty days: what is still as the merge left it goes back. Rows added since stay with the
    kept person, and wait for a decision; returns how many. Raises StepRefused (409) if it is too late, or the kept one
    was merged itself since."""
    pair = Pair(request.kept, request.dropped, now)
    for part in parts():
        part.lock(pair)
    kept, dropped = _locked(request.kept, request.dropped)
    request.refresh_from_db()
    made = require_undoable(dropped, now)
    if request.status != PersonMerge.Status.CONFIRMED or dropped.merged_into_id != kept.pk:
        raise StepRefused(_("The kept person was merged too since. Undo that merge first."))
    told = f"merge {request} undone: {reason}"[:100]
    put_back(made, kept, dropped, by=by, reason=told)
    dropped.come_back(reason=told)
    joining = Joining(kept, dropped, request.choices, told, now, by, request.noted)
    for part in parts():
        part.part(joining)
    made.undone_at = now
    save_with_reason(made, told)
    added = _added_since(kept, made, request)
    request.note_undone(added=added, reason=reason)
    double = PossibleDouble.objects.of(kept.pk, dropped.pk).filter(state=PossibleDouble.State.MERGED).first()
    if double:
        double.ask_again(reason=told)
    _tell(request, "undone")
    forget()
    return sum(len(keys) for keys in added.values())


def _movable(link: Link) -> bool:
    """Whether rows of this link that were added to the kept person may be about the other one."""
    return hasattr(link.model, "created_at") and link.model not in (User, Notice)


def movable() -> list[Link]:
    """The links of rows that move with a person."""
    links = [rule.link for rule in rules() if isinstance(rule, (Moves, Settled))]
    return [Link(link.model, link.field) for link in links if _movable(link)]


def _added_since(kept: User, made: Merge, request: PersonMerge) -> dict[str, list[int]]:
    """By model, the keys of what was added to the kept person between the merge and now."""
    found: dict[str, set[int]] = {}
    remade = set(request.noted.get("remade", ()))
    for link in movable():
        label = link.model._meta.label
        rows = link.to(kept).filter(created_at__gt=made.merged_at).order_by("pk")
        keys = {pk for pk in rows.values_list("pk", flat=True)[:MOST_ADDED] if f"{label}:{pk}" not in remade}
        if keys:
            found.setdefault(label, set()).update(keys)
    return {label: sorted(keys) for label, keys in found.items()}


class Added(NamedTuple):
    """A row that was added between: `key` names it in a form."""

    key: str
    row: models.Model
    when: datetime


def added_rows(request: PersonMerge) -> list[Added]:
    """The rows that wait for a decision, as far as they are still about the kept person."""
    found: dict[str, Added] = {}
    for link in movable():
        label = link.model._meta.label
        for row in link.to(request.kept).filter(pk__in=request.added.get(label, ())).order_by("pk"):
            key = f"{label}:{row.pk}"
            found[key] = Added(key, row, row.created_at)  # type: ignore[attr-defined]  # see _movable
    return list(found.values())


@atomic_with_retry
def settle_added(*, request: PersonMerge, keys: Iterable[str], by: User, now: datetime) -> None:
    """Let the rows with these keys of `added_rows` be about the person who is apart again; the others stay with the
    kept one. Raises StepRefused (409) if it was decided, and the refusal of a constraint; Invalid (422)."""
    kept, dropped = _locked(request.kept, request.dropped)
    offered, wanted = {one.key for one in added_rows(request)}, list(keys)
    if not set(wanted) <= offered:
        raise Invalid(_("Choose from the rows that are shown."), field="rows")
    request.settle_added(reason=f"{len(wanted)} of {len(offered)} to {dropped.patient_number}", now=now)
    chosen: dict[str, list[int]] = {}
    for key in wanted:
        label, _colon, pk = key.partition(":")
        chosen.setdefault(label, []).append(int(pk))
    links = [link for link in movable() if link.model._meta.label in chosen]
    some = [Link(link.model, link.field, Q(pk__in=chosen[link.model._meta.label])) for link in links]
    made = Merge(model=User._meta.label_lower, merged=kept.pk, into=dropped.pk, merged_by=by, merged_at=now)
    relink(made, some, kept, dropped, by=by, reason=f"added between, and about {dropped.patient_number}")
    forget()


# --- What was written meanwhile --------------------------------------------------------------------------------------


def follow(*, now: datetime, dry_run: bool = False) -> int:
    """Re-link what was written for a merged person while they were being merged, such as an entry of a chart that was
    open: nothing is left with the dropped row. Returns how many rows."""
    done = 0
    merged = Merge.objects.filter(model=User._meta.label_lower, undone_at__isnull=True)
    since = merged.filter(merged_at__gt=now - FOLLOWED_FOR)
    for made in since.select_related("merged_by").order_by("pk"):
        done += _follow(made, dry_run=dry_run)
    return done


def _follow(made: Merge, *, dry_run: bool) -> int:
    links = [rule.link for rule in rules() if isinstance(rule, Moves) and rule.model is not User]
    with transaction.atomic():
        _kept, dropped = _locked(User(pk=made.into), User(pk=made.merged))
        late = [link for link in links if not link.field.one_to_one and link.to(dropped).exists()]
        if not late or dropped.merged_into_id is None:
            return 0
        if dry_run:
            return sum(link.to(dropped).count() for link in late)
        to = dropped.current()
        done = relink(made, late, dropped, to, by=made.merged_by, reason="written while the two were merged")
        save_with_reason(made, "written while the two were merged")
    return done.count


# --- Who is told -----------------------------------------------------------------------------------------------------


def _tell(request: PersonMerge, what: str) -> None:
    """Tell both people: each with the own number and the other one's, and no name. Who has the same phone and no login
    is told once. A merged person is told at the address by which they have logged in."""
    kept, dropped = request.kept, request.dropped
    told = [(kept, dropped, "")]
    if what != "merged" and (dropped.has_login or not _share_phone(kept, dropped)):
        told.append((dropped, kept, ""))
    elif dropped.email:
        told.append((dropped, kept, dropped.email))
    notices = []
    for person, other, address in told:
        data = {
            "what": what,
            "number": person.patient_number,
            "other": other.patient_number,
            "kept": kept.patient_number,
            "must_agree": what == "asked" and request.both_log_in,
        }
        about = f"person_merge:{request.pk}"
        notices.append(notice(to=person, kind=Kind.PEOPLE_MERGED, data=data, about=about, address=address))
    notify(*notices)


def _share_phone(kept: User, dropped: User) -> bool:
    numbers = ContactPoint.objects.numbers([kept.pk, dropped.pk])
    return numbers.get(kept.pk, "") == numbers.get(dropped.pk)
