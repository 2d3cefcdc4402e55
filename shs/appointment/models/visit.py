"""Visits."""

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.errors import TooEarly, TooLate
from shs.appointment.models.slot import AppointmentSlot
from shs.core.errors import Invalid, StepRefused
from shs.core.records.constraints import NeverOverlaps, known
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move, save_with_reason


class Status(models.TextChoices):
    """Status of a visit."""

    PENDING = "pending", _("Requested")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    MISSED = "missed", _("Missed")


LIVE = (Status.PENDING, Status.CONFIRMED)


HOLDING = (*LIVE, Status.COMPLETED)


"""The states in which a visit occupies its slot and its patient's time."""


AMENDING = timedelta(hours=24)

LONGEST = timedelta(hours=4)
"""No visit is longer: a slot has at most 240 minutes."""


def new_number(starts_at: datetime) -> str:
    """A number such as APT-20261125-K7QX2M: the day of the visit, and 30 random bits in letters that are hard to
    confuse."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    tail = "".join(secrets.choice(letters) for _ in range(6))
    return f"APT-{timezone.localtime(starts_at):%Y%m%d}-{tail}"


class AppointmentQuerySet(RecordQuerySet["Appointment"]):
    """Visits."""

    def live(self) -> Self:
        """Visits that are requested or confirmed."""
        return self.filter(status__in=LIVE)

    def overdue(self, now: datetime) -> Self:
        """Active visits that ended before `now` (aware) without a check-in. A visit with a check-in waits for the
        doctor to complete it."""
        return self.live().filter(ends_at__lt=now, checked_in_at=None)

    def meeting(self, starts_at: datetime, ends_at: datetime, since: datetime | None = None) -> Self:
        """Visits that occupy time in [starts_at, ends_at). `since` is LONGEST before `starts_at`; no visit that began
        earlier can reach into it, so that an index finds the few rows without reading all earlier ones."""
        since = starts_at - LONGEST if since is None else since
        return self.filter(status__in=HOLDING, starts_at__gt=since, starts_at__lt=ends_at, ends_at__gt=starts_at)

    def upcoming(self, now: datetime) -> Self:
        """Visits that have not ended at `now`."""
        return self.filter(ends_at__gt=now)

    def past(self, now: datetime) -> Self:
        """Visits that have ended at `now`."""
        return self.filter(ends_at__lte=now)


class Appointment(Record):
    """One visit of one patient to one doctor. `fee` in BDT at the time of booking; `serial` is the slot's ordinal in
    the doctor's day; an extra visit (`is_extra`), outside of the working hours, is numbered after the last slot.
    `checked_in_at` is the patient's arrival; it is not a status, because the patient app's contract has none for it.
    `notes` are the doctor's."""

    privacy = Administrative(because="when somebody comes; why is concealed from those without read_reason")

    STEPS = {
        Status.PENDING: {Status.CONFIRMED, Status.CANCELLED, Status.MISSED},
        Status.CONFIRMED: {Status.COMPLETED, Status.CANCELLED, Status.MISSED},
        Status.MISSED: {Status.COMPLETED},  # the visit took place after all: possible for a day, with a reason
    }

    class Source(models.TextChoices):
        APP = "app", _("Patient app")
        DESK = "desk", _("Clinic desk")
        WALK_IN = "walk_in", _("Walk-in")

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    serial = models.PositiveSmallIntegerField(_("serial"))
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="appointments", verbose_name=_("patient"))
    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="appointments", verbose_name=_("doctor")
    )
    slot = models.ForeignKey(AppointmentSlot, models.PROTECT, related_name="appointments", verbose_name=_("slot"))
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("clinic")
    )
    starts_at = models.DateTimeField(_("when"))
    ends_at = models.DateTimeField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    source = models.CharField(_("booked by"), max_length=10, choices=Source, default=Source.APP)
    is_extra = models.BooleanField(_("extra visit"), default=False)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    fee = models.DecimalField(_("fee (BDT)"), max_digits=10, decimal_places=2)
    reason = models.TextField(_("reason for the visit"), max_length=500, blank=True)
    notes = models.TextField(_("the doctor's notes"), max_length=2000, blank=True)

    objects = AppointmentQuerySet.as_manager()
    locked_fields = (
        "number",
        "serial",
        "patient",
        "doctor",
        "slot",
        "clinic",
        "starts_at",
        "ends_at",
        "status",
        "source",
        "is_extra",
        "checked_in_at",
        "fee",
        "reason",
        "notes",
    )

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["-starts_at", "-pk"]
        permissions = [
            ("book_appointment", "Can book a visit for themselves"),
            ("attend_appointment", "Sees patients as a doctor"),
            ("confirm_appointment", "Can confirm a visit"),
            ("check_in_appointment", "Can say that the patient is there"),
            ("complete_appointment", "Can say that a visit took place"),
            ("cancel_appointment", "Can cancel a visit"),
            ("miss_appointment", "Can say that nobody came"),
            ("reschedule_appointment", "Can move a visit to another time"),
            ("remind_appointment", "Can remind patients of their visits"),
            ("annotate_appointment", "Can write the doctor's notes"),
            ("read_reason_appointment", "Can read why the patient comes"),
            ("export_appointment", "Can export visits"),
        ]
        constraints = [
            known("status", Status),
            models.CheckConstraint(name="appointment_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="appointment_serial_counts", condition=Q(serial__gte=1)),
            models.CheckConstraint(
                name="appointment_expected_before_checked_in", condition=Q(checked_in_at=None) | ~Q(status="pending")
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(status__in=HOLDING),
                name="appointment_slot_taken_once",
                violation_error_code="slot_taken",
                violation_error_message=_("That time is no longer free."),
            ),
            NeverOverlaps(
                name="appointment_doctor_sees_one_at_a_time",
                fields=["doctor"],
                start="starts_at",
                end="ends_at",
                only=("status", HOLDING),
                violation_error_code="slot_taken",
                violation_error_message=_("That time is no longer free."),
            ),
            NeverOverlaps(
                name="appointment_patient_in_one_place",
                fields=["patient"],
                start="starts_at",
                end="ends_at",
                only=("status", HOLDING),
                violation_error_code="patient_busy",
                violation_error_message=_("The patient has another appointment at that time."),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-starts_at", "-id"], name="appointment_by_patient"),  # my appointments
            models.Index(fields=["doctor", "-starts_at", "-id"], name="appointment_by_doctor"),  # a doctor's day
            models.Index(fields=["clinic", "-starts_at", "-id"], name="appointment_by_clinic"),  # the desk's list
            models.Index(
                fields=["-starts_at", "-id", "status"], name="appointment_by_time"
            ),  # the admin's list, and its numbers
            # the tab of requested visits, and the dashboard's number of missed ones
            models.Index(fields=["status", "-starts_at", "-id"], name="appointment_by_status"),
            models.Index(fields=["doctor", "patient"], name="appointment_doctor_patients"),  # whom a doctor may see
            models.Index(fields=["clinic", "patient"], name="appointment_clinic_patients"),  # whom a desk may see
            models.Index(fields=["clinic", "doctor"], name="appointment_clinic_doctors"),  # a desk's search by doctor
            models.Index(fields=["ends_at"], name="appointment_overdue", condition=Q(status__in=LIVE)),  # mark_missed
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def confirm(self, *, now: datetime) -> None:
        """Confirm the visit. Raises TooLate (409) once it is over."""

        def not_over() -> None:
            if now >= self.ends_at:
                raise TooLate(_("The time of this visit is over."))

        move(self, Status.CONFIRMED, reason="confirmed", check=not_over)

    def check_in(self, *, now: datetime) -> None:
        """Check the patient in. Raises StepRefused (409) if the visit is not confirmed or the patient is checked in
        already, TooEarly and TooLate (409) on another day than the visit's."""
        with transaction.atomic():
            lock(self)
            if self.status != Status.CONFIRMED:
                raise StepRefused(_("Only confirmed visits can be checked in."))
            if self.checked_in_at:
                raise StepRefused(_("The patient is already checked in."))
            day, today = timezone.localdate(self.starts_at), timezone.localdate(now)
            if today != day:
                raise TooEarly(_("The visit is on another day.")) if today < day else TooLate
            self.checked_in_at = now
            save_with_reason(self, "checked in")

    def undo_check_in(self) -> None:
        """Undo the check-in. Raises StepRefused (409) if the patient is not checked in."""
        with transaction.atomic():
            lock(self)
            if not self.waits:
                raise StepRefused(_("This patient is not checked in."))
            self.checked_in_at = None
            save_with_reason(self, "check-in undone")

    @property
    def waits(self) -> bool:
        """Whether the patient is checked in, and the visit neither completed nor cancelled."""
        return self.status == Status.CONFIRMED and self.checked_in_at is not None

    def can_be_checked_in(self, now: datetime) -> bool:
        """Whether `check_in` is possible at `now`."""
        same_day = timezone.localdate(now) == timezone.localdate(self.starts_at)
        return self.status == Status.CONFIRMED and self.checked_in_at is None and same_day

    def minutes_late(self, now: datetime) -> int:
        """Whole minutes by which a patient of today is late; 0 for all other visits."""
        if not self.can_be_checked_in(now):
            return 0
        return max(0, int((now - self.starts_at).total_seconds() // 60))

    def minutes_waiting(self, now: datetime) -> int | None:
        """Whole minutes that a patient of today has waited since check-in; None for all other visits."""
        is_today = timezone.localdate(now) == timezone.localdate(self.starts_at)
        if self.checked_in_at is None or not self.waits or not is_today:
            return None
        return max(0, int((now - self.checked_in_at).total_seconds() // 60))

    def complete(self, *, now: datetime, reason: str = "") -> None:
        """Mark the visit as completed. Raises TooEarly (409) before it starts; for a missed visit Invalid (422) without
        a reason, and TooLate (409) after `amends_until`."""

        def took_place() -> None:
            if now < self.starts_at:
                raise TooEarly
            if self.status != Status.MISSED:
                return
            if now > self.amends_until:
                raise TooLate(_("The visit was missed more than 24 hours ago and can no longer be changed."))
            if not reason:
                raise Invalid(_("Enter a reason: the visit is marked as missed."), field="reason")

        move(self, Status.COMPLETED, reason=reason or "completed", check=took_place)

    @property
    def amends_until(self) -> datetime:
        """Until when a missed visit can still be completed."""
        return self.ends_at + timedelta(minutes=settings.MISSED_AFTER_MINUTES) + AMENDING

    def cancel(self, *, reason: str = "", before: datetime | None = None) -> None:
        """Cancel the visit and free its slot. With `before` (now), only a visit that has not begun can be cancelled, as
        for patients."""

        def not_begun() -> None:
            if before is not None and before >= self.starts_at:
                raise TooLate

        move(self, Status.CANCELLED, reason=reason or "cancelled", check=not_begun)

    def miss(self, *, reason: str = "nobody came") -> None:
        """Mark the visit as missed. The row stays."""
        move(self, Status.MISSED, reason=reason)

    def require_movable(self, now: datetime) -> None:
        """Raises StepRefused (409) for a visit that is no longer active, TooLate (409) for one that has begun."""
        if self.status not in LIVE:
            raise StepRefused(_("Only upcoming visits can be moved."))
        if now >= self.starts_at:
            raise TooLate

    def refuse_step(self, status: str) -> None:
        """Raises StepRefused (409): no step leads back to `status`."""
        raise StepRefused(_("A visit cannot be set back to %(status)s.") % {"status": Status(status).label.lower()})

    def annotate(self, notes: str) -> None:
        """Store the doctor's notes."""
        lock(self)
        self.notes = notes
        save_with_reason(self, "notes")
