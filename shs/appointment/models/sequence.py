"""Counts the changes of a visit that calendars show, and lets the slots that become free by them be offered."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F

from shs.appointment.models.states import HOLDING, OFFER
from shs.core.caller import Caller
from shs.core.due.soon import soon
from shs.core.records.models import RecordQuerySet, Row

SHOWN = ("doctor_id", "clinic_id", "starts_at", "ends_at", "serial", "status")
"""The columns of which a calendar shows something: with whom, where, when, and whether it takes place."""


def is_shown(names: Iterable[str]) -> bool:
    """Whether calendars show one of the fields `names`."""
    return any(name in SHOWN or f"{name}_id" in SHOWN for name in names)


class CountedChanges(models.Model):
    """A visit with its `sequence`, the number of changes that a calendar shows (SEQUENCE in RFC 5545): of several
    events of one visit, calendars keep that with the highest one. It is counted wherever the row is saved, so that no
    way of changing a visit can forget it; the row is locked by whoever changes it."""

    sequence = models.PositiveIntegerField(default=0, editable=False)

    _stored: dict[str, object]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        row._remember(SHOWN)
        return row

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: "models.QuerySet[Self] | None" = None,
    ) -> None:
        fields = None if fields is None else list(fields)
        super().refresh_from_db(using, fields, from_queryset)
        self._remember(name for name in SHOWN if fields is None or {name, name.removesuffix("_id")} & set(fields))

    def save_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[type[models.Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Collection[str] | None = None,
    ) -> None:
        """As Django's. A change that calendars show is counted."""
        before = self.sequence
        names = [
            name for name in SHOWN if update_fields is None or {name, name.removesuffix("_id")} & set(update_fields)
        ]
        if not raw and not self._state.adding and self._differs(names):
            self.sequence += 1
            if update_fields is not None:
                update_fields = frozenset([*update_fields, "sequence"])
        try:
            super().save_base(raw, force_insert, force_update, using, update_fields)
        except BaseException:
            self.sequence = before
            raise
        if self.sequence != before and self._frees():
            soon(OFFER)
        self._remember(names)

    def _frees(self) -> bool:
        """Whether the slot that was occupied so far has become free."""
        return getattr(self, "status") not in HOLDING or self._differs(("doctor_id", "starts_at", "ends_at"))  # noqa: B009

    def _remember(self, names: Iterable[str]) -> None:
        """Note the values of the columns `names`, which are now as they are stored."""
        kept = vars(self).setdefault("_stored", {})
        kept.update({name: vars(self)[name] for name in names if name in vars(self)})

    def _differs(self, names: Iterable[str]) -> bool:
        """Whether one of the columns `names` is no longer as it is stored."""
        kept = vars(self).get("_stored", {})
        return any(name not in kept or kept[name] != getattr(self, name) for name in names)


class CountedRows(RecordQuerySet[Row]):
    """Visits, whose changes in bulk are counted, too."""

    COUNTED: ClassVar[str] = "sequence"

    def update(self, **changes: object) -> int:
        if is_shown(changes):
            changes = {self.COUNTED: F(self.COUNTED) + 1, **changes}
            soon(OFFER)
        return super().update(**changes)

    def update_with_history(
        self, rows: Sequence[Row], fields: Iterable[str], *, by: Caller | None = None, reason: str = ""
    ) -> None:
        fields = set(fields)
        if is_shown(fields):
            fields.add(self.COUNTED)
            soon(OFFER)
            for row in rows:
                setattr(row, self.COUNTED, getattr(row, self.COUNTED) + 1)
        super().update_with_history(rows, fields, by=by, reason=reason)
