"""Letters at the counter: printed again for the patient, beside the prescription of their visit."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from shs.appointment.models import Appointment
from shs.core.admin.site import office
from shs.core.reads.log import log_read
from shs.letters import pdf
from shs.letters.models import Letter
from shs.prescription.admin.counter import PAPERS, CounterPaper
from shs.prescription.admin.papers import asked_size
from shs.users.models import User
from shs.users.requests import UserRequest


def letters(user: User, visit: Appointment) -> list[CounterPaper]:
    """The letters of a visit."""
    rows = Letter.objects.allowed(user, "reprint").filter(visit=visit).select_related("doctor")
    return [
        CounterPaper(
            row.pk,
            row.get_kind_display(),
            row.doctor.name,
            row.issued_at,
            reverse("admin:reprint_letter", args=(visit.pk, row.pk)),
        )
        for row in rows
    ]


def print_letter(request: UserRequest, visit_id: int, pk: int) -> HttpResponse:
    """The PDF of a letter, on the clinic's paper or with `?paper=A5`."""
    row = get_object_or_404(Letter.objects.allowed(request.user, "reprint").in_full(), pk=pk, visit=visit_id)
    log_read(request.user, what="letter printed again at the desk", ids=[row.pk], subject=row.patient)
    return pdf.answer(request, row, size=asked_size(request))


PAPERS.append(letters)
office.add_page(
    "visits/<id:visit_id>/papers/letter/<id:pk>/", print_letter, name="reprint_letter", needs="letters.reprint_letter"
)
