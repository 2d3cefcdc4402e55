"""A prescription as a PDF file, for the admin and the API."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from shs.prescription.models import Prescription
from shs.prescription.services.dispensing import code_for


def verify_url(request: HttpRequest, prescription: Prescription) -> str:
    """The URL in the QR code: the page for people that says whether this version is valid."""
    return request.build_absolute_uri(reverse("rx", args=[prescription.code]))


def answer(request: HttpRequest, prescription: Prescription, *, size: str = "") -> HttpResponse:
    """The PDF of an issued prescription as a response that no cache keeps, on the clinic's paper or on `size` (of
    PaperSize). Raises SealBroken (409)."""
    from shs.prescription.paper import (
        draw,  # here, because reportlab takes 0.2 s to load and most processes never print
    )

    prescription.require_intact()
    code = code_for(prescription, timezone.now())
    content = draw(prescription, verify_url(request, prescription), size, dispensing_code=code)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{prescription.appointment.number}-v{prescription.version}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
