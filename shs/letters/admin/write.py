"""The page on which a letter of a visit is written, issued and printed in one step."""

from contextlib import nullcontext

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from shs.appointment.models import Appointment
from shs.core.admin.base import Context
from shs.core.admin.site import office
from shs.core.errors import Refused, refusal_for
from shs.core.paper.content import known_language
from shs.core.reads.log import log_page
from shs.doctors.models import DoctorInformation
from shs.letters import services
from shs.letters.admin.forms import FORMS, LetterForm
from shs.letters.admin.visit_part import ANCHOR
from shs.letters.models import Kind, Letter
from shs.letters.prefill import known_of
from shs.medical_record.services import extent_of, note_reading
from shs.prescription.admin import address_of
from shs.prescription.printed import entry_of
from shs.users.requests import UserRequest

MOST_DOCTORS = 100
"""The most doctors of this platform that are offered while a name is typed."""


def letter_page(request: UserRequest, visit_id: int, kind: str) -> HttpResponse:
    """The form; what is posted is issued, and the page of the visit prints it."""
    now, user = timezone.now(), request.user
    rows = Appointment.objects.unrestricted("who reads it is logged, and refused below")
    visit = rows.select_related("patient__profile", "doctor__user", "clinic").filter(pk=visit_id).first()
    if visit is None or kind not in FORMS:
        raise Http404
    extent = extent_of(user, visit.patient, now)
    if extent is None or (extent.visits is not None and visit.pk not in extent.visits):
        note_reading(user, visit.patient, "visit", [visit.pk], now=now)
        raise Http404
    try:
        services.author_of(visit, user, now)
        services.require_its_time(visit, now)
    except Refused as refusal:
        messages.error(request, str(refusal.detail))
        return HttpResponseRedirect(address_of(visit.pk))
    language = known_language(visit.patient.language)
    with translation.override(language) if kind == Kind.SUMMARY else nullcontext():
        known = known_of(visit, user, extent, now)
    seen_on = timezone.localdate(visit.starts_at)
    form = FORMS[kind](request.POST if request.method == "POST" else None, known=known, today=seen_on)
    if request.method == "POST" and form.is_valid():
        try:
            letter = services.issue(
                visit=visit, by=user, kind=kind, written=form.written(), now=now, colleague=_colleague(form, visit)
            )
        except (IntegrityError, Refused) as error:
            _refused(form, error)
        else:
            messages.success(request, _("It is issued."))
            return HttpResponseRedirect(f"{address_of(visit.pk)}?printed={letter.pk}#{ANCHOR}")
    log_page(
        user,
        shown={"visit": [visit.pk], **({"medical records for a letter": known.ids} if known.ids else {})},
        subject=visit.patient,
        basis=extent.basis,
    )
    return TemplateResponse(request, "admin/letters/write.html", _context(request, visit, kind, form))


def _refused(form: LetterForm, error: Exception) -> None:
    """Show a refusal at its field. Raises what is no refusal."""
    found = error if isinstance(error, Refused) else refusal_for(error)  # type: ignore[arg-type]
    if found is None:
        raise error
    form.add_error(found.field if found.field in form.fields else None, str(found.detail))


def _context(request: UserRequest, visit: Appointment, kind: str, form: LetterForm) -> Context:
    label = Kind(kind).label
    names = dict(_colleagues(visit)) if kind == Kind.REFERRAL else {}
    return {
        **admin.site.each_context(request),
        "title": label,
        "content_title": f"{label} · {visit.patient.name}",
        "form": form,
        "visit": visit,
        "doctors": names,
        "entries": [entry_of(line) for line in form.known.lines] if kind == Kind.SUMMARY else [],
        "is_unissued": kind == Kind.SUMMARY and not form.known.lines,
        "others": Letter.objects.unrestricted("of a visit that is shown").filter(
            visit=visit, kind=kind, status=Letter.Status.ISSUED
        ),
        "back_url": f"{address_of(visit.pk)}#{ANCHOR}",
    }


def _colleagues(visit: Appointment) -> list[tuple[str, int]]:
    """Listed doctors as they are offered → their keys; those of the visit's clinic first."""
    rows = DoctorInformation.objects.listed().exclude(pk=visit.doctor_id)
    of_clinic = rows.filter(clinics=visit.clinic_id) if visit.clinic_id else rows.none()
    found: dict[str, int] = {}
    for few in (of_clinic, rows):
        for pk, name, cards in few.order_by("pk").values_list("pk", "name", "specialty_cards")[:MOST_DOCTORS]:
            titles = ", ".join(str(card["name"]) for card in cards)
            found.setdefault(f"{name}, {titles}" if titles else name, pk)
    return list(found.items())[:MOST_DOCTORS]


def _colleague(form: LetterForm, visit: Appointment) -> int | None:
    """The doctor of this platform whose name was chosen."""
    name = form.cleaned_data.get("name")
    return dict(_colleagues(visit)).get(name) if name else None


office.add_page(
    "visits/<id:visit_id>/letters/<slug:kind>/", letter_page, name="visit_letter", needs="letters.issue_letter"
)
