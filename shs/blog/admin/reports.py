"""The screen for reports; a decision on one applies to all reports of the same item."""

from datetime import timedelta

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, Q
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
    """The URL of the reported item; None for kinds without a page."""
    return reverse(f"admin:{PAGES[kind]}_change", args=(pk,)) if kind in PAGES else None


@admin.register(Report)
class ReportScreen(Screen):
    """What users report."""

    icon = "flag"
    stays_small = "each is decided by hand"
    empty_text = _("No reports. Content that users report is listed here.")
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

    def concealed(self, request: UserRequest, row: Model | None = None) -> set[str]:
        """The reporter is shown only by the column `reported_by`, never in versions or changes."""
        return super().concealed(request, row) | {"reporter"}

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
        text=_("Hides the reported content and upholds every report of it. The reason is sent to its author."),
        done=_("Hidden. The author has been sent the reason."),
    )
    def uphold(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.uphold(complaint=report, reason=data["reason"])

    @step(
        "dismiss",
        _("Dismiss…"),
        to=Report.Status.DISMISSED,
        form=ReasonForm,
        text=_("The reported content stays visible. Every open report of it is dismissed."),
        done=_("Dismissed."),
    )
    def dismiss(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.dismiss(complaint=report, reason=data["reason"])

    @step(
        "dismiss",
        _("Mute the author…"),
        to=Report.Status.UPHELD,
        form=MuteForm,
        text=_("They can still use everything else, but cannot post comments, reviews or reports or submit articles."),
        done=_("Muted. The report itself still has to be decided."),
        in_list=False,
    )
    def mute(self, request: UserRequest, report: Report, data: StepData) -> None:
        author = self.author_of(report)
        if not request.user.has_perm("users.mute_user", author):
            raise Forbidden(_("You are not allowed to mute this person."))
        with transaction.atomic():
            author.mute(until=timezone.now() + timedelta(days=data["days"]), reason=data["reason"])

    @step(
        "dismiss",
        _("Hide all by the author…"),
        to=Report.Status.UPHELD,
        form=ReasonForm,
        danger=True,
        text=_("Hides everything this person has written: articles, comments and reviews. The reason is sent to them."),
        done=_("Everything this author wrote is now hidden."),
        in_list=False,
    )
    def hide_all(self, request: UserRequest, report: Report, data: StepData) -> None:
        services.hide_writings(author=self.author_of(report), reason=data["reason"])

    def author_of(self, report: Report) -> User:
        """The author of the reported item; 404 if it no longer exists."""
        target = TARGETS.get(report.kind)
        row = target.rows().filter(pk=report.object_id).first() if target else None
        author = target.author(row) if target and row else None
        if author is None:
            raise Http404
        return author
