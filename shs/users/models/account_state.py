"""Whether a person may log in and publish, whether they are alive, and whether they were merged."""

from datetime import date, datetime
from typing import Self, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.errors import StepRefused
from shs.core.records.models import Record
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import validate_past_day
from shs.users.errors import Muted
from shs.users.models.role import is_patients


class AccountState(Record):
    """Base of the user: suspending, muting, death, and being merged."""

    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    died_on = models.DateField(_("died"), null=True, blank=True, validators=[validate_past_day])
    death_told_by = models.CharField(_("who reported the death"), max_length=150, blank=True)

    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )

    merged_into_id: int | None
    role: str
    is_active: bool
    is_verified: bool
    token_version: int

    class Meta:
        abstract = True

    def drop_sessions(self, *, keep: str = "") -> None:
        """End the sessions of apps and of browsers, except the browser's with the key `keep`."""
        raise NotImplementedError

    def suspend(self, *, reason: str, until: datetime | None = None) -> None:
        """Suspend the user and end all sessions and tokens; until `until`, or until somebody reinstates them."""
        lock(self)
        self.is_active = False
        self.suspended_until = until
        self.token_version += 1
        save_with_reason(self, reason)
        self.drop_sessions()

    def reinstate(self, *, reason: str) -> None:
        """End the suspension. Raises StepRefused (409) for a person who was merged."""
        lock(self)
        if self.is_merged:
            raise StepRefused(_("This person was merged with another one: undo the merge instead."))
        self.is_active = True
        self.suspended_until = None
        save_with_reason(self, reason)

    def mute(self, *, until: datetime | None, reason: str) -> None:
        """Forbid the user to publish comments, reviews and articles until then; everything else stays possible."""
        lock(self)
        self.muted_until = until
        save_with_reason(self, reason)

    def unmute(self, *, reason: str) -> None:
        """Allow a muted user to publish again."""
        lock(self)
        self.muted_until = None
        save_with_reason(self, reason)

    def is_muted(self, now: datetime) -> bool:
        """Whether the user may not publish at `now`."""
        return self.muted_until is not None and self.muted_until > now

    def require_voice(self, now: datetime) -> None:
        """Raises Muted (403) with the end of the muting."""
        if self.muted_until and self.is_muted(now):
            until = show_datetime(self.muted_until)
            raise Muted(_("A moderator has muted you until %(until)s.") % {"until": until})

    @property
    def is_dead(self) -> bool:
        """Whether the person has died: nothing is sent to them, and no visit is booked; the chart stays."""
        return self.died_on is not None

    @property
    def may_begin_to_practise(self) -> bool:
        """Whether the owner may agree that this account becomes a doctor's: that of a patient who has confirmed its
        address."""
        return is_patients(self.role) and self.is_active and self.is_verified and not self.is_dead

    def note_death(self, day: date, *, told_by: str, reason: str) -> None:
        """Note that the person died on `day`, as somebody told, and end all sessions and tokens."""
        lock(self)
        self.died_on, self.death_told_by = day, told_by
        self.token_version += 1
        save_with_reason(self, reason)
        self.drop_sessions()

    def undo_death(self, *, reason: str) -> None:
        """Note that the person is alive."""
        lock(self)
        self.died_on, self.death_told_by = None, ""
        save_with_reason(self, reason)

    @property
    def is_merged(self) -> bool:
        """Whether another row of the same person is used in place of this one."""
        return self.merged_into_id is not None

    def current(self) -> Self:
        """The row to use in place of this one: the one that it was merged into, or itself."""
        return cast(Self, self.merged_into or self)

    def merge_away(self, into: models.Model, *, reason: str) -> None:
        """Let `into` be used in place of this row, by which nobody can log in any more. The caller re-links what refers
        to it. Call it with the row locked."""
        self.is_active, self.merged_into_id = False, into.pk
        self.token_version += 1
        save_with_reason(self, reason)
        self.drop_sessions()

    def come_back(self, *, reason: str) -> None:
        """Undo `merge_away`. Call it with the row locked."""
        self.is_active, self.merged_into = True, None
        save_with_reason(self, reason)
