"""What pharmacies have dispensed, on the page of a prescription and on that of a visit."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.prescription.models import DispensedLine, Dispensing, DispensingStatus, Prescription


def shown_given_out(row: Prescription) -> Label:
    """Each time with its medicines, also what was taken back. One query."""
    return given_out([row.pk]).get(row.pk) or _("Nothing was noted by a pharmacy.")


def given_out(prescriptions: Iterable[int]) -> Mapping[int, SafeString]:
    """Key of a prescription → as above, of those on which something was noted. One query for all."""
    rows = DispensedLine.objects.unrestricted("of prescriptions that are shown")
    lines = rows.filter(dispensing__prescription__in=list(prescriptions)).select_related("dispensing__by", "line")
    found = lines.order_by("dispensing__given_at", "dispensing", "pk")
    shown: dict[int, list[SafeString]] = {}
    for time, given in groupby(found, lambda line: line.dispensing):
        shown.setdefault(time.prescription_id, []).append(_shown(time, given))
    return {pk: format_html_join("", "{}", ((one,) for one in times)) for pk, times in shown.items()}


def show_given_out(shown: Iterable[Prescription | None]) -> None:
    """Note on each prescription what was dispensed, for the page of a visit."""
    rows = [row for row in shown if row is not None]
    found = given_out(row.pk for row in rows) if rows else {}
    for row in rows:
        setattr(row, "shown_given_out", found.get(row.pk, ""))  # noqa: B010  (read by its template alone)


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
