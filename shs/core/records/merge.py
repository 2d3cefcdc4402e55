"""Merging one row of a catalogue into another: whatever refers to it is re-linked, and the row is archived. What was
re-linked is stored, so that the merge can be undone for thirty days."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.caller import Caller
from shs.core.errors import StepRefused
from shs.core.records.archive import Archivable
from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.references import RESTORED_FOR, Link, links_to
from shs.core.records.transitions import save_with_reason

Keys = list[Any]
BATCH = 500


class Merge(Record):
    """One merge: the row `merged` of `model` (such as "blog.tag") into the row `into`. `relinked` holds the keys of the
    rows that referred to it, by link ("blog.BlogPost.tags"); those that referred to both rows are also in `doubled`."""

    privacy = Administrative(because="about the rows of catalogues")
    crud = NoPages("on the page of the row that was merged, which undoes it")

    model = models.CharField(gettext_lazy("kind"), max_length=100)
    merged = models.BigIntegerField(gettext_lazy("merged"))
    into = models.BigIntegerField(gettext_lazy("into"))
    relinked = models.JSONField(gettext_lazy("re-linked"), default=dict)
    doubled = models.JSONField(gettext_lazy("referred to both"), default=dict)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("by")
    )
    merged_at = models.DateTimeField(gettext_lazy("merged at"))
    undone_at = models.DateTimeField(gettext_lazy("undone at"), null=True, blank=True)

    objects: ClassVar[RecordQuerySet["Merge"]] = RecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = gettext_lazy("merge")
        verbose_name_plural = gettext_lazy("merges")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model", "merged"],
                condition=models.Q(undone_at__isnull=True),
                name="merge_once",
                violation_error_message=gettext_lazy("This was merged in the meantime."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.merged} → {self.into}"

    @property
    def count(self) -> int:
        """How many rows were re-linked."""
        return sum(len(keys) for keys in self.relinked.values())


@dataclass
class Relinked:
    """The rows that a merge, or undoing it, has re-linked: their keys by model; `left` counts those that are no longer
    as the merge left them, and stayed."""

    keys: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    left: int = 0

    def add(self, model: type[models.Model], keys: Iterable[Any]) -> None:
        self.keys.setdefault(model, []).extend(keys)

    @property
    def count(self) -> int:
        return sum(len(keys) for keys in self.keys.values())


def merge(row: Archivable, into: Archivable, *, by: Caller, reason: str, now: datetime) -> Relinked:
    """Re-link whatever refers to `row` to `into`, and archive `row`. Raises StepRefused (409) if one of them was
    archived or merged meanwhile, and the refusal of a constraint that a re-linked row would violate."""
    with transaction.atomic():
        _lock(row, into)
        if row.pk == into.pk or row.is_archived or into.is_archived:
            raise StepRefused(_("One of the two is archived, or was merged in the meantime."))
        row.require_mergeable(into)
        made = Merge(model=row._meta.label_lower, merged=row.pk, into=into.pk, merged_by_id=by.pk, merged_at=now)
        done = relink(made, links_to(type(row)), row, into, by=by, reason=reason)
        row.archived_at, row.merged_into = now, into
        save_with_reason(row, reason)
        save_with_reason(made, reason)
    return done


def relink(
    made: Merge, links: Iterable[Link], old: models.Model, new: models.Model, *, by: Caller, reason: str
) -> Relinked:
    """Let what refers to `old` by `links` refer to `new`, and note it in `made`, which the caller saves. A row that
    refers to `old` by several keys changes once; one of which `new` may have only one stays if `new` has its own."""
    done = Relinked()
    for model, some in _by_model(links):
        keys = {link: _keys(link.to(old)) for link in some if not link.is_many and not _is_taken(link, new)}
        _relink_keys(model, keys, old, new, by, reason)
        both = {}
        for link in some:
            if link.is_many:
                keys[link], both[link] = _relink_choices(link, _rows(link.to(old), None), old, new, reason, set())
        for link, moved in keys.items():
            if moved:
                made.relinked[_name(link)] = [*made.relinked.get(_name(link), ()), *moved]
                done.add(model, moved)
            if both.get(link):
                made.doubled[_name(link)] = both[link]
    return done


def put_back(made: Merge, successor: models.Model, row: models.Model, *, by: Caller, reason: str) -> Relinked:
    """Let what still refers to `successor` as the merge `made` left it refer to `row` again."""
    done = Relinked()
    for model, some in _by_model(_link(name) for name in made.relinked):
        keys = {link: _keys(link.to(successor), made.relinked[_name(link)]) for link in some if not link.is_many}
        _relink_keys(model, keys, successor, row, by, reason)
        for link in some:
            noted = made.relinked[_name(link)]
            if link.is_many:
                rows, keep = _rows(link.to(successor), noted), set(made.doubled.get(_name(link), ()))
                keys[link], _both = _relink_choices(link, rows, successor, row, reason, keep)
            done.add(model, keys[link])
            done.left += len(noted) - len(keys[link])
    return done


def last_merge(row: models.Model, now: datetime) -> Merge | None:
    """The merge of `row`, which has `merged_into`, into another one, while it can be undone."""
    found = Merge.objects.filter(model=row._meta.label_lower, merged=row.pk, undone_at__isnull=True).first()
    is_merged = row.merged_into_id is not None  # type: ignore[attr-defined]  # rows that can be merged have it
    return found if found and is_merged and found.merged_at > now - RESTORED_FOR else None


def require_undoable(row: models.Model, now: datetime) -> Merge:
    """As `last_merge`. Raises StepRefused (409) if there is none."""
    made = last_merge(row, now)
    if made is None:
        raise StepRefused(_("This merge cannot be undone any more."))
    return made


def undo(row: Archivable, *, by: Caller, reason: str, now: datetime) -> Relinked:
    """Undo the merge of `row`: what still refers to its successor as the merge left it, refers to `row` again. Raises
    StepRefused (409) if it was not merged, or more than thirty days ago."""
    with transaction.atomic():
        _lock(row)
        made, successor = require_undoable(row, now), row.current()
        row.archived_at, row.merged_into = None, None
        save_with_reason(row, reason)
        done = put_back(made, successor, row, by=by, reason=reason)
        made.undone_at = now
        save_with_reason(made, reason)
    return done


def _lock(*rows: Archivable) -> None:
    """Lock the rows in the order of their keys, so that two merges of the same rows wait for each other."""
    model = type(rows[0])
    keys = [row.pk for row in rows]
    fresh = {
        one.pk: one for one in model._base_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    }
    for row in rows:
        if row.pk not in fresh:
            raise StepRefused(_("One of the two was deleted in the meantime."))
        row.refresh_from_db()


def _by_model(links: Iterable[Link]) -> Iterable[tuple[type[models.Model], list[Link]]]:
    found: dict[type[models.Model], list[Link]] = {}
    for link in links:
        found.setdefault(link.model, []).append(link)
    return found.items()


def _is_taken(link: Link, new: models.Model) -> bool:
    return bool(link.field.one_to_one) and link.to(new).exists()


def _keys(found: "models.QuerySet[models.Model]", only: Keys | None = None) -> Keys:
    return [row.pk for row in _rows(found, only)]


def _relink_keys(
    model: type[models.Model], keys: dict[Link, Keys], old: models.Model, new: models.Model, by: Caller, reason: str
) -> None:
    """Let the rows of `model` with these keys refer to `new` by these foreign keys; they are locked."""
    wanted = {key for some in keys.values() for key in some}
    rows = _rows(model._base_manager.all(), sorted(wanted))
    for link, some in keys.items():
        chosen = set(some)
        for row in rows:
            if row.pk in chosen:
                setattr(row, link.field.name, new)
    changed = [link.field.name for link, some in keys.items() if some]
    if not issubclass(model, Record):
        for row in rows:
            row.save(update_fields=changed)
    elif getattr(model, "_history_m2m_fields", ()):
        for row in rows:  # a history line in bulk would not name what they refer to several of
            row._change_reason = reason  # type: ignore[attr-defined]  # simple_history reads it
            row.save(update_fields=[*changed, "updated_at"])
    elif rows:
        manager: Any = model._default_manager
        manager.all().update_with_history(rows, changed, by=by, reason=reason)


def _rows(found: "models.QuerySet[models.Model]", only: Keys | None) -> list[models.Model]:
    """The rows of `found` (None: all, else those of the keys `only`), locked in the order of their keys."""
    locked = found.select_for_update(of=("self",)).order_by("pk")
    if only is None:
        return list(locked)
    parts = [only[start : start + BATCH] for start in range(0, len(only), BATCH)]
    return [row for part in parts for row in locked.filter(pk__in=part)]


def _relink_choices(
    link: Link, rows: list[models.Model], old: models.Model, new: models.Model, reason: str, keep: set[Any]
) -> tuple[Keys, Keys]:
    """Let `rows`, which refer to several and also to `old`, refer to `new` instead; those of `keep` refer to both from
    now on. Returns their keys, and of these the keys of those that referred to `new` already."""
    both = set(link.to(new).filter(pk__in=link.to(old).order_by().values("pk")).values_list("pk", flat=True))
    for row in rows:
        row._change_reason = reason  # type: ignore[attr-defined]  # simple_history reads it
        chosen = getattr(row, link.field.name)
        chosen.add(new)
        if row.pk not in keep:
            chosen.remove(old)
    return [row.pk for row in rows], sorted(both)


def _name(link: Link) -> str:
    return f"{link.model._meta.label}.{link.field.name}"


def _link(name: str) -> Link:
    label, _dot, field_name = name.rpartition(".")
    model = apps.get_model(label)
    return Link(model, model._meta.get_field(field_name))
