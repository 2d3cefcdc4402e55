"""The papers of a visit at the counter: what its doctor issued is printed again for the patient, by those who may do
that and not read the chart. Each page and each print is written to the read log, which the patient can read."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.admin.visit_steps import VISIT_LINKS
from shs.appointment.models import OPENING, Appointment
from shs.core.admin.site import office
from shs.core.caller import Member
from shs.core.grants.table import holds
from shs.core.reads.log import log_page, log_read
from shs.prescription import pdf
from shs.prescription.admin.papers import asked_size
from shs.prescription.models import Prescription
from shs.prescription.permissions import PRINTED_AGAIN
from shs.users.models import User
from shs.users.requests import UserRequest

RIGHT = "prescription.reprint_prescription"


class CounterPaper(NamedTuple):
    """A paper that can be printed again: what it is, who issued it when, and the address of its PDF."""

    pk: int
    label: str
    doctor: str
    issued_at: datetime
    url: str


PAPERS: list[Callable[[User, Appointment], list[CounterPaper]]] = []
"""Functions of (user, visit): the papers of a visit that the user may print again, and of no others."""


def prescriptions(user: User, visit: Appointment) -> list[CounterPaper]:
    """The prescription of a visit."""
    rows = Prescription.objects.allowed(user, "reprint").filter(appointment=visit).select_related("doctor")
    return [
        CounterPaper(
            row.pk,
            _("Prescription"),
            row.doctor.name,
            row.issued_at,
            reverse("admin:reprint_prescription", args=(visit.pk, row.pk)),
        )
        for row in rows
        if row.issued_at
    ]


def papers_page(request: UserRequest, visit_id: int) -> HttpResponse:
    """What can be printed of a visit, without what is in it."""
    rows = Appointment.objects.allowed(request.user, "view").select_related("patient", "doctor")
    visit = get_object_or_404(rows, pk=visit_id)
    papers = [paper for source in PAPERS for paper in source(request.user, visit)]
    log_page(
        request.user,
        shown={"papers of a visit, at the desk": [visit.pk, *(paper.pk for paper in papers)]},
        subject=visit.patient,
        basis="duty",
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Papers"),
        "content_title": f"{_('Papers')} · {visit.patient.name}",
        "visit": visit,
        "papers": papers,
        "days": PRINTED_AGAIN.days,
        "back_url": reverse("admin:appointment_appointment_change", args=(visit.pk,)),
    }
    return TemplateResponse(request, "admin/prescription/counter.html", context)


def print_prescription(request: UserRequest, visit_id: int, pk: int) -> HttpResponse:
    """The PDF of a prescription, on the clinic's paper or with `?paper=A5`."""
    rows = Prescription.objects.allowed(request.user, "reprint").in_full()
    row = get_object_or_404(rows, pk=pk, appointment=visit_id)
    log_read(request.user, what="prescription printed again at the desk", ids=[row.pk], subject=row.patient)
    return pdf.answer(request, row, size=asked_size(request))


def link(user: Member, visit: Appointment) -> tuple[str, str] | None:
    """The link on the page of a visit that has begun."""
    lately = timezone.now() - PRINTED_AGAIN <= visit.starts_at <= timezone.now()
    if visit.status not in OPENING or not lately or not holds(user, RIGHT):
        return None
    return reverse("admin:visit_papers", args=(visit.pk,)), _("Print papers…")


PAPERS.append(prescriptions)
VISIT_LINKS.append(link)
office.add_page("visits/<id:visit_id>/papers/", papers_page, name="visit_papers", needs=RIGHT)
office.add_page(
    "visits/<id:visit_id>/papers/prescription/<id:pk>/", print_prescription, name="reprint_prescription", needs=RIGHT
)
