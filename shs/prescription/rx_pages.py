"""The page behind the QR code of a prescription, for people: whether it is valid, what it says, and what pharmacies
have dispensed. Whoever has the paper may open it; a pharmacy enters there what it dispenses, with the code of the
patient."""

from functools import cache
from typing import NamedTuple, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shs.core.errors import Invalid, NotFound, Refused
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.core.limits.counting import count
from shs.core.names import initials
from shs.core.paper.content import Entry, in_both, other_language
from shs.core.reads.log import log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.values import validate_name
from shs.prescription.models import UNDO_WITHIN, Dispensing, Extent, Prescription, PrescriptionLine
from shs.prescription.models.prescription import find_by_code
from shs.prescription.printed import age_of, entry_of
from shs.prescription.services import dispensing
from shs.prescription.services.pharmacies import Membership, membership
from shs.users import sessions
from shs.users.models import User

WORDS: dict[str, Label] = {
    "title": gettext_lazy("Prescription"),
    "issued": gettext_lazy("Issued"),
    "until": gettext_lazy("Valid until"),
    "prescriber": gettext_lazy("Prescriber"),
    "registration": gettext_lazy("BMDC Reg. No."),
    "verified": gettext_lazy("Verified on that day"),
    "patient": gettext_lazy("Patient (initials)"),
    "age": gettext_lazy("Age"),
    "medicines": gettext_lazy("Medicines"),
    "given_before": gettext_lazy("Dispensed before"),
    "pharmacy_part": gettext_lazy("For the pharmacy"),
    "pharmacy": gettext_lazy("Name and place of the pharmacy"),
    "code": gettext_lazy("Code for the pharmacy, from the paper or the patient"),
    "note": gettext_lazy("Note, such as how many or what instead"),
    "seen_before": gettext_lazy("I have seen what was dispensed before."),
    "give_out": gettext_lazy("Record what is dispensed"),
    "undo": gettext_lazy("Undo what I have just entered"),
    "done": gettext_lazy("What was dispensed has been recorded."),
    "undone": gettext_lazy("It was taken back."),
    "login": gettext_lazy("Log in as a registered pharmacy"),
    "another": gettext_lazy("Another prescription"),
    "suspended": gettext_lazy("Your pharmacy is suspended and can note nothing."),
    "own_note": gettext_lazy("How much, or why not"),
}
"""What the page says, in both languages."""

VALIDITIES: dict[str, Label] = {
    "valid": gettext_lazy("VALID"),
    "amended": gettext_lazy("AMENDED: replaced by a newer prescription"),
    "cancelled": gettext_lazy("CANCELLED: not valid"),
    "too_old": gettext_lazy("TOO OLD: not valid"),
    "damaged": gettext_lazy("NOT VALID: the content was changed after issuing"),
}


class ShownLine(NamedTuple):
    """A medicine on the page: what it says, how much was dispensed, and what is chosen in the form."""

    key: int
    entry: Entry
    state: dispensing.LineState
    chosen: str
    note: str


class PharmacyForm(forms.Form):
    """Who dispenses, and the code."""

    pharmacy = forms.CharField(max_length=150, validators=[validate_name])
    code = forms.CharField(max_length=40)
    seen_before = forms.BooleanField(required=False)


class CodelessForm(forms.Form):
    """What the people of a registered pharmacy enter beside the medicines."""

    seen_before = forms.BooleanField(required=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rx(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the prescription with this code; the same 404 for each code that there is not."""
    language = asked_language(request)
    own = _own(request)
    with translation.override(language):
        try:
            count("verify", now=timezone.now())
            found = find_by_code(code)
        except Refused as refusal:
            return _refused(request, refusal, language, own)
        if request.method != "POST":
            return _page(request, found, language, own=own, done=request.GET.get("undo", "")[:200])
        try:
            return _posted(request, found, language, own)
        except Refused as refusal:
            return _page(request, found, language, own=own, refusal=refusal)


def _own(request: HttpRequest) -> Membership | None:
    """The pharmacy of whoever is logged in as one of its people; what they do here counts as use of their session."""
    if not holds(request.user, "prescription.dispense_pharmacy"):
        return None
    sessions.note_use(request, timezone.now())
    return membership(cast(User, request.user))


def _posted(request: HttpRequest, found: Prescription, language: str, own: Membership | None) -> HttpResponse:
    by = cast(User, request.user) if own else None
    now, here = timezone.now(), f"{reverse('rx', args=(found.code,))}?lang={language}"
    if request.POST.get("do") == "undo":
        dispensing.undo(prescription=found, token=request.POST.get("undo", "")[:200], now=now, by=by)
        return HttpResponseRedirect(f"{here}&undone=1")
    form = CodelessForm(request.POST) if by else PharmacyForm(request.POST)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise Invalid(f"{WORDS[field]}: {errors[0]}", field=field)
    given = {
        line.pk: dispensing.Given(_extent(request.POST, line.pk), request.POST.get(f"note_{line.pk}", ""))
        for line in found.lines.all()
    }
    if by:
        row = dispensing.dispense_as(prescription=found, by=by, given=given, now=now, **form.cleaned_data)
    else:
        row = dispensing.dispense(prescription=found, given=given, now=now, **form.cleaned_data)
    return HttpResponseRedirect(f"{here}&undo={dispensing.undo_token(row)}")


def _extent(posted: QueryDict, line: int) -> str:
    chosen = posted.get(f"extent_{line}", Extent.NONE)
    return chosen if chosen in Extent.values else str(Extent.NONE)


def _page(
    request: HttpRequest,
    found: Prescription,
    language: str,
    *,
    own: Membership | None,
    refusal: Refused | None = None,
    done: str = "",
) -> HttpResponse:
    now = timezone.now()
    if own:  # somebody who is known reads it
        read = (found.patient_id, [found.pk], ReadLog.Basis.DUTY)
        log_reads(request.user, what="prescription", rows=[read])
    validity, doctor = found.validity(now), found.parties["doctor"]
    patient, issued = found.parties["patient"], timezone.localtime(found.issued_at)
    states = {state.line: state for state in dispensing.states(found)}
    lines = [] if validity == "damaged" else [_line(request, line, states) for line in found.lines.all()]
    context = {
        "words": words_in(language),
        "validity": validity,
        "said": in_both(VALIDITIES[validity], language),
        "doctor": doctor,
        "initials": initials(patient["name"]),
        "age": age_of(patient, issued.date()),
        "issued": issued,
        "until": found.valid_until(),
        "lines": lines,
        "extents": [(value, in_both(label, language)) for value, label in Extent.choices],
        "is_given": any(line.state.times for line in lines),
        "own": own,
        "may_note": validity == "valid" and (own is None or own.is_active),
        "refusal": refusal,
        "typed": request.POST,
        "undo": done if validity == "valid" and _may_undo(found, done) else "",
        "is_undone": request.GET.get("undone") == "1",
        "other": other_language(language),
        "other_name": own_name(other_language(language)),
        "LANGUAGE_CODE": language,
    }
    content = render_to_string("rx/page.html", context, request)
    return private(HttpResponse(content, status=refusal.status if refusal else 200))


def _line(request: HttpRequest, line: PrescriptionLine, states: dict[int, dispensing.LineState]) -> ShownLine:
    state = states[line.pk]
    usual = Extent.NONE if state.extent == Extent.ALL else Extent.ALL
    return ShownLine(
        line.pk,
        entry_of(line.content()),
        state,
        request.POST.get(f"extent_{line.pk}", usual),
        request.POST.get(f"note_{line.pk}", "")[:150],
    )


def _may_undo(found: Prescription, token: str) -> bool:
    """Whether a button is worth showing; the service decides."""
    if not token:
        return False
    every = Dispensing.objects.unrestricted("only of the prescription whose code was given")
    latest = every.filter(prescription=found).order_by("-pk").first()
    return latest is not None and timezone.now() <= latest.given_at + UNDO_WITHIN


def asked_language(request: HttpRequest) -> str:
    """The language that the link asks for, else the browser's."""
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    usual = (translation.get_language() or "", settings.LANGUAGE_CODE, *known)
    return next(code for code in (asked, *usual) if code in known)


@cache
def words_in(language: str) -> dict[str, str]:
    """The words of the page, first in `language`."""
    return {key: in_both(label, language) for key, label in WORDS.items()}


@cache
def own_name(language: str) -> str:
    """What the speakers of `language` call it."""
    with translation.override(language):
        return str(dict(settings.LANGUAGES)[language])


def _refused(request: HttpRequest, refusal: Refused, language: str, own: Membership | None) -> HttpResponse:
    words = refusal.detail
    if isinstance(refusal, NotFound):
        words = _("There is no prescription with this code. Compare each letter with the paper.")
    links = [(words_in(language)["another"], reverse("admin:pharmacy"))] if own else []
    context = {"title": words_in(language)["title"], "refusal": words, "links": links}
    answer = HttpResponse(render_to_string("account/page.html", context, request), status=refusal.status)
    return private(answer)


def private(answer: HttpResponse) -> HttpResponse:
    """In no search index, and it tells no other site where its reader came from. Not `no-referrer`, with which browsers
    hide the origin of the form, too."""
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "same-origin"
    return answer


paths = [path("rx/<str:code>", rx, name="rx")]
"""The address in QR codes."""
