"""The one page of the people of pharmacies: the code of a prescription, and what they have dispensed."""

import re
from typing import NamedTuple

from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.admin.site import office
from shs.core.names import initials
from shs.core.reads.log import log_reads
from shs.core.reads.models import ReadLog
from shs.prescription.models import DispensedLine, Dispensing
from shs.prescription.printed import age_of
from shs.prescription.services import pharmacies
from shs.users.requests import UserRequest

PAGE = 50
"""The most dispensings on a page."""

FIRST_PART = 4
"""So many letters of a code are shown: enough to find the paper, too few to open the page."""


class ShownDispensing(NamedTuple):
    """One time that the pharmacy dispensed medicines."""

    row: Dispensing
    code: str
    initials: str
    age: str
    lines: list[DispensedLine]


def code_in(text: str) -> str:
    """The code in what somebody has typed, pasted or scanned: the code itself, or the address of its page."""
    _before, is_address, rest = text.strip()[:300].rpartition("/rx/")
    code = re.split("[/?#]", rest)[0] if is_address else rest
    return re.sub(r"[^0-9A-Za-z]", "", code)[:100]


def pharmacy_page(request: UserRequest) -> HttpResponse:
    """Enter or scan a code, and what one's own pharmacy has dispensed lately."""
    typed = request.GET.get("code", "")
    if code := code_in(typed):
        return HttpResponseRedirect(reverse("rx", args=(code,)))
    now, start = timezone.now(), _start(request)
    rows = list(pharmacies.given_out_by(request.user, now)[start : start + PAGE + 1])
    shown = rows[:PAGE]
    if shown:
        read = [(row.prescription.patient_id, [row.pk], ReadLog.Basis.DUTY) for row in shown]
        log_reads(request.user, what="dispensings", rows=read)
    context = {
        "title": _("Pharmacy"),
        "own": pharmacies.membership(request.user),
        "refusal": _("This is not the code of a prescription.") if typed.strip() else "",
        "dispensings": [_shown(row) for row in shown],
        "newer": max(start - PAGE, 0) if start else None,
        "older": start + PAGE if len(rows) > PAGE else None,
        "days": pharmacies.LISTED.days,
    }
    return TemplateResponse(request, "rx/pharmacy.html", context)


def _start(request: UserRequest) -> int:
    text = request.GET.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _shown(row: Dispensing) -> ShownDispensing:
    found = row.prescription
    patient = found.parties["patient"]
    day = timezone.localdate(found.issued_at)
    return ShownDispensing(
        row, found.code[:FIRST_PART], initials(patient["name"]), age_of(patient, day), list(row.lines.all())
    )


office.add_page(
    "pharmacy/",
    pharmacy_page,
    name="pharmacy",
    needs="prescription.dispense_pharmacy",
    also_outside=True,
    is_home=True,
)
