"""The page of one's own calendar links, and the list of all of them."""

from typing import TypedDict

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from shs.appointment import services
from shs.appointment.feed_pages import feed_url
from shs.appointment.models import ALARMS, CalendarFeed, FeedKind
from shs.core.admin.once import DID
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.core.admin.steps import StepData, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_datetime
from shs.core.errors import NotFound, Refused
from shs.core.labels import Label
from shs.doctors.models import Clinic
from shs.users.requests import UserRequest

PAGE = "appointment.subscribe_calendarfeed"


@admin.register(CalendarFeed)
class CalendarFeedScreen(Screen):
    """Calendar links: one's own, those of a desk's clinics, or all. The links themselves are shown to nobody again."""

    icon = "calendar_month"
    empty_text = _("No calendar links yet. Doctors and desks make them under “Visits in my calendar”.")
    list_display = ["created_at", "owner", "shows", "last_read", "ended_at", "next_steps"]
    list_filter = [("created_at", TimeRange)]
    list_select_related = ["owner", "clinic"]
    search_fields = ["owner__name"]
    search_help_text = _("Owner")
    ordering = ["-created_at", "-pk"]
    tabs = [
        Tab("in_use", _("In use"), lambda user: Q(ended_at__isnull=True)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [(None, {"fields": [("owner", "shows"), ("created_at", "last_read"), "ended_at"]})]
    readonly_fields = ["shows", "created_at", "last_read"]
    described_by = ("owner", "created_at")

    @display(description=_("Shows"))
    def shows(self, feed: CalendarFeed) -> Label:
        return _shown(feed.kind, feed.clinic)

    @display(description=_("Last read"))
    def last_read(self, feed: CalendarFeed) -> str:
        return show_datetime(feed.read_at) if feed.read_at else "–"

    @step(
        "revoke",
        _("End link…"),
        danger=True,
        text=_("Calendars that follow this link get no further updates. What they have loaded before stays there."),
        done=_("The calendar link has ended."),
        when=lambda feed: feed.ended_at is None,
    )
    def revoke(self, request: UserRequest, feed: CalendarFeed, data: StepData) -> None:
        services.end_feed(feed=feed, now=timezone.now())


def _shown(kind: str, clinic: Clinic | None) -> Label:
    return clinic.name if clinic else FeedKind(kind).label


class Followed(TypedDict):
    """Visits that the user may follow, and the link to them that is in use; `key` names them in the form."""

    key: str
    title: Label
    feed: CalendarFeed | None


@never_cache
def calendars(request: UserRequest) -> HttpResponse:
    """Makes, renews and ends the calendar links of the user. The address of a new one is shown in the answer alone."""
    if request.method == "POST" and "end" in request.POST:
        return _end(request)
    if request.method == "POST" and "remind" in request.POST:
        return _remind(request)
    made: dict[str, str] = {}
    followed = {
        f"{kind}-{clinic.pk if clinic else ''}": (kind, clinic) for kind, clinic in services.kinds_for(request.user)
    }
    if request.method == "POST":
        key = request.POST.get("renew", "")
        if key not in followed:
            messages.error(request, _("You may not follow these visits."))
            return HttpResponseRedirect(reverse("admin:calendars"))
        kind, clinic = followed[key]
        now, alarm = timezone.now(), _alarm(request)
        _feed, token = services.renew_feed(owner=request.user, kind=kind, clinic=clinic, alarm_minutes=alarm, now=now)
        request.META[DID] = reverse("admin:calendars")
        made = {"key": key, "url": feed_url(token), "webcal": feed_url(token, "webcal")}
    live = {f"{feed.kind}-{feed.clinic_id or ''}": feed for feed in services.live_feeds(request.user)}
    context = {
        **office.each_context(request),
        "title": _("Visits in my calendar"),
        "rows": [
            Followed(key=key, title=_shown(kind, clinic), feed=live.get(key))
            for key, (kind, clinic) in followed.items()
        ],
        "made": made,
        "alarms": ALARMS,
    }
    return TemplateResponse(request, "admin/appointment/calendars.html", context)


def _alarm(request: UserRequest) -> int | None:
    """The chosen reminder; None for none."""
    return next((minutes for minutes in ALARMS if str(minutes) == request.POST.get("alarm")), None)


def _own(request: UserRequest, action: str, pk: str) -> CalendarFeed:
    """A link of the user. Raises NotFound."""
    rows = CalendarFeed.objects.allowed(request.user, action).filter(owner=request.user)
    feed = rows.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
    if feed is None:
        raise NotFound
    return feed


def _remind(request: UserRequest) -> HttpResponse:
    try:
        feed = _own(request, "subscribe", request.POST.get("remind", ""))
        services.set_alarm(feed=feed, alarm_minutes=_alarm(request))
    except Refused:
        messages.error(request, _("This calendar link has ended already."))
    else:
        messages.success(request, _("Saved. Calendars follow within some hours."))
    return HttpResponseRedirect(reverse("admin:calendars"))


def _end(request: UserRequest) -> HttpResponse:
    try:
        services.end_feed(feed=_own(request, "revoke", request.POST.get("end", "")), now=timezone.now())
    except Refused:
        messages.error(request, _("This calendar link has ended already."))
    else:
        messages.success(request, _("The calendar link has ended."))
    return HttpResponseRedirect(reverse("admin:calendars"))


office.add_page("calendars/", calendars, name="calendars", needs=PAGE)
