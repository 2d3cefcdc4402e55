"""The panel of today's sessions, which the desk board and the consultation share."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Model, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment, DoctorSession
from shs.appointment.models.session import DoctorSessionQuerySet
from shs.core.admin.base import Context
from shs.core.admin.leads import lead_of
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.core.admin.steps import Step, offered_on
from shs.core.grants.table import any_shared, holds
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.permissions import own_ids
from shs.users.models import User
from shs.users.requests import UserRequest

MOST_NEXT = 5
"""So many of those who wait are named."""


class Waiting(NamedTuple):
    """One who waits: the serial, the name if the user may see it, and why they are not called in turn."""

    serial: int
    name: str
    is_urgent: bool
    is_late: bool
    was_absent: bool


class Row(NamedTuple):
    """A session with the buttons that the user may press."""

    session: DoctorSession
    inside: Waiting | None
    inside_url: str
    next: list[Waiting]
    waiting: int
    at_once: list[tuple[Step, str]]
    asking: list[tuple[Step, str]]


class Panel(NamedTuple):
    """The sessions of today, and the address of the dialog that begins one (empty: the user may not)."""

    rows: list[Row]
    begin_url: str


NOTHING = Panel([], "")


def panel_of(
    request: UserRequest,
    *,
    clinic: Clinic | None,
    doctor: DoctorInformation | None,
    back: str,
    asked: str,
    names: Mapping[int, str],
) -> Panel:
    """The panel of the desk board: today's sessions at `clinic` (None: at all) of `doctor` (None: of all); doctors see
    their own. `back` is the board's address, `asked` its query; `names` of patients of visits that the user may see, as
    far as the board has read them. At most four queries."""
    user = request.user
    if not holds(user, "appointment.view_doctorsession"):
        return NOTHING
    rows = _sessions(user).filter(day=services.day_of(timezone.now()))
    rows = rows.filter(doctor__in=own_ids(user)) if holds(user, "appointment.attend_appointment") else rows
    rows = rows.filter(clinic=clinic) if clinic else rows
    rows = rows.filter(doctor=doctor) if doctor else rows
    begin_url = ""
    if holds(user, "appointment.begin_doctorsession"):
        begin_url = f"{reverse('admin:appointment_doctorsession_begin')}?{asked}"
    screen: Screen = office.get_model_admin(DoctorSession)
    found = screen.with_rights(request, rows.order_by("doctor__name", "begun_at", "pk"))
    # Who sees one session of a place by their role or duty sees all of them, and of a shared one that one alone.
    are_all = not any_shared(DoctorSession, user, "view")
    return Panel(_rows(request, list(found), back, names, are_all=are_all), begin_url)


def consultation(request: UserRequest) -> Panel:
    """The panel of the pages on which a doctor works through a visit: their own session, while it runs. One query for
    those who have none."""
    user = request.user
    if not holds(user, "appointment.attend_appointment"):
        return NOTHING
    rows = _sessions(user).filter(doctor__in=own_ids(user), day=services.day_of(timezone.now()))
    return Panel(_rows(request, list(rows.running()), request.get_full_path(), {}), "")


class WithSession(Screen):
    """For screens on whose pages a doctor works through a visit: the panel above the row."""

    change_form_outer_before_template = "admin/appointment/session_panel.html"

    def render_change_form(
        self,
        request: UserRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        context["panel"] = consultation(request)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _sessions(user: User) -> DoctorSessionQuerySet:
    rows = DoctorSession.objects.allowed(user, "view")
    return rows.select_related("doctor", "clinic", "now_serving")


def _rows(
    request: UserRequest,
    sessions: list[DoctorSession],
    back: str,
    known: Mapping[int, str],
    *,
    are_all: bool = False,
) -> list[Row]:
    """The rows of these sessions; `are_all` if they are all of the day of their doctors and clinics."""
    if not sessions:
        return []
    last = {(one.doctor_id, one.clinic_id): one for one in sessions}
    places = Q(pk__in=())
    for doctor_id, clinic_id in last:
        places |= Q(doctor=doctor_id, clinic=clinic_id)
    found = services.queues(places, sessions[0].day, sessions if are_all else None)
    shown = [one for one in last.values() if services.QueuePlace(one.doctor_id, one.clinic_id, one.day) in found]
    office_screen: Screen = office.get_model_admin(DoctorSession)
    office_screen.offer_steps(request, shown)
    queues = {one.pk: found[services.QueuePlace(one.doctor_id, one.clinic_id, one.day)] for one in shown}
    names = _names(request.user, list(queues.values()), known)
    return [_row(request.user, office_screen, one, queues[one.pk], names, back) for one in shown]


def _names(user: User, queues: list[services.Queue], known: Mapping[int, str]) -> Mapping[int, str]:
    """The names of those who are inside or next, as far as `user` may see them; those that are not `known` are read."""
    wanted = [entry.pk for queue in queues for entry in queue.waiting[:MOST_NEXT]]
    wanted += [queue.inside.pk for queue in queues if queue.inside]
    if not (unknown := set(wanted) - known.keys()):
        return known
    rows = Appointment.objects.allowed(user, "view").filter(pk__in=unknown)
    return {**known, **dict(rows.order_by().values_list("pk", "patient__name"))}


def _row(
    user: User, screen: Screen, session: DoctorSession, queue: services.Queue, names: Mapping[int, str], back: str
) -> Row:
    asked = urlencode({"next": back, "seen": session.step})
    steps = [(one, f"{screen.step_url(session, one)}?{asked}") for one in offered_on(session)]
    if not queue.waiting:
        steps = [(one, url) for one, url in steps if one.name != "call_next"]
    inside = queue.inside
    return Row(
        session,
        _waiting(queue, inside, names) if inside else None,
        lead_of(user, session.now_serving) if inside and inside.pk in names and session.now_serving else "",
        [_waiting(queue, entry, names) for entry in queue.waiting[:MOST_NEXT]],
        len(queue.waiting),
        [(one, url) for one, url in steps if one.name != "end"],
        [(one, url) for one, url in steps if one.name == "end"],
    )


def _waiting(queue: services.Queue, entry: services.Entry, names: Mapping[int, str]) -> Waiting:
    return Waiting(
        entry.serial,
        names.get(entry.pk, ""),
        entry.urgent_at is not None,
        queue.is_late(entry),
        entry.pk in queue.absent,
    )
