"""Visits."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.errors import TooEarly, TooLate
from shs.appointment.models.ends import CancelCode, CancelledBy
from shs.appointment.models.places import PLACES
from shs.appointment.models.rows import VisitRows
from shs.appointment.models.sequence import CountedChanges
from shs.appointment.models.session import Ahead
from shs.appointment.models.slot import AppointmentSlot
from shs.appointment.models.states import AMENDING, AROUND, LIVE, OPENING, Identity, Status
from shs.core.errors import Invalid, StepRefused
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move, save_with_reason


class AppointmentQuerySet(VisitRows["Appointment"]):
    """Visits."""


class Appointment(Ahead, CountedChanges, Record):
    """One visit of one patient to one doctor. `fee` in BDT at the time of booking; `serial` is the slot's ordinal in
    the doctor's day; an extra visit (`is_extra`), outside of the working hours, is numbered after the last slot. A
    visit by serial (`is_by_serial`) is one of several with the same start, which is a window: the patient arrives in
    it and is seen by serial; `place` counts them from 1. `checked_in_at` is the patient's arrival; it is not a
    status, because the patient app's contract has none for it. `notes` are the doctor's. `opens_until`: until when
    the visit opens the chart to its doctor, stored when it is confirmed. `identity`: how it is known that the visit
    is the patient's; the checks are IdentityCheck rows. `cancelled_by` and `cancel_code` of a cancelled visit are
    empty only if an upgrade could not find them. `without_doctor_since`: since when its doctor is known to be away
    at that time, until somebody decides what becomes of it. `expected_at`: when it is expected to begin, if the
    doctor is late."""

    privacy = Administrative(
        because="when somebody comes; why is concealed from those without read_reason", texts=("reason", "notes")
    )
    crud = Crud(change=By("reschedule", "annotate"), remove=By("cancel"))

    STEPS = {
        Status.PENDING: {Status.CONFIRMED, Status.CANCELLED},  # nobody misses what nobody has confirmed
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
    place = models.PositiveSmallIntegerField(_("place"), default=1, db_default=1)
    is_by_serial = models.BooleanField(_("by serial"), default=False, db_default=False)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    cancelled_by = models.CharField(_("cancelled by"), max_length=10, choices=CancelledBy, blank=True)
    cancel_code = models.CharField(_("reason for cancelling"), max_length=15, choices=CancelCode, blank=True)
    without_doctor_since = models.DateTimeField(_("without a doctor since"), null=True, blank=True)
    expected_at = models.DateTimeField(_("expected"), null=True, blank=True)
    fee = models.DecimalField(_("fee (BDT)"), max_digits=10, decimal_places=2)
    opens_until = models.DateTimeField(_("opens the chart until"), null=True, blank=True)
    identity = models.CharField(_("proof of identity"), max_length=10, choices=Identity, default=Identity.APP)
    reason = models.TextField(_("reason for the visit"), max_length=500, blank=True)
    notes = models.TextField(_("the doctor's notes"), max_length=2000, blank=True)

    objects = AppointmentQuerySet.as_manager()
    unlogged_fields = (*Record.unlogged_fields, "sequence")
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
        "place",
        "is_by_serial",
        "checked_in_at",
        "cancelled_by",
        "cancel_code",
        "without_doctor_since",
        "expected_at",
        "urgent_at",
        "fee",
        "opens_until",
        "identity",
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
            ("delay_appointment", "Can say that the doctor is late"),
            ("put_first_appointment", "Can let a patient be seen first"),
            ("call_appointment", "Can see the phone numbers of patients, to call them or to print them"),
            ("annotate_appointment", "Can write the doctor's notes"),
            ("read_reason_appointment", "Can read why the patient comes"),
            ("export_appointment", "Can export visits"),
        ]
        constraints = [
            known("status", Status),
            known("identity", Identity),
            known("cancelled_by", CancelledBy, blank=True),
            known("cancel_code", CancelCode, blank=True),
            models.CheckConstraint(
                name="appointment_cancelled_says_by_whom",
                condition=Q(status="cancelled") | Q(cancelled_by="", cancel_code=""),
            ),
            models.CheckConstraint(
                name="appointment_not_answered_by_nobody",
                condition=Q(cancelled_by="nobody", cancel_code="not_answered")
                | (~Q(cancelled_by="nobody") & ~Q(cancel_code="not_answered")),
            ),
            models.CheckConstraint(name="appointment_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="appointment_serial_counts", condition=Q(serial__gte=1)),
            models.CheckConstraint(
                name="appointment_expected_before_checked_in", condition=Q(checked_in_at=None) | ~Q(status="pending")
            ),
            models.CheckConstraint(
                name="appointment_without_doctor_is_open",
                condition=Q(without_doctor_since=None) | Q(status__in=LIVE),
            ),
            *PLACES,
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
            # whose chart a doctor may read
            models.Index(fields=["doctor", "opens_until"], name="appointment_opening", condition=Q(status__in=OPENING)),
            models.Index(fields=["ends_at"], name="appointment_overdue", condition=Q(status__in=LIVE)),  # mark_missed
            models.Index(  # the list of visits without a doctor
                fields=["starts_at", "id"],
                name="appointment_without_doctor",
                condition=Q(without_doctor_since__isnull=False),
            ),
            models.Index(  # the tab of requests that nobody answered
                fields=["-starts_at", "-id"], name="appointment_not_answered", condition=Q(cancelled_by="nobody")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def confirm(self, *, now: datetime) -> None:
        """Confirm the visit. Raises TooLate (409) once it is over, StepRefused (409) while its doctor is away."""

        def not_over() -> None:
            if now >= self.ends_at:
                raise TooLate(_("The time of this visit is over."))
            if self.without_doctor_since is not None:
                raise StepRefused(_("The doctor is away at that time: move the visit, or cancel it."))

        move(self, Status.CONFIRMED, reason="confirmed", check=not_over, opens_until=self.closes_at())

    def confirm_again(self, *, by_itself: bool) -> None:
        """Set the status of a visit that its patient has moved: confirmed by itself, or waiting for the doctor again.
        Call it with the row locked, and save the row."""
        self.status = Status.CONFIRMED if by_itself else Status.PENDING
        self.opens_until = self.closes_at() if by_itself else None

    def closes_at(self) -> datetime:
        """RECORD_ACCESS_DAYS after the visit."""
        return self.ends_at + timedelta(days=settings.RECORD_ACCESS_DAYS)

    @property
    def needs_proof(self) -> bool:
        """Whether nobody has proven yet that the visit is its patient's."""
        return self.identity == Identity.NONE

    def identify(self, identity: Identity) -> None:
        """Store how it is known whose visit it is. Call it with the row locked."""
        self.identity = identity
        save_with_reason(self, f"identity: {identity}")

    def check_in(self, *, now: datetime) -> None:
        """Check the patient in. Raises StepRefused (409) if the visit is not confirmed or the patient is checked in
        already, TooEarly and TooLate (409) on another day than the visit's."""
        with transaction.atomic():
            lock(self)
            if self.status != Status.CONFIRMED:
                raise StepRefused(_("Only confirmed visits can be checked in."))
            if self.checked_in_at:
                raise StepRefused(_("The patient is already checked in."))
            if not self.is_around(now):
                raise TooEarly(_("The visit is on another day.")) if now < self.starts_at else TooLate
            self.checked_in_at, self.opens_until = now, self.closes_at()
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
        return self.status == Status.CONFIRMED and self.checked_in_at is None and self.is_around(now)

    def is_around(self, now: datetime) -> bool:
        """Whether it is the day of the visit, or, near midnight, the hours around it."""
        if timezone.localdate(now) == timezone.localdate(self.starts_at):
            return True
        return self.starts_at - AROUND <= now <= self.ends_at + AROUND

    def minutes_late(self, now: datetime) -> int:
        """Whole minutes by which a patient of today is late, by serial since the end; 0 for all other visits."""
        if not self.can_be_checked_in(now):
            return 0
        return max(0, int((now - (self.finishes_at if self.is_by_serial else self.begins_at)).total_seconds() // 60))

    def minutes_waiting(self, now: datetime) -> int | None:
        """Whole minutes that a patient of today has waited since check-in; None for all other visits."""
        if self.checked_in_at is None or not self.waits or not self.is_around(now):
            return None
        return max(0, int((now - self.checked_in_at).total_seconds() // 60))

    def complete(self, *, now: datetime, reason: str = "", is_inside: bool = False) -> None:
        """Mark the visit as completed. Raises TooEarly (409) before it starts, unless its patient was called
        (`is_inside`); for a missed visit Invalid (422) without a reason, TooLate (409) after `amends_until`."""

        def took_place() -> None:
            if now < self.starts_at and not is_inside:
                raise TooEarly
            if self.status != Status.MISSED:
                return
            if now > self.amends_until:
                raise TooLate(_("The visit was missed more than 24 hours ago and can no longer be changed."))
            if not reason:
                raise Invalid(_("Enter a reason: the visit is marked as missed."), field="reason")

        until = self.opens_until or self.closes_at()
        move(
            self,
            Status.COMPLETED,
            reason=reason or "completed",
            check=took_place,
            opens_until=until,
            without_doctor_since=None,
        )

    @property
    def amends_until(self) -> datetime:
        """Until when a missed visit can still be completed."""
        return self.is_missed_from + AMENDING

    @property
    def is_missed_from(self) -> datetime:
        """From when on a visit to which nobody came counts as missed."""
        return self.finishes_at + timedelta(minutes=settings.MISSED_AFTER_MINUTES)

    def cancel(
        self,
        *,
        reason: str = "",
        by_whom: str = CancelledBy.CLINIC,
        code: str = CancelCode.OTHER,
        before: datetime | None = None,
    ) -> None:
        """Cancel the visit and free its slot. With `before` (now), only a visit that has not begun can be cancelled, as
        for patients."""

        def not_begun() -> None:
            if before is not None and before >= self.starts_at:
                raise TooLate

        move(
            self,
            Status.CANCELLED,
            reason=reason or "cancelled",
            check=not_begun,
            cancelled_by=by_whom,
            cancel_code=code,
            without_doctor_since=None,
        )

    def miss(self, *, reason: str = "nobody came", now: datetime | None = None) -> None:
        """Mark a confirmed visit as missed: the doctor was there, and the patient was not. The row stays. With `now`,
        only one that is over. Raises TooEarly and StepRefused (409)."""

        def stayed_away() -> None:
            if now is not None and now < self.ends_at:
                raise TooEarly(_("The visit is not over yet."))
            if self.checked_in_at is not None:
                raise StepRefused(_("This patient was checked in."))
            if self.without_doctor_since is not None:
                raise StepRefused(_("The doctor was away, so this visit cannot be marked as missed."))

        move(self, Status.MISSED, reason=reason, check=stayed_away)

    def may_be_missed(self, now: datetime) -> bool:
        """Whether it is time to say that nobody came, and the doctor was not away."""
        is_expected = self.checked_in_at is None and self.without_doctor_since is None
        return is_expected and now >= self.is_missed_from

    def lose_doctor(self, *, now: datetime) -> None:
        """Note that the doctor is away at the time of the visit. Call it with the row locked."""
        self.without_doctor_since = now
        save_with_reason(self, "the doctor is away")

    def find_doctor(self) -> None:
        """Note that the doctor is there after all. Call it with the row locked."""
        self.without_doctor_since = None
        save_with_reason(self, "the doctor is there after all")

    def expect(self, at: datetime | None) -> None:
        """Store when the visit is expected to begin; None: at its time."""
        with transaction.atomic():
            lock(self)
            self.expected_at = at
            save_with_reason(self, "the doctor is late" if at else "the doctor is on time")

    @property
    def begins_at(self) -> datetime:
        """When the visit is expected to begin."""
        return self.expected_at or self.starts_at

    @property
    def finishes_at(self) -> datetime:
        """When the visit is expected to end."""
        return self.begins_at + (self.ends_at - self.starts_at)

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
