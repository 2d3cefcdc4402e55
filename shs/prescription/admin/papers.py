"""The papers of a prescription in the office: links to its PDF and to the page that is printed by the browser."""

import base64

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.core.paper.content import PaperSize, in_groups
from shs.prescription import pdf
from shs.prescription.models import Prescription
from shs.prescription.pdf import verify_url
from shs.prescription.printed import paper_of
from shs.prescription.services.dispensing import code_for
from shs.users.requests import UserRequest


class PaperPages(Screen):
    """Mixin for the screen of prescriptions: the PDF, and the page that the browser prints."""

    pages = [
        Page("<path:object_id>/pdf/", "pdf_view", "pdf", needs="view", read_as="PDF"),
        Page("<path:object_id>/print/", "print_view", "print", needs="view", read_as="page to print"),
    ]

    def pdf_view(self, request: UserRequest, row: Prescription) -> HttpResponse:
        """The PDF of an issued prescription, on the clinic's paper or with `?paper=A5`; 404 for a draft."""
        if not row.digest:
            raise Http404
        answer = pdf.answer(request, row, size=asked_size(request))
        if request.GET.get("framed"):  # the page of the prescription prints it
            answer["X-Frame-Options"] = "SAMEORIGIN"
            answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
        return answer

    def print_view(self, request: UserRequest, row: Prescription) -> HttpResponse:
        """The page that shows the same and is printed by the browser; 404 for a draft."""
        if not row.digest:
            raise Http404
        return print_answer(request, row)


def asked_size(request: HttpRequest) -> str:
    """The size of paper that the address asks for by `?paper=`; empty for the clinic's."""
    asked = request.GET.get("paper", "")
    return asked if asked in PaperSize.values else ""


def paper_links(row: Prescription) -> SafeString:
    """The PDF, and the page to print."""
    pdf = reverse("admin:prescription_prescription_pdf", args=(row.pk,))
    page = reverse("admin:prescription_prescription_print", args=(row.pk,))
    return format_html(
        '<a class="shs-button" href="{}" target="_blank">{}</a> <a class="shs-button" href="{}" target="_blank">{}</a>',
        pdf,
        _("Open PDF to print"),
        page,
        _("Open page to print"),
    )


def print_answer(request: HttpRequest, row: Prescription) -> HttpResponse:
    """The page. Raises SealBroken (409)."""
    row.require_intact()
    clinic = row.appointment.clinic
    url = verify_url(request, row)
    paper = paper_of(row, url, dispensing_code=code_for(row, timezone.now()))
    context = {
        "paper": paper,
        "size": asked_size(request) or (clinic.paper if clinic else PaperSize.A4),
        "sizes": PaperSize.values,
        "code": in_groups(paper.closing.code),
        "qr": mark_safe(segno.make(url, error="m").svg_inline(omitsize=True, border=2)),  # noqa: S308  (squares alone)
        "logo": _as_data(paper.head.logo),
        "back": reverse("admin:prescription_prescription_change", args=(row.pk,)),
    }
    return TemplateResponse(request, "rx/paper.html", context)


def _as_data(image: bytes) -> str:
    """A PNG or JPEG as an address that holds it; empty for none."""
    if not image:
        return ""
    kind = "png" if image.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
