"""Private links by which calendars follow visits: making, renewing and ending them, and what they show."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from shs.appointment.calendar import COLUMNS, Row, Told, written
from shs.appointment.models import Appointment, AppointmentQuerySet, CalendarFeed, FeedKind, Identity, new_token
from shs.core.dates import midnight
from shs.core.errors import Forbidden, NotFound
from shs.core.grants.held import held
from shs.core.grants.table import holds
from shs.core.reads.log import log_reads, log_rows
from shs.core.reads.models import ReadLog
from shs.doctors.models import Clinic
from shs.doctors.permissions import own_ids
from shs.notices.letters import language_of
from shs.users.models import User
from shs.users.permissions import BOOK, READ, dependants
from shs.users.services import at_death
from shs.users.sessions import when_all_end


class Window(NamedTuple):
    """The days of the visits that a link shows: so many before today, and ahead."""

    back: timedelta
    ahead: timedelta


WINDOWS = {
    FeedKind.PATIENT: Window(timedelta(days=30), timedelta(days=180)),
    FeedKind.DOCTOR: Window(timedelta(days=30), timedelta(days=180)),
    FeedKind.CLINIC: Window(timedelta(days=7), timedelta(days=60)),
}
TOLD = {
    FeedKind.PATIENT: Told.PATIENT,
    FeedKind.DOCTOR: Told.DOCTOR,
    FeedKind.CLINIC: Told.CLINIC,
}
MOST_EVENTS = 1000
"""The most visits of one calendar, those to come first: a file of a thousand takes half a second to write."""
LAYOUT = "2"
"""Changed with what events show, so that calendars read them anew."""


class Readable(NamedTuple):
    """The visits of a link in order of time, with a digest of all that is shown of them, and since when they are as
    they are."""

    feed: CalendarFeed
    rows: list[Row]
    fingerprint: str
    changed_at: datetime


def kinds_for(user: User) -> Iterator[tuple[FeedKind, Clinic | None]]:
    """What `user` may follow: their own visits, and those of clinics in whose desk they work."""
    for kind in (FeedKind.PATIENT, FeedKind.DOCTOR):
        if _may_follow(user, kind, None):
            yield kind, None
    for clinic in clinics_of(user):
        yield FeedKind.CLINIC, clinic


def clinics_of(user: User) -> list[Clinic]:
    """The clinics whose visits `user` may follow: those in whose desk they work."""
    if not holds(user, SUBSCRIBE):
        return []
    return list(Clinic.objects.filter(pk__in=held(user, Clinic, "run_desk")).order_by("name", "pk"))


SUBSCRIBE = "appointment.subscribe_calendarfeed"


def _may_follow(user: User, kind: str, clinic_id: int | None) -> bool:
    if not holds(user, SUBSCRIBE):
        return False
    if kind == FeedKind.PATIENT:
        return holds(user, "appointment.book_appointment")
    if kind == FeedKind.DOCTOR:
        return holds(user, "appointment.attend_appointment") and bool(own_ids(user))
    return clinic_id in held(user, Clinic, "run_desk") and holds(user, "appointment.view_appointment")


def live_feeds(user: User) -> list[CalendarFeed]:
    """The links of `user` that nobody has ended, newest first; at most a hundred."""
    return list(CalendarFeed.objects.live().filter(owner=user.pk).select_related("clinic", "owner")[:100])


def renew_feed(
    *, owner: User, kind: str, clinic: Clinic | None = None, alarm_minutes: int | None = None, now: datetime
) -> tuple[CalendarFeed, str]:
    """A new link and its token, which is not stored; the former link of the same visits ends. With `alarm_minutes` (one
    of ALARMS) calendars remind so long before each visit. Raises Forbidden (403) for visits that `owner` may not
    follow."""
    if not _may_follow(owner, kind, clinic.pk if clinic else None):
        raise Forbidden(_("You may not follow these visits."))
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=owner.pk)  # of two at once the later one ends the other
        for former in CalendarFeed.objects.live().filter(owner=owner, kind=kind, clinic=clinic):
            former.end(now=now, reason="renewed")
        token = new_token()
        feed = CalendarFeed.make(owner=owner, kind=kind, clinic=clinic, token=token, alarm_minutes=alarm_minutes)
    return feed, token


def set_alarm(*, feed: CalendarFeed, alarm_minutes: int | None) -> None:
    """Let calendars remind so many minutes before each visit (one of ALARMS; None: not at all). Raises StepRefused
    (409) if the link has ended."""
    with transaction.atomic():
        feed.remind(alarm_minutes)


def end_feed(*, feed: CalendarFeed, now: datetime) -> None:
    """End a link at once. Raises StepRefused (409) if it has ended."""
    with transaction.atomic():
        feed.end(now=now)


@when_all_end
def end_feeds_at_logout(user: User, now: datetime) -> None:
    """End the links of a person who logs out everywhere: whoever has found one reads on without a login."""
    for feed in CalendarFeed.objects.live().filter(owner=user).order_by("pk"):
        feed.end(now=now, reason="logged out everywhere")


@at_death
def end_feeds(user: User, now: datetime) -> None:
    """End the links of a person who has died."""
    for feed in CalendarFeed.objects.live().filter(owner=user).order_by("pk"):
        feed.end(now=now, reason="the owner has died")


def feed_of(token: str) -> CalendarFeed:
    """The link with this token, as long as its owner may follow its visits. Raises NotFound (404) alike for one that
    never was, that has ended, and whose owner is suspended, has died or has left."""
    rows = CalendarFeed.objects.of(token).select_related("owner", "clinic") if token else CalendarFeed.objects.none()
    feed = rows.first()
    if feed is None or not feed.owner.is_active or feed.owner.is_dead:
        raise NotFound
    if feed.kind == FeedKind.PATIENT:
        feed.owner.act_as_patient()
    if not _may_follow(feed.owner, feed.kind, feed.clinic_id):
        raise NotFound
    return feed


def read_feed(feed: CalendarFeed, now: datetime) -> Readable:
    """What a link shows at `now`, and that it was read."""
    rows = _rows(feed, now)
    shown = (LAYOUT, language_of(feed.owner), feed.clinic and feed.clinic.name, feed.alarm_minutes, rows)
    fingerprint = sha256(repr(shown).encode()).hexdigest()
    changed_at = feed.note_read(fingerprint, now=now)
    return Readable(feed, rows, fingerprint, changed_at)


def feed_file(found: Readable) -> bytes:
    """The calendar of a link in its owner's language. Reading visits of others is written to the read log."""
    feed = found.feed
    is_own = feed.kind == FeedKind.PATIENT
    _log(found)

    def told(row: Row) -> Told:
        return Told.GUARDIAN if is_own and row.patient_id != feed.owner_id else TOLD[FeedKind(feed.kind)]

    with translation.override(language_of(feed.owner)):
        return written("PUBLISH", found.rows, told, name=_name(feed), alarm=feed.alarm)


def _log(found: Readable) -> None:
    feed, note = found.feed, f"calendar link {found.feed.pk}"
    if feed.kind != FeedKind.PATIENT:
        if found.rows:
            visits = Appointment.objects.filter(pk__in=[row.pk for row in found.rows])
            log_rows(feed.owner, what="visits", rows=visits, note=note)
        return
    of_others: dict[int, list[int]] = {}
    for row in found.rows:
        if row.patient_id != feed.owner_id:
            of_others.setdefault(row.patient_id, []).append(row.pk)
    lines = [(patient, ids, ReadLog.Basis.GUARDIAN) for patient, ids in sorted(of_others.items())]
    if lines:
        log_reads(feed.owner, what="visits", rows=lines, note=note)


def _name(feed: CalendarFeed) -> str:
    if feed.clinic is not None:
        return _("Visits: %(clinic)s") % {"clinic": feed.clinic.name}
    return _("My patients' visits") if feed.kind == FeedKind.DOCTOR else _("My visits")


def _visits(feed: CalendarFeed) -> AppointmentQuerySet:
    """The visits of a link, of all times; not those to which the patient has objected. A patient's link shows those of
    the people whose guardian they are, too, as long as they are it."""
    rows = Appointment.objects.exclude(identity=Identity.OBJECTED)
    if feed.kind == FeedKind.PATIENT:
        family = [feed.owner_id, *dependants(feed.owner, BOOK, READ)]
        return rows.filter(patient__in=family)
    if feed.kind == FeedKind.DOCTOR:
        return rows.filter(doctor__in=own_ids(feed.owner))
    return rows.filter(clinic=feed.clinic)


def _rows(feed: CalendarFeed, now: datetime) -> list[Row]:
    """Its visits in the window, in order of time; of too many those of today and to come, then the latest."""
    today, window = timezone.localdate(now), WINDOWS[FeedKind(feed.kind)]
    start, middle, end = (midnight(day) for day in (today - window.back, today, today + window.ahead))
    visits = _visits(feed)
    ahead = visits.filter(starts_at__gte=middle, starts_at__lt=end).order_by("starts_at", "pk")
    found = list(ahead.values_list(*COLUMNS)[:MOST_EVENTS])
    past = visits.filter(starts_at__gte=start, starts_at__lt=middle).order_by("-starts_at", "-pk")
    before = list(past.values_list(*COLUMNS)[: MOST_EVENTS - len(found)])
    return [Row(*values) for values in (*reversed(before), *found)]
