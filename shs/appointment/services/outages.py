"""Reasons why a doctor is unavailable, and which visits each affects."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import TruncDate

from shs.appointment.models import Appointment, AppointmentQuerySet, CancelCode
from shs.doctors.models import ClosedDay, DoctorInformation, HoursPeriod, TimeOff
from shs.doctors.models.closed import span_of
from shs.doctors.timetable import Block, Opening, Period, Timetable


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What takes doctors away: the `spans` [from, to) of a `doctor` or of a whole `clinic`; other working hours of a
    doctor (`hours`); or the `doctor` or the `clinic` altogether. With `is_known`, the absence is stored already, and
    the visits are those of which nobody has decided yet. `code` and `reason`: why visits are cancelled because of it.
    With `asks_rights`, only who may cancel a visit decides about it; else whoever may take the doctor away decides
    about all."""

    doctor: int | None = None
    clinic: int | None = None
    spans: tuple[tuple[datetime, datetime], ...] = ()
    hours: Timetable | None = None
    is_known: bool = False
    code: str = CancelCode.DOCTOR_AWAY
    reason: str = ""
    asks_rights: bool = True

    @property
    def starts_at(self) -> datetime | None:
        """When the first of its spans begins."""
        return min((start for start, _end in self.spans), default=None)

    @property
    def ends_at(self) -> datetime | None:
        """When the last of its spans ends."""
        return max((end for _start, end in self.spans), default=None)

    def hit(self, now: datetime) -> list[Appointment]:
        """The active visits that it hits and that are not over at `now`, soonest first; of known absences, also those
        that are over."""
        rows = Appointment.objects.live()
        rows = rows.without_doctor() if self.is_known else rows.upcoming(now)
        if self.doctor is not None:
            rows = rows.filter(doctor=self.doctor)
        if self.clinic is not None:
            rows = rows.filter(clinic=self.clinic)
        if self.spans:
            rows = rows.filter(reduce(or_, (Q(starts_at__lt=end, ends_at__gt=start) for start, end in self.spans)))
        rows = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")
        if self.hours is None:
            return list(rows)
        until_now = Timetable.of_doctor(self.doctor or 0)
        return [v for v in rows if lies_in(v, until_now) and not lies_in(v, self.hours)]

    def takes(self, doctor_id: int, opening: Opening) -> bool:
        """Whether a doctor cannot see anybody in a slot because of it."""
        if self.is_known or self.hours is not None or self.doctor not in (None, doctor_id):
            return False
        if self.clinic not in (None, opening.clinic_id):
            return False
        if not self.spans:
            return True
        return any(opening.starts_at < end and opening.ends_at > start for start, end in self.spans)


def leave(doctor: DoctorInformation, starts_at: datetime, ends_at: datetime) -> Outage:
    """A doctor's time off."""
    return Outage(doctor=doctor.pk, spans=((starts_at, ends_at),))


def other_hours(doctor: DoctorInformation, week: Iterable[Block]) -> Outage:
    """The weekly hours of a doctor become `week`."""
    return Outage(doctor=doctor.pk, hours=Timetable.of_doctor(doctor.pk).with_week(week))


def other_period(period: HoursPeriod, blocks: Iterable[Block] | None) -> Outage:
    """A doctor has the hours `blocks` in a period that is new or is changed; None: the period is deleted."""
    known = Timetable.of_doctor(period.doctor_id)
    if blocks is None:
        return Outage(doctor=period.doctor_id, hours=known.without_period(period.pk))
    other = Period(period.pk or 0, period.first, period.last, list(blocks))
    return Outage(doctor=period.doctor_id, hours=known.with_period(other))


def closed_on(clinic_id: int, days: Iterable[tuple[date, date]], reason: str = "") -> Outage:
    """A clinic is closed on `days`, each from a first to a last one; the patients are told the `reason`."""
    spans = tuple(span_of(*some) for some in days)
    return Outage(clinic=clinic_id, spans=spans, code=CancelCode.CLINIC_CLOSED, reason=reason)


def closed_for_good(clinic_id: int) -> Outage:
    """A clinic closes now, until somebody opens it again."""
    return Outage(clinic=clinic_id, code=CancelCode.CLINIC_CLOSED)


def gone(doctor: DoctorInformation) -> Outage:
    """A doctor may not see anybody any more, from now on. Who decides that need not see whose the visits are."""
    return Outage(doctor=doctor.pk, asks_rights=False)


def undecided(*, doctor: int | None = None, clinic: int | None = None) -> Outage:
    """Visits of a doctor or of a clinic that are without a doctor already."""
    return Outage(doctor=doctor, clinic=clinic, is_known=True)


def lies_in(visit: Appointment, hours: Timetable) -> bool:
    """Whether a visit lies in working hours at its clinic: one at a fixed time in a block of those, one by serial in a
    block by serial that begins with it and has its place. One outside of the hours, which the desk has added, does."""
    if visit.is_extra:
        return True
    shift = hours.shift_at(visit.starts_at, visit.clinic_id)
    if shift is None:
        return False
    if shift.block.capacity is not None or visit.is_by_serial:
        fits = visit.is_by_serial and visit.place <= (shift.block.capacity or 0)
        return fits and shift.starts_at == visit.starts_at
    return visit.ends_at <= shift.ends_at


def hit_now(rows: AppointmentQuerySet, now: datetime) -> AppointmentQuerySet:
    """Those of `rows` to come whose doctor is off at that time, whose clinic is closed, or whose doctor cannot be
    booked any more. Hours are not asked."""
    off = TimeOff.objects.filter(
        doctor=OuterRef("doctor"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    last_moment = ExpressionWrapper(F("ends_at") - timedelta(microseconds=1), output_field=DateTimeField())
    rows = rows.alias(first_day=TruncDate("starts_at"), last_day=TruncDate(last_moment))
    closed_then = ClosedDay.objects.closing().filter(
        clinic=OuterRef("clinic"), first__lte=OuterRef("last_day"), last__gte=OuterRef("first_day")
    )
    bookable = DoctorInformation.objects.listed().filter(pk=OuterRef("doctor"))
    away = Q(Exists(off)) | Q(Exists(closed_then)) | ~Q(Exists(bookable)) | Q(clinic__is_active=False)
    return rows.live().upcoming(now).filter(away)
