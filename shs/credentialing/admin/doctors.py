"""The verification queue, and the verification on a doctor's page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.contrib import admin
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, FieldTextFilter
from unfold.decorators import display

from shs.core.admin.changelist import Filter, RelatedFilter
from shs.core.admin.ranges import DayRange, TimeRange
from shs.core.admin.rights import Ordering
from shs.core.admin.steps import Step, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_time
from shs.core.grants.held import held_by
from shs.core.grants.models import ObjectGrant
from shs.core.labels import Label
from shs.credentialing import casework, services
from shs.credentialing.admin.case import CasePages
from shs.credentialing.admin.filters import LateFilter, ReviewerFilter, SecondPersonFilter
from shs.credentialing.admin.forms import (
    AffectingForm,
    ConfirmForm,
    MessageForm,
    OverrideForm,
    RenewalForm,
    WelcomeForm,
)
from shs.credentialing.admin.proposals import ProposalSteps
from shs.credentialing.models import CheckKind, VerificationCheck
from shs.credentialing.models.check import missing_among
from shs.credentialing.tabs import QUIET, with_changes
from shs.credentialing.workdays import DUE_DAYS, LATE_DAYS, working_days_between
from shs.doctors.admin.doctors import DoctorScreen
from shs.doctors.models import DoctorInformation, Verification
from shs.doctors.models.doctor import EXPIRING_DAYS, OPEN, expiring_on
from shs.users.models import User
from shs.users.requests import UserRequest

DECIDED = (Verification.APPROVED, Verification.REJECTED, Verification.SUSPENDED, Verification.EXPIRED)
REOPENED = (Verification.SUSPENDED, Verification.REJECTED, Verification.EXPIRED)
REVIEWERS = {"claim", "approve", "ask", "reject", "suspend", "renew", "override", "release", "reopen"} | {
    "accept_changes",
    "refuse_changes",
}
"""The steps that need a claim on the case."""


def taken_on(user: User) -> Q:
    """The cases that the user has claimed."""
    claims = held_by(DoctorInformation, "review")
    return Q(pk__in=[pk for pk, claim in claims.items() if claim.user_id == user.pk])


class CaseRow(Protocol):
    """A row of the list, with what `prepare_page` looked up: who has claimed the case, and the numbers of its checks,
    of those that block the approval, and of those that wait for a second officer."""

    holder: ObjectGrant | None
    tally: tuple[int, int, int]


def waiting_of(doctor: DoctorInformation, now: datetime) -> tuple[str, Label, Label]:
    """How long a case has waited against the target: colour of the label, label, and text beside it."""
    if doctor.verification_status in OPEN:
        days, since = working_days_between(doctor.submitted_at, now), timesince(doctor.submitted_at, now, depth=1)
        if days >= LATE_DAYS:
            return "danger", _("late"), since
        return ("warning", _("due"), since) if days >= DUE_DAYS else ("good", _("on time"), since)
    label, day = doctor.get_verification_status_display(), doctor.license_expires_on
    if doctor.is_approved and day and day <= timezone.localdate(now) + timedelta(days=EXPIRING_DAYS):
        return "warning", label, _("licence until %(day)s") % {"day": day}
    colours: dict[str, str] = {Verification.APPROVED: "good", Verification.NEEDS_INFO: "warning"}
    return colours.get(doctor.verification_status, "danger"), label, ""


def _label(state: str, words: Label) -> SafeString:
    return format_html('<span class="shs-label shs-label-{}">{}</span>', state, words)


@admin.register(DoctorInformation)
class CaseScreen(ProposalSteps, CasePages, DoctorScreen):
    """Doctors, and the verification queue."""

    empty_text = _("Nobody is waiting here. New applications appear under “Waiting”.")
    list_tools_template = "admin/credentialing/list_tools.html"
    change_form_outer_before_template = "admin/credentialing/review_panel.html"
    change_form_outer_after_template = "admin/credentialing/case_panes.html"
    described_by = ("license_number",)
    list_display = ["who", "practice", "license_number", "checks_made", "waiting", "reviewer_name"]
    list_filter = [
        ("verification_status", ChoicesDropdownFilter),
        ("specializations", RelatedFilter),
        ("location", FieldTextFilter),
        ("submitted_at", TimeRange),
        ("license_expires_on", DayRange),
        ReviewerFilter,
        LateFilter,
        SecondPersonFilter,
    ]
    concealed_from = {"user__email": "claim", "verification_reason": "claim"}
    history_needs = "practise"
    ordering = ["submitted_at", "pk"]
    tabs = [
        Tab("waiting", _("Waiting"), lambda user: Q(verification_status__in=OPEN)),
        Tab("mine", _("Mine"), taken_on),
        Tab("changes", _("Changes"), with_changes),
        Tab("needs_info", _("Needs info"), lambda user: Q(verification_status=Verification.NEEDS_INFO)),
        Tab("expiring", _("Expiring"), lambda user: expiring_on(timezone.localdate())),
        Tab("decided", _("Decided"), lambda user: Q(verification_status__in=DECIDED)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        *QUIET,
    ]
    orders: dict[str, Ordering] = {
        "expiring": ["license_expires_on", "pk"],
        "decided": ["-decided_at", "-pk"],
        "decided_lately": ["-decided_at", "-pk"],
        "all": ["-pk"],
    }

    class Media:
        js = ["shs/case.js"]

    def get_tabs(self, request: UserRequest) -> list[Tab]:
        """The queue's tabs are for verification officers; others see one list without tabs."""
        return self.tabs if self._may(request, "claim") else [tab for tab in self.tabs if tab.key == "all"]

    def get_ordering(self, request: UserRequest) -> Ordering:
        """The queue starts with the longest wait; each other tab has its own order."""
        return self.orders.get(request.GET.get("tab", ""), self.ordering)

    def get_list_filter(self, request: UserRequest) -> list[Filter]:
        """The filters by claim and by pending override are for verification officers."""
        found = super().get_list_filter(request)
        if self._may(request, "claim"):
            return found
        return [one for one in found if one not in (ReviewerFilter, LateFilter, SecondPersonFilter)]

    def render_change_form(
        self,
        request: UserRequest,
        context: dict[str, object],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: DoctorInformation | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= {"shown_email": self._shown_email(request, obj), **self.case_context(request, obj)}
            context["wait"] = waiting_of(obj, timezone.now())
        return super().render_change_form(request, context, add, change, form_url, obj)

    def offer_steps(
        self, request: UserRequest, records: Sequence[DoctorInformation], steps: Sequence[Step] | None = None
    ) -> None:
        """A case that somebody else has claimed is read-only; its holder is not offered Claim again. Approve is offered
        once all required checks are done."""
        super().offer_steps(request, records, steps)
        for doctor in records:
            known = vars(doctor)
            holder = known["holder"] if "holder" in known else doctor.reviewer()
            locked = holder is not None and holder.user_id != request.user.pk
            hidden = set(REVIEWERS) if locked else {"claim"} if holder else set()
            if steps is None and all(check.counts for check in doctor.checks.all() if check.is_current):
                hidden.add("override")
            if steps is None and missing_among(check for check in doctor.checks.all() if check.is_current):
                hidden.add("approve")
            known["offered_steps"] = [offered for offered in known["offered_steps"] if offered.name not in hidden]

    @display(description=_("Checks"))
    def checks_made(self, doctor: CaseRow) -> str:
        made, failed, disputed = doctor.tally
        parts = [format_html("{}", f"{made}/{len(CheckKind)}")]
        if disputed:
            parts.append(_label("warning", _("second officer needed")))
        elif failed:
            parts.append(_label("danger", ngettext("%(n)s failed", "%(n)s failed", failed) % {"n": failed}))
        return format_html_join(" ", "{}", ((part,) for part in parts))

    @display(description=_("Waiting since"), ordering="submitted_at")
    def waiting(self, doctor: DoctorInformation) -> str:
        state, word, since = waiting_of(doctor, timezone.now())
        return format_html("{} {}", _label(state, word), since)

    def prepare_page(self, request: UserRequest, records: Sequence[DoctorInformation]) -> None:
        ids = [doctor.pk for doctor in records]
        claims = held_by(DoctorInformation, "review")
        tallies = VerificationCheck.objects.unrestricted("only counted, for rows that are shown").tallies(ids)
        for doctor in records:
            vars(doctor).update(holder=claims.get(doctor.pk), tally=tallies.get(doctor.pk, (0, 0, 0)))
        super().prepare_page(request, records)
        for doctor in records:
            vars(doctor)["shown_email"] = self._shown_email(request, doctor)

    def get_list_display(self, request: UserRequest) -> list[str]:
        """The columns with the waiting time and the claim are for verification officers."""
        shown = super().get_list_display(request)
        if self._may(request, "claim"):
            return shown
        hidden = {"checks_made", "waiting", "reviewer_name"}
        return [*(name for name in shown if name not in hidden), "state", "rating"]

    @display(description=_("Reviewer"))
    def reviewer_name(self, doctor: CaseRow) -> str:
        """Who has claimed the case and until when, or the button to claim it."""
        if doctor.holder is None:
            return self.next_steps(doctor) or "–"
        until = show_time(doctor.holder.expires_at) if doctor.holder.expires_at else ""
        words = _("until %(time)s") % {"time": until}
        return format_html('{}<br><span class="shs-muted">{}</span>', doctor.holder.user.name, words)

    @step(
        "claim",
        _("Claim"),
        key="c",
        text=_("You have two hours: only you can open its documents and decide the case."),
        done=_("You have claimed this case for two hours."),
    )
    def claim(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        doctor.claim(by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Approve…"),
        key="a",
        to=Verification.APPROVED,
        status_field="verification_status",
        form=WelcomeForm,
        primary=True,
        next_label=_("Approve, then next case"),
        text=_("Takes effect immediately: patients can find and book the doctor, who can prescribe and publish."),
        done=_("Approved. Patients can now find and book this doctor."),
        in_list=False,
    )
    def approve(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.decide(doctor=doctor, decision="approve", reason=data["text"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Ask for information…"),
        to=Verification.NEEDS_INFO,
        status_field="verification_status",
        form=MessageForm,
        next_label=_("Ask, then next case"),
        text=_("The case waits until the doctor answers, then returns to the queue."),
        done=_("The doctor has been asked."),
        in_list=False,
    )
    def ask(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.ask(doctor=doctor, question=data["text"], code=data["reason"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Reject…"),
        key="r",
        to=Verification.REJECTED,
        status_field="verification_status",
        form=AffectingForm,
        danger=True,
        next_label=_("Reject, then next case"),
        text=_("The doctor can correct the problem and apply again."),
        done=_("Rejected. The doctor has been sent the reason."),
        keep_label=_("Keep case open"),
        in_list=False,
    )
    def reject(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.decide(
            doctor=doctor,
            decision="reject",
            reason=data["text"],
            code=data["reason"],
            by=request.user,
            now=timezone.now(),
        )

    @step(
        "suspend",
        _("Suspend…"),
        to=Verification.SUSPENDED,
        status_field="verification_status",
        form=AffectingForm,
        danger=True,
        text=_(
            "Takes effect immediately: the doctor is hidden from search and cannot be booked, "
            "prescribe or publish. If visits are booked, you are asked first what becomes of each."
        ),
        done=_("Suspended. The doctor has been sent the reason."),
        keep_label=_("Keep verification"),
        in_list=False,
    )
    def suspend(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.suspend(
            doctor=doctor,
            reason=data["text"],
            code=data["reason"],
            by=request.user,
            now=timezone.now(),
            plan=lambda store: casework.planned(request, doctor, store),
        )

    @step(
        "decide",
        _("Extend the licence…"),
        form=RenewalForm,
        text=_("Confirm that you have seen the renewed licence. The doctor stays verified until its new expiry date."),
        done=_("The new expiry date is saved."),
        in_list=False,
        when=lambda doctor: doctor.is_approved,
    )
    def renew(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.renew_licence(doctor=doctor, expires_on=data["expires_on"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Override a check…"),
        form=OverrideForm,
        text=_(
            "The result of the check does not change. Once a second person confirms, the case can be "
            "approved despite it."
        ),
        done=_("A second person can confirm it now."),
        in_list=False,
        when=lambda doctor: doctor.verification_status in OPEN,
    )
    def override(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        casework.ask_override(
            doctor=doctor, kind=data["kind"], reason=data["reason"], by=request.user, now=timezone.now()
        )

    @step(
        "confirm",
        _("Confirm the override…"),
        form=ConfirmForm,
        text=_(
            "Read the documents first. You share responsibility with the person who requested this: the case can "
            "be approved despite these checks."
        ),
        done=_("Confirmed. The case can be approved despite this check."),
        in_list=False,
        when=lambda doctor: doctor.verification_status in OPEN,
    )
    def confirm(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        casework.confirm_overrides(doctor=doctor, reason=data["reason"], by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Release case"),
        text=_("The case returns to its place in the queue and keeps its checks."),
        done=_("The case is back in the queue."),
        in_list=False,
        when=lambda doctor: doctor.verification_status == Verification.IN_REVIEW,
    )
    def release(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        casework.release(doctor=doctor, by=request.user, now=timezone.now())

    @step(
        "claim",
        _("Reopen"),
        to=Verification.PENDING,
        status_field="verification_status",
        text=_("The case returns to the queue and is verified again."),
        done=_("The case is back in the queue."),
        in_list=False,
        when=lambda doctor: doctor.verification_status in REOPENED,
    )
    def reopen(self, request: UserRequest, doctor: DoctorInformation, data: StepData) -> None:
        services.reopen(doctor=doctor, by=request.user, now=timezone.now())
