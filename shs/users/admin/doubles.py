"""The list of possible duplicates: the two side by side, with "Not the same" and the way to merge them."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to, person
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.core.context import current
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.users.admin.merging import compared, merge_url, note_compared
from shs.users.apart import told_apart
from shs.users.models import PossibleDouble, User
from shs.users.requests import UserRequest

State = PossibleDouble.State


def to_decide(user: Member) -> Q:
    """Pairs that nobody has decided yet."""
    return Q(state=State.OPEN)


@admin.register(PossibleDouble)
class PossibleDoubleScreen(Screen):
    """Pairs of rows that may be one person."""

    icon = "join"
    empty_text = _("People who may be registered twice are listed here: same phone and similar name, or same number.")
    list_display = ["who", "other", "why", "state_label", "merge_link", "next_steps"]
    list_filter = [("why", ChoicesDropdownFilter)]
    list_select_related = ["first", "second"]
    search_fields = ["first__name", "second__name"]
    search_help_text = _("Name of one of the two")
    ordering = ["-pk"]
    tabs = [
        Tab("open", _("To decide"), to_decide),
        Tab("not_same", _("Not the same"), lambda user: Q(state=State.NOT_SAME)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (None, {"fields": ["comparison"]}),
        (_("Decision"), {"fields": [("why", "state_label"), "finding", ("decided_by", "decided_at")]}),
    ]
    readonly_fields = ["comparison", "state_label"]
    described_by = ("first", "second")

    def prepare_page(self, request: UserRequest, records: Sequence[PossibleDouble]) -> None:
        super().prepare_page(request, records)
        people = {pk for row in records for pk in (row.first_id, row.second_id)}
        apart = told_apart(request.user, people, timezone.now())
        for row in records:
            row.first.apart, row.second.apart = apart.get(row.first_id, ""), apart.get(row.second_id, "")

    def log_revealed(self, request: UserRequest, obj: PossibleDouble) -> None:
        note_compared(request.user, obj.first, obj.second)

    @display(description=_("Person"), header=True)
    def who(self, row: PossibleDouble) -> list[str]:
        return _told(row.first)

    @display(description=_("May be the same as"), header=True)
    def other(self, row: PossibleDouble) -> list[str]:
        return _told(row.second)

    @display(description=_("State"), label={str(State.OPEN.label): "warning", str(State.MERGED.label): "success"})
    def state_label(self, row: PossibleDouble) -> Label:
        return row.get_state_display()

    @display(description=_("Merge"))
    def merge_link(self, row: PossibleDouble) -> str:
        reader = getattr(current.get(), "user", None)
        if row.state != State.OPEN or reader is None or not holds(reader, "users.merge_user"):
            return "–"
        return link_to(merge_url(row.second, into=row.first), _("Merge…"))

    @display(description=_("Side by side"))
    def comparison(self, row: PossibleDouble) -> SafeString:
        reader = getattr(current.get(), "user", None)
        if reader is None:
            return format_html("–")
        links = []
        if row.state in (State.OPEN, State.NOT_SAME, State.GONE) and holds(reader, "users.merge_user"):
            links = [
                (merge_url(row.second, into=row.first), row.first.patient_number),
                (merge_url(row.first, into=row.second), row.second.patient_number),
            ]
        context = {"facts": compared(reader, row.first, row.second), "links": links}
        return SafeString(render_to_string("admin/users/compared.html", context))

    @step(
        "dismiss",
        _("Not the same…"),
        form=ReasonForm,
        text=_("These are two people. The pair is not listed again; who decided this is kept in the history."),
        done=_("Saved: they are two people."),
        when=lambda row: row.state == State.OPEN,
    )
    def dismiss(self, request: UserRequest, row: PossibleDouble, data: StepData) -> None:
        row.dismiss(by=request.user, reason=data["reason"], now=timezone.now())


def _told(one: User) -> list[str]:
    return person(one.name, " · ".join(filter(None, [one.patient_number, one.apart])))
