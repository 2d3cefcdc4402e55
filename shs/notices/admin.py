"""The screen of notices: sent, waiting and failed ones."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to, person
from shs.core.admin.links import may_open
from shs.core.admin.masks import masked_email
from shs.core.admin.pages import Page
from shs.core.admin.ranges import TimeRange
from shs.core.admin.rights import Ordering
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import MemberRequest
from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.core.reads.log import log_read
from shs.notices.letters import as_html, as_text, language_of, letter_of
from shs.notices.models import Notice, State


@admin.register(Notice)
class NoticeScreen(Screen):
    """Notices with their delivery status."""

    icon = "notifications"
    empty_text = _("No notices. Notices are created automatically, for example by a booking or a decision.")
    list_display = ["due", "reader", "kind", "state_label", "tries", "next_steps"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("due_at", TimeRange),
    ]
    search_fields = ["user__name", "about"]
    search_help_text = _("Name, or subject such as appointment:12")
    list_select_related = ["user"]
    ordering = ["-due_at", "-pk"]
    fieldsets = [
        (None, {"fields": [("reader", "kind"), ("due_at", "expires_at"), "about", ("state_label", "channel"), "says"]}),
        (_("Sending"), {"fields": [("attempts", "next_at"), ("sent_at", "read_at"), "reason_of_failure"]}),
    ]
    readonly_fields = ["reader", "state_label", "says", "reason_of_failure", "read_at"]
    pages = [Page("<path:object_id>/preview/", "preview_view", "preview", needs="preview")]
    tabs = [
        Tab("failed", _("Failed"), lambda user: Q(state=State.FAILED)),
        Tab("waiting", _("Waiting"), lambda user: Q(state__in=[State.QUEUED, State.SENDING])),
        Tab("sent", _("Sent"), lambda user: Q(state=State.SENT)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]

    def get_ordering(self, request: MemberRequest) -> Ordering:
        """Waiting notices are sorted by the next to be sent, all others by the latest."""
        return ["due_at", "pk"] if request.GET.get("tab") == "waiting" else self.ordering

    def preview_view(self, request: MemberRequest, notice: Notice) -> HttpResponse:
        """The content of a notice as its recipient gets it: text and HTML. Recorded in the read log."""
        log_read(request.user, what="notice", ids=[notice.pk], subject=notice.user)
        with translation.override(language_of(notice.user)):
            letter = letter_of(notice)
            text, html = as_text(notice, letter), as_html(notice, letter)
        if request.GET.get("as") == "html":
            return HttpResponse(html)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Content of the notice"),
            "notice": notice,
            "letter": letter,
            "text": text,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/notices/preview.html", context)

    @display(description=_("Due"), ordering="-due_at")
    def due(self, notice: Notice) -> str:
        return show_datetime(notice.due_at)

    @display(description=_("To"), header=True)
    def reader(self, notice: Notice) -> list[str]:
        return person(notice.user.name, masked_email(notice.user.email))

    @display(
        description=_("State"),
        ordering="state",
        label={
            str(State.QUEUED.label): "info",
            str(State.SENT.label): "success",
            str(State.FAILED.label): "danger",
        },
    )
    def state_label(self, notice: Notice) -> str:
        return notice.get_state_display()

    @display(description=_("Attempts"))
    def tries(self, notice: Notice) -> str:
        return f"{notice.attempts} · {_(notice.error)}" if notice.error else str(notice.attempts)

    @display(description=_("Error"))
    def reason_of_failure(self, notice: Notice) -> Label:
        return _(notice.error) if notice.error else "–"

    @display(description=_("Content"))
    def says(self, notice: Notice) -> Label:
        if not may_open(notice, "preview"):
            return "–"
        return link_to(reverse("admin:notices_notice_preview", args=(notice.pk,)), _("Preview"))

    @step(
        "retry",
        _("Send again"),
        to=State.QUEUED,
        status_field="state",
        primary=True,
        text=_("It will be sent within a minute. If the last attempt was interrupted, it may arrive twice."),
        done=_("The notice is being sent again."),
    )
    def retry(self, request: MemberRequest, notice: Notice, data: StepData) -> None:
        notice.retry(now=timezone.now())

    @step(
        "retry",
        _("Withdraw…"),
        keep_label=_("Keep notice"),
        to=State.TAKEN_BACK,
        status_field="state",
        form=ReasonForm,
        danger=True,
        in_list=False,
        text=_("The notice will not be sent and not be shown in the app."),
        done=_("Notice withdrawn."),
    )
    def take_back(self, request: MemberRequest, notice: Notice, data: StepData) -> None:
        notice.take_back(reason=data["reason"])
