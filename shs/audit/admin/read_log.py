"""The screen of the read log."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.audit.resources import ReadColumns
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.graphs import months_back
from shs.core.admin.ranges import TimeRange
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.admin.tabs import Tab
from shs.core.caller import Caller
from shs.core.dates import midnight
from shs.core.reads.models import ReadLog
from shs.users.models import User


def lately(days: int) -> Callable[[Caller], Q]:
    """The lines of the last `days` days including today, in the clinic's time zone."""

    def where(user: Caller) -> Q:
        first = timezone.localdate() - timedelta(days=days - 1)
        return Q(at__gte=midnight(first))

    return where


def in_month(ago: int) -> Callable[[Caller], Q]:
    """The lines of this month (0) or of the month before (1), in the clinic's time zone."""

    def where(user: Caller) -> Q:
        months = months_back(timezone.localdate(), ago + 1)
        after = (months[0].replace(day=28) + timedelta(days=4)).replace(day=1)
        return Q(at__gte=midnight(months[0]), at__lt=midnight(after))

    return where


def exports(user: Caller) -> Q:
    """The exports of the last 30 days."""
    return lately(30)(user) & Q(what__startswith="export ")


def denied(user: Caller) -> Q:
    """Refused reads of the last 30 days."""
    return lately(30)(user) & Q(basis=ReadLog.Basis.DENIED)


@admin.register(ReadLog)
class ReadLogScreen(Exports, Screen):
    """Every read of personal data. Nothing here can be changed or deleted."""

    icon = "visibility"
    empty_text = _("Every reading of a chart or document is listed here.")
    list_display = ["at", "reader", "subject", "what_label", "basis_label", "note", "count", "times"]
    list_filter = [
        ("basis", ChoicesDropdownFilter),
        ("at", TimeRange),
        ("reader", AutocompleteFilter),
        ("subject", AutocompleteFilter),
    ]
    list_select_related = ["reader", "subject"]
    search_fields = ["reader__name", "subject__name", "what", "request"]
    search_help_text = _("Person, page or request")
    ordering = ["-at", "-pk"]
    tabs = [
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        Tab("this_month", _("This month"), in_month(0)),
        Tab("last_month", _("Last month"), in_month(1)),
        Tab("fortnight", _("The last 14 days"), lately(14), quiet=True),
        Tab("exports", _("Exports, 30 days"), exports, quiet=True),
        Tab("denied", _("Refused, 30 days"), denied, quiet=True),
    ]
    resource_classes = [ReadColumns]
    fieldsets = [
        (None, {"fields": [("at", "basis_label", "times"), ("reader", "role_label"), "subject"]}),
        (_("What"), {"fields": ["what_label", "rows_label", "note"]}),
        (_("Internet address"), {"fields": ["path", ("address", "request")]}),
    ]
    readonly_fields = ["at", "basis_label", "what_label", "rows_label", "role_label"]

    @display(
        description=_("Basis"),
        ordering="basis",
        label={
            str(ReadLog.Basis.DENIED.label): "danger",
            str(ReadLog.Basis.BREAK_GLASS.label): "warning",
        },
    )
    def basis_label(self, line: ReadLog) -> str:
        return line.get_basis_display()

    @display(description=_("What"))
    def what_label(self, line: ReadLog) -> str:
        return line.what_label

    @display(description=_("Role"))
    def role_label(self, line: ReadLog) -> str:
        labels = dict([*User.role_choices, *User.duty_choices])
        return ", ".join(str(labels.get(word, word)) for word in line.role.split(", "))

    @display(description=_("Rows"))
    def count(self, line: ReadLog) -> int:
        return line.row_count

    @display(description=_("record numbers"))
    def rows_label(self, line: ReadLog) -> str:
        return line.rows_label
