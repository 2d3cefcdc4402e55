"""The screens of duties made by the clinic, and of their changes that wait for a second admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.history import FieldChange, HistoryInWords, Version
from shs.core.admin.links import may_open
from shs.core.admin.pages import Page
from shs.core.admin.removal import ArchivePages
from shs.core.admin.screen import Screen
from shs.core.admin.sharing import duty_words
from shs.core.admin.steps import StepForm
from shs.core.errors import Refused
from shs.core.grants.offered import rights_of_line
from shs.core.grants.words import spoken_rows
from shs.core.labels import Label
from shs.core.types import MAX_ID
from shs.users import duties
from shs.users.admin.by_two import OrAloneScreen
from shs.users.admin.duty_form import DutyForm, copied_name
from shs.users.models import Duty, DutyChange, MadeDuty, Rights, User
from shs.users.requests import UserRequest


class Gain(NamedTuple):
    """What one person gains and loses, in words."""

    name: str
    gains: list[str]
    loses: list[str]


class Preview(NamedTuple):
    """What saving would do: the differences, what they touch, who gains and loses, how many have the duty, for how many
    of these nothing changes, and how many are not named."""

    lines: list[str]
    touched: str
    people: list[Gain]
    holders: int
    same: int
    unnamed: int


def preview_of(duty: MadeDuty | None, rights: Rights) -> Preview:
    """What it would do if `duty` gave `rights`; None for a new one."""
    before: Rights = duty.rights if duty else {}
    found, number = duties.effects(duty, rights)
    people = [
        Gain(effect.person.name, _in_words(effect.gains), _in_words(effect.loses))
        for effect in found
        if effect.gains or effect.loses
    ]
    touched = ", ".join(duties.takes_two(before, rights))
    return Preview(duties.told(before, rights), touched, people, number, len(found) - len(people), number - len(found))


def _in_words(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return [spoken_rows(right, rows) for right, rows in pairs]


def lines_of(rights: Rights) -> SafeString:
    """Rights in words, one a line."""
    return format_html_join("", "<div>{}</div>", ((line,) for line in _in_words(sorted(rights.items()))))


def edit_links(group: int, made: MadeDuty | None) -> SafeString:
    """Links to copy a duty and, if the clinic has made it, to change it; for those who may make duties."""
    if not may_open(made or MadeDuty(pk=0), "compose"):
        return format_html("–")
    copy = reverse("admin:users_madeduty_new", query={"copy": group})
    links = [(copy, _("Copy…"))]
    if made is not None and not made.is_archived:
        links.insert(0, (reverse("admin:users_madeduty_edit", args=(made.pk,)), _("Change…")))
    return format_html_join(" ", '<a class="shs-button" href="{}">{}</a>', links)


class DutyHistory(HistoryInWords):
    """Of the rights, only those that differ."""

    def prepare_delta_change_value(self, change: FieldChange, value: object) -> object:
        if change.field != "rights" or not isinstance(value, dict):
            return super().prepare_delta_change_value(change, value)
        other = change.old if value is change.new else change.new
        kept = other if isinstance(other, dict) else {}
        return "; ".join(_in_words([(k, v) for k, v in sorted(value.items()) if kept.get(k) != v])) or "–"


@admin.register(MadeDuty)
class MadeDutyScreen(ArchivePages, Screen):
    """Duties that the clinic has made; the list of all duties is that of groups."""

    icon = "badge"
    stays_small = "made by hand"
    empty_text = _("Copy a built-in duty, or make one from single rights.")
    list_display = ["name", "links"]
    ordering = ["name"]
    fieldsets = [(None, {"fields": ["name", "members", "shown_rights", "links"]})]
    readonly_fields = ["members", "shown_rights", "links"]
    list_tools_template = "admin/users/duty_tools.html"
    pages = [
        Page("new/", "new_view", "new", needs="compose"),
        Page("<path:object_id>/edit/", "edit_view", "edit", needs="compose"),
    ]

    @display(description=_("Rights"))
    def shown_rights(self, duty: MadeDuty) -> str:
        return lines_of(duty.rights)

    @display(description=_("Members"))
    def members(self, duty: MadeDuty) -> str:
        people = User.objects.unrestricted("the page is for those who see everybody").filter(groups=duty.group_id)
        return ", ".join(people.order_by("name").values_list("name", flat=True)[:50]) or "–"

    @display(description=_("Actions"))
    def links(self, duty: MadeDuty) -> str:
        return edit_links(duty.group_id, duty)

    def get_historical_record_context_helper(self, request: UserRequest, historical_record: Version) -> HistoryInWords:
        return DutyHistory(self.model, historical_record)

    def new_view(self, request: UserRequest) -> HttpResponse:
        """A new duty, empty or copied from the one of the group `copy`."""
        name, rights = _template(request.GET.get("copy", ""))
        return self._editor(request, None, DutyForm(request.POST or None, name=name, rights=rights))

    def edit_view(self, request: UserRequest, duty: MadeDuty) -> HttpResponse:
        """Another name, and other rights."""
        form = DutyForm(request.POST or None, name=duty.name, rights=duty.rights, seen=duty.seen)
        return self._editor(request, duty, form)

    def _editor(self, request: UserRequest, duty: MadeDuty | None, form: DutyForm) -> HttpResponse:
        preview = None
        if request.method == "POST" and form.is_valid():
            rights, data = form.chosen(), form.cleaned_data
            try:
                if "save" in request.POST and data["previewed"] == form.digest:
                    return self._saved(request, duty, form)
                duties.check(duty=duty, name=data["name"], rights=rights, seen=data["seen"])
                preview = preview_of(duty, rights)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.detail))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change the duty “%(name)s”") % {"name": duty} if duty else _("New duty"),
            "form": form,
            "preview": preview,
            "digest": form.digest if preview else "",
            "opts": self.opts,
            "original": duty,
            "back": self.url_of(duty) if duty else reverse("admin:auth_group_changelist"),
        }
        return TemplateResponse(request, "admin/users/duty.html", context)

    def _saved(self, request: UserRequest, duty: MadeDuty | None, form: DutyForm) -> HttpResponse:
        data = form.cleaned_data
        saved = duties.save(
            duty=duty,
            name=data["name"],
            rights=form.chosen(),
            seen=data["seen"],
            reason=data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        if isinstance(saved, DutyChange):
            messages.info(request, _("Nothing has changed yet: a second admin has to confirm it."))
            return HttpResponseRedirect(reverse("admin:users_dutychange_change", args=(saved.pk,)))
        messages.success(request, _("Saved. It takes effect on the next page that anybody opens."))
        return HttpResponseRedirect(self.url_of(saved))


def _template(key: str) -> tuple[str, Rights]:
    """The name and the rights for a copy of the duty of a group; empty without one. Raises 404 for an unknown one."""
    if not key:
        return "", {}
    if not (key.isascii() and key.isdigit() and int(key) <= MAX_ID):
        raise Http404
    group = Group.objects.filter(pk=key).select_related("made").first()
    if group is None:
        raise Http404
    made = getattr(group, "made", None)
    if made is None and group.name not in Duty.values:
        raise Http404
    return copied_name(duty_words(group.name)), made.rights if made else rights_of_line(group.name)


class ConfirmForm(StepForm):
    """Shows what changes, and for whom."""

    def consequences(self) -> Sequence[Label]:
        found = preview_of(self.record.duty, self.record.rights)
        said = [
            *(f"{one.name} {sign} {right}" for one in found.people for sign, right in _signed(one)),
            ngettext("%d person has this duty.", "%d people have this duty.", found.holders) % found.holders,
        ]
        return [*found.lines, *said]


def _signed(one: Gain) -> list[tuple[str, str]]:
    return [*(("+", right) for right in one.gains), *(("−", right) for right in one.loses)]


@admin.register(DutyChange)
class DutyChangeScreen(OrAloneScreen):
    """Changes of duties that take two admins. They are made on the page of the duty."""

    empty_text = _("Duties that touch charts, accounts or audit wait here for a second admin.")
    list_display = ["title", "asked_by", "asked_at", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["duty", "asked_by", "decided_by"]
    search_fields = ["name"]
    search_help_text = _("Name")
    fieldsets = [
        (None, {"fields": [("name", "duty"), "status", "shown_differences", "reason"]}),
        (_("Decision"), {"fields": [("asked_by", "asked_at"), ("decided_by", "decided_at"), "is_alone"]}),
    ]
    readonly_fields = ["shown_differences"]
    described_by = ("asked_by", "asked_at", "reason")
    dialogs = {
        "confirm": {
            "form": ConfirmForm,
            "text": _(
                "Ask the admin who requested it why it is needed. It takes effect on the next page that anybody opens."
            ),
        },
        "confirm_alone": {"form": ConfirmForm},
        "decline": {"text": _("The duty stays as it is.")},
        "withdraw": {"text": _("Your request is withdrawn, and the duty stays as it is.")},
    }

    @display(description=_("Duty"), ordering="name")
    def title(self, change: DutyChange) -> str:
        return change.name

    @display(description=_("What changes"))
    def shown_differences(self, change: DutyChange) -> str:
        return format_html_join("", "<div>{}</div>", ((line,) for line in duties.told(change.before, change.rights)))

    def confirm_request(self, row: DutyChange, by: User, now: datetime) -> None:
        duties.confirm(request=row, by=by, now=now)

    def confirm_alone_request(self, row: DutyChange, by: User, now: datetime) -> None:
        duties.confirm_alone(request=row, by=by, now=now)
