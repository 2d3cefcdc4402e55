"""The page “Calendar”: a day of a clinic, a week of a doctor, or a week of a clinic. Files and links for the calendars
of phones are in `calendars.py`."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from shs.appointment import diary
from shs.appointment.admin.board import EXPORT, Board, DayForm
from shs.appointment.admin.reception_form import LATER, NOW
from shs.appointment.models import Appointment, AppointmentQuerySet, Status
from shs.appointment.services import Offer, Opening, slots_of_each
from shs.core.admin.site import office
from shs.core.dates import midnight, show_date, show_weekday
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.core.reads.log import log_read
from shs.doctors.admin.doctors import PAGE_LINKS
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import own_profile
from shs.doctors.timetable import Shift, Timetable
from shs.users.requests import UserRequest

NEEDED = "appointment.view_appointment"
DAY, WEEK = "day", "week"


class Named(NamedTuple):
    """A doctor of a column or a row: bookable ones, and others who have visits."""

    pk: int
    name: str


class Diary(Board):
    """The parameters of one request, as of the board; `view` is a day or a week. A doctor sees their own calendar."""

    def __init__(self, request: UserRequest) -> None:
        super().__init__(request)
        if self.is_doctors_own:
            self.doctor = own_profile(self.user)
        asked = request.GET.get("view", "")
        self.view = asked if asked in (DAY, WEEK) else WEEK if self.is_doctors_own else DAY
        number = request.GET.get("part", "")
        self.number = int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else 1
        self.is_printed = request.GET.get("print") == "yes" and holds(self.user, EXPORT)

    @property
    def is_of_clinic(self) -> bool:
        """Whether several doctors are shown."""
        return self.doctor is None

    @property
    def days(self) -> list[date]:
        """The day, or the seven days of its week, which begins as the reader's language has it."""
        if self.view == DAY:
            return [self.day]
        since = (self.day.isoweekday() - int(get_format("FIRST_DAY_OF_WEEK"))) % 7
        first = self.day - timedelta(days=since)
        return [first + timedelta(days=ahead) for ahead in range(7)]

    def asked(self, day: date) -> dict[str, object]:
        return {**super().asked(day), "view": self.view}

    def url(self, day: date, page: str = "diary", **more: object) -> str:
        """The URL of this calendar on another day; `more` replaces parameters, and None leaves one out."""
        wanted = {name: value for name, value in {**self.asked(day), **more}.items() if value}
        return f"{reverse(f'admin:{page}')}?{urlencode(wanted)}"

    def rows(self, action: str = "view") -> AppointmentQuerySet:
        """The visits of these days on which the user has a right, without cancelled ones."""
        start, end = midnight(self.days[0]), midnight(self.days[-1] + timedelta(days=1))
        rows = Appointment.objects.allowed(self.user, action).filter(starts_at__gte=start, starts_at__lt=end)
        rows = rows.filter(clinic=self.clinic) if self.clinic else rows
        rows = rows.filter(doctor=self.doctor) if self.doctor else rows
        return rows.exclude(status=Status.CANCELLED)

    @cached_property
    def timetables(self) -> dict[int, Timetable]:
        """Doctor id → working hours, of the doctor or of all doctors of the clinic."""
        keys = [doctor.pk for doctor in ([self.doctor] if self.doctor else self.doctors)]
        return Timetable.of_doctors(keys, since=self.days[0] - timedelta(days=1))

    def is_here(self, slot: Opening | Shift) -> bool:
        """Whether a slot or a block is at the clinic of this calendar."""
        return self.clinic is None or slot.clinic_id == self.clinic.pk


class DiaryForm(DayForm):
    """The filters of the calendar, which keep its view."""

    view = forms.CharField(widget=forms.HiddenInput)


class Ways:
    """Where things of the calendar lead, for this user."""

    def __init__(self, page: Diary) -> None:
        self.page = page
        self.may_book = holds(page.user, "appointment.add_appointment")
        self.register = reverse("admin:desk_register")
        self.names = {clinic.pk: clinic.name for clinic in page.clinics} if page.clinic is None else {}

    def to_visit(self, visit: Appointment) -> str:
        """The steps of a visit."""
        return reverse("admin:appointment_appointment_steps", args=(visit.pk,))

    def to_book(self, doctor_id: int, slot: Opening) -> str:
        """The dialog *New visit* with this slot."""
        if not self.may_book or slot.clinic_id is None:
            return ""
        when = f"{timezone.localtime(slot.starts_at):%Y-%m-%dT%H:%M}"
        return f"{self.register}?{urlencode({'clinic': slot.clinic_id, 'doctor': doctor_id, 'when': when})}"

    def place(self, clinic_id: int | None) -> str:
        """The name of a clinic, if the calendar shows several."""
        return self.names.get(clinic_id or 0, "") if len(self.names) > 1 else ""


def calendar(request: UserRequest) -> HttpResponse:
    """The page."""
    page = Diary(request)
    if (better := _with_clinic(request, page)) is not None:
        return HttpResponseRedirect(better)
    content = _content(page)
    if page.is_printed:
        _log_print(page, content)
    step = timedelta(days=1 if page.view == DAY else 7)
    other = WEEK if page.view == DAY else DAY
    context = {
        **admin.site.each_context(request),
        **content,
        "title": _("Calendar"),
        "heading": _heading(page.days),
        "form": DiaryForm(page),
        "previous_url": page.url(page.day - step),
        "next_url": page.url(page.day + step),
        "today_url": page.url(page.today),
        "views": [(label, page.url(page.day, view=key), key == page.view) for key, label in VIEWS],
        "other_url": page.url(page.day, view=other),
        "whole_url": page.url(page.day, doctor=None) if page.doctor and not page.is_doctors_own else "",
        "new_url": page.register_url(LATER),
        "walk_in_url": page.register_url(NOW),
        "board_url": page.url(page.day, "desk", view=None),
        "print_url": page.url(page.day, print="yes") if holds(page.user, EXPORT) else "",
        "refresh_url": page.url(page.day, "diary_table", part=page.number),
    }
    return TemplateResponse(request, "admin/appointment/diary.html", context)


VIEWS = ((DAY, _("Day")), (WEEK, _("Week")))


def renewed(request: UserRequest) -> HttpResponse:
    """The table alone, for the page's automatic refresh."""
    return TemplateResponse(request, "admin/appointment/diary_table.html", _content(Diary(request)))


def _with_clinic(request: UserRequest, page: Diary) -> str | None:
    """The address of the calendar of a doctor whose link names no clinic: at the first of the user's clinics where they
    work."""
    asked = request.GET.get("doctor", "")
    is_key = asked.isascii() and asked.isdecimal() and len(asked) < 19
    if page.doctor is not None or not is_key or "clinic" in request.GET:
        return None
    works = DoctorInformation.clinics.through.objects.filter(doctorinformation=int(asked))
    clinics = set(works.values_list("clinic", flat=True))
    clinic = next((clinic.pk for clinic in page.clinics if clinic.pk in clinics), None)
    return page.url(page.day, clinic=clinic, doctor=asked) if clinic else None


def _content(page: Diary) -> dict[str, object]:
    """The table or the sums, and what is said above them."""
    shown = {"page": page, "most": diary.MOST_VISITS, "most_doctors": diary.MOST_DOCTORS}
    if page.has_no_clinic or (page.is_doctors_own and page.doctor is None):
        return {**shown, "has_nobody": True}
    return {**shown, **(_sums(page) if page.view == WEEK and page.is_of_clinic else _hours(page))}


def _hours(page: Diary) -> dict[str, object]:
    """The table of a day or of a doctor's week."""
    visits = _visits(page)
    is_cut = len(visits) > diary.MOST_VISITS
    names = {visit.doctor_id: visit.doctor.name for visit in visits}
    if is_cut:
        names = dict(page.rows().order_by().values_list("doctor", "doctor__name").distinct())
    doctors, idle = _working(page, names)
    part, pages = _part(page, doctors)
    if is_cut:
        visits = _visits(page, [doctor.pk for doctor in part])
    offers = _offers(page, part)
    made = diary.table(
        _columns(page, part),
        visits=visits[: diary.MOST_VISITS],
        slots={pk: offer.slots for pk, offer in offers.items()},
        shades=_shades(page, offers),
        ways=Ways(page),
        now=page.now,
    )
    is_cut = len(visits) > diary.MOST_VISITS
    return {"table": made, "state": made.state, "idle": idle, "pages": pages, "is_cut": is_cut}


def _visits(page: Diary, doctors: Sequence[int] | None = None) -> list[Appointment]:
    """The visits of these days (of `doctors` only) in order of time: at most MOST_VISITS + 1, so that the caller sees
    whether there are more."""
    rows = page.rows("export" if page.is_printed else "view")
    rows = rows if doctors is None else rows.filter(doctor__in=doctors)
    rows = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")
    return list(rows[: diary.MOST_VISITS + 1])


def _working(page: Diary, seen: dict[int, str]) -> tuple[list[Named | DoctorInformation], list[str]]:
    """Who has hours or visits on these days, by name, and the names of the clinic's other doctors; `seen` are the names
    of those who have visits."""
    if page.doctor is not None:
        return [page.doctor], []
    start, days = midnight(page.days[0]), [page.days[0] - timedelta(days=1), *page.days]
    works = {
        pk
        for pk, timetable in page.timetables.items()
        for day in days
        if any(page.is_here(shift) and shift.ends_at > start for shift in timetable.shifts(day))
    }
    found: list[Named | DoctorInformation] = [row for row in page.doctors if row.pk in works or row.pk in seen]
    known = {row.pk for row in page.doctors}
    found += [Named(pk, name) for pk, name in seen.items() if pk not in known]
    idle = [row.name for row in page.doctors if row.pk not in works and row.pk not in seen]
    return sorted(found, key=lambda row: (row.name, row.pk)), idle


def _part(
    page: Diary, doctors: Sequence[Named | DoctorInformation]
) -> tuple[list[Named | DoctorInformation], dict[str, object]]:
    """Those of the doctors on this part of the calendar, and the links to the other parts."""
    last = max(1, -(-len(doctors) // diary.MOST_DOCTORS))
    number = min(max(page.number, 1), last)
    first = (number - 1) * diary.MOST_DOCTORS
    part = list(doctors[first : first + diary.MOST_DOCTORS])
    links = [(other, page.url(page.day, part=other), other == number) for other in range(1, last + 1)]
    return part, {"links": links if last > 1 else [], "count": len(doctors)}


def _offers(page: Diary, doctors: Sequence[Named | DoctorInformation]) -> dict[int, Offer]:
    """The slots at the clinic of this calendar of those who can be booked."""
    bookable = [doctor for doctor in doctors if isinstance(doctor, DoctorInformation)]
    timetables = {doctor.pk: page.timetables[doctor.pk] for doctor in bookable}
    found = slots_of_each(timetables=timetables, first=page.days[0], last=page.days[-1], now=page.now)
    return {
        doctor.pk: Offer(
            [(slot, free and doctor.is_approved) for slot, free in found[doctor.pk].slots if page.is_here(slot)],
            found[doctor.pk].off,
        )
        for doctor in bookable
    }


def _shades(page: Diary, offers: dict[int, Offer]) -> dict[int, list[diary.Shade]]:
    return diary.shades_of(page.user, offers, page.timetables, page.clinic.pk if page.clinic else None)


def _columns(page: Diary, doctors: Sequence[Named | DoctorInformation]) -> list[diary.Column]:
    if page.view == DAY:
        return [
            diary.Column(row.pk, page.day, row.name, page.url(page.day, doctor=row.pk, view=WEEK)) for row in doctors
        ]
    (doctor,) = doctors
    return [
        diary.Column(doctor.pk, day, _day_name(day), page.url(day, view=DAY), is_today=day == page.today)
        for day in page.days
    ]


def _day_name(day: date) -> str:
    """A day of a week in a heading: `Sat 28 Nov`."""
    return date_format(day, "D ") + date_format(day, "MONTH_DAY_FORMAT")


def _heading(days: list[date]) -> str:
    return show_weekday(days[0]) if len(days) == 1 else f"{show_date(days[0])} – {show_date(days[-1])}"


class Line(NamedTuple):
    """A doctor's week in numbers."""

    name: str
    url: str
    sums: list[diary.Sum]


def _sums(page: Diary) -> dict[str, object]:
    """A clinic's week: each doctor's visits and free slots, by day."""
    left = Count("pk", filter=Q(without_doctor_since__isnull=False))
    rows = page.rows().annotate(on=TruncDate("starts_at")).order_by().values_list("doctor", "doctor__name", "on")
    counted: dict[tuple[int, date], tuple[int, int]] = {}
    names: dict[int, str] = {}
    for pk, name, on, count, lost in rows.annotate(count=Count("pk"), lost=left):
        counted[pk, on], names[pk] = (count, lost), name
    known = {row.pk for row in page.doctors}
    others = [Named(pk, name) for pk, name in names.items() if pk not in known]
    part, pages = _part(page, sorted([*page.doctors, *others], key=lambda row: (row.name, row.pk)))
    offers = _offers(page, part)
    shades = _shades(page, offers)
    lines = [
        Line(
            row.name,
            page.url(page.day, doctor=row.pk),
            [
                diary.sum_of(
                    day,
                    counted=counted.get((row.pk, day), (0, 0)),
                    slots=offers[row.pk].slots if row.pk in offers else [],
                    shades=shades.get(row.pk, []),
                    url=page.url(day, doctor=row.pk, view=DAY),
                )
                for day in page.days
            ],
        )
        for row in part
    ]
    heads = [(_day_name(day), page.url(day, view=DAY), day == page.today) for day in page.days]
    state = ",".join(f"{one.visits}.{one.left}.{one.free}" for line in lines for one in line.sums)
    return {"lines": lines, "heads": heads, "pages": pages, "state": state}


def _log_print(page: Diary, content: dict[str, object]) -> None:
    """Write to the read log which visits are printed."""
    made = content.get("table")
    if not isinstance(made, diary.Table):
        return
    items = [item for row in made.rows for cell in row.cells for item in cell.items]
    with override("en"):  # the log is kept in one language, whatever the user's is
        note = ", ".join([_heading(page.days), *([page.clinic.name] if page.clinic else [])])
    log_read(
        page.user,
        what=f"export {Appointment._meta.label_lower}",
        ids=[item.visit.pk for item in items if item.visit],
        note=note,
    )


def _of_doctor(request: UserRequest, doctor: DoctorInformation) -> tuple[Label, str] | None:
    """The link to the calendar of a doctor, on their page."""
    is_own = doctor.user_id == request.user.pk
    if not holds(request.user, NEEDED) or not (is_own or doctor.is_approved):
        return None
    wanted = {"view": WEEK} if is_own else {"doctor": doctor.pk, "view": WEEK}
    return _("Calendar"), f"{reverse('admin:diary')}?{urlencode(wanted)}"


PAGE_LINKS.append(_of_doctor)
office.add_page("calendar/", calendar, name="diary", needs=NEEDED)
office.add_page("calendar/table/", renewed, name="diary_table", needs=NEEDED)
