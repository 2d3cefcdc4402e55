"""The picker: the next days on which a doctor has a free slot, or the first free slot of each doctor of a specialty, as
buttons to choose one. They are radio buttons: one stop of the Tab key, and the arrow keys move between them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment import services
from shs.appointment.errors import NotASlot, PatientBusy, SlotTaken
from shs.core.dates import midnight, read_date, show_time, show_weekday
from shs.core.errors import Invalid
from shs.core.labels import Label
from shs.doctors.models import DoctorInformation

DAYS = 7
"""So many days with a free slot are shown at once."""
AHEAD = 31
"""They are looked for among so many days."""
MOST_DOCTORS = 20
"""So many doctors of a specialty are shown, those who are free first."""
NEAREST = 3
"""So many free times are named when a time is refused."""

Slots = Sequence[tuple[services.Opening, bool]]


class Choice(NamedTuple):
    """One button: what it posts, what stands on it, and its whole name for screen readers."""

    value: str
    label: Label
    note: Label = ""
    spoken: Label = ""
    is_free: bool = True


class Row(NamedTuple):
    """Buttons that belong together: those of a day, or of a doctor. `look` asks for all times of that doctor."""

    title: Label
    choices: list[Choice]
    note: Label = ""
    look: str = ""


@dataclass
class Picker:
    """What the template shows. `first` and `last` are choices beside the slots; `look` is the name of the buttons that
    ask for other days, `earlier` and `later` their values; `url` is the address that answers with the picker alone."""

    title: Label
    rows: list[Row]
    first: list[Choice] = field(default_factory=list)
    last: list[Choice] = field(default_factory=list)
    earlier: str = ""
    later: str = ""
    note: Label = ""
    look: str = "look"
    url: str = ""
    chooses: bool = False
    """Whether the first free slot is chosen as long as nothing else is."""

    def free(self) -> Iterator[Choice]:
        """The slots that can be chosen, in order."""
        return (choice for row in self.rows for choice in row.choices if choice.is_free)

    def first_free(self) -> str:
        """The value of the first slot that can be chosen, or ""."""
        return next((choice.value for choice in self.free()), "")

    def offers(self, value: str) -> bool:
        """Whether `value` can be chosen."""
        beside = (choice for choice in (*self.first, *self.last) if choice.is_free)
        return any(choice.value == value for choice in (*beside, *self.free()))

    def render(self, name: str, chosen: str | None) -> SafeString:
        """The HTML of a group of radio buttons called `name`, of which `chosen` is chosen (None: nothing)."""
        if self.chooses and (chosen is None or not self.offers(chosen)):
            chosen = self.first_free() or None
        return render_to_string("admin/appointment/picker.html", {"picker": self, "name": name, "chosen": chosen})


class Look(NamedTuple):
    """What a picker is asked to show: the times of a doctor, or the doctors of a specialty, from a day on."""

    doctor: int | None = None
    specialty: int | None = None
    first: date | None = None

    def __str__(self) -> str:
        who = f"s{self.specialty}" if self.specialty else str(self.doctor or "")
        return f"{who}|{self.first or ''}"


def key_in(text: str) -> int | None:
    """The key of a row that `text` is, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def read_look(text: str) -> Look:
    """What `str(Look(…))` says; whatever cannot be read is left out."""
    who, _bar, day = text[:60].partition("|")
    is_specialty = who.startswith("s")
    found = key_in(who.removeprefix("s"))
    try:
        first = read_date(day) if day else None
    except ValidationError:
        first = None
    return Look(None if is_specialty else found, found if is_specialty else None, first)


# --- Times of one doctor ---------------------------------------------------------------------------------------------


def slot_value(opening: services.Opening) -> str:
    """A slot as forms post it: the wall-clock time of the clinic."""
    return slot_text(timezone.localtime(opening.starts_at))


def slot_text(at: datetime) -> str:
    """As `slot_value`, of a wall-clock time."""
    return f"{at:%Y-%m-%dT%H:%M}"


def read_slot(text: str) -> datetime | None:
    """The wall-clock time, without a zone, that `slot_value` has written."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_slot = found.tzinfo is None and not found.second and not found.microsecond and "T" in text
    return found if is_slot else None


@dataclass(frozen=True, kw_only=True)
class Times:
    """The slots of one doctor at one clinic in AHEAD days from `first` on, which is moved to a day that can be booked.
    `but` tells which free slots are not offered all the same."""

    doctor: int
    clinic: int | None
    first: date
    slots: Slots
    now: datetime

    def of_day(self, day: date) -> list[services.Opening]:
        """The slots of a day at this clinic, also those that are over."""
        return [opening for opening, _is_free in self.slots if timezone.localdate(opening.starts_at) == day]

    def days(self) -> dict[date, list[tuple[services.Opening, bool]]]:
        """The first DAYS days with a free slot: their slots to come, one for each start."""
        found: dict[date, dict[datetime, tuple[services.Opening, bool]]] = {}
        for opening, is_free in self.slots:
            if opening.starts_at > self.now:
                day = found.setdefault(timezone.localdate(opening.starts_at), {})
                known = day.get(opening.starts_at)
                day[opening.starts_at] = known if known and (known[1] or not is_free) else (opening, is_free)
        free = [day for day, slots in found.items() if any(is_free for _opening, is_free in slots.values())]
        return {day: list(found[day].values()) for day in free[:DAYS]}

    def rows(self, value: Callable[[services.Opening], str] = slot_value) -> list[Row]:
        return [_row_of_day(day, slots, value, self.now) for day, slots in self.days().items()]

    def earlier(self) -> str:
        """What asks for the days from today on, if these begin later."""
        today = timezone.localdate(self.now)
        return str(Look(doctor=self.doctor, first=today)) if self.first > today else ""

    def later(self) -> str:
        """What asks for the days after these, if there may be any."""
        shown = list(self.days())
        after = shown[-1] if len(shown) == DAYS else self.first + timedelta(days=AHEAD - 1)
        following = after + timedelta(days=1)
        return str(Look(doctor=self.doctor, first=following)) if following < last_day(self.now) else ""


def last_day(now: datetime) -> date:
    """The day after the last one that can be booked."""
    return timezone.localdate(services.latest_start(now))


def times_of(
    doctor: int,
    clinic: int | None,
    now: datetime,
    *,
    first: date | None = None,
    but: Callable[[services.Opening], bool] = lambda opening: False,
) -> Times:
    """The slots of a doctor at a clinic from `first` (default: today) on, without those of which `but` is true. As many
    queries as `slots_of`."""
    today = timezone.localdate(now)
    begins = min(max(first or today, today), last_day(now))
    slots = services.slots_of(doctor_id=doctor, first=begins, last=begins + timedelta(days=AHEAD - 1), now=now)
    here = [(slot, is_free and not but(slot)) for slot, is_free in slots if slot.clinic_id == clinic]
    return Times(doctor=doctor, clinic=clinic, first=begins, slots=here, now=now)


def _row_of_day(day: date, slots: Slots, value: Callable[[services.Opening], str], now: datetime) -> Row:
    title = _("Today") if day == timezone.localdate(now) else show_weekday(day)
    free = sum(is_free for _opening, is_free in slots)
    note = ngettext("%d free", "%d free", free) % free
    return Row(title, [_choice(title, opening, is_free, value) for opening, is_free in slots], note)


def _choice(title: str, opening: services.Opening, is_free: bool, value: Callable[[services.Opening], str]) -> Choice:
    at = show_time(opening.starts_at)
    if opening.is_by_serial:
        at = f"{at}–{show_time(opening.ends_at)}"
    words = {"day": title, "time": at, "serial": opening.serial}
    spoken = _("%(day)s, %(time)s, serial %(serial)s") if is_free else _("%(day)s, %(time)s, serial %(serial)s: full")
    left = opening.places_left or 1
    note = f"#{opening.serial}"
    if is_free and left > 1:
        note = f"{note} · " + ngettext("%d place", "%d places", left) % left
    return Choice(value(opening), at, note, spoken % words, is_free)


# --- Doctors of a specialty ------------------------------------------------------------------------------------------


def of_specialty(doctors: Iterable[DoctorInformation], specialty: int) -> list[DoctorInformation]:
    """Those of `doctors` who have a specialization. No query."""
    return [doctor for doctor in doctors if any(card["id"] == specialty for card in doctor.specialty_cards)]


def specialties_of(doctors: Iterable[DoctorInformation]) -> list[tuple[int, str]]:
    """The specializations of `doctors` by name. No query."""
    found = {card["id"]: card["name"] for doctor in doctors for card in doctor.specialty_cards}
    return sorted(found.items(), key=lambda pair: pair[1])


def first_of_each(
    doctors: list[DoctorInformation],
    clinic: int,
    now: datetime,
    *,
    first: date | None = None,
    value: Callable[[DoctorInformation, datetime], str],
) -> list[Row]:
    """The first free slot at a clinic of each of `doctors`, who is free first; at most MOST_DOCTORS of them. `first`:
    from which day on all their times are asked for. Three queries."""
    free = services.first_free(doctors=doctors, days=AHEAD, now=now, clinic_id=clinic)
    shown = sorted((doctor for doctor in doctors if doctor.pk in free), key=lambda d: (free[d.pk], d.name, d.pk))
    rows = []
    for doctor in shown[:MOST_DOCTORS]:
        at = timezone.localtime(free[doctor.pk])
        day = _("Today") if at.date() == timezone.localdate(now) else show_weekday(at.date())
        spoken = f"{doctor.name}: {day}, {show_time(at)}"
        choice = Choice(value(doctor, at), f"{day}, {show_time(at)}", "", spoken)
        rows.append(Row(doctor.name, [choice], look=str(Look(doctor=doctor.pk, first=first))))
    return rows


# --- Forms -----------------------------------------------------------------------------------------------------------


class PickerWidget(forms.Widget):
    """Renders the picker that `make()` returns; it is made only if it is shown."""

    make: Callable[[], Picker]

    def render(self, name: str, value: Any, attrs: object = None, renderer: object = None) -> SafeString:
        return self.make().render(name, None if value is None else str(value))

    def id_for_label(self, id_: str | None, index: Any = None) -> str:
        """The group has its own name."""
        return ""


class PickerField(forms.CharField):
    """The value of a slot, as `slot_value` writes it, or of another choice of the picker."""

    widget = PickerWidget

    def __init__(self, label: Label) -> None:
        super().__init__(label=label, max_length=40, required=False)


class Looks:
    """Mixin for forms with a picker: whoever asks for other days has not finished, so that nothing is checked and what
    was typed is shown again."""

    data: Any

    @property
    def look(self) -> Look | None:
        """What the pressed button asks for."""
        return read_look(str(self.data["look"])) if "look" in self.data else None

    def full_clean(self) -> None:
        if self.look is None:
            super().full_clean()
        else:
            self.__dict__.update(_errors=ErrorDict(), cleaned_data={})

    def is_valid(self) -> bool:
        return self.look is None and super().is_valid()


# --- Refusals --------------------------------------------------------------------------------------------------------


def near(doctor: int, clinic: int | None, wanted: datetime, now: datetime) -> str:
    """A sentence with the free times of a doctor that are nearest to an instant; empty if there are none."""
    first = timezone.localdate(wanted) - timedelta(days=7) if wanted > now else None
    times = times_of(doctor, clinic, now, first=first)
    free = sorted((slot.starts_at for slot, is_free in times.slots if is_free), key=lambda at: abs(at - wanted))
    named = [f"{show_weekday(at)}, {show_time(at)}" for at in sorted(set(free[:NEAREST]))]
    return _("Nearest free times: %(times)s.") % {"times": "; ".join(named)} if named else ""


@contextmanager
def naming_free_times(doctor: int, clinic: int | None, wanted: datetime, now: datetime) -> Iterator[None]:
    """Add to the refusal of a time, which is a wall-clock time without a zone, what is free near it."""
    try:
        yield
    except (NotASlot, SlotTaken, PatientBusy, Invalid) as refusal:
        about_time = not isinstance(refusal, Invalid) or refusal.field in ("date", "time", "doctor")
        words = near(doctor, clinic, midnight(wanted.date()) + _since_midnight(wanted), now) if about_time else ""
        if not words:
            raise
        raise type(refusal)(f"{str(refusal.detail).rstrip('.।')}. {words}", field=refusal.field) from refusal


def _since_midnight(clock: datetime) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)
