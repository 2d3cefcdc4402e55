"""The screens of notices (sent, waiting and failed ones, mails and texts), and of the choices about SMS."""

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
from shs.core.phones import mask_phone
from shs.core.reads.log import log_read
from shs.notices.budget import show_cost
from shs.notices.kinds import TO_CALL
from shs.notices.letters import as_html, as_text, language_of, letter_of
from shs.notices.models import Notice, SmsChoice, State
from shs.notices.texts import preview_of


@admin.register(Notice)
class NoticeScreen(Screen):
    """Notices with their delivery status."""

    icon = "notifications"
    empty_text = _("No notices. Notices are created automatically, for example by a booking or a decision.")
    list_display = ["due", "reader", "kind", "state_label", "text_facts", "tries", "next_steps"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("due_at", TimeRange),
    ]
    search_fields = ["user__name", "about"]
    search_help_text = _("Name, or subject such as appointment:12")
    list_select_related = ["user"]
    ordering = ["-due_at", "-pk"]
    fieldsets = [
        (
            None,
            {"fields": [("recipient", "kind"), ("due_at", "expires_at"), "about", ("state_label", "channel"), "says"]},
        ),
        (_("Sending"), {"fields": [("attempts", "next_at"), ("sent_at", "read_at"), "reason_of_failure"]}),
        (_("SMS"), {"fields": [("text_facts", "delivered_at")]}),
    ]
    readonly_fields = ["recipient", "state_label", "says", "reason_of_failure", "read_at", "text_facts", "delivered_at"]
    pages = [Page("<path:object_id>/preview/", "preview_view", "preview", needs="preview")]
    tabs = [
        Tab("failed", _("Failed"), lambda user: Q(state=State.FAILED)),
        Tab("waiting", _("Waiting"), lambda user: Q(state__in=[State.QUEUED, State.SENDING])),
        Tab("call", _("Patients to call"), lambda user: Q(state=State.CALL)),
        Tab("sms", _("SMS"), lambda user: Q(channel=Notice.Channel.SMS)),
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
        if notice.channel == Notice.Channel.SMS:
            text, html = preview_of(notice), ""
        if html and request.GET.get("as") == "html":
            return HttpResponse(html)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Content of the notice"),
            "notice": notice,
            "letter": letter,
            "text": text,
            "has_html": bool(html),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/notices/preview.html", context)

    @display(description=_("Due"), ordering="-due_at")
    def due(self, notice: Notice) -> str:
        return show_datetime(notice.due_at)

    @display(description=_("To"), header=True)
    def reader(self, notice: Notice) -> list[str]:
        address = notice.user.email or ""
        return person(notice.user.name, mask_phone(notice.number) or (masked_email(address) if address else ""))

    @display(description=_("To"))
    def recipient(self, notice: Notice) -> str:
        return " · ".join(part for part in (notice.user.name, mask_phone(notice.number)) if part)

    @display(
        description=_("State"),
        ordering="state",
        label={
            str(State.QUEUED.label): "info",
            str(State.SENT.label): "success",
            str(State.FAILED.label): "danger",
            str(State.CALL.label): "danger",
        },
    )
    def state_label(self, notice: Notice) -> str:
        return notice.get_state_display()

    @display(description=_("Segments · cost"))
    def text_facts(self, notice: Notice) -> str:
        """What a text has cost, and whether its delivery was reported."""
        if not notice.segments:
            return "–"
        facts = [str(notice.segments), show_cost(notice.cost)]
        return " · ".join([*facts, str(_("delivered"))] if notice.delivered_at else facts)

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
        _("Told by phone"),
        to=State.CALLED,
        status_field="state",
        text=_("Somebody has told the person by phone what the notice says."),
        done=_("Noted as told by phone."),
        when=lambda notice: notice.state == State.CALL or notice.kind in TO_CALL,
    )
    def called(self, request: MemberRequest, notice: Notice, data: StepData) -> None:
        notice.called()

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


@admin.register(SmsChoice)
class SmsChoiceScreen(Screen):
    """When people want to be told by SMS; they choose it themselves in the app, too."""

    icon = "sms"
    empty_text = _("No choices yet. People without an e-mail address and the app are told by SMS.")
    list_display = ["user", "sms"]
    list_filter = [("sms", ChoicesDropdownFilter)]
    search_fields = ["user__name"]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    ordering = ["-pk"]
    fieldsets = add_fieldsets = [(None, {"fields": ["user", "sms"]})]
