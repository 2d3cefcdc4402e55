"""What a doctor's working hours come to: the one place that says when a doctor sees patients. Slots, search, free
times, planner and board read it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeAlias, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from shs.core.dates import midnight
from shs.core.queries import KeptQuery, instance
from shs.doctors.models import ClosedDay, DoctorAvailability, HoursPeriod, PeriodBlock
from shs.doctors.models.closed import span_of
from shs.doctors.models.hours import TIMES, at_wall_clock, clock_of, clocks_stand_still

Block: TypeAlias = DoctorAvailability | PeriodBlock
DAY = timedelta(days=1)
LOOKS_BACK = timedelta(days=60)
"""Periods and closed days that ended longer ago are not read, unless they are asked for."""


class Shift(NamedTuple):
    """One block of working hours on the day on which it begins: [starts_at, ends_at) at a clinic (None: wherever the
    doctor works)."""

    day: date
    starts_at: datetime
    ends_at: datetime
    clinic_id: int | None
    block: Block


class Opening(NamedTuple):
    """One slot of a doctor's working hours; `serial` counts the slots of the working `day` from 1. With a `capacity` it
    is a window by serial, from `serial` on, and `places_left` says how many can still be booked, where that is asked
    for. A slot after midnight keeps the serial, and the `day`, of the block to which it belongs."""

    starts_at: datetime
    ends_at: datetime
    serial: int
    clinic_id: int | None
    day: date | None = None
    capacity: int | None = None
    places_left: int | None = None

    @property
    def is_by_serial(self) -> bool:
        return self.capacity is not None


class Period(NamedTuple):
    """The hours of a period, in place of the weekly ones; `pk` 0: not stored yet."""

    pk: int
    first: date
    last: date
    blocks: Sequence[Block]


Spans: TypeAlias = Mapping[int, Sequence[tuple[date, date]]]
"""Clinic id → first and last days on which it is closed."""


class Timetable:
    """The working hours of one doctor: weekly blocks, those of periods and single days in their place, and the closed
    days of the clinics. Time off and visits are not in it."""

    def __init__(self, week: Iterable[Block], periods: Iterable[Period] = (), closed: Spans | None = None) -> None:
        self.week, self.closed = list(week), closed or {}
        # The first one that holds a day decides: the shortest, then the one that begins last.
        self.periods = sorted(periods, key=lambda p: (p.last - p.first, -p.first.toordinal(), p.pk))
        blocks = [*self.week, *(block for period in self.periods for block in period.blocks)]
        self.clinics = {block.clinic_id for block in blocks if block.clinic_id is not None}
        self._over_midnight = any(block.passes_midnight for block in blocks)
        self._spans = {key: [span_of(*days) for days in spans] for key, spans in self.closed.items()}
        self._numbered: dict[date, list[Opening]] = {}

    @classmethod
    def of_doctor(cls, doctor_id: int, since: date | None = None) -> "Timetable":
        """The timetable of a doctor, with the periods and closed days that end on `since` or later. One query."""
        since = since or timezone.localdate() - LOOKS_BACK
        rows = HOURS.rows(doctor=doctor_id, since=since)
        return _read((doctor_id,), rows)[doctor_id].closed_on(_closed(rows))

    @classmethod
    def of_doctors(
        cls, doctors: Collection[int], since: date | None = None, closed: "Spans | None" = None
    ) -> "dict[int, Timetable]":
        """As `of_doctor`, by the doctor's key, of several doctors. One query, also for those who know what is
        `closed`."""
        since, keys = since or timezone.localdate() - LOOKS_BACK, list(doctors)
        weekly = DoctorAvailability.objects.at_open_clinics().filter(doctor__in=keys)
        periods = HoursPeriod.objects.filter(doctor__in=keys, last__gte=since)
        rows = list(_hours(weekly, periods, since if closed is None else None))
        spans = _closed(rows) if closed is None else closed
        return {key: one.closed_on(spans) for key, one in _read(keys, rows).items()}

    def closed_on(self, closed: Spans) -> "Timetable":
        """This timetable with those of these closed days that are of its clinics."""
        return Timetable(self.week, self.periods, {at: closed[at] for at in self.clinics & closed.keys()})

    def with_week(self, week: Iterable[Block]) -> "Timetable":
        """This timetable with other weekly blocks."""
        return Timetable(week, self.periods, self.closed)

    def with_period(self, period: Period) -> "Timetable":
        """This timetable with another period, or another form of one that it has."""
        return Timetable(self.week, [*self.without_period(period.pk).periods, period], self.closed)

    def without_period(self, pk: int) -> "Timetable":
        """This timetable without a period."""
        return Timetable(self.week, [period for period in self.periods if period.pk != pk or not pk], self.closed)

    def shifts(self, day: date) -> list[Shift]:
        """The blocks that begin on `day` in order, whether or not their clinic is closed."""
        period = next((one for one in self.periods if one.first <= day <= one.last), None)
        plan = self.week if period is None else period.blocks
        blocks = sorted((block for block in plan if block.weekday == day.weekday()), key=lambda block: block.start)
        return [_shift(block, day) for block in blocks]

    def openings(self, day: date) -> list[Opening]:
        """The slots that begin on the date `day`, in order, without those at a clinic that is closed then; those after
        midnight belong to the blocks of the day before."""
        found = self._working(day)
        if self._over_midnight:
            night = midnight(day + DAY)
            late = [slot for slot in self._working(day - DAY) if slot.starts_at >= midnight(day)]
            found = [*late, *(slot for slot in found if slot.starts_at < night)]
        return [slot for slot in found if not self.is_closed(slot)]

    def working_day(self, day: date) -> list[Opening]:
        """The slots of the blocks that begin on `day`, also those after midnight, without those at a closed clinic."""
        return [slot for slot in self._working(day) if not self.is_closed(slot)]

    def last_serial(self, day: date) -> int:
        """The highest serial of the slots of a working day."""
        return max((slot.serial + (slot.capacity or 1) - 1 for slot in self._working(day)), default=0)

    def is_closed(self, slot: "Opening | Shift") -> bool:
        """Whether the clinic of a slot is closed at that time."""
        spans = self._spans.get(slot.clinic_id or 0, ())
        return any(start < slot.ends_at and end > slot.starts_at for start, end in spans)

    def closed_spans(self, clinic_id: int | None = None) -> list[tuple[datetime, datetime]]:
        """When the clinic, or with None any of the doctor's, is closed."""
        keys = self._spans if clinic_id is None else {clinic_id} & self._spans.keys()
        return sorted(span for key in keys for span in self._spans[key])

    def works_on(self, day: date) -> bool:
        """Whether the doctor has hours on the date `day`, at a clinic that is not closed on it."""
        start, end = midnight(day), midnight(day + DAY)
        closed = {key for key, spans in self.closed.items() if any(first <= day <= last for first, last in spans)}
        return any(
            shift.starts_at < end and shift.ends_at > start and shift.clinic_id not in closed
            for on in (day - DAY, day)
            for shift in self.shifts(on)
        )

    def shift_at(self, at: datetime, clinic_id: int | None) -> Shift | None:
        """The block at a clinic in which an instant lies."""
        day = timezone.localdate(at)
        shifts = (shift for on in (day - DAY, day) for shift in self.shifts(on))
        return next((s for s in shifts if s.clinic_id == clinic_id and s.starts_at <= at < s.ends_at), None)

    def _working(self, day: date) -> list[Opening]:
        if day not in self._numbered:
            self._numbered[day] = list(self._number(day))
        return self._numbered[day]

    def _number(self, day: date) -> Iterator[Opening]:
        """The slots of the blocks that begin on `day`, with their serials. A block over midnight ends at the latest
        when the next day's first begins, which only the first or last day of a period can bring about."""
        serial, free_from = 1, None
        until = min((s.starts_at for s in self.shifts(day + DAY)), default=None) if self._over_midnight else None
        for shift in self.shifts(day):
            for starts_at, ends_at in _times(shift, until):
                if free_from is None or starts_at >= free_from:  # the change of clocks can push one into the next
                    yield Opening(starts_at, ends_at, serial, shift.clinic_id, day, shift.block.capacity)
                    serial, free_from = serial + (shift.block.capacity or 1), ends_at


def weekdays_of(week: Iterable[Block]) -> set[int]:
    """The weekdays on which weekly blocks lie; one over midnight lies on two."""
    return {(block.weekday + at) % 7 for block in week for at in range(1 + block.passes_midnight)}


def _shift(block: Block, day: date) -> Shift:
    starts_at = _instant(day, block.start)
    ends_at = _instant(day if block.end > block.start else day + DAY, block.end)
    return Shift(day, starts_at, ends_at, block.clinic_id, block)


def _instant(day: date, clock: time) -> datetime:
    """The instant of a wall time; one that the change of clocks skips is as much later."""
    found = at_wall_clock(day, clock)
    if found is not None:
        return found
    zone = ZoneInfo(settings.TIME_ZONE)
    return datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)


def _times(shift: Shift, until: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    """When the slots of a block begin and end."""
    block = shift.block
    if block.capacity is not None:
        ends_at = min(shift.ends_at, until) if until and until > shift.starts_at else shift.ends_at
        if ends_at > shift.starts_at:
            yield shift.starts_at, ends_at
        return
    zone, length = ZoneInfo(settings.TIME_ZONE), timedelta(minutes=block.slot_minutes)
    is_still = all(clocks_stand_still(day, zone) for day in (shift.day, shift.day + DAY))
    for step in block.steps():
        starts_at = at_wall_clock(shift.day + timedelta(days=step.days), clock_of(step))
        if starts_at is None:
            continue
        # Minutes that pass, not those of the clock.
        ends_at = starts_at + length if is_still else (starts_at.astimezone(UTC) + length).astimezone(zone)
        if until is None or ends_at <= until:
            yield starts_at, ends_at


OF_BLOCK = ("id", *TIMES, "clinic_id")
COLUMNS = ("doctor_id", "period", "first", "last", "is_open", *OF_BLOCK)
OF_CLOSED = ("clinic_id", "first", "last")
NOTHING = Value(None, output_field=IntegerField())
NO_DAY = Cast(Value(None), DateField())


Rows: TypeAlias = "QuerySet[Any, Any]"


def _hours(weekly: Rows, periods: Rows, since: date | None) -> Rows:
    """Weekly blocks, with `period` 0, those of periods, and the days from `since` on, if it is given, on which their
    clinics are closed, without `period`, in one query of COLUMNS. A period without blocks is one row."""
    own = weekly.order_by().annotate(period=Value(0), first=NO_DAY, last=NO_DAY, is_open=Value(True)).values(*COLUMNS)
    names = ("doctor_id", "id", "first", "last", "blocks__clinic__is_active", *(f"blocks__{name}" for name in OF_BLOCK))
    others = [periods.order_by().values_list(*names)]
    if since is not None:
        their = (weekly.order_by().values("clinic"), periods.order_by().values("blocks__clinic"))
        closed = ClosedDay.objects.closing().filter(Q(clinic__in=their[0]) | Q(clinic__in=their[1]), last__gte=since)
        others.append(closed.order_by().values_list(*(name if name in OF_CLOSED else NOTHING for name in COLUMNS)))
    found: Rows = own.union(*others, all=True).order_by("period", "id", "first", "clinic_id")
    return found


HOURS = KeptQuery(
    lambda doctor, since: _hours(
        DoctorAvailability.objects.at_open_clinics().filter(doctor=doctor),
        HoursPeriod.objects.filter(doctor=doctor, last__gte=since),
        since,
    ),
    COLUMNS,
)


def _closed(rows: Iterable[dict[str, Any]]) -> dict[int, list[tuple[date, date]]]:
    """Clinic id → its closed days, of rows of COLUMNS."""
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for row in rows:
        if row["period"] is None:
            found[row["clinic_id"]].append((row["first"], row["last"]))
    return found


def _read(doctors: Collection[int], rows: Iterable[dict[str, Any]]) -> dict[int, Timetable]:
    """Doctor id → timetable without closed days, of rows of COLUMNS."""
    weeks: dict[int, list[Block]] = {key: [] for key in doctors}
    periods: dict[int, dict[int, Period]] = {key: {} for key in doctors}
    for row in rows:
        if row["period"] is None:
            continue
        block = {name: row[name] for name in OF_BLOCK}
        if not row["period"]:
            weeks[row["doctor_id"]].append(instance(DoctorAvailability, block))
            continue
        made = Period(row["period"], row["first"], row["last"], [])
        period = periods[row["doctor_id"]].setdefault(made.pk, made)
        # Nothing is offered at a clinic that is not open any more.
        if row["id"] is not None and row["is_open"] is not False:
            cast("list[Block]", period.blocks).append(instance(PeriodBlock, block))
    return {key: Timetable(weeks[key], periods[key].values()) for key in doctors}
