"""The desk's dialog: somebody is registered or chosen, and comes now or at a time that is booked."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from shs.appointment import board
from shs.appointment.admin.picker import key_in, read_look, specialties_of
from shs.appointment.admin.reception_form import NOW, ReceptionForm, picker_for
from shs.appointment.models import Appointment, Status
from shs.core.admin.once import Go
from shs.core.admin.site import office
from shs.core.dates import show_time, show_weekday
from shs.core.labels import Label
from shs.doctors.models import Clinic, DoctorInformation
from shs.users.models import User
from shs.users.requests import UserRequest

ADD = "appointment.add_appointment"
PRINTS = mark_safe(' aria-keyshortcuts="p"')
"""The attribute of the link that the letter P opens: what is usually printed."""


class Place:
    """The clinic of a request, and its doctors; those of others are ignored."""

    def __init__(self, request: UserRequest) -> None:
        self.user, self.now = request.user, timezone.now()
        clinics = board.clinics_for(self.user)
        asked = request.GET.get("clinic", "")
        doctor = request.GET.get("doctor", "")
        named = next((clinic for clinic in clinics if str(clinic.pk) == asked), None)
        self.clinic: Clinic | None = named or next(iter(clinics), None)
        self.doctors: list[DoctorInformation] = board.doctors_for(self.user, self.clinic) if self.clinic else []
        self.doctor = next((row for row in self.doctors if str(row.pk) == doctor), next(iter(self.doctors), None))

    def form(self, request: UserRequest, clinic: Clinic) -> ReceptionForm:
        """The form, filled in with what was posted or what a link asks for."""
        key = self.doctor.pk if self.doctor else None
        initial: dict[str, object] = {
            "doctor": key,
            "when": request.GET.get("when", NOW),
            "name": request.GET.get("name", "")[:150],
        }
        posted = request.POST if request.method == "POST" else None
        return ReceptionForm(posted, user=self.user, clinic=clinic, doctors=self.doctors, initial=initial, now=self.now)


def receive(request: UserRequest) -> HttpResponse:
    """The dialog, also as a page of its own; POST registers and books."""
    place = Place(request)
    form = place.form(request, place.clinic) if place.clinic else None
    is_dialog = request.headers.get("X-Dialog") == "1"
    back = _back(request, place.clinic)
    if form and request.method == "POST" and _done(request, form):
        return Go(back) if is_dialog else HttpResponseRedirect(back)
    context = {
        "form": form,
        "place": place,
        "back": back,
        "action_url": request.get_full_path(),
        "title": _("New visit"),
        "query": urlencode({"clinic": place.clinic.pk}) if place.clinic else "",
    }
    if is_dialog:
        return render(request, "admin/appointment/reception_form.html", context)
    return TemplateResponse(
        request, "admin/appointment/reception.html", {**admin.site.each_context(request), **context}
    )


def _done(request: UserRequest, form: ReceptionForm) -> bool:
    """Whether the work is done; the desk is told what to read out."""
    answer = form.receive() if form.is_valid() else None
    if answer is not None:
        _tell(request, answer)
    return answer is not None


def _tell(request: UserRequest, answer: Mapping[str, object]) -> None:
    person = User.objects.unrestricted("who has just been registered or booked").get(pk=answer["person"])
    visits = Appointment.objects.unrestricted("which has just been booked").select_related(
        "patient", "doctor", "clinic"
    )
    visit = visits.filter(pk=answer["visit"]).first() if answer["visit"] else None
    words = where_to(visit) if visit else _("%(name)s is registered.") % {"name": person.name}
    card = reverse("admin:users_user_card", args=(person.pk,))
    links = [(card, "" if visit else PRINTS, _("Print card"))]
    if visit:
        links.insert(0, (reverse("admin:appointment_appointment_slip", args=(visit.pk,)), PRINTS, _("Print slip")))
    shown = format_html_join(" · ", '<a class="shs-link" href="{}"{}>{}</a>', links)
    number = _("Patient number: %(number)s.") % {"number": person.patient_number}
    messages.success(request, format_html("{} {} {}", words, number, shown))
    if answer.get("crowding"):
        messages.warning(request, str(answer["crowding"]))


def where_to(visit: Appointment) -> Label:
    """What the desk reads out after booking: time, serial, doctor, of another day the day, and what it costs where."""
    start = timezone.localtime(visit.starts_at)
    words: dict[str, object] = {"name": visit.patient.name, "time": show_time(start), "serial": visit.serial}
    words |= {"doctor": visit.doctor.name, "place": visit.clinic or visit.doctor.location}
    words["fee"] = f"{visit.fee:.2f}".removesuffix(".00")
    if visit.is_extra:
        said = _("%(name)s: an extra visit at %(time)s, serial %(serial)s, to %(doctor)s.")
    elif start.date() == timezone.localdate():
        said = _("%(name)s: at %(time)s, serial %(serial)s, to %(doctor)s.")
    else:
        words["day"] = show_weekday(start.date())
        said = _("%(name)s: on %(day)s at %(time)s, serial %(serial)s, to %(doctor)s.")
    if visit.expected_at is not None:
        words["expected"] = show_time(timezone.localtime(visit.expected_at))
        said = _("%(name)s: at %(time)s, serial %(serial)s, to %(doctor)s, who is late: expected %(expected)s.")
    is_confirmed = visit.status == Status.CONFIRMED
    rest = _("Confirmed. %(place)s, fee BDT %(fee)s.") if is_confirmed else _("%(place)s, fee BDT %(fee)s.")
    return f"{said % words} {rest % words}"


def _back(request: UserRequest, clinic: Clinic | None) -> str:
    """The page of this site from which the dialog was opened, or the board."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return f"{reverse('admin:desk')}?{urlencode({'clinic': clinic.pk})}" if clinic else reverse("admin:desk")


def people(request: UserRequest) -> HttpResponse:
    """Those who may be meant by what is typed so far. It is posted, so that no name or phone stands in an address."""
    place = Place(request)
    form = place.form(request, place.clinic) if place.clinic and request.method == "POST" else None
    return render(request, "admin/appointment/reception_people.html", {"form": form})


def slots(request: UserRequest) -> HttpResponse:
    """The picker of the dialog alone: of a doctor, of a specialty, or as one of its buttons asks (`look`)."""
    clinic = key_in(request.GET.get("clinic", "")) or 0
    doctors = board.doctors_at(request.user, clinic)
    asked = key_in(request.GET.get("doctor", ""))
    doctor = next((row.pk for row in doctors if row.pk == asked), doctors[0].pk if doctors else None)
    offered = {str(pk): pk for pk, _name in specialties_of(doctors)}
    look = read_look(request.GET["look"]) if "look" in request.GET else None
    specialty = offered.get(request.GET.get("specialty", ""))
    picker = picker_for(doctor, doctors, clinic, timezone.now(), specialty=specialty, look=look)
    picker.chooses = True
    return HttpResponse(picker.render("when", request.GET.get("chosen")))


office.add_page("desk/register/", receive, name="desk_register", needs=ADD)
office.add_page("desk/register/people/", people, name="desk_people", needs=ADD)
office.add_page("desk/slots/", slots, name="desk_slots", needs=ADD)
