"""The pages that whoever waits may open without a login: the queue behind the link of a slip or a text, and the screen
in the waiting room. Both show serials and rooms, and no patient. Neither counts by the address: all who wait may share
one Wi-Fi. A wrong code costs neither a query nor a count."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from shs.appointment import services
from shs.appointment.kept import Kept
from shs.appointment.models import Appointment, WaitingScreen, pk_of
from shs.core.errors import NotFound
from shs.doctors.models import Clinic

EVERY_SECONDS = 15
"""How often a page asks whether anything has changed."""

LAYOUT = "1"
"""Changed with what the pages show, so that they are read anew."""


WORDS = {
    "title": gettext_lazy("Waiting room"),
    "now": gettext_lazy("Now"),
    "serial": gettext_lazy("Serial"),
    "next": gettext_lazy("Next"),
    "room": gettext_lazy("Room"),
    "please_wait": gettext_lazy("Please wait for the next call"),
    "paused": gettext_lazy("Paused"),
    "ended": gettext_lazy("Finished for today"),
    "not_begun": gettext_lazy("Not begun yet"),
    "late": gettext_lazy("late, in minutes"),
    "nobody": gettext_lazy("No doctor has visits today."),
    "offline": gettext_lazy("No connection. This is as of"),
}
"""What the screen says, in Bangla and in English."""


class Visited(NamedTuple):
    """What the page of a visit needs beside the queue: where and when it is, and its patient's language."""

    place: services.QueuePlace
    starts_at: datetime
    clinic: str
    language: str


# How a clinic moves on may be some seconds old; where a visit is is read again as soon as the queue lacks it.
QUEUES: Kept[services.Queue] = Kept(3)
LENGTHS: Kept[services.Took | None] = Kept(60)
VISITS: Kept[Visited] = Kept(60)
SCREENS: Kept[services.Screened] = Kept(3)
CLINICS: Kept[Clinic] = Kept(3)


def forget() -> None:
    """Forget what is kept in this process."""
    for store in (QUEUES, LENGTHS, VISITS, SCREENS, CLINICS):
        store.forget()


@require_safe
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """Where the visit behind a link stands; 404 for a wrong code and after the day of the visit, 304 for a client that
    has this version."""
    now = timezone.now()
    pk = pk_of("queue", code)
    visited = _visited(pk) if pk is not None else None
    if pk is None or visited is None or visited.place.day < services.day_of(now):
        return _ended(request, _("This link is wrong, or has ended with its day. Ask at the desk."))
    language = _language(request, visited.language)
    status = _status(pk, visited, now)
    other = next(key for key, _name in settings.LANGUAGES if key != language)
    shown = {
        "status": status,
        "visited": visited,
        "is_today": visited.place.day == services.day_of(now),
        "other": other,
        "other_name": _own_name(other),
        "every": EVERY_SECONDS,
    }
    return _answer(request, "queue/visit.html", shown, language, (status, visited))


@cache
def _own_name(language: str) -> str:
    """What a language is called in itself."""
    with translation.override(language):
        return str(dict(settings.LANGUAGES)[language])


def _visited(pk: int) -> Visited | None:
    try:
        return VISITS.get(pk, lambda: _read_visit(pk))
    except NotFound:
        return None


def _read_visit(pk: int) -> Visited:
    visits = Appointment.objects.unrestricted("whoever has the code of a visit reads its serial and time")
    row = visits.filter(pk=pk).values_list("doctor_id", "clinic_id", "starts_at", "clinic__name", "patient__language")
    found = row.first()
    if found is None:
        raise NotFound
    doctor_id, clinic_id, starts_at, clinic, language = found
    place = services.QueuePlace(doctor_id, clinic_id, services.day_of(starts_at))
    return Visited(place, starts_at, clinic or "", language)


def _status(pk: int, visited: Visited, now: datetime) -> services.QueueStatus:
    """Where the visit stands, by the queue that is kept for all who wait for the same doctor."""
    place = visited.place
    if place.day == services.day_of(now):
        kept = QUEUES.get(place, lambda: services.queue_at(place))
        if pk in kept.entries:
            lasts = LENGTHS.get(place.doctor_id, lambda: services.took(place.doctor_id, now))
            return services.queue_status_in(kept, pk, lasts, now)
    visits = Appointment.objects.unrestricted("whoever has the code of a visit reads its serial and time")
    return services.queue_status_of(visits.get(pk=pk), now)


@require_safe
def screen(request: HttpRequest, code: str) -> HttpResponse:
    """The screen of a waiting room; 404 for a wrong address and one that has ended, 304 for a client that has this
    version."""
    now = timezone.now()
    try:
        clinic = CLINICS.get(code, lambda: services.clinic_of_screen(code)) if pk_of("screen", code) else None
    except NotFound:
        clinic = None
    if clinic is None:
        return _ended(
            request, _("This address has ended: open the new one in the office: “Screen for the waiting room”.")
        )
    day = services.day_of(now)
    found = SCREENS.get((clinic.pk, day), lambda: services.screened(clinic, day))
    shown = {"clinic": clinic, "screened": found, "every": EVERY_SECONDS, "words": _both()}
    return _answer(request, "queue/screen.html", shown, "bn", (clinic.name, found))


@cache
def _both() -> dict[str, dict[str, str]]:
    """The words of the screen: key → language → text."""
    found: dict[str, dict[str, str]] = {key: {} for key in WORDS}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for key, words in WORDS.items():
                found[key][language] = str(words)
    return found


def _language(request: HttpRequest, usual: str) -> str:
    """The language that the link asks for, else that of the patient, else the browser's."""
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    return next((key for key in (asked, usual) if key in known), translation.get_language() or settings.LANGUAGE_CODE)


def _answer(
    request: HttpRequest, template: str, shown: Mapping[str, object], language: str, version: object
) -> HttpResponse:
    """The page, or 304; it is rendered only for those who have another version."""
    etag = quote_etag(sha256(repr((LAYOUT, language, version)).encode()).hexdigest()[:32])
    answer = HttpResponse()
    answer["ETag"] = etag
    unchanged: HttpResponse | None = get_conditional_response(request, etag=etag, response=answer)
    if unchanged is None or unchanged is answer:
        with translation.override(language):
            answer.content = render_to_string(template, {**shown, "LANGUAGE_CODE": language}).encode()
        unchanged = answer
    unchanged["Content-Language"] = language
    return _private(unchanged)


def _ended(request: HttpRequest, words: str) -> HttpResponse:
    content = render_to_string("account/page.html", {"title": _("Queue"), "refusal": words}, request)
    return _private(HttpResponse(content, status=404))


def _private(answer: HttpResponse) -> HttpResponse:
    """Only the browser keeps it, asks each time whether it has changed, and tells nobody where it came from."""
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def screen_url(found: WaitingScreen) -> str:
    """The full address of a waiting room's screen."""
    return f"{settings.SITE_URL}{reverse('waiting_room', args=(found.code,))}"


paths = [
    path("q/<str:code>", queue, name="queue"),
    path("display/<str:code>/", screen, name="waiting_room"),
]
"""The addresses of both pages."""
