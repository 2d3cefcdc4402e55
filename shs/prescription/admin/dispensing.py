"""What pharmacies have given out, on the page of a prescription."""

from collections.abc import Iterable
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.prescription.models import DispensedLine, Dispensing, DispensingStatus, Prescription


def shown_given_out(row: Prescription) -> Label:
    """Each time with its medicines, also what was taken back. One query."""
    lines = DispensedLine.objects.unrestricted("of a prescription that is shown").filter(dispensing__prescription=row)
    found = lines.select_related("dispensing__by", "line").order_by("dispensing__given_at", "dispensing", "pk")
    shown = [_shown(time, given) for time, given in groupby(found, lambda line: line.dispensing)]
    return format_html_join("", "{}", ((one,) for one in shown)) or _("Nothing was noted by a pharmacy.")


def _shown(row: Dispensing, given: Iterable[DispensedLine]) -> SafeString:
    when = " · ".join(filter(None, [show_datetime(row.given_at), row.pharmacy, row.by.name if row.by else ""]))
    if row.status == DispensingStatus.UNDONE:
        return format_html("<p><s>{}</s> ({})</p>", when, _("taken back"))
    lines = format_html_join("", "<li>{}</li>", ((_line(line),) for line in given))
    return format_html("<p>{}</p><ul>{}</ul>", when, lines)


def _line(row: DispensedLine) -> SafeString:
    again = format_html(' <strong class="shs-error">{}</strong>', _("again")) if row.again else ""
    note = f" ({row.note})" if row.note else ""
    return format_html("{}: {}{}{}", row.line.name, row.get_extent_display(), note, again)
