"""Private links by which calendars follow the visits of a person or a clinic."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import StepRefused
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic
from shs.users.models import User


def new_token() -> str:
    """43 letters of 256 random bits: nobody guesses one, so that a plain digest keeps it safe."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()


class FeedKind(models.TextChoices):
    """Whose visits a calendar link shows."""

    PATIENT = "patient", _("Own visits as a patient")
    DOCTOR = "doctor", _("Visits to the doctor")
    CLINIC = "clinic", _("Visits at the clinic")


ALARMS = {
    15: _("15 minutes before"),
    60: _("1 hour before"),
    120: _("2 hours before"),
    24 * 60: _("1 day before"),
}
"""How long before a visit a calendar may remind, in minutes."""


class CalendarFeedQuerySet(RecordQuerySet["CalendarFeed"]):
    """Calendar links."""

    def live(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(ended_at__isnull=True)

    def of(self, token: str) -> Self:
        """The one with this token; at most one."""
        return self.live().filter(digest=digest_of(token))


class CalendarFeed(Record):
    """A link by which a calendar reads the visits of its `owner` as a patient or as a doctor, or of a `clinic` in whose
    desk they work. The link itself is shown once, and stored as a `digest`. `read_at`: when it was last read, to the
    hour; `fingerprint` and `changed_at`: what its visits were then, and since when.

    Who makes a new link ends the former one under a lock of the owner. No constraint says so, because the merge of two
    clinics may leave somebody with two."""

    privacy = Administrative(because="who follows which visits; what the link shows is not stored")
    crud = Crud(
        add=Never("made on the page of one's own calendars, or in the app, where its link is shown once"),
        change=Never("renewed where it is made"),
        remove=By("revoke"),
    )

    owner = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds", verbose_name=_("owner"))
    kind = models.CharField(_("shows"), max_length=10, choices=FeedKind)
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("clinic")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    alarm_minutes = models.PositiveSmallIntegerField(
        _("reminder in the calendar"), choices=list(ALARMS.items()), null=True, blank=True
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()
    locked_fields = ("owner", "kind", "clinic", "alarm_minutes", "ended_at", "read_at")
    unlogged_fields = (*Record.unlogged_fields, "digest", "read_at", "fingerprint", "changed_at")

    class Meta:
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("subscribe_calendarfeed", "Can have a private link for calendars"),
            ("revoke_calendarfeed", "Can end a private link for calendars"),
        ]
        constraints = [
            known("kind", FeedKind),
            models.CheckConstraint(
                name="calendarfeed_alarm_known",
                condition=Q(alarm_minutes__isnull=True) | Q(alarm_minutes__in=[15, 60, 120, 1440]),
            ),
            models.CheckConstraint(
                name="calendarfeed_of_a_clinic_or_not",
                condition=Q(kind="clinic", clinic__isnull=False) | (~Q(kind="clinic") & Q(clinic__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="calendarfeed_by_time"),  # the list
            models.Index(  # the tab of those in use
                fields=["-created_at", "-id"], condition=Q(ended_at__isnull=True), name="calendarfeed_in_use"
            ),
            models.Index(fields=["owner", "-created_at"], name="calendarfeed_by_owner"),  # one's own
            models.Index(fields=["clinic", "-created_at", "-id"], name="calendarfeed_by_clinic"),  # the desk's list
        ]

    def __str__(self) -> str:
        return f"{self.owner} · {self.clinic or self.get_kind_display()}"

    @classmethod
    def make(
        cls, *, owner: User, kind: str, clinic: Clinic | None, token: str, alarm_minutes: int | None = None
    ) -> Self:
        """A new link with this `token`."""
        feed = cls(owner=owner, kind=kind, clinic=clinic, digest=digest_of(token), alarm_minutes=alarm_minutes)
        save_with_reason(feed, "made")
        return feed

    def note_read(self, fingerprint: str, *, now: datetime) -> datetime:
        """Note that it is read, once an hour, and that its visits have another `fingerprint` than before; returns since
        when they have this one. HTTP compares whole seconds, so that each change gets another one."""
        changes: dict[str, object] = {}
        if self.read_at is None or now - self.read_at >= timedelta(hours=1):
            changes["read_at"] = now
        if self.changed_at is None or self.fingerprint != fingerprint:
            at = now.replace(microsecond=0)
            at = at if self.changed_at is None else max(at, self.changed_at + timedelta(seconds=1))
            changes.update(fingerprint=fingerprint, changed_at=at)
        if changes:
            rows = CalendarFeed.objects.without_history("when it was read stands in the row and in the read log")
            rows.filter(pk=self.pk).update(**changes)
            for name, value in changes.items():
                setattr(self, name, value)
        return self.changed_at or now

    @property
    def alarm(self) -> timedelta | None:
        """How long before a visit calendars remind; None if they do not."""
        return timedelta(minutes=self.alarm_minutes) if self.alarm_minutes else None

    def remind(self, alarm_minutes: int | None) -> None:
        """Store how long before a visit calendars remind. Raises StepRefused (409) if the link has ended. Call it in a
        transaction."""
        lock(self)
        if self.ended_at is not None:
            raise StepRefused(_("This calendar link has ended already."))
        self.alarm_minutes = alarm_minutes
        save_with_reason(self, "reminder in the calendar")

    def end(self, *, now: datetime, reason: str = "revoked") -> None:
        """End it: nobody reads anything by its link from now on. Raises StepRefused (409) if it has ended. Call it in a
        transaction."""
        lock(self)
        if self.ended_at is not None:
            raise StepRefused(_("This calendar link has ended already."))
        self.ended_at = now
        save_with_reason(self, reason)
