"""The auditors' dashboard."""

from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from shs.core.admin.dashboards import ROWS, Dashboard, Numbers, Panel, Widget, Widgets, list_of, page_of, per_day
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
    cards = [
        glass.card("waiting", _("Emergency access to review")),
        reads.card("fortnight", _("Reads"), _("the last 14 days")),
        reads.card("denied", _("Refused reads"), _("the last 30 days")),
        reads.card("exports", _("Exports"), _("the last 30 days")),
    ]
    return [*cards, _reads_graph(request, now), _glass_panel(request), _exports_panel(request)]


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
    return Panel(_("Emergency access to review"), found, empty)


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
    return Panel(_("Latest exports"), found, _("No exports. Each export appears here with its purpose."))


widgets = [Widgets(COMPLIANCE, reads)]
