"""Who wants to come earlier, and the times that are offered to them."""

from datetime import datetime, time, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.errors import OfferOver
from shs.appointment.models.states import LIVE, LONGEST
from shs.appointment.models.visit import Appointment
from shs.core.dates import midnight, show_date, show_datetime, shown
from shs.core.records.constraints import NeverOverlaps, known
from shs.core.records.crud import By, Crud, NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move, save_with_reason
from shs.doctors.models.hours import Weekday


class WishState(models.TextChoices):
    """What became of a wish."""

    WAITING = "waiting", _("Waiting")
    SERVED = "served", _("Has an earlier visit")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ENDED = "ended", _("Ended")


class Outcome(models.TextChoices):
    """What became of an offer."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Not answered")
    TAKEN = "taken", _("Given to somebody else")


class EarlierWishQuerySet(RecordQuerySet["EarlierWish"]):
    """Wishes to come earlier."""

    def waiting(self) -> Self:
        """Those that nobody has met, withdrawn or ended."""
        return self.filter(state=WishState.WAITING)

    def outlived(self, now: datetime) -> Self:
        """Waiting ones for which nothing can be found any more: their days are over; their visit has begun, was
        cancelled, or is with another doctor now; or, without one, a visit was booked meanwhile."""
        visit_is_over = ~Q(visit__status__in=LIVE) | Q(visit__starts_at__lte=now) | ~Q(visit__doctor=F("doctor"))
        booked = Appointment.objects.live().filter(
            patient=OuterRef("patient"), doctor=OuterRef("doctor"), created_at__gt=OuterRef("made_at")
        )
        is_over = Q(last_on__lt=timezone.localdate(now)) | (Q(visit__isnull=False) & visit_is_over)
        return self.waiting().filter(is_over | (Q(visit__isnull=True) & Exists(booked)))

    def in_order(self) -> Self:
        """Who has asked first comes first."""
        return self.order_by("made_at", "pk")


class EarlierWish(Record):
    """A wish of a `patient` to come earlier than with `visit`, which is moved then; without a visit to come as soon as
    there is a free time: with the `doctor`, or with any doctor of a `specialty` at the `clinic`. It suits from
    `first_on` to `last_on` (dates), on `weekdays` (digits, 0 is Monday; empty: all), from `from_time` to `to_time`
    (wall-clock time; empty: any), at the `clinic`. FHIR has no resource for it; R5 calls it `Appointment` with the
    status waitlist. At most one waits for each patient and doctor."""

    privacy = Administrative(because="when somebody could come; nothing of why")
    crud = Crud(change=By("offer"), remove=By("withdraw"))

    STEPS = {WishState.WAITING: {WishState.SERVED, WishState.WITHDRAWN, WishState.ENDED}}

    class Source(models.TextChoices):
        APP = "app", _("Patient app")
        DESK = "desk", _("Clinic desk")

    patient = models.ForeignKey("users.User", models.PROTECT, related_name="earlier_wishes", verbose_name=_("patient"))
    doctor = models.ForeignKey(
        "doctors.DoctorInformation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="earlier_wishes",
        verbose_name=_("doctor"),
    )
    specialty = models.ForeignKey(
        "doctors.DoctorSpecialization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("specialty"),
    )
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("clinic")
    )
    visit = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="earlier_wishes", verbose_name=_("visit")
    )
    first_on = models.DateField(_("from day"))
    last_on = models.DateField(_("to day"))
    weekdays = models.CharField(_("weekdays"), max_length=7, blank=True)
    from_time = models.TimeField(_("from time"), null=True, blank=True)
    to_time = models.TimeField(_("to time"), null=True, blank=True)
    source = models.CharField(_("requested by"), max_length=10, choices=Source, default=Source.APP)
    made_at = models.DateTimeField(_("requested"))
    state = models.CharField(_("state"), max_length=10, choices=WishState, default=WishState.WAITING)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = EarlierWishQuerySet.as_manager()
    locked_fields = (
        "patient",
        "doctor",
        "specialty",
        "clinic",
        "visit",
        "first_on",
        "last_on",
        "weekdays",
        "from_time",
        "to_time",
        "source",
        "made_at",
        "state",
        "ended_at",
    )

    class Meta:
        verbose_name = _("waiting list entry")
        verbose_name_plural = _("waiting list")
        ordering = ["made_at", "pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("ask_earlierwish", "Can ask to come earlier, and answer offers"),
            ("offer_earlierwish", "Can offer times to those who wait, and answer for them"),
            ("withdraw_earlierwish", "Can take somebody off the waiting list"),
        ]
        constraints = [
            known("state", WishState),
            models.CheckConstraint(
                name="earlierwish_for_a_doctor_or_a_specialty",
                condition=Q(doctor__isnull=False, specialty__isnull=True)
                | Q(doctor__isnull=True, specialty__isnull=False, clinic__isnull=False, visit__isnull=True)
                | ~Q(state="waiting"),
            ),
            models.CheckConstraint(
                name="earlierwish_days_in_order",
                condition=Q(last_on__gte=F("first_on")),
                violation_error_message=_("The last day is before the first one."),
            ),
            models.CheckConstraint(
                name="earlierwish_times_in_order",
                condition=Q(from_time=None) | Q(to_time=None) | Q(to_time__gt=F("from_time")),
                violation_error_message=_("The time ends before it begins."),
            ),
            models.CheckConstraint(
                name="earlierwish_ended_says_when",
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["patient", "doctor"],
                condition=Q(state="waiting"),
                name="earlierwish_once_a_doctor",
                violation_error_message=_("The patient is on the waiting list of this doctor already."),
            ),
            models.UniqueConstraint(
                fields=["patient", "specialty", "clinic"],
                condition=Q(state="waiting", doctor=None),
                name="earlierwish_once_a_specialty",
                violation_error_message=_("The patient is on the waiting list of this specialty already."),
            ),
        ]
        indexes = [
            models.Index(fields=["made_at", "id"], name="earlierwish_by_time"),  # the list
            models.Index(fields=["state", "made_at", "id"], name="earlierwish_by_state"),  # its tabs, and the due work
            models.Index(fields=["patient", "-made_at", "-id"], name="earlierwish_by_patient"),  # one's own
            models.Index(fields=["clinic", "made_at", "id"], name="earlierwish_by_clinic"),  # the desk's list
        ]

    def __str__(self) -> str:
        with_whom = self.doctor or self.specialty
        return f"{self.patient} · {with_whom}"

    def accepts(self, starts_at: datetime, clinic_id: int | None) -> bool:
        """Whether a time at a clinic suits: of day, weekday and clock, and earlier than the visit, if there is one."""
        at = timezone.localtime(starts_at)
        if self.visit is not None and starts_at >= self.visit.starts_at:
            return False
        return (
            (self.clinic_id is None or clinic_id == self.clinic_id)
            and self.first_on <= at.date() <= self.last_on
            and (not self.weekdays or str(at.weekday()) in self.weekdays)
            and (self.from_time is None or self.from_time <= at.time())
            and (self.to_time is None or at.time() < self.to_time)
        )

    @property
    def until(self) -> datetime:
        """The end of what suits: midnight after the last day, or the start of the visit."""
        end = midnight(self.last_on + timedelta(days=1))
        return min(end, self.visit.starts_at) if self.visit is not None else end

    @property
    def in_words(self) -> str:
        """The preferred times: `1 Dec 2026 – 5 Dec 2026, Mon, 14:00–18:00`."""
        parts = [f"{show_date(self.first_on)} – {show_date(self.last_on)}"]
        if self.weekdays:
            parts.append(", ".join(str(Weekday(int(day)).label) for day in self.weekdays))
        if self.from_time or self.to_time:
            parts.append(f"{_shown(self.from_time)}–{_shown(self.to_time)}")
        return " · ".join(parts)

    def serve(self, visit: Appointment, *, now: datetime) -> None:
        """It has come true with `visit`. Raises StepRefused (409)."""
        move(self, WishState.SERVED, field="state", reason="an offer was accepted", visit=visit, ended_at=now)

    def withdraw(self, *, now: datetime, reason: str = "withdrawn") -> None:
        """End it at the wish of the patient or the desk. Raises StepRefused (409) if it has ended."""
        move(self, WishState.WITHDRAWN, field="state", reason=reason, ended_at=now)

    def end(self, *, now: datetime) -> None:
        """End it because nothing can be found for it any more. Raises StepRefused (409)."""
        move(self, WishState.ENDED, field="state", reason="the time for it is over", ended_at=now)


def _shown(at: time | None) -> str:
    return shown(at) if at else ""


class EarlierOfferQuerySet(RecordQuerySet["EarlierOffer"]):
    """Offers."""

    def open(self) -> Self:
        """Those that nobody has answered, ended or taken back."""
        return self.filter(outcome=Outcome.OPEN)

    def holding(self, now: datetime) -> Self:
        """Those that keep their slot for somebody at `now`: one that has run out does not, even before it is noted."""
        return self.open().filter(open_until__gt=now)

    def meeting(self, starts_at: datetime, ends_at: datetime, since: datetime | None = None) -> Self:
        """Those of slots that meet the period; `since` as for visits."""
        since = starts_at - LONGEST if since is None else since
        return self.filter(starts_at__gt=since, starts_at__lt=ends_at, ends_at__gt=starts_at)

    def run_out(self, now: datetime) -> Self:
        """Open ones that can no longer be accepted at `now`."""
        return self.open().filter(open_until__lte=now)


class EarlierOffer(Record):
    """A free slot of a doctor that is offered to whoever has the `wish`, and kept for them until `open_until`.
    `is_by_hand`: by the desk, not in the order of the list. At most one is open for a slot and for a wish."""

    privacy = Administrative(because="which time was offered to whom")
    crud = NoPages("on the page of the wish, where offers are made and answered")

    STEPS = {Outcome.OPEN: {Outcome.ACCEPTED, Outcome.DECLINED, Outcome.EXPIRED, Outcome.TAKEN}}

    wish = models.ForeignKey(EarlierWish, models.PROTECT, related_name="offers", verbose_name=_("waiting list entry"))
    doctor = models.ForeignKey("doctors.DoctorInformation", models.PROTECT, related_name="+", verbose_name=_("doctor"))
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("clinic")
    )
    starts_at = models.DateTimeField(_("when"))
    ends_at = models.DateTimeField(_("until"))
    made_at = models.DateTimeField(_("offered"))
    open_until = models.DateTimeField(_("kept until"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    is_by_hand = models.BooleanField(_("offered by the desk"), default=False)

    objects = EarlierOfferQuerySet.as_manager()
    locked_fields = ("wish", "doctor", "clinic", "starts_at", "ends_at", "made_at", "open_until", "outcome")

    class Meta:
        verbose_name = _("offer of an earlier time")
        verbose_name_plural = _("offers of earlier times")
        ordering = ["-made_at", "-pk"]
        default_permissions = ()
        constraints = [
            known("outcome", Outcome),
            models.CheckConstraint(name="earlieroffer_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="earlieroffer_closed_says_when",
                condition=Q(outcome="open", closed_at=None) | (~Q(outcome="open") & Q(closed_at__isnull=False)),
            ),
            models.UniqueConstraint(fields=["wish"], condition=Q(outcome="open"), name="earlieroffer_one_a_wish"),
            NeverOverlaps(
                name="earlieroffer_one_a_slot",
                fields=["doctor"],
                start="starts_at",
                end="ends_at",
                only=("outcome", [Outcome.OPEN]),
                violation_error_code="slot_taken",
                violation_error_message=_("That time is offered to somebody already."),
            ),
        ]
        indexes = [
            models.Index(fields=["wish", "-made_at", "-id"], name="earlieroffer_by_wish"),  # the page of a wish
            models.Index(  # what is kept of a doctor's day
                fields=["doctor", "starts_at"], condition=Q(outcome="open"), name="earlieroffer_held"
            ),
            models.Index(fields=["open_until"], condition=Q(outcome="open"), name="earlieroffer_due"),  # the due work
        ]

    def __str__(self) -> str:
        return f"{show_datetime(self.starts_at)} · {self.doctor}"

    def require_open(self, now: datetime) -> None:
        """Raises OfferOver (409), with what has become of it."""
        if self.outcome == Outcome.TAKEN:
            raise OfferOver(TAKEN_MEANWHILE)
        if self.outcome != Outcome.OPEN or now >= self.open_until:
            raise OfferOver(_("This offer is over. You keep your place on the waiting list."))

    def close(self, outcome: str, *, now: datetime, reason: str = "") -> None:
        """Store what became of it. Raises StepRefused (409) if that is known already."""
        move(self, outcome, field="outcome", reason=reason or REASONS[outcome], closed_at=now)


TAKEN_MEANWHILE = _("This time was taken meanwhile. You keep your place on the waiting list.")
REASONS: dict[str, str] = {
    Outcome.ACCEPTED: "accepted",
    Outcome.DECLINED: "declined",
    Outcome.EXPIRED: "not answered in time",
    Outcome.TAKEN: "given to somebody else",
}


def make_offer(
    wish: EarlierWish,
    *,
    doctor_id: int,
    clinic_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    open_until: datetime,
    is_by_hand: bool,
    now: datetime,
) -> EarlierOffer:
    """Store a new offer. Constraints refuse a second open one of the slot or of the wish."""
    offer = EarlierOffer(
        wish=wish,
        doctor_id=doctor_id,
        clinic_id=clinic_id,
        starts_at=starts_at,
        ends_at=ends_at,
        made_at=now,
        open_until=open_until,
        is_by_hand=is_by_hand,
    )
    save_with_reason(offer, "offered")
    return offer
