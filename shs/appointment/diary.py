"""What the calendar shows: visits and slots by hour, in a column for each doctor of one day or for each day of one
doctor; of a clinic's week, how many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.board import COLUMNS, Flag
from shs.appointment.models import LIVE, Appointment
from shs.appointment.services import Busy, Offer, Opening
from shs.core.caller import Caller
from shs.core.dates import show_time
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.doctors.timetable import Timetable

MOST_DOCTORS, MOST_VISITS = 12, 400
"""The most columns of a day, or rows of a clinic's week; and the most visits of a table."""

LONGEST_GAP = 2
"""So many hours without anything stand between others; of more, one line says that they are left out."""

Slots = Mapping[int, list[tuple[Opening, bool]]]
"""Doctor id → slots in order, each with whether it can be booked."""


class Shade(NamedTuple):
    """A period in which a doctor sees nobody, and why, in a word."""

    starts_at: datetime
    ends_at: datetime
    word: Label

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it overlaps [starts_at, ends_at)."""
        return self.starts_at < ends_at and self.ends_at > starts_at

    def covers(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether [starts_at, ends_at) lies in it."""
        return self.starts_at <= starts_at and self.ends_at >= ends_at


Shades = Mapping[int, list[Shade]]
"""Doctor id → periods in which the doctor sees nobody."""


def shades_of(
    user: Caller, offers: Mapping[int, Offer], timetables: Mapping[int, Timetable], clinic_id: int | None
) -> dict[int, list[Shade]]:
    """When the doctors see nobody: closed days of the clinic (None: of any of theirs), and their leave, if `user` may
    see that. What else keeps a doctor from seeing anybody belongs here."""
    sees_leave = holds(user, "doctors.view_timeoff")
    found = {}
    for pk, offer in offers.items():
        closed = timetables[pk].closed_spans(clinic_id)
        away = offer.off if sees_leave else []
        found[pk] = [*(Shade(*span, _("closed")) for span in closed), *(Shade(*span, _("away")) for span in away)]
    return found


class Column(NamedTuple):
    """A column of the table: one doctor on one day, and the address to which its heading leads."""

    doctor_id: int
    day: date
    title: str
    url: str
    is_today: bool = False


class Item(NamedTuple):
    """A visit; or, without one, `free` slots that can be booked and begin at the same time. `url` is empty where the
    reader may not book; `place` names the clinic where there are several. `progress` and `word` say how far the
    visit is."""

    starts_at: datetime
    url: str
    place: str
    visit: Appointment | None = None
    progress: str = "free"
    word: Label = ""
    flags: tuple[Flag, ...] = ()
    free: int = 0
    serial: int = 0

    @property
    def minute(self) -> int:
        """Minutes of the day, by which the arrow keys find what stands beside it."""
        start = timezone.localtime(self.starts_at)
        return start.hour * 60 + start.minute

    @property
    def key(self) -> str:
        """What names it on the page, also after the table has been renewed."""
        return f"visit-{self.visit.pk}" if self.visit else f"free-{self.starts_at:%Y%m%dT%H%M}"


class Cell(NamedTuple):
    """An hour of a column. `left` are the times of slots that nobody can book any more or yet."""

    column: Column
    items: list[Item]
    left: list[str]
    shade: str
    is_all_shaded: bool
    goes_on: bool
    """Whether the hour before is shaded for the same reason."""
    is_worked: bool
    is_past: bool
    is_now: bool


class Row(NamedTuple):
    """An hour of the day, or (without cells) hours that are left out."""

    title: str
    cells: list[Cell]
    is_second: bool = False
    """Whether it is the second hour of that name, of a night in which clocks are put back."""

    @property
    def is_now(self) -> bool:
        return any(cell.is_now for cell in self.cells)

    @property
    def is_empty(self) -> bool:
        return not any(cell.is_worked for cell in self.cells)


class Table(NamedTuple):
    """The columns and the hours of the calendar."""

    columns: list[Column]
    rows: list[Row]

    @property
    def state(self) -> str:
        """Differs from that of the table before if anything in it has changed."""
        items = [item for row in self.rows for cell in row.cells for item in cell.items]
        return ",".join(f"{item.key}{item.progress}{item.free or ''}" for item in items)


Hour = tuple[int, int]
"""The hour of a day, and 1 for the second one of that name."""


class Ways(Protocol):
    """Where things of the calendar lead, for its reader."""

    def to_visit(self, visit: Appointment) -> str:
        """The address of a visit."""

    def to_book(self, doctor_id: int, slot: Opening) -> str:
        """The address at which a slot is booked; empty for those who may not book."""

    def place(self, clinic_id: int | None) -> str:
        """The name of a clinic, if the calendar shows several."""


class _Making:
    """The parts of a table while it is made."""

    def __init__(self, columns: list[Column], now: datetime) -> None:
        self.columns, self.now = columns, now
        self.numbers = {(column.doctor_id, column.day): number for number, column in enumerate(columns)}
        self.items: dict[tuple[int, Hour], list[Item]] = defaultdict(list)
        self.left: dict[tuple[int, Hour], list[str]] = defaultdict(list)
        self.worked: set[tuple[int, Hour]] = set()

    def place(self, doctor_id: int, at: datetime) -> tuple[int, Hour] | None:
        """Where something that begins at an instant stands: the number of its column, and its hour."""
        local = timezone.localtime(at)
        number = self.numbers.get((doctor_id, local.date()))
        if number is None:
            return None
        self.worked.add((number, (local.hour, local.fold)))
        return number, (local.hour, local.fold)


def table(
    columns: list[Column], *, visits: list[Appointment], slots: Slots, shades: Shades, ways: Ways, now: datetime
) -> Table:
    """The table of `visits` (not cancelled), free slots, and hours in which the doctor is away."""
    making = _Making(columns, now)
    for visit in visits:
        if (place := making.place(visit.doctor_id, visit.starts_at)) is not None:
            making.items[place].append(_item_of(visit, ways))
    for doctor_id in slots:
        booked = [(visit.starts_at, visit.ends_at) for visit in visits if visit.doctor_id == doctor_id]
        _put_slots(making, doctor_id, slots, Busy(booked), shades, ways)
    return Table(columns, _rows(making, shades))


def _put_slots(making: _Making, doctor_id: int, slots: Slots, booked: Busy, shades: Shades, ways: Ways) -> None:
    """Put the slots of a doctor into the cells: free ones, and those that cannot be booked; not those that are booked
    or in a time off."""
    free: dict[datetime, list[Opening]] = defaultdict(list)
    for opening, is_free in slots[doctor_id]:
        place = making.place(doctor_id, opening.starts_at)
        if place is None:
            continue
        is_off = any(shade.meets(opening.starts_at, opening.ends_at) for shade in shades.get(doctor_id, ()))
        if is_free and not is_off:
            free[opening.starts_at].append(opening)
        elif not is_off and not booked.meets(opening):
            words = show_time(opening.starts_at)
            if words not in making.left[place]:
                making.left[place].append(words)
    for starts_at, found in free.items():
        if (place := making.place(doctor_id, starts_at)) is not None:
            first = found[0]
            url, where = ways.to_book(doctor_id, first), ways.place(first.clinic_id)
            making.items[place].append(
                Item(starts_at, url, where, free=sum(slot.places_left or 1 for slot in found), serial=first.serial)
            )


def _item_of(visit: Appointment, ways: Ways) -> Item:
    column = next(column for column in COLUMNS if column.holds(visit))
    return Item(
        visit.starts_at,
        ways.to_visit(visit),
        ways.place(visit.clinic_id),
        visit=visit,
        progress="left" if visit.without_doctor_since is not None else column.key,
        word=column.title,
        flags=tuple(_flags_of(visit)),
        serial=visit.serial,
    )


def _flags_of(visit: Appointment) -> Iterable[Flag]:
    if visit.without_doctor_since is not None:
        yield Flag(_("without a doctor"), is_danger=True)
    if visit.expected_at is not None and visit.status in LIVE:
        yield Flag(_("expected %(time)s") % {"time": show_time(visit.expected_at)})
    if visit.is_extra:
        yield Flag(_("extra"))


def _rows(making: _Making, shades: Shades) -> list[Row]:
    """The hours from the first to the last with anything in them."""
    hours = {hour for _number, hour in making.worked}
    if not hours:
        return []
    numbers = [hour for hour, _fold in hours]
    wanted = sorted(hours | {(at, 0) for at in range(min(numbers), max(numbers) + 1) if (at, 1) not in hours})
    found: list[Row] = []
    empty: list[Row] = []
    for hour in wanted:
        row = _row(making, hour, shades)
        if hour not in hours:
            empty.append(row)
            continue
        found += empty if len(empty) <= LONGEST_GAP else [Row(f"{empty[0].title}–{row.title}", [])]
        empty = []
        found.append(row)
    return found


def _row(making: _Making, hour: Hour, shades: Shades) -> Row:
    cells = [_cell(making, number, column, hour, shades) for number, column in enumerate(making.columns)]
    return Row(f"{hour[0]:02}:00", cells, is_second=hour[1] == 1)


def _cell(making: _Making, number: int, column: Column, hour: Hour, shades: Shades) -> Cell:
    start, end = _bounds(column.day, hour)
    place, own = (number, hour), shades.get(column.doctor_id, [])
    met = [shade for shade in own if shade.meets(start, end)] if place in making.worked else []
    is_all = any(shade.covers(start, end) for shade in met)
    before = (hour[0] - 1, 0)
    hour_before = timedelta(hours=1)
    return Cell(
        column,
        items=sorted(making.items[place], key=lambda item: (item.starts_at, item.serial)),
        left=making.left[place],
        shade=str(met[0].word) if is_all else ", ".join(_part(shade, start, end) for shade in met),
        is_all_shaded=is_all,
        goes_on=is_all
        and (number, before) in making.worked
        and any(shade.covers(start - hour_before, end) for shade in met),
        is_worked=place in making.worked,
        is_past=end <= making.now,
        is_now=start <= making.now < end,
    )


def _part(shade: Shade, start: datetime, end: datetime) -> str:
    """The part of an hour that is shaded, in words: "away 10:30–11:00"."""
    return f"{shade.word} {show_time(max(shade.starts_at, start))}–{show_time(min(shade.ends_at, end))}"


def _bounds(day: date, hour: Hour) -> tuple[datetime, datetime]:
    """The instants between which an hour of a day lies."""
    local = datetime(day.year, day.month, day.day, hour[0], fold=hour[1], tzinfo=ZoneInfo(settings.TIME_ZONE))
    start = local.astimezone(UTC)
    return start, start + timedelta(hours=1)


class Sum(NamedTuple):
    """A doctor's day in numbers: visits, how many of them are without a doctor, and free slots."""

    visits: int
    left: int
    free: int
    shade: str
    url: str
    day: date

    @property
    def is_off(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.visits or self.free or self.shade)


def sum_of(
    day: date, *, counted: tuple[int, int], slots: list[tuple[Opening, bool]], shades: list[Shade], url: str
) -> Sum:
    """The numbers of a doctor's day; `counted` are the visits, and those without a doctor."""
    here = [(slot, is_free) for slot, is_free in slots if timezone.localdate(slot.starts_at) == day]
    off = [
        next((shade for shade in shades if shade.meets(slot.starts_at, slot.ends_at)), None) for slot, _is_free in here
    ]
    first = next(filter(None, off), None)
    return Sum(
        visits=counted[0],
        left=counted[1],
        free=sum(slot.places_left or 1 for slot, is_free in here if is_free),
        shade=str(first.word) if first and all(off) else "",
        url=url,
        day=day,
    )
