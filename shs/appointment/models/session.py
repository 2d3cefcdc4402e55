"""A doctor's session: whom they see on one day in a room, one call after the other."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never, NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import save_with_reason

UNDO_WITHIN = timedelta(minutes=5)
"""So long the last step of a session can be undone."""


class Ahead(models.Model):
    """A visit that may go before the others who wait, since `urgent_at`; why stands in its history."""

    urgent_at = models.DateTimeField(_("first in the queue since"), null=True, blank=True)

    class Meta:
        abstract = True

    def go_first(self, *, reason: str, now: datetime) -> None:
        """Let the patient be called before all who are not urgent. Raises Invalid (422) without a reason. Call it with
        the row locked."""
        if not reason.strip():
            raise Invalid(_("Enter a reason."), field="reason")
        self.urgent_at = now
        save_with_reason(self, reason)

    def go_in_turn(self) -> None:
        """Let the patient be called by their serial again. Call it with the row locked."""
        self.urgent_at = None
        save_with_reason(self, "no longer urgent")


class DoctorSessionQuerySet(RecordQuerySet["DoctorSession"]):
    """Sessions."""

    def running(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at__isnull=True)


class DoctorSession(Record):
    """A doctor sees patients at `clinic` (None: at a place of their own) on `day` in a `room`, from `begun_at` to
    `ended_at`; since `paused_at` nobody is called. `now_serving` is the visit that was called last, at `called_at`, and
    is not over. `step` counts what was done: whoever does the next thing says which step they have seen, so that two
    desks do not call twice. `before` is what the last step has changed, by which it is undone."""

    privacy = Administrative(because="where a doctor works and which serial is called; whose it is stands in the visit")
    crud = Crud(
        add=By("begin"), change=By("run"), remove=Never("kept as the proof that the doctor was there; it is ended")
    )

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="sessions", verbose_name=_("doctor")
    )
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("clinic")
    )
    day = models.DateField(_("day"))
    room = models.CharField(_("room"), max_length=20, blank=True)
    begun_at = models.DateTimeField(_("begun"))
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    now_serving = models.ForeignKey(
        "appointment.Appointment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("now inside")
    )
    called_at = models.DateTimeField(_("called"), null=True, blank=True)
    step = models.PositiveIntegerField(default=1, editable=False)
    before = models.JSONField(default=dict, editable=False)

    objects = DoctorSessionQuerySet.as_manager()
    unlogged_fields: ClassVar[tuple[str, ...]] = (*Record.unlogged_fields, "step", "before")
    locked_fields = (
        "doctor",
        "clinic",
        "day",
        "room",
        "begun_at",
        "paused_at",
        "ended_at",
        "now_serving",
        "called_at",
    )

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-begun_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("begin_doctorsession", "Can begin a doctor's session"),
            ("run_doctorsession", "Can call patients, pause and end a session"),
            ("complete_doctorsession", "Can complete the visit that was called, and call the next"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["doctor"],
                condition=Q(ended_at__isnull=True),
                name="doctorsession_one_at_a_time",
                violation_error_code="session_runs",
                violation_error_message=_("A session of this doctor is running already."),
            ),
            models.CheckConstraint(
                name="doctorsession_ended_serves_nobody",
                condition=Q(ended_at__isnull=True) | Q(now_serving__isnull=True),
            ),
            models.CheckConstraint(
                name="doctorsession_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("begun_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["-begun_at", "-id"], name="doctorsession_by_time"),  # the list
            models.Index(fields=["clinic", "day"], name="doctorsession_by_clinic"),  # the waiting room
            models.Index(fields=["doctor", "day"], name="doctorsession_by_doctor"),  # the queue of a visit
        ]

    def __str__(self) -> str:
        return f"{self.doctor} · {self.room}" if self.room else f"{self.doctor}"

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    def discard(self) -> None:
        """Delete a session that was begun by mistake; its history stays."""
        self._change_reason = "step undone"  # simple_history reads it
        self.delete()

    def may_be_undone(self, now: datetime) -> bool:
        """Whether the last step can be undone at `now`."""
        at = self.before.get("at")
        return at is not None and now - datetime.fromisoformat(at) <= UNDO_WITHIN


class TurnOutcome(models.TextChoices):
    """What became of a call."""

    INSIDE = "", _("Inside")
    SEEN = "seen", _("Seen")
    NOT_HERE = "not_here", _("Not here")
    UNDONE = "undone", _("Undone")


class TurnQuerySet(models.QuerySet["Turn"]):
    """Calls."""

    def inside(self) -> Self:
        """Those of patients who are with the doctor."""
        return self.filter(outcome=TurnOutcome.INSIDE)

    def over(self) -> Self:
        """Those of patients who were seen, and have not been checked in again since."""
        return self.filter(outcome=TurnOutcome.SEEN, ended_at__gte=F("visit__checked_in_at"))


class Turn(models.Model):
    """One call of a visit in a session; the time from `called_at` to `ended_at` of somebody who was seen is how long
    the doctor took."""

    privacy = Administrative(because="when which visit was called")
    crud = NoPages("made by the calls of a session, whose history tells who called whom")
    no_history = "the history of the session has a line for each call"

    session = models.ForeignKey(DoctorSession, models.CASCADE, related_name="turns")
    visit = models.ForeignKey("appointment.Appointment", models.PROTECT, related_name="turns")
    called_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=TurnOutcome, blank=True)

    objects = TurnQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            known("outcome", TurnOutcome),
            models.CheckConstraint(
                name="turn_ended_has_an_outcome",
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
            ),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(ended_at__isnull=True),
                name="turn_one_inside",
                violation_error_code="called",
                violation_error_message=_("Somebody else has just been called."),
            ),
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(ended_at__isnull=True),
                name="turn_called_once",
                violation_error_code="called",
                violation_error_message=_("This patient has been called already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.outcome}"

    def end(self, outcome: str, *, now: datetime) -> None:
        """Store what became of the call."""
        self.ended_at, self.outcome = now, outcome
        self.save(update_fields=["ended_at", "outcome"])

    def reopen(self) -> None:
        """Let it go on, because its end was a mistake."""
        self.ended_at, self.outcome = None, TurnOutcome.INSIDE
        self.save(update_fields=["ended_at", "outcome"])
