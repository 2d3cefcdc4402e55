"""The planner: a page shown before a change that makes a doctor unavailable, with the affected visits and a proposal
for each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shs.appointment import board, services
from shs.appointment.admin import picker as picking
from shs.appointment.admin.picker import Look, read_look
from shs.appointment.models import Appointment
from shs.core.admin.site import office
from shs.core.admin.steps import AskFirst
from shs.core.dates import show_datetime
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.credentialing.casework import Store, plan_suspensions
from shs.doctors.models import DoctorInformation
from shs.users.models import User
from shs.users.requests import UserRequest

MOST_SHOWN = 200
"""So many visits are decided on one page; the others wait in the list of visits without a doctor."""
NAME, LOOK = "decide_", "look_"
"""How the fields of a visit and the buttons that ask for its other times begin; its key follows."""


class PlanNeeded(AskFirst):
    """Visits are hit, and nobody has decided about them yet, or the decision was refused (`error`)."""

    def __init__(self, outage: services.Outage, error: Label = "") -> None:
        self.outage, self.error = outage, error
        super().__init__("a decision is needed")

    def page(self, request: UserRequest, *, action: str, back: str) -> HttpResponse:
        """The planner."""
        return show(request, self.outage, action=action, back=back, error=self.error)


class Choice(NamedTuple):
    """One answer to what becomes of a visit."""

    value: str
    label: Label
    is_chosen: bool


class Row(NamedTuple):
    """A visit of the plan with its choices; `patient` is empty for those who may not see whose it is."""

    visit: Appointment
    patient: str
    name: str
    choices: list[Choice]
    picker: str = ""
    """The HTML of the picker, if other times were asked for."""

    @property
    def look(self) -> str:
        """The name of the buttons that ask for other times."""
        return f"{LOOK}{self.visit.pk}"


def carry_out(request: UserRequest, outage: services.Outage, store: services.Store) -> None:
    """Store what takes a doctor away, as the posted page of the planner decides. Raises PlanNeeded if visits are hit
    and no such page was posted, or if it was refused; nothing is stored then."""
    now = timezone.now()
    looks = any(name.startswith(LOOK) for name in request.POST)
    if looks or ("planned" not in request.POST and outage.hit(now)):
        raise PlanNeeded(outage)
    try:
        decisions = read_decisions(request.POST, request.user, outage, now)
        others = services.KEEP if "cut" in request.POST else ""
        done = services.carry_out(
            outage=outage, decisions=decisions, store=store, by=request.user, now=now, others=others
        )
    except Refused as refusal:
        if "planned" not in request.POST:
            raise
        raise PlanNeeded(outage, refusal.detail) from refusal
    tell(request, done)


def read_decisions(
    posted: QueryDict, user: User, outage: services.Outage, now: datetime
) -> Mapping[int, services.Decision]:
    """The decisions of a posted page about visits of which `user` may decide. What cannot be read is left to be
    decided."""
    asked: dict[int, str] = {}
    for name in posted:
        key = name.removeprefix(NAME)
        if key != name and key.isascii() and key.isdigit() and len(key) < 19:
            asked[int(key)] = str(posted[name])
    mine = services.decidable(user, outage, list(asked)[: MOST_SHOWN * 2])
    for_all = posted.get("all", "")
    chosen = for_all if for_all in (services.CANCEL, services.KEEP) else ""
    return {pk: _decision(chosen or asked[pk]) for pk in mine}


def _decision(value: str) -> services.Decision:
    kind, _colon, rest = value.partition(":")
    doctor, _colon, when = rest.partition(":")
    if kind == "move" and doctor.isdecimal() and len(doctor) < 19:
        try:
            starts_at = parse_datetime(when)
        except ValueError:
            starts_at = None
        if starts_at is not None and timezone.is_aware(starts_at):
            return services.Move(int(doctor), starts_at)
    return services.CANCEL if kind == services.CANCEL else services.KEEP


def tell(request: UserRequest, done: services.Done) -> None:
    """Say what was done with the visits."""
    told = [
        (done.moved, ngettext("%d visit was moved.", "%d visits were moved.", done.moved)),
        (done.cancelled, ngettext("%d visit was cancelled.", "%d visits were cancelled.", done.cancelled)),
    ]
    words = [text % number for number, text in told if number]
    if words:
        messages.success(request, " ".join([*words, str(_("The patients are told."))]))
    if done.kept:
        left = ngettext(
            "%d visit is without a doctor until somebody decides.",
            "%d visits are without a doctor until somebody decides.",
            done.kept,
        )
        messages.warning(request, left % done.kept)


def show(request: UserRequest, outage: services.Outage, *, action: str, back: str, error: Label = "") -> HttpResponse:
    """The page: the visits that are hit, each with the choice of what becomes of it. What was posted before is posted
    again with it."""
    now = timezone.now()
    hit = outage.hit(now)
    mine = services.decidable(request.user, outage, [visit.pk for visit in hit])
    ours = [visit for visit in hit if visit.pk in mine]
    shown = ours[:MOST_SHOWN]
    seen = Appointment.objects.allowed(request.user, "view").filter(pk__in=[visit.pk for visit in shown])
    named = set(seen.values_list("pk", flat=True))
    rows = _rows(services.propose(shown, outage, now), request.POST, outage, named, now)
    is_dialog = request.headers.get("X-Dialog") == "1"
    context = {
        "title": _("Visits without a doctor") if outage.is_known else _("What should happen to the booked visits?"),
        "rows": rows,
        "count": len(hit),
        "left": len(hit) - len(ours),
        "cut": len(ours) - len(rows),
        "most": MOST_SHOWN,
        "hidden": _hidden(request.POST),
        "action": action,
        "back": back,
        "error": error,
        "outage": outage,
        "is_dialog": is_dialog,
    }
    if is_dialog:
        return render(request, "admin/appointment/plan_form.html", context)
    return TemplateResponse(request, "admin/appointment/plan.html", {**admin.site.each_context(request), **context})


def _hidden(posted: QueryDict) -> list[tuple[str, str]]:
    ours = ("csrfmiddlewaretoken", "planned", "all", "cut")
    names = [name for name in posted if name not in ours and not name.startswith((NAME, LOOK))]
    return [(name, value) for name in names for value in posted.getlist(name)]


def _rows(
    proposals: list[services.Proposal],
    posted: QueryDict,
    outage: services.Outage,
    named: Collection[int],
    now: datetime,
) -> list[Row]:
    """The visits with their choices; what was chosen before stays chosen. Those in `named` with their patient."""
    chosen = {proposal.visit.pk: posted.get(f"{NAME}{proposal.visit.pk}", "") for proposal in proposals}
    moves = {pk: _decision(value) for pk, value in chosen.items()}
    keys = {move.doctor for move in moves.values() if isinstance(move, services.Move)}
    doctors = DoctorInformation.objects.listed().in_bulk(keys)
    rows = []
    for proposal in proposals:
        pk, move = proposal.visit.pk, moves[proposal.visit.pk]
        row = _row(proposal, chosen[pk], named)
        if isinstance(move, services.Move) and move.doctor in doctors and not any(c.is_chosen for c in row.choices):
            label = _where(doctors[move.doctor], move.starts_at, proposal.visit)
            row.choices.insert(0, Choice(chosen[pk], label, is_chosen=True))
        if f"{LOOK}{pk}" in posted:
            row = row._replace(picker=_picker(row, read_look(str(posted[f"{LOOK}{pk}"])), outage, now))
        rows.append(row)
    return rows


def _row(proposal: services.Proposal, chosen: str, named: Collection[int]) -> Row:
    places = [place for place in (proposal.own, proposal.colleague) if place]
    choices = [
        (_move(place.doctor, place.opening.starts_at), _where(place.doctor, place.opening.starts_at, proposal.visit))
        for place in places
    ]
    choices += [(services.CANCEL, _("Cancel the visit")), (services.KEEP, _("Decide later"))]
    if not chosen:
        first = proposal.first
        chosen = _move(first.doctor, first.opening.starts_at) if first else services.CANCEL
    shown = [Choice(value, label, value == chosen) for value, label in choices]
    patient = proposal.visit.patient.name if proposal.visit.pk in named else ""
    return Row(proposal.visit, patient, f"{NAME}{proposal.visit.pk}", shown)


def _move(doctor: DoctorInformation, starts_at: datetime) -> str:
    return f"move:{doctor.pk}:{starts_at.isoformat()}"


def _where(doctor: DoctorInformation, starts_at: datetime, visit: Appointment) -> Label:
    words = {"when": show_datetime(starts_at), "doctor": doctor.name}
    return _("Move to %(when)s") % words if doctor.pk == visit.doctor_id else _("To %(doctor)s, %(when)s") % words


def _picker(row: Row, look: Look, outage: services.Outage, now: datetime) -> str:
    """The other times of a visit: those of its own doctor, and the first one of each colleague of the specialty at its
    clinic; or all of the one that `look` asks for."""
    visit = row.visit
    first = look.first or timezone.localdate(max(visit.starts_at, now))
    own, colleagues = _able(visit)
    doctor = next((one for one in colleagues if one.pk == look.doctor), own)
    beside = [picking.Choice(one.value, one.label) for one in row.choices]
    shown = picking.Picker(
        gettext("Other times for the visit of %(name)s") % {"name": row.patient or visit.number},
        [],
        first=[one for one in beside if one.value not in (services.CANCEL, services.KEEP)],
        last=[one for one in beside if one.value in (services.CANCEL, services.KEEP)],
        look=row.look,
    )
    if doctor is not None:
        key, is_other_week = doctor.pk, outage.hours is not None and outage.doctor == doctor.pk
        times = picking.times_of(
            key, visit.clinic_id, now, first=first, but=lambda slot: is_other_week or outage.takes(key, slot)
        )
        shown.note, shown.earlier, shown.later = doctor.name, times.earlier(), times.later()
        shown.rows += times.rows(lambda slot: _move(doctor, slot.starts_at))
    if colleagues and visit.clinic_id is not None and (doctor is None or look.doctor is None):
        found = picking.first_of_each(colleagues, visit.clinic_id, now, first=first, value=_move)
        is_closed = outage.clinic is not None and not outage.is_known  # the first time may be while it is closed
        shown.rows += [one._replace(choices=[]) if is_closed else one for one in found]
    return shown.render(row.name, next((one.value for one in row.choices if one.is_chosen), None))


def _able(visit: Appointment) -> tuple[DoctorInformation | None, list[DoctorInformation]]:
    """The doctor of a visit, if they can still be booked, and the colleagues of the specialty at its clinic."""
    listed = DoctorInformation.objects.listed()
    here = DoctorInformation.clinics.through.objects.filter(clinic=visit.clinic_id).values("doctorinformation")
    rows = list((listed.filter(pk=visit.doctor_id) | listed.filter(pk__in=here)).order_by("name", "pk"))
    wanted = {card["id"] for card in visit.doctor.specialty_cards}
    others = [one for one in rows if wanted & {card["id"] for card in one.specialty_cards}]
    own = next((one for one in rows if one.pk == visit.doctor_id), None)
    return own, [one for one in others if one.pk != visit.doctor_id]


@plan_suspensions
def suspend(request: UserRequest, doctor: DoctorInformation, store: Store) -> None:
    """Suspend a doctor by `store()`, as the posted page of the planner decides. Raises as `carry_out`."""
    carry_out(request, services.gone(doctor), store)


def plan_url(*, clinic: int | None = None, doctor: int | None = None) -> str:
    """The address of the page for visits that are without a doctor already."""
    wanted = {"clinic": clinic, "doctor": doctor}
    return f"{reverse('admin:desk_plan')}?{urlencode({name: key for name, key in wanted.items() if key})}"


def plan(request: UserRequest) -> HttpResponse:
    """Decide about visits that are without a doctor already: those of a clinic, of one doctor, or all."""
    clinics = board.clinics_for(request.user)
    asked, doctor = request.GET.get("clinic", ""), request.GET.get("doctor", "")
    clinic = next((row for row in clinics if str(row.pk) == asked), None)
    doctor_id = int(doctor) if doctor.isdecimal() and len(doctor) < 19 else None
    outage = services.undecided(doctor=doctor_id, clinic=clinic.pk if clinic else None)
    back, error = reverse("admin:desk"), ""
    if request.method == "POST":
        try:
            carry_out(request, outage, lambda: None)
            return HttpResponseRedirect(back)
        except PlanNeeded as needed:
            error = str(needed.error)
    return show(request, outage, action=request.get_full_path(), back=back, error=error)


office.add_page("desk/plan/", plan, name="desk_plan", needs="appointment.reschedule_appointment")
