"""The screen for reports; a decision on one is a decision on all of the same thing."""

from datetime import timedelta

from django.contrib import admin
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.blog import services
from shs.blog.models import Report
from shs.blog.targets import TARGETS
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.errors import Forbidden
from shs.users.admin import MuteForm
from shs.users.models import User
from shs.users.requests import UserRequest

PAGES: dict[str, str] = {
    Report.Kind.BLOG: "blog_blogpost",
    Report.Kind.COMMENT: "blog_comment",
    Report.Kind.REVIEW: "doctors_doctorreview",
}


def page_of(kind: str, pk: int) -> str | None:
    """The page of the thing that was reported; None for a kind without one."""
    return reverse(f"admin:{PAGES[kind]}_change", args=(pk,)) if kind in PAGES else None


@admin.register(Report)
class ReportScreen(Screen):
    """What users report."""

    icon = "flag"
    empty_text = _("Nothing is reported. What users report to you is listed here.")
    list_display = ["created_at", "kind", "reason", "reported_by", "status_label", "next_steps"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    search_fields = ["reason", "decision"]
    list_select_related = ["reporter"]
    ordering = ["created_at", "pk"]
    fieldsets = [
        (None, {"fields": [("kind", "object_id"), "reason", ("reported_by", "created_at"), ("status", "decision")]})
    ]
    readonly_fields = ["created_at", "reported_by"]
    tabs = [
        Tab("open", _("Open"), lambda user: Q(status=Report.Status.OPEN)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]

    def concealed(self, request: UserRequest) -> set[str]:
        """Who reported it is said by `reported_by`, where it is said; versions and changes say it of nothing."""
        return super().concealed(request) | {"reporter"}

    @display(description=_("Reported by"))
    def reported_by(self, report: Report) -> str:
        target = TARGETS.get(report.kind)
        return "–" if target is None or target.is_anonymous else report.reporter.name

    @display(description=_("State"), label={"Open": "info", "Dismissed": "success", "Upheld": "warning"})
    def status_label(self, report: Report) -> str:
        return report.get_status_display()

    @step(
        "dismiss",
        _("Hide…"),
        to=Report.Status.UPHELD,
        form=ReasonForm,
        danger=True,
        text=_("What was reported is hidden, and every report of it upheld. Who wrote it is sent the reason."),
        done=_("Hidden; the author has been told why."),
    )
    def uphold(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.uphold(complaint=report, reason=data["reason"])

    @step(
        "dismiss",
        _("Dismiss…"),
        to=Report.Status.DISMISSED,
        form=ReasonForm,
        text=_("What was reported stays. Every open report of it is dismissed."),
        done=_("Dismissed."),
    )
    def dismiss(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.dismiss(complaint=report, reason=data["reason"])

    @step(
        "dismiss",
        _("Mute the author…"),
        to=Report.Status.UPHELD,
        form=MuteForm,
        text=_("They can use everything else; comments, reviews, reports and articles to publish are refused."),
        done=_("Muted. The report still waits for its decision."),
        in_list=False,
    )
    def mute(self, request: UserRequest, report: Report, data: StepData) -> None:
        author = self.author_of(report)
        if not request.user.has_perm("users.mute_user", author):
            raise Forbidden(_("You may not mute this person."))
        with transaction.atomic():
            author.mute(until=timezone.now() + timedelta(days=data["days"]), reason=data["reason"])

    @step(
        "dismiss",
        _("Hide all by the author…"),
        to=Report.Status.UPHELD,
        form=ReasonForm,
        danger=True,
        text=_("All that this person wrote is hidden: articles, comments and reviews. They are sent the reason."),
        done=_("Everything that they wrote is hidden."),
        in_list=False,
    )
    def hide_all(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.hide_writings(author=self.author_of(report), reason=data["reason"])

    def author_of(self, report: Report) -> User:
        """Who wrote what was reported; 404 where it is gone."""
        target = TARGETS.get(report.kind)
        row = target.rows().filter(pk=report.object_id).first() if target else None
        author = target.author(row) if target and row else None
        if author is None:
            raise Http404
        return author
