"""The page behind the QR code of a letter: whether it is valid, and as little else as whoever has the paper needs. Of a
sick note the days, of no letter a diagnosis or to whom it is addressed."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shs.core.errors import NotFound, Refused
from shs.core.labels import Label
from shs.core.limits.counting import count
from shs.core.names import initials
from shs.core.paper.content import in_both, other_language
from shs.letters.models import Kind, Letter, find_by_code
from shs.prescription.rx_pages import asked_language, own_name, private

WORDS: dict[str, Label] = {
    "issued": gettext_lazy("Issued"),
    "prescriber": gettext_lazy("Doctor"),
    "registration": gettext_lazy("BMDC Reg. No."),
    "patient": gettext_lazy("Patient (initials)"),
    "first": gettext_lazy("From"),
    "last": gettext_lazy("To and including"),
}
"""What the page says, in both languages."""

VALIDITIES: dict[str, Label] = {
    "valid": gettext_lazy("VALID"),
    "cancelled": gettext_lazy("CANCELLED: not valid"),
    "damaged": gettext_lazy("NOT VALID: the content was changed after issuing"),
}


@never_cache
@require_safe
def letter(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the letter with this code; the same 404 for each code that there is not."""
    language = asked_language(request)
    with translation.override(language):
        try:
            count("verify", now=timezone.now())
            found = find_by_code(code)
        except Refused as refusal:
            words = refusal.detail
            if isinstance(refusal, NotFound):
                words = _("There is no paper with this code. Compare each letter with the paper.")
            context = {"title": _("Check of a paper"), "refusal": words}
            content = render_to_string("account/page.html", context, request)
            return private(HttpResponse(content, status=refusal.status))
        return private(HttpResponse(render_to_string("rx/letter.html", _context(found, language), request)))


def _context(found: Letter, language: str) -> dict[str, object]:
    validity = found.validity
    return {
        "words": words_in(language),
        "title": in_both(Kind(found.kind).label, language),
        "validity": validity,
        "said": in_both(VALIDITIES[validity], language),
        "doctor": found.parties["doctor"],
        "initials": initials(found.parties["patient"]["name"]),
        "issued": timezone.localtime(found.issued_at),
        "days": found.days,
        "other": other_language(language),
        "other_name": own_name(other_language(language)),
        "LANGUAGE_CODE": language,
    }


@cache
def words_in(language: str) -> dict[str, str]:
    """The words of the page, first in `language`."""
    return {key: in_both(label, language) for key, label in WORDS.items()}


paths = [path("letter/<str:code>", letter, name="letter")]
"""The address in QR codes."""
