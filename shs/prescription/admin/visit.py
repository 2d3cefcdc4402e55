"""The page of one visit: the patient at a glance, the history, the note and the prescription, signed in one step."""

from contextlib import nullcontext
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.admin import AppointmentScreen
from shs.appointment.admin.picker import naming_free_times
from shs.appointment.admin.reception import where_to
from shs.appointment.admin.session_panel import consultation
from shs.appointment.board import flags_of
from shs.appointment.models import Appointment
from shs.core.admin.base import Context
from shs.core.admin.site import office
from shs.core.admin.steps import offered_on
from shs.core.bundles import BundledMedia
from shs.core.dates import show_time
from shs.core.errors import Refused, refusal_for
from shs.core.reads.log import log_page
from shs.medical_record import notes
from shs.medical_record.alerts import with_alerts
from shs.medical_record.consultation import glance
from shs.medical_record.models import VisitDraft, VisitNote
from shs.medical_record.permissions import may_write_chart, visit_alone
from shs.medical_record.services import Extent, extent_of, note_reading
from shs.medical_record.visit_flags import in_chart
from shs.prescription.admin.checks import shown_issued
from shs.prescription.admin.dispensing import show_given_out
from shs.prescription.admin.visit_forms import (
    Forms,
    answered,
    as_sent,
    asked_of,
    forms_for,
    signs_form,
    typed_in,
    typed_of,
)
from shs.prescription.admin.visit_parts import parts_of
from shs.prescription.alerts import READ, alerts_of
from shs.prescription.errors import Unacknowledged
from shs.prescription.models import Prescription
from shs.prescription.running import running
from shs.prescription.services import consulting
from shs.prescription.services.findings import Checked
from shs.prescription.timeline import timeline
from shs.users.requests import UserRequest

NEEDED = "appointment.attend_appointment"


class Opened(NamedTuple):
    """A visit that somebody may read, how much of its chart, and what stands in it; the draft only for whoever
    writes."""

    visit: Appointment
    extent: Extent
    note: VisitNote | None
    draft: VisitDraft | None
    writes: bool

    @property
    def number(self) -> int:
        """What the draft is saved on."""
        return self.draft.number if self.draft else 0

    @property
    def keys(self) -> list[int]:
        """Of the visit and its note, for the read log."""
        return [self.visit.pk, *([self.note.pk] if self.note else [])]


class Answer(NamedTuple):
    """What the page says of what was sent: a refusal, what the checks found, whether somebody else saved meanwhile."""

    refusal: str = ""
    checked: Checked | None = None
    asked: tuple[tuple[str, str], ...] = ()
    stale: int | None = None


def visit_page(request: UserRequest, visit_id: int) -> HttpResponse:
    """The page; what is posted signs and issues, or asks for the checks."""
    opened = _open(request, visit_id)
    if isinstance(opened, HttpResponse):
        return opened
    if request.method != "POST":
        return _shown(request, opened, None, Answer())
    if "_continue" in request.POST:  # Enter in a field of the prescription: nothing is signed by it
        return keep_draft(request, visit_id)
    if opened.note is not None:
        return _amended(request, opened)
    forms = forms_for(request, as_sent(typed_in(request.POST)), is_judged=True)
    answer = _signed(request, opened, forms) if forms.are_valid() else Answer(_("Please correct what is marked below."))
    return answer if isinstance(answer, HttpResponse) else _shown(request, opened, forms, answer)


def _open(request: UserRequest, visit_id: int) -> Opened | HttpResponse:
    """The visit. 404 for one whose chart the user may not read, after logging the refusal; of an own visit whose chart
    is closed the page of the visit is left."""
    now, user = timezone.now(), request.user
    rows = Appointment.objects.unrestricted("who reads it is logged, and refused below")
    related = ("patient__profile", "doctor__user", "clinic", "visit_draft__writer")
    visit = rows.select_related(*related).filter(pk=visit_id).first()
    if visit is None:
        raise Http404
    extent = extent_of(user, visit.patient, now)
    if extent is None or (extent.visits is not None and visit.pk not in extent.visits):
        if user.has_perm("appointment.view_appointment", visit):
            messages.info(request, _("The chart is closed to you for this visit."))
            return HttpResponseRedirect(reverse("admin:appointment_appointment_change", args=(visit.pk,)))
        note_reading(user, visit.patient, "visit", [visit.pk], now=now)
        raise Http404
    note = notes.latest_note(visit)
    if note is not None and note.is_confidential and not extent.is_in_full:
        note = None
    writes = note is None and _writes(request, visit)
    return Opened(visit, extent, note, notes.draft_read_with(visit) if writes else None, writes)


def _writes(request: UserRequest, visit: Appointment) -> bool:
    try:
        notes.as_writer(visit, request.user, timezone.now(), is_read=True)
    except Refused:
        return False
    return True


# --- What is sent ----------------------------------------------------------------------------------------------------


def _signed(request: UserRequest, opened: Opened, forms: Forms) -> Answer | HttpResponse:
    """Sign and issue what was sent. A refusal, or the answer of the checks, is shown on the page; what was typed stays
    there."""
    now, user, visit = timezone.now(), request.user, opened.visit
    note, prescribed = forms.written(), forms.prescribed()
    try:
        if "check" in request.POST:
            return _looked(request, opened, forms)
        at = prescribed.next_at
        with naming_free_times(visit.doctor_id, visit.clinic_id, at, now) if at else nullcontext():
            done = consulting.sign_and_issue(
                visit=visit, by=user, note=note, prescribed=prescribed, seen=_seen(request.POST), now=now
            )
    except Unacknowledged as refusal:
        warnings = refusal.more["warnings"]
        asked = tuple((row["warning"], row["message"]) for row in warnings)  # type: ignore[attr-defined]
        return _looked(request, opened, forms)._replace(refusal=_("Give a reason for each warning."), asked=asked)
    except (IntegrityError, Refused) as error:
        found = error if isinstance(error, Refused) else refusal_for(error)
        if found is None:
            raise
        number = found.more.get("number")
        return Answer(str(found.detail), stale=number if isinstance(number, int) else None)
    if done.next_visit is not None:
        messages.info(request, where_to(done.next_visit))
    told = _("The note is signed, and the prescription is issued.") if done.prescription else _("The note is signed.")
    messages.success(request, told)
    return HttpResponseRedirect(f"{address_of(visit.pk)}#paper")


def _looked(request: UserRequest, opened: Opened, forms: Forms) -> Answer:
    """What the checks say of what was sent."""
    now, prescribed = timezone.now(), forms.prescribed()
    if not prescribed.medications:
        return Answer(_("There is no medicine to check."))
    try:
        checked = consulting.look(
            visit=opened.visit, by=request.user, note=forms.written(), prescribed=prescribed, now=now
        )
    except Refused as refusal:
        return Answer(str(refusal.detail))
    return Answer(checked=checked, asked=tuple((found.key, found.text) for found in checked.stopping))


def _amended(request: UserRequest, opened: Opened) -> HttpResponse:
    """Sign the next version of a note."""
    forms = forms_for(request, as_sent(typed_in(request.POST)), is_judged=True)
    answer = Answer(_("Please correct what is marked below."))
    if opened.note is not None and forms.note.is_valid():
        written = forms.note.written(is_confidential="is_confidential" in request.POST)
        try:
            notes.amend(
                note=opened.note,
                by=request.user,
                written=written,
                reason=request.POST.get("reason", "")[:500],
                now=timezone.now(),
            )
        except (IntegrityError, Refused) as error:
            found = error if isinstance(error, Refused) else refusal_for(error)
            if found is None:
                raise
            answer = Answer(str(found.detail))
        else:
            messages.success(request, _("The note is amended. The earlier version stays readable."))
            return HttpResponseRedirect(address_of(opened.visit.pk))
    return _shown(request, opened, forms, answer)


def _seen(data: QueryDict) -> int:
    """The number of the draft on which this builds; another one where somebody said to overwrite it."""
    number = data.get("overwrite") or data.get("seen") or "0"
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def keep_draft(request: UserRequest, visit_id: int) -> HttpResponse:
    """Keep what was typed: for the script of the page as JSON, for its button by going back to the page. GET tells the
    script that somebody is logged in again."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    rows = Appointment.objects.unrestricted("as_writer() refuses whoever does not write it")
    visit = rows.select_related("patient", "doctor__user").filter(pk=visit_id).first()
    if visit is None or not (extent_of(request.user, visit.patient, timezone.now())):
        raise Http404
    if request.method != "POST":
        return JsonResponse({"csrf": get_token(request)})
    try:
        draft = notes.save_draft(
            visit=visit, by=request.user, typed=typed_in(request.POST), seen=_seen(request.POST), now=timezone.now()
        )
    except Refused as refusal:
        if wants_json:
            return JsonResponse({"refused": str(refusal.detail)}, status=refusal.status)
        opened = _open(request, visit_id)
        if isinstance(opened, HttpResponse):
            return opened
        forms = forms_for(request, as_sent(typed_in(request.POST)), is_judged=False)
        number = refusal.more.get("number")
        answer = Answer(str(refusal.detail), stale=number if isinstance(number, int) else None)
        return _shown(request, opened, forms, answer)
    told = _("Draft saved at %(time)s.") % {"time": show_time(draft.saved_at)}
    if wants_json:
        return JsonResponse({"number": draft.number, "told": told})
    messages.success(request, told)
    return HttpResponseRedirect(address_of(visit.pk))


def take_over(request: UserRequest, visit_id: int) -> HttpResponse:
    """Go on in the visit of a colleague."""
    opened = _open(request, visit_id)
    if isinstance(opened, HttpResponse):
        return opened
    if request.method == "POST":
        try:
            notes.take_over(visit=opened.visit, by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal.detail))
        else:
            messages.success(request, _("You have taken over this visit. Your colleague has been told."))
    return HttpResponseRedirect(address_of(visit_id))


def address_of(visit_id: int) -> str:
    """The address of the page of a visit."""
    return reverse("admin:visit", args=(visit_id,))


# --- What is shown ---------------------------------------------------------------------------------------------------


def _shown(request: UserRequest, opened: Opened, forms: Forms | None, answer: Answer) -> HttpResponse:
    now, user, visit = timezone.now(), request.user, opened.visit
    patient = visit.patient
    seen = glance(patient, opened.extent, now, also=READ)
    number = request.GET.get("history", "1")
    page = int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else 1
    past = timeline(user, patient, opened.extent, now=now, page=page, without=visit)
    issued, drafted = consulting.prescriptions_of(visit, in_full=opened.extent.is_in_full)
    if forms is None and opened.writes:
        forms = forms_for(request, as_sent(_typed(opened, drafted, request)), is_judged=False)
    show_given_out([issued, *(event.prescription for event in past.events)])
    alerts = alerts_of(seen, opened.extent, answered(forms, issued), now)
    parts = parts_of(request, visit, opened.extent, now)
    glanced = {"visit": opened.keys, "medical records at a glance": seen.ids, **past.read}
    shown = with_alerts(glanced, alerts)
    shown |= {part.what: sorted({*part.ids, *shown.get(part.what, [])}) for part in parts}
    log_page(user, shown={what: ids for what, ids in shown.items() if ids}, subject=patient, basis=opened.extent.basis)
    context: Context = {
        **admin.site.each_context(request),
        "title": patient.name,
        "content_title": patient.name,
        "opened": opened,
        "visit": visit,
        "glance": seen,
        "alerts": alerts,
        "is_partial": opened.extent.visits is not None,
        "running": running(user, patient, now),
        "flags": flags_of(user, [visit], now, without=[in_chart])[visit.pk],
        "past": past,
        "parts": parts,
        "answer": answer,
        "issued": issued,
        "issued_checks": shown_issued(issued) if issued else "",
        "may_take_over": opened.note is None and not opened.writes and notes.may_take_over(visit, user, now),
        "panel": consultation(request),
        "add_url": _add_url(request, opened),
        "chart_url": reverse("admin:medical_record_medicalrecord_patient", args=(patient.pk,)),
        "change_url": reverse("admin:appointment_appointment_change", args=(visit.pk,)),
        "draft_url": reverse("admin:visit_draft", args=(visit.pk,)),
        "take_over_url": reverse("admin:visit_take_over", args=(visit.pk,)),
        "login_url": f"{reverse('admin:login')}?{urlencode({'next': request.path})}",
        "passed": opened.draft.formers if opened.draft else [],
        "too_early": notes.too_early(visit, now),
        "asks": asked_of(patient, now),
        "is_fullwidth": "1",
    }
    signs = opened.writes and forms
    context |= _to_sign(request, opened, signs, answer) if signs else _to_read(request, opened, forms)
    return TemplateResponse(request, "admin/visit.html", context)


def _to_sign(request: UserRequest, opened: Opened, forms: Forms, answer: Answer) -> Context:
    """The forms, with what was typed."""
    screen = office.get_model_admin(Prescription)
    asked = [
        {"field": f"reason-{key}", "message": text, "typed": forms.reasons.get(key, "")} for key, text in answer.asked
    ]
    signs = signs_form(forms.prescription)
    return {
        "note_form": forms.note,
        "prescription_form": forms.prescription,
        "signs": signs,
        "signs_open": any(field.value() for field in signs),
        "medicine_lines": forms.medicines,
        "test_lines": forms.tests,
        "writer_visit": opened.visit.pk,
        "writer_asked": asked,
        "writer_signs": True,
        "other_reasons": [(key, text) for key, text in forms.reasons.items() if key not in dict(answer.asked)],
        "number": _seen(request.POST) if answer.refusal and request.method == "POST" else opened.number,
        "media": BundledMedia(screen.media + forms.media),
    }


def _typed(opened: Opened, draft: Prescription | None, request: UserRequest) -> dict[str, list[str]]:
    """What stands in the draft; at first what a draft of the prescription says, and why the patient comes."""
    kept: dict[str, list[str]] = opened.draft.content if opened.draft is not None else {}
    if kept:
        return kept
    if draft is not None:
        return typed_of(draft)
    reason, right = opened.visit.reason, "appointment.read_reason_appointment"
    return {"complaint": [reason if reason and request.user.has_perm(right, opened.visit) else ""]}


def _to_read(request: UserRequest, opened: Opened, forms: Forms | None) -> Context:
    """What follows once the note is signed: its versions, amending it, and the next visit."""
    note = opened.note
    if note is None:
        return {}
    may_amend = request.user.has_perm("medical_record.amend_visitnote", note)
    amends = may_amend and ("amend" in request.GET or request.method == "POST")
    if amends and forms is None:
        written = notes.Written(
            {name: getattr(note, name) for name in ("complaint", "findings", "assessment", "plan")},
            [row["code"] for row in note.codes],
            note.is_confidential,
        )
        forms = forms_for(request, as_sent(notes.typed_of(written)), is_judged=False)
    visits: AppointmentScreen = office.get_model_admin(Appointment)
    visits.offer_steps(
        request, [opened.visit], [one for name, one in visits.steps().items() if name in ("come_again", "follow_up")]
    )
    then = urlencode({"next": address_of(opened.visit.pk)})
    former = VisitNote.objects.unrestricted("versions of a note that is shown").filter(visit=opened.visit)
    shown: Context = {
        "may_amend": may_amend,
        "amends": amends,
        "again": [(one, f"{visits.step_url(opened.visit, one)}?{then}") for one in offered_on(opened.visit)],
        "versions": list(former.exclude(pk=note.pk).select_related("signed_by").order_by("-version")),
        "reason": request.POST.get("reason", ""),
    }
    if amends and forms is not None:
        shown |= {"note_form": forms.note, "media": BundledMedia(forms.media)}
    return shown


def _add_url(request: UserRequest, opened: Opened) -> str:
    """Where an entry is added to the chart."""
    now, patient = timezone.now(), opened.visit.patient
    if not (may_write_chart(request.user, patient, now) or visit_alone(request.user, patient, now)):
        return ""
    return f"{reverse('admin:medical_record_medicalrecord_add')}?patient={patient.pk}"


office.add_page("visits/<id:visit_id>/", visit_page, name="visit", needs=NEEDED)
office.add_page("visits/<id:visit_id>/draft/", keep_draft, name="visit_draft", needs=NEEDED)
office.add_page("visits/<id:visit_id>/take-over/", take_over, name="visit_take_over", needs=NEEDED)
