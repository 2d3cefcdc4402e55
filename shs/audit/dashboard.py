"""The auditors' dashboard."""

from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment.models import IdentityCheck
from shs.core.admin.addresses import list_of, page_of
from shs.core.admin.dashboards import ROWS, Dashboard, Next, Numbers, Panel, Widget, Widgets, per_day
from shs.core.admin.graphs import Graph, Series, day_labels, days_back
from shs.core.dates import show_datetime
from shs.core.reads.models import ReadLog
from shs.medical_record.models import BreakGlass
from shs.users.requests import UserRequest

COMPLIANCE = Dashboard(_("Compliance"), "core.export_readlog", 60)
FORTNIGHT = 14


def reads(request: UserRequest, now: datetime) -> list[Widget]:
    """Reads, exports, and emergency accesses that wait for review."""
    reads = Numbers(request, ReadLog, "fortnight", "exports", "denied")
    glass = Numbers(request, BreakGlass, "waiting")
    unproven = Numbers(request, IdentityCheck, "waiting")
    cards = [
        unproven.card("waiting", _("Visits without proof, and objections")),
        glass.card("waiting", _("Emergency access to review")),
        reads.card("fortnight", _("Reads"), _("the last 14 days")),
        reads.card("denied", _("Refused reads"), _("the last 30 days")),
        reads.card("exports", _("Exports"), _("the last 30 days")),
    ]
    panel = _glass_panel(request)
    todo = [
        Next(title, detail, _("Review the emergency access"), url, late, order=10)
        for title, detail, url, late in panel.rows[:1]
    ]
    if count := unproven["waiting"]:
        title = ngettext("%d visit without proof of identity", "%d visits without proof of identity", count) % count
        todo.append(
            Next(title, _("or the patient objected"), _("Open the list"), f"{unproven.url}?tab=waiting", order=20)
        )
    return [*todo, *cards, _reads_graph(request, now), panel, _exports_panel(request)]


def _reads_graph(request: UserRequest, now: datetime) -> Graph:
    days = days_back(timezone.localdate(now), FORTNIGHT)
    found = per_day(ReadLog.objects.allowed(request.user, "view"), "at", "basis", days[0])
    tones = {basis: 1 + at % 6 for at, basis in enumerate(ReadLog.Basis)}
    present = [basis for basis in ReadLog.Basis if any(held == basis for _day, held in found)]
    url = f"{list_of(ReadLog)}?tab=fortnight&basis__exact="
    series = [
        Series(capfirst(basis.label), [found[day, basis] for day in days], tones[basis], f"{url}{basis}")
        for basis in present
    ]
    empty = _("No reads in these days. The chart shows reads by basis.")
    return Graph(_("Reads by basis, the last 14 days"), day_labels(days), series, empty)


def _glass_panel(request: UserRequest) -> Panel:
    rows = BreakGlass.objects.allowed(request.user, "view").filter(BreakGlass.waiting())
    found = [
        (
            f"{row.doctor.name} → {row.patient.name}",
            show_datetime(row.opened_at),
            page_of(row),
            False,
        )
        for row in rows.select_related("doctor", "patient").order_by("opened_at")[:ROWS]
    ]
    empty = _("No emergency access to review. Emergency access by doctors appears here.")
    return Panel(_("Emergency access to review"), found, empty, url=f"{list_of(BreakGlass)}?tab=waiting")


def _exports_panel(request: UserRequest) -> Panel:
    rows = ReadLog.objects.allowed(request.user, "view").filter(what__startswith="export ").select_related("reader")
    found = [
        (
            f"{row.reader.name if row.reader else '–'} · {row.what_label}",
            row.note,
            page_of(row),
            False,
        )
        for row in rows.order_by("-at", "-pk")[:ROWS]
    ]
    return Panel(
        _("Latest exports"),
        found,
        _("No exports. Each export appears here with its purpose."),
        url=f"{list_of(ReadLog)}?tab=exports",
    )


widgets = [Widgets(COMPLIANCE, reads)]
