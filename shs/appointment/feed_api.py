"""Routes for one's own calendar links."""

from datetime import datetime
from typing import Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Status
from typing_extensions import TypedDict

from shs.appointment import services
from shs.appointment.feed_pages import feed_url
from shs.appointment.models import CalendarFeed, FeedKind
from shs.core.api.authentication import requires
from shs.core.api.paging import Paged, PageOut, paged
from shs.core.grants.table import holds
from shs.core.types import In
from shs.users.requests import UserRequest

router = Router(tags=["Calendar links"])

following = requires("appointment.subscribe_calendarfeed")
KINDS = (FeedKind.PATIENT, FeedKind.DOCTOR)
"""What is followed by the app; links of a clinic are made in the back office."""


class NewFeed(In):
    """Which visits to follow; by default the caller's own as a patient and those of the people whose guardian they are,
    or as a doctor those of their patients. `alarm_minutes`: how long before each visit the calendar reminds."""

    kind: Literal["patient", "doctor"] | None = None
    alarm_minutes: Literal[15, 60, 120, 1440] | None = None


class FeedChange(In):
    """`alarm_minutes`: how long before each visit the calendar reminds; null: not at all."""

    alarm_minutes: Literal[15, 60, 120, 1440] | None


class FeedOut(TypedDict):
    """A calendar link without its address, which is told once."""

    id: int
    kind: str
    created_at: datetime
    read_at: datetime | None
    alarm_minutes: int | None


class NewFeedOut(FeedOut):
    """A new calendar link: the address as `url`, and as `webcal_url`, which calendars open themselves."""

    url: str
    webcal_url: str


@router.get("/", auth=following, response=PageOut[FeedOut])
def feeds(request: UserRequest, paging: Paged) -> PageOut[FeedOut]:
    """The caller's calendar links that have not ended, newest first, each with the hour in which it was last read."""
    rows = CalendarFeed.objects.allowed(request.user, "subscribe").live().filter(kind__in=KINDS)
    return paged(rows.order_by("-created_at", "-pk"), paging, _out)


@router.post("/", auth=following, response={201: NewFeedOut})
def renew(request: UserRequest, data: NewFeed) -> Status[NewFeedOut]:
    """Make a new calendar link; the former one of the same visits ends. Its address is told only here: whoever has it
    reads times, places and numbers of the visits, and for doctors the initials of patients, until it ends."""
    user = request.user
    kind = data.kind or ("doctor" if holds(user, "appointment.attend_appointment") else "patient")
    now, alarm = timezone.now(), data.alarm_minutes
    feed, token = services.renew_feed(owner=user, kind=kind, alarm_minutes=alarm, now=now)
    return Status(201, {**_out(feed), "url": feed_url(token), "webcal_url": feed_url(token, "webcal")})


@router.patch("/{id:pk}", auth=following, response=FeedOut)
def change(request: UserRequest, pk: int, data: FeedChange) -> FeedOut:
    """Change how long before each visit the calendar reminds; the link stays the same. 409 if it has ended."""
    rows = CalendarFeed.objects.allowed(request.user, "subscribe").filter(kind__in=KINDS)
    feed = get_object_or_404(rows, pk=pk)
    services.set_alarm(feed=feed, alarm_minutes=data.alarm_minutes)
    return _out(feed)


@router.delete("/{id:pk}", auth=following, response={204: None})
def revoke(request: UserRequest, pk: int) -> Status[None]:
    """End a calendar link: nothing is read by it from now on."""
    rows = CalendarFeed.objects.allowed(request.user, "revoke").filter(kind__in=KINDS)
    services.end_feed(feed=get_object_or_404(rows, pk=pk), now=timezone.now())
    return Status(204, None)


def _out(feed: CalendarFeed) -> FeedOut:
    return {
        "id": feed.pk,
        "kind": feed.kind,
        "created_at": feed.created_at,
        "read_at": feed.read_at,
        "alarm_minutes": feed.alarm_minutes,
    }
