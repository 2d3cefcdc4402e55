"""A prescription as a PDF file, for the admin and the API."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from shs.prescription.models import Prescription


def verify_url(request: HttpRequest, prescription: Prescription) -> str:
    """The URL in the QR code: the public check of this version."""
    return request.build_absolute_uri(reverse("api:verify", args=[prescription.code]))


def answer(request: HttpRequest, prescription: Prescription) -> HttpResponse:
    """The PDF of an issued prescription as a response that no cache keeps. Raises SealBroken (409)."""
    from shs.prescription.paper import (
        draw,
    )  # imported here because reportlab takes 0.2 s to load and most processes never print

    prescription.require_intact()
    response = HttpResponse(draw(prescription, verify_url(request, prescription)), content_type="application/pdf")
    name = f"{prescription.appointment.number}-v{prescription.version}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
