"""The page of one verification case: documents, checklist, register comparison and notes, and the views that its forms
post to."""

from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, OuterRef, Prefetch, QuerySet, Subquery, When, prefetch_related_objects
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.admin.forms import ModelForm
from shs.core.admin.once import DID
from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.core.children import attach_children
from shs.core.errors import Refused
from shs.core.grants.held import held_by
from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import holds, may_all, rows_allowed
from shs.credentialing import casework
from shs.credentialing.admin.forms import CheckForm, NoteForm
from shs.credentialing.admin.proposals import differences
from shs.credentialing.models import CheckKind, DoctorDocument, VerificationCheck
from shs.credentialing.models.check import Facts, missing_among
from shs.credentialing.register import look_up
from shs.credentialing.timeline import events
from shs.doctors.models import DoctorInformation
from shs.doctors.models.doctor import OPEN
from shs.users.models import User
from shs.users.requests import UserRequest

LIST = "admin:doctors_doctorinformation_changelist"


CHECKS = Prefetch(
    "checks",
    VerificationCheck.objects.unrestricted("the page asks who may see the case").select_related(
        "by", "override_asked_by", "overridden_by"
    ),
)


def _documents_for(user: User) -> QuerySet[DoctorDocument]:
    """Documents, latest first; each says whether `user` sees that it is there (`is_shown`), whether they may open it
    (`is_readable`), and who has uploaded it (`uploader`), which may have been an officer."""
    marks = {
        name: Case(When(rows_allowed(DoctorDocument, user, action), then=True), default=False)
        for name, action in (("is_shown", "view"), ("is_readable", "read"))
    }
    added = (
        DoctorDocument.history.unrestricted("who uploaded it")
        .filter(id=OuterRef("pk"), history_type="+")
        .values("history_user__name")[:1]
    )
    rows = DoctorDocument.objects.unrestricted("each says who sees it").annotate(**marks, uploader=Subquery(added))
    return rows.order_by("-kind", "-pk")


class Line(NamedTuple):
    """One line of the checklist. `check` is None if the check was not made yet; `error` is why the last attempt was
    refused."""

    kind: CheckKind
    check: VerificationCheck | None
    is_required: bool
    error: str = ""
    note: str = ""


class CasePages(Screen):
    """Base of the screen for doctors: the case's page and its views."""

    pages = [
        Page("next/", "next_view", "next", needs="claim"),
        Page("<path:object_id>/check/", "check_view", "check", needs="decide"),
        Page("<path:object_id>/note/", "note_view", "note", needs="decide"),
        Page("<path:object_id>/details/", "details_view", "details", needs="view"),
    ]

    def get_queryset(self, request: UserRequest) -> QuerySet[DoctorInformation]:
        return super().get_queryset(request).select_related("user__profile")

    def get_form(
        self, request: UserRequest, obj: DoctorInformation | None = None, change: bool = False, **kwargs: object
    ) -> type[ModelForm]:
        """Specializations and clinics are read once, for the form and for the case."""
        if obj is not None:
            attach_children(obj, "specializations", "clinics")
        return super().get_form(request, obj, change, **kwargs)

    # --- What the page shows ---

    def case_context(self, request: UserRequest, doctor: DoctorInformation) -> dict[str, object]:
        """Template context of the case: what is shown beside and below the documents."""
        documents = Prefetch("documents", _documents_for(request.user))
        prefetch_related_objects([doctor], CHECKS, documents)
        holder = held_by(DoctorInformation, "review").get(doctor.pk)
        vars(doctor)["holder"] = holder
        is_mine = holder is not None and holder.user_id == request.user.pk
        context: dict[str, object] = {
            "doctor": doctor,
            "holder": holder,
            "is_mine": is_mine,
            "documents": [(row, vars(row)["is_readable"]) for row in doctor.documents.all() if vars(row)["is_shown"]],
            "verifies": self.is_offered(request, "claim", doctor),
            "sees_case": self._sees_case(request, doctor),
            "next_url": reverse("admin:doctors_doctorinformation_next") + f"?after={doctor.pk}",
        }
        if doctor.user_id == request.user.pk or may_all(request.user, DoctorDocument, "add"):
            context["uploads_url"] = reverse("admin:credentialing_doctordocument_add") + f"?doctor={doctor.pk}"
        if not context["verifies"] and self._may(request, "claim"):
            context["opened_it"] = doctor.user.was_opened_by(request.user)
        if context["sees_case"]:
            context |= self._inside(request, doctor, holder, is_mine)
        return context

    def _sees_case(self, request: UserRequest, doctor: DoctorInformation) -> bool:
        """Whether the user sees how the case is worked on: verification officers and auditors, except of their own."""
        return holds(request.user, "credentialing.view_verificationcheck") and doctor.user_id != request.user.pk

    def _inside(
        self, request: UserRequest, doctor: DoctorInformation, holder: ObjectGrant | None, is_mine: bool
    ) -> dict[str, object]:
        """The part of the context that only verification officers and auditors see."""
        now = timezone.now()
        found = look_up(doctor.license_number)
        return {
            "found": found,
            "differences": differences(doctor),
            "compared": casework.compare(doctor, found, today=timezone.localdate(now)),
            "notes": doctor.case_notes.select_related("by"),
            "details_url": reverse("admin:doctors_doctorinformation_details", args=(doctor.pk,)),
            "details": [
                ("checks", _("Checks")),
                ("timeline", _("Timeline")),
                *((section.key, section.title) for section in casework.CASE_SECTIONS),
            ],
            **self.checklist(request, doctor, holder, is_mine),
        }

    def details_view(self, request: UserRequest, doctor: DoctorInformation) -> HttpResponse:
        """What is not looked at in every case: similar accounts and earlier checks, the timeline, and the sections of
        later apps. The script of the case fetches it when one of these tabs is opened; else it is a page of its own."""
        if not self._sees_case(request, doctor):
            raise PermissionDenied
        prefetch_related_objects([doctor], CHECKS, "documents")
        past = [check for check in doctor.checks.all() if not check.is_current]
        now = timezone.now()
        sections = [(section, section.find(doctor, request.user, now)) for section in casework.CASE_SECTIONS]
        context: dict[str, object] = {
            "alike": [(row, self.url_of(row.doctor)) for row in casework.alike(doctor)],
            "past_checks": sorted(past, key=lambda check: check.at, reverse=True)[:30],
            "timeline": events(doctor),
            "sections": sections,
        }
        if request.headers.get("X-Dialog") == "1":
            return render(request, "admin/credentialing/details.html", context)
        title = {"title": doctor.name, "content_title": doctor.name}
        context |= {**self.admin_site.each_context(request), **title}
        return TemplateResponse(request, "admin/credentialing/details_page.html", context)

    def checklist(
        self,
        request: UserRequest,
        doctor: DoctorInformation,
        holder: ObjectGrant | None,
        is_mine: bool,
        error: tuple[str, str, str] | None = None,
    ) -> dict[str, object]:
        """The checklist of a case. `error` holds the kind of check, why its result was refused, and the note that was
        typed."""
        prefetch_related_objects([doctor], CHECKS)
        current = [check for check in doctor.checks.all() if check.is_current]
        made = {check.kind: check for check in current}
        missing = {str(kind) for kind, _how in missing_among(current)}
        free = holder is None or is_mine
        lines = []
        for kind in CheckKind:
            refused = error[1:] if error and error[0] == kind else ("", "")
            lines.append(Line(kind, made.get(kind), kind in settings.REQUIRED_CHECKS, *refused))
        return {
            "doctor": doctor,
            "checklist": lines,
            "made": len(made),
            "missing": [str(kind.label) for kind in CheckKind if kind in missing],
            "rest": [str(kind.label) for kind in CheckKind if kind in missing and kind not in made],
            "is_open": doctor.verification_status in OPEN,
            "checks": free and doctor.verification_status in OPEN and self._may(request, "decide", doctor),
            "check_url": reverse("admin:doctors_doctorinformation_check", args=(doctor.pk,)),
            "note_url": reverse("admin:doctors_doctorinformation_note", args=(doctor.pk,)),
        }

    # --- Where it is sent ---

    def check_view(self, request: UserRequest, doctor: DoctorInformation) -> HttpResponse:
        """Store the result of one check. Answers with the checklist if the page's script asks, else redirects to the
        page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = CheckForm(request.POST)
        if form.is_valid():
            error = self._judge(request, doctor, **form.cleaned_data)
        else:
            error = (request.POST.get("kind", ""), _("Choose a check and its result."), "")
        if error is None:
            request.META[DID] = f"{self.url_of(doctor)}#check-{form.cleaned_data.get('kind', '')}"
        if request.headers.get("X-Dialog") == "1":
            holder = doctor.reviewer()
            is_mine = holder is not None and holder.user_id == request.user.pk
            return render(
                request, "admin/credentialing/checklist.html", self.checklist(request, doctor, holder, is_mine, error)
            )
        if error:
            messages.error(request, error[1])
        return HttpResponseRedirect(f"{self.url_of(doctor)}#check-{form.cleaned_data.get('kind', '')}")

    def _judge(
        self, request: UserRequest, doctor: DoctorInformation, *, kind: str, result: str, note: str
    ) -> tuple[str, str, str] | None:
        now = timezone.now()
        try:
            if kind == CheckForm.REST:
                casework.pass_rest(doctor=doctor, by=request.user, now=now)
            elif result == "look_up":
                casework.check_register(doctor=doctor, by=request.user, now=now)
            else:
                facts = self._facts(doctor) if kind == CheckKind.REGISTER else {}
                casework.record_check(
                    doctor=doctor, kind=kind, result=result, note=note, by=request.user, now=now, **facts
                )
        except Refused as refusal:
            return kind, str(refusal.detail), note
        return None

    def _facts(self, doctor: DoctorInformation) -> Facts:
        """The register's facts to keep with a result that a person entered by hand."""
        found = look_up(doctor.license_number)
        if found is None:
            return {}
        return {
            "source": found.source,
            "source_date": found.as_of,
            "registered_name": found.name,
            "valid_until": found.valid_until,
        }

    def note_view(self, request: UserRequest, doctor: DoctorInformation) -> HttpResponse:
        """Store an internal note and redirect to the page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = NoteForm(request.POST)
        try:
            if form.is_valid():
                casework.add_note(doctor=doctor, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
                messages.success(request, _("Note saved."))
            else:
                messages.error(request, _("Enter a note of at most 2,000 characters."))
        except Refused as refusal:
            messages.error(request, str(refusal.detail))
        return HttpResponseRedirect(f"{self.url_of(doctor)}#notes")

    def next_view(self, request: UserRequest) -> HttpResponse:
        """Redirect to the case that has waited longest, except `after`; to the list if there is none."""
        after = request.GET.get("after", "")
        doctor = self.get_object(request, after)
        return HttpResponseRedirect(self.next_url(request, doctor if isinstance(doctor, DoctorInformation) else None))

    def next_url(self, request: UserRequest, after: DoctorInformation | None) -> str:
        """The address of the next case; of the list, with a message, if no case waits."""
        case = casework.next_case(request.user, after=after)
        if case is not None:
            return self.url_of(case)
        messages.info(request, _("The queue is empty."))
        return reverse(LIST)

    def _after_step(self, request: UserRequest, record: DoctorInformation) -> str:
        """The second button of a decision opens the next case."""
        if request.method == "POST" and "_next" in request.POST:
            return self.next_url(request, record)
        return super()._after_step(request, record)
