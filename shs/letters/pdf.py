"""A letter as a PDF file, for the admin and the API."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from shs.letters.models import Letter


def answer(request: HttpRequest, letter: Letter, *, size: str = "", framed: bool = False) -> HttpResponse:
    """The PDF of a letter as a response that no cache keeps, on the clinic's paper or on `size` (of PaperSize);
    `framed` is for a page of the office, which prints it. Raises SealBroken (409)."""
    from shs.letters.paper import draw  # here, because reportlab takes 0.2 s to load and most processes never print

    letter.require_intact()
    url = request.build_absolute_uri(reverse("letter", args=[letter.code]))
    response = HttpResponse(draw(letter, url, size), content_type="application/pdf")
    name = f"{letter.visit.number}-{letter.kind.replace('_', '-')}-{letter.pk}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    if framed:
        response["X-Frame-Options"] = "SAMEORIGIN"
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return response
