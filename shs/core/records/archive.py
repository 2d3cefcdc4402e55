"""Rows of a catalogue that can be archived, or merged into another row of it."""

from datetime import datetime
from typing import Generic, Self, TypeVar, cast

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from shs.core.errors import StepRefused
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.transitions import lock, save_with_reason

Kept = TypeVar("Kept", bound="Archivable")


class ArchivableQuerySet(RecordQuerySet[Kept], Generic[Kept]):
    """Rows of a catalogue."""

    def in_use(self) -> Self:
        """Rows that can be chosen and are listed in public."""
        return self.filter(archived_at__isnull=True)

    def successors(self) -> Self:
        """The keys of these rows for use as a subquery, in which a merged row is replaced by the one that it was merged
        into: who asks for the former finds the latter."""
        return self.order_by().values_list(Coalesce("merged_into", "pk"), flat=True)  # type: ignore[return-value]  # only a subquery


class Archivable(Record):
    """A row of a catalogue. An archived one stays where it is in use, and can no longer be chosen. One that was merged
    is archived and names its successor, never a row that was merged itself: a merge re-links `merged_into`, too."""

    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def archive(self, *, reason: str, now: datetime) -> None:
        """Offer it no longer. Raises StepRefused (409) if it is archived already."""
        with transaction.atomic():
            lock(self)
            if self.is_archived:
                raise StepRefused(_("This is already archived."))
            self.archived_at = now
            save_with_reason(self, reason)

    def unarchive(self, *, reason: str) -> None:
        """Offer it again. Raises StepRefused (409) if it is in use, or was merged."""
        with transaction.atomic():
            lock(self)
            if not self.is_archived or self.merged_into is not None:
                raise StepRefused(_("This is not archived, or was merged: undo the merge instead."))
            self.archived_at = None
            save_with_reason(self, reason)

    def require_mergeable(self, into: "Archivable") -> None:
        """Raises StepRefused (409) if it must not be merged into `into`, another row of its catalogue."""

    def current(self) -> Self:
        """The row to use in its place: the one that it was merged into, or itself."""
        return cast(Self, self.merged_into or self)
