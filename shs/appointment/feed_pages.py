"""The address from which calendars read a private link, without a login."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shs.appointment import services
from shs.core.errors import NotFound, TooMany
from shs.core.limits.counting import count


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The calendar of a link; 404 for one that never was and for one that has ended, 304 for a calendar that has this
    version, 429 over the limit "feed", which counts by the owner and by the address."""
    now = timezone.now()
    try:
        found = services.feed_of(request.GET.get("token", "")[:100])
    except NotFound:
        found = None
    try:
        count("feed", account=found.owner_id if found else None, now=now)
    except TooMany as refusal:
        answer = _text(str(refusal.detail), 429)
        answer["Retry-After"] = str(refusal.retry_after)
        return answer
    if found is None:
        return _text(_("There is no such calendar."), 404)
    read = services.read_feed(found, now)
    etag = quote_etag(read.fingerprint[:32])
    answer = HttpResponse(content_type="text/calendar; method=PUBLISH; charset=utf-8")
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(read.changed_at.timestamp())
    answer["Content-Disposition"] = 'inline; filename="visits.ics"'
    unchanged: HttpResponse | None = get_conditional_response(
        request, etag=etag, last_modified=int(read.changed_at.timestamp()), response=answer
    )
    if unchanged is None or unchanged is answer:
        answer.content = services.feed_file(read)
        unchanged = answer
    return _private(unchanged)


def _text(words: str, status: int) -> HttpResponse:
    return _private(HttpResponse(words, status=status, content_type="text/plain; charset=utf-8"))


def _private(answer: HttpResponse) -> HttpResponse:
    """Only the calendar itself may keep it, and asks each time whether it has changed."""
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def feed_url(token: str, scheme: str = "") -> str:
    """The full address of a link; with the `scheme` "webcal" calendars open it themselves. The token is a parameter,
    because the read log and the logs of the server hold paths."""
    address = f"{settings.SITE_URL}{reverse('calendar_feed')}?{urlencode({'token': token})}"
    return f"{scheme}://{address.partition('://')[2]}" if scheme else address


paths = [path("calendars/visits.ics", feed, name="calendar_feed")]
"""The address of all links."""
