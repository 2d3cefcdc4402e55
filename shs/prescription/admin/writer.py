"""Writing by keyboard: what is suggested, read and inserted while a doctor types, and issuing in the same step."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.admin.picker import Look, key_in, naming_free_times
from shs.appointment.admin.reception import where_to
from shs.appointment.models import Appointment
from shs.core.admin.base import Context
from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.doctors.models import DoctorInformation
from shs.notices.letters import language_of
from shs.prescription.admin.writing import BLANK_ROWS, stop_reason
from shs.prescription.errors import Unacknowledged
from shs.prescription.models import AdviceTemplate, OrderedTest, Prescription, PrescriptionLine, PrescriptionSet
from shs.prescription.models.directions import read_directions, read_duration, read_wait
from shs.prescription.models.dosing import MOST_DAYS
from shs.prescription.services import inserting, suggest
from shs.prescription.services.follow_up import issue_and_book
from shs.prescription.services.instructions import compose
from shs.users.requests import UserRequest

ISSUE = "_issue"
"""The name of the button that issues what is written."""
REASON = "reason-"
"""The beginning of the names of the reasons for warnings; the key of the warning follows."""
ASKED = "shs.prescription.asked"
"""The key in `request.META` of the warnings that need a reason."""
MOST_ADVICE = 6


class WriterPages(Screen):
    """Mixin for the screen of prescriptions."""

    change_form_template = "admin/prescription/prescription/change_form.html"
    pages = [
        Page("suggest/", "suggest_view", "suggest", needs="add"),
        Page("directions/", "directions_view", "directions", needs="add"),
        Page("insert/", "insert_view", "insert", needs="add"),
    ]

    # --- While the doctor types ---

    def suggest_view(self, request: UserRequest) -> HttpResponse:
        """Suggestions for `s` of one `kind` (medicine, test or advice) as JSON."""
        text, kind = request.GET.get("s", ""), request.GET.get("kind", "medicine")
        doctor = DoctorInformation.objects.allowed(request.user, "practise").filter(user=request.user).first()
        if kind == "advice":
            rows = AdviceTemplate.objects.allowed(request.user, "view").filter(title__icontains=text.strip()[:60])
            found = [{"name": row.title, "detail": row.text[:80], "text": row.text} for row in rows[:MOST_ADVICE]]
            return JsonResponse({"found": found})
        if kind == "test":
            return JsonResponse({"found": [one._asdict() for one in suggest.tests(text, doctor=doctor)]})
        named = suggest.sets(text, PrescriptionSet.objects.allowed(request.user, "view"))
        listed = [*named, *suggest.medicines(text, doctor=doctor)]
        return JsonResponse({"found": [{**one._asdict(), "is_set": one.set is not None} for one in listed]})

    def directions_view(self, request: UserRequest) -> HttpResponse:
        """What directions mean, as JSON: posted, so that no clinical text stands in an address. `text` with the `form`
        of the medicine, or `come_in`: when the patient comes again. `visit`: for whom."""
        data = request.POST
        visit = self._visit(request, data.get("visit", ""))
        try:
            if data.get("come_in"):
                return JsonResponse(_coming(visit, data["come_in"]))
            language = language_of(visit.patient if visit else request.user)
            return JsonResponse(_read(data.get("text", ""), data.get("lasting", ""), data.get("form", ""), language))
        except ValidationError as error:
            return JsonResponse({"error": " ".join(error.messages)})

    def insert_view(self, request: UserRequest) -> HttpResponse:
        """What is inserted, as JSON: the `set`, or the last prescription of the patient of the `visit`."""
        return JsonResponse(self._insertion(request) or {"lines": [], "tests": [], "advice": ""})

    def _insertion(self, request: UserRequest) -> inserting.Insertion | None:
        if "set" in request.GET:
            rows = PrescriptionSet.objects.allowed(request.user, "view")
            return inserting.of_set(get_object_or_404(rows, pk=key_in(request.GET["set"]) or 0))
        visit = self._visit(request, request.GET.get("visit") or request.GET.get("appointment", ""))
        return inserting.last_of(visit, request.user) if visit else None

    def _visit(self, request: UserRequest, key: str) -> Appointment | None:
        """The visit for which is written: one that the user attends."""
        rows = Appointment.objects.allowed(request.user, "attend").select_related("patient")
        return rows.filter(pk=key_in(key) or 0).first()

    # --- The form ---

    def get_formset_kwargs(self, request: UserRequest, obj: Model, inline: Any, prefix: str) -> dict[str, Any]:
        """A new draft begins with what `repeat` or `set` in the address asks for."""
        found: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "GET" and {"repeat", "set"} & set(request.GET) and obj.pk is None:
            if not hasattr(request, "_insertion"):
                request._insertion = self._insertion(request)  # type: ignore[attr-defined]  # once for both inlines
            if (wanted := request._insertion) is not None:  # type: ignore[attr-defined]
                found["initial"] = _initial(cast("dict[str, Any]", wanted), prefix)
        return found

    def save_related(
        self, request: UserRequest, form: "ModelForm[Prescription]", formsets: Iterable[Any], change: bool
    ) -> None:
        """The rows, and if the doctor asked for it, issuing and the next visit, in one transaction."""
        super().save_related(request, form, formsets, change)
        for key in form.cleaned_data.get("undo_stops") or ():
            form.instance.stopped.get(pk=key).delete()
        if ISSUE in request.POST:
            self._issue(request, form)

    def _issue(self, request: UserRequest, form: "ModelForm[Prescription]") -> None:
        rows = Prescription.objects.allowed(request.user, "issue").select_related("appointment", "patient", "doctor")
        draft = get_object_or_404(rows, pk=form.instance.pk)
        reasons = {
            name.removeprefix(REASON): str(value)[:500]
            for name, value in request.POST.items()
            if name.startswith(REASON)
        }
        now, at, visit = timezone.now(), form.cleaned_data.get("slot_at"), draft.appointment
        why = request.POST.get("amendment_reason", "")
        try:
            naming = naming_free_times(visit.doctor_id, visit.clinic_id, at, now) if at else nullcontext()
            with naming:
                booked = issue_and_book(draft=draft, by=request.user, reasons=reasons, now=now, at=at, reason=why)
        except Unacknowledged as refused:
            request.META[ASKED] = refused.more["warnings"]
            raise
        if booked is not None:
            messages.info(request, where_to(booked))

    def response_add(
        self, request: UserRequest, obj: Prescription, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._issued(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: UserRequest, obj: Prescription) -> HttpResponse:
        return self._issued(request, obj) or super().response_change(request, obj)

    def _issued(self, request: UserRequest, obj: Prescription) -> HttpResponse | None:
        """The page of the issued prescription, which prints its paper."""
        if ISSUE not in request.POST:
            return None
        messages.success(request, _("The prescription is issued."))
        return HttpResponseRedirect(f"{self.url_of(obj)}?print=1")

    def render_change_form(
        self,
        request: UserRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        formsets = {
            inline.formset.model: inline
            for inline in cast("list[Any]", context["inline_admin_formsets"])
            if inline.has_change_permission or add
        }
        if {PrescriptionLine, OrderedTest} <= formsets.keys() and (add or self.has_change_permission(request, obj)):
            form = cast(Any, context["adminform"]).form
            context |= {
                "prescription_form": form,
                "medicine_lines": formsets[PrescriptionLine].formset,
                "test_lines": formsets[OrderedTest].formset,
                "writer_visit": self._writes_for(request, cast("Prescription | None", obj)),
                "writer_asked": _asked(request),
            }
        elif obj is not None and request.GET.get("print"):
            paper = reverse("admin:prescription_prescription_pdf", args=(obj.pk,))
            context["print_url"] = f"{paper}?framed=1"
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _writes_for(self, request: UserRequest, obj: Prescription | None) -> str:
        """The key of the visit, as far as it is known when the page is made."""
        if obj is not None:
            return str(obj.appointment_id)
        return str(key_in(request.POST.get("appointment") or request.GET.get("appointment", "")) or "")


def _asked(request: UserRequest) -> list[dict[str, str]]:
    """The warnings that need a reason, with what was typed already."""
    warnings = cast("list[dict[str, str]]", request.META.get(ASKED, []))
    return [
        {**found, "field": f"{REASON}{found['warning']}", "typed": request.POST.get(f"{REASON}{found['warning']}", "")}
        for found in warnings
    ]


def _initial(wanted: dict[str, Any], prefix: str) -> list[dict[str, object]]:
    """The initial rows of an inline."""
    if prefix == "tests":
        return wanted["tests"][: BLANK_ROWS["tests"]]  # type: ignore[no-any-return]
    lines = wanted["lines"][: BLANK_ROWS["lines"]]
    return [{**line, "unconfirmed": not line["is_confirmed"]} for line in lines]


def _coming(visit: Appointment | None, text: str) -> dict[str, str]:
    """On which day the patient comes again, and what to ask the picker of slots."""
    day = timezone.localdate() + timedelta(days=read_wait(text))
    return {"date": day.isoformat(), "look": str(Look(doctor=visit.doctor_id if visit else None, first=day))}


def _read(text: str, lasting: str, form: str, language: str) -> dict[str, object]:
    """The parts of directions, as the fields hold them, and the sentence for the patient."""
    if stop_reason(text) is not None:
        return {"is_stop": True}
    given = read_directions(text, form=form)
    days, is_continued = given.days, given.is_continued
    if lasting and not (days or is_continued) and "steps" not in given.dose:
        days, is_continued = read_duration(lasting)
    length = "" if "steps" in given.dose else _("continue") if is_continued else f"{days}d" if days else ""
    return {
        "directions": given.dose.get("words", ""),
        "meal": given.meal,
        "lasting": length,
        "is_whole": bool(days or is_continued),
        "instructions": compose(
            given.dose,
            meal=given.meal,
            days=MOST_DAYS if is_continued else days,
            is_continued=is_continued,
            language=language,
        ),
    }
