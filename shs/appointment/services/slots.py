"""The slots of a doctor's working hours, and which of them are free."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from django.conf import settings
from django.db.models import IntegerField, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment.errors import NotASlot
from shs.appointment.models import LONGEST, Appointment, EarlierOffer
from shs.core.dates import midnight
from shs.core.errors import Invalid
from shs.core.queries import KeptQuery
from shs.doctors.models import ClosedDay, DoctorAvailability, DoctorInformation, TimeOff
from shs.doctors.models.hours import at_wall_clock
from shs.doctors.timetable import Opening, Timetable


def openings(doctor: DoctorInformation, day: date) -> list[Opening]:
    """All slots of a doctor's working hours that begin on `day` in order, whether or not they are booked or in time
    off; none at a clinic that is closed. For several days or doctors read `Timetable.of_doctors` once."""
    return Timetable.of_doctor(doctor.pk, since=day - timedelta(days=1)).openings(day)


def openings_of(blocks: Iterable[DoctorAvailability], day: date) -> list[Opening]:
    """As `openings`, of nothing but the weekly blocks of one doctor."""
    return Timetable(blocks).openings(day)


def slots_of(
    *, doctor_id: int, first: date, last: date, now: datetime, notice: timedelta = timedelta()
) -> list[tuple[Opening, bool]]:
    """The slots of a doctor from `first` to `last` (at most 31 days), each with whether it can be booked `notice`
    ahead. A window by serial is one of them, with its `places_left`."""
    if last < first:
        raise Invalid(_("The end date is before the start date."), field="to")
    if (last - first).days >= 31:
        raise Invalid(_("Request at most 31 days at a time."), field="to")
    timetable = Timetable.of_doctor(doctor_id, since=first - timedelta(days=1))
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    found = [opening for day in days for opening in timetable.openings(day)]
    if not found:
        return []
    taken = taken_of(doctor_id, found[0].starts_at, max(opening.ends_at for opening in found), now)
    earliest, latest = now + notice, latest_start(now)
    counted = [taken.counted(opening) for opening in found]
    return [
        (opening, bool(opening.places_left) and now < opening.starts_at < latest and opening.starts_at >= earliest)
        for opening in counted
    ]


def first_free(
    *, doctors: list[DoctorInformation], days: int, now: datetime, clinic_id: int | None = None
) -> dict[int, datetime]:
    """Doctor id → start of the first slot (at the clinic `clinic_id`, if it is given) within `days` days from today
    that a patient can book; doctors without one are left out. Four queries."""
    today, latest = timezone.localdate(now), min(latest_start(now), now + timedelta(days=days))
    timetables = Timetable.of_doctors([doctor.pk for doctor in doctors], since=today - timedelta(days=1))
    taken = taken_by_doctor(timetables, now, latest, now)
    found = {}
    for doctor in doctors:
        earliest = now + timedelta(minutes=doctor.notice_minutes)
        coming = (slot for day in range(days) for slot in timetables[doctor.pk].openings(today + timedelta(days=day)))
        free = (
            slot.starts_at
            for slot in coming
            if clinic_id in (None, slot.clinic_id)
            and now < slot.starts_at < latest
            and slot.starts_at >= earliest
            and taken[doctor.pk].left(slot)
        )
        if (first := next(free, None)) is not None:
            found[doctor.pk] = first
    return found


class Offer(NamedTuple):
    """The slots of a doctor in order, each with whether it can be booked, and the periods in which they are off."""

    slots: list[tuple[Opening, bool]]
    off: list["Span"]


def slots_of_each(*, timetables: Mapping[int, Timetable], first: date, last: date, now: datetime) -> dict[int, Offer]:
    """Doctor id → the slots that begin on the days from `first` to `last`, as in `slots_of`. One query."""
    latest, days = latest_start(now), [first + timedelta(days=at) for at in range((last - first).days + 1)]
    taken = taken_by_doctor(timetables, midnight(first), midnight(last + timedelta(days=1)) + LONGEST, now)
    found = {}
    for pk, timetable in timetables.items():
        slots = [taken[pk].counted(opening) for day in days for opening in timetable.openings(day)]
        offered = [(slot, bool(slot.places_left) and now < slot.starts_at < latest) for slot in slots]
        found[pk] = Offer(offered, sorted(taken[pk].off))
    return found


Span: TypeAlias = tuple[datetime, datetime]
Rows: TypeAlias = "QuerySet[Any, Any]"


class Busy:
    """Periods, asked for each slot whether any of them overlaps it; they may overlap each other."""

    def __init__(self, periods: list[tuple[datetime, datetime]]) -> None:
        periods = sorted(periods)
        self.starts = [start for start, _end in periods]
        # The latest end of the first periods, as many as there are starts before.
        self.latest = list(accumulate((end for _start, end in periods), max))

    def meets(self, opening: Opening) -> bool:
        """Whether a period overlaps the slot."""
        before = bisect_left(self.starts, opening.ends_at)
        return before > 0 and self.latest[before - 1] > opening.starts_at


class Held(NamedTuple):
    """A visit that holds a place of its doctor's time."""

    starts_at: datetime
    ends_at: datetime
    place: int
    is_by_serial: bool


class Taken:
    """What of a doctor's time is taken: fixed times by visits, the places of windows by serial, and both by time off
    (`off`), which takes the whole of a window that it meets. What is `kept` for somebody who waits is a fixed time, or
    one place of the window that begins with it."""

    def __init__(self, visits: Iterable[Held] = (), off: Iterable[Span] = (), kept: Iterable[Span] = ()) -> None:
        self.off, kept = list(off), list(kept)
        self.away, fixed = Busy(self.off), [*self.off, *kept]
        self.kept = Counter(start for start, _end in kept)
        self.places: dict[datetime, set[int]] = defaultdict(set)
        for visit in visits:
            if visit.is_by_serial:
                self.places[visit.starts_at].add(visit.place)
            else:
                fixed.append((visit.starts_at, visit.ends_at))
        self.fixed = Busy(fixed)

    def left(self, opening: Opening) -> int:
        """How many patients can still be booked in a slot."""
        if opening.capacity is None:
            return 0 if self.fixed.meets(opening) else 1
        if self.away.meets(opening):
            return 0
        taken = sum(place <= opening.capacity for place in self.places.get(opening.starts_at, ()))
        return max(0, opening.capacity - taken - self.kept[opening.starts_at])

    def counted(self, opening: Opening) -> Opening:
        """The slot with its `places_left`."""
        return opening._replace(places_left=self.left(opening))


def free_place(opening: Opening, taken: Collection[int], *, is_extra: bool = False) -> int | None:
    """The first place of a slot that is not `taken`; None if all are. An extra one comes after the last."""
    if is_extra:
        return max([opening.capacity or 0, *taken]) + 1
    return next((place for place in range(1, (opening.capacity or 1) + 1) if place not in taken), None)


HELD = ("starts_at", "ends_at", "place", "is_by_serial")
OFF, KEPT = -1, -2
"""In the column `place` of what is no visit: time off, and what is kept for somebody who waits."""


def _all_taken(columns: Sequence[str], visits: Rows, off: Rows, kept: Rows) -> Rows:
    """Visits, time off and what is kept for somebody who waits, in one query."""
    others = (
        rows.order_by().annotate(place=Value(kind), is_by_serial=Value(False)).values_list(*columns)
        for rows, kind in ((off, OFF), (kept, KEPT))
    )
    return visits.order_by().values(*columns).union(*others, all=True)


TAKEN = KeptQuery(
    lambda doctor, start, end, since, now: _all_taken(
        HELD,
        Appointment.objects.meeting(start, end, since).filter(doctor=doctor),
        TimeOff.objects.meeting(start, end).filter(doctor=doctor),
        EarlierOffer.objects.holding(now).meeting(start, end, since).filter(doctor=doctor),
    ),
    HELD,
)


def taken_of(doctor_id: int, starts_at: datetime, ends_at: datetime, now: datetime) -> Taken:
    """What of a doctor's time is taken between two instants. One query."""
    rows = TAKEN.rows(doctor=doctor_id, start=starts_at, end=ends_at, since=starts_at - LONGEST, now=now)
    return _taken(Held(**row) for row in rows)


def taken_by_doctor(
    doctors: Collection[int], starts_at: datetime, ends_at: datetime, now: datetime
) -> dict[int, Taken]:
    """As `taken_of`, by the doctor's key, of several doctors. One query."""
    keys = list(doctors)
    parts = (Appointment.objects, TimeOff.objects, EarlierOffer.objects.holding(now))
    found: dict[int, list[Held]] = defaultdict(list)
    rows = _all_taken(("doctor", *HELD), *(one.meeting(starts_at, ends_at).filter(doctor__in=keys) for one in parts))
    for row in rows:
        found[row.pop("doctor")].append(Held(**row))
    return {pk: _taken(found[pk]) for pk in keys}


def _taken(rows: Iterable[Held]) -> Taken:
    visits: list[Held] = []
    periods: dict[int, list[Span]] = {OFF: [], KEPT: []}
    for row in rows:
        if row.place in periods:
            periods[row.place].append(row[:2])
        else:
            visits.append(row)
    return Taken(visits, periods[OFF], periods[KEPT])


def busy_times(
    doctor_id: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[tuple[datetime, datetime]]:
    """The periods between two instants in which a doctor is booked at a fixed time, or off, or which are kept for
    somebody who waits."""
    rows = TAKEN.rows(doctor=doctor_id, start=starts_at, end=ends_at, since=starts_at - LONGEST, now=now)
    return [(row["starts_at"], row["ends_at"]) for row in rows if not row["is_by_serial"]]


def latest_start(now: datetime) -> datetime:
    """The end of the last bookable day."""
    last = timezone.localdate(now) + timedelta(days=settings.BOOKING_HORIZON_DAYS + 1)
    return midnight(last)


def opening_at(
    doctor: DoctorInformation, day: date, clock: time, now: datetime, notice: timedelta = timedelta()
) -> Opening:
    """The slot of `doctor` at a wall-clock time, at least `notice` ahead, unless they are off. Raises NotASlot and
    Invalid (422)."""
    opening = planned_at(doctor, day, clock, now, notice)
    if doctor.times_off.meeting(opening.starts_at, opening.ends_at).exists():
        raise away()
    return opening


def away() -> NotASlot:
    """What a slot is refused with while its doctor is off."""
    return NotASlot(_("The doctor is away at that time."), field="time")


def _in_the_way(doctor: int, patient: int, start: datetime, end: datetime, since: datetime) -> Rows:
    visits = Appointment.objects.meeting(start, end, since).filter(Q(doctor=doctor) | Q(patient=patient))
    off = TimeOff.objects.meeting(start, end).filter(doctor=doctor)
    kept = EarlierOffer.objects.open().meeting(start, end, since).filter(doctor=doctor)
    nobody = Value(None, output_field=IntegerField())
    others = (
        rows.order_by().values_list("pk", "doctor_id", nobody, "starts_at", Value(kind), Value(False))
        for kind, rows in ((OFF, off), (KEPT, kept))
    )
    found: Rows = visits.order_by().values(*IN_THE_WAY_COLUMNS).union(*others, all=True)
    return found


IN_THE_WAY_COLUMNS = ("pk", "doctor_id", "patient_id", "starts_at", "place", "is_by_serial")
IN_THE_WAY = KeptQuery(_in_the_way, IN_THE_WAY_COLUMNS)
"""Visits of a doctor or of a patient that meet a period, and in `place` OFF and KEPT as above, but KEPT also for those
who did not answer in time."""


def planned_at(
    doctor: DoctorInformation, day: date, clock: time, now: datetime, notice: timedelta = timedelta()
) -> Opening:
    """As `opening_at`, whether or not the doctor is off then."""
    starts_at = at_wall_clock(day, clock)
    if starts_at is None:
        raise Invalid(_("This time does not exist on that day: the clocks are put forward."), field="time")
    if starts_at <= now:
        raise Invalid(_("This time has passed."), field="date")
    if starts_at < now + notice:
        raise Invalid(
            _("This doctor must be booked at least %(long)s ahead.") % {"long": show_minutes(notice)}, field="time"
        )
    if starts_at >= latest_start(now):
        raise Invalid(
            _("Visits can be booked at most %(days)s days ahead.") % {"days": settings.BOOKING_HORIZON_DAYS},
            field="date",
        )
    timetable = Timetable.of_doctor(doctor.pk, since=day - timedelta(days=1))
    for opening in timetable.openings(day):
        if opening.starts_at == starts_at:
            return opening
    raise NotASlot(_why_none(timetable, day), field="time")


def _why_none(timetable: Timetable, day: date) -> str:
    """Why there is no slot: the clinic is closed on that day, with the reason, or the doctor has other hours."""
    closed = ClosedDay.objects.closing().filter(first__lte=day, last__gte=day, clinic__in=timetable.clinics).first()
    if closed is not None and not timetable.works_on(day):
        return _("The clinic is closed on that day: %(reason)s.") % {"reason": closed.shown_reason}
    return _("The doctor has no slot at that time. Choose one of the free times.")


def show_minutes(span: timedelta) -> str:
    """`90 minutes`, `2 hours`, `3 days`, in the active language."""
    minutes = int(span.total_seconds() // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days and minutes == days * 24 * 60:
        return ngettext("%d day", "%d days", days) % days
    if hours and minutes == hours * 60:
        return ngettext("%d hour", "%d hours", hours) % hours
    return ngettext("%d minute", "%d minutes", minutes) % minutes
