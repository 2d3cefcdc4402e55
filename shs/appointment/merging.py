"""What happens to visits and registrations when two people are merged."""

from collections.abc import Iterable
from itertools import takewhile

from django.db.models import Q
from django.utils.translation import gettext as _

from shs.appointment.models import (
    HOLDING,
    LIVE,
    LONGEST,
    Appointment,
    CalendarFeed,
    EarlierWish,
    Identity,
    IdentityCheck,
    Lateness,
    Registration,
)
from shs.appointment.services.visit_limits import crowded_by_merging
from shs.appointment.services.waiting import withdraw_wish
from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.core.records.models import RecordQuerySet
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.merging import lock_doctors
from shs.users.merge_rules import Joining, Obstacle, Pair, Part, Settled, hand_over, moves, stays


class Visits(Part):
    """A person is in one place at a time. Visits that are still to come are cancelled or moved first; of two that took
    place, the one of the dropped row stays with it, since what has happened is not changed. A first visit that counted
    as proven because the chart was empty does no longer: the chart is that of the other row too."""

    def lock(self, pair: Pair) -> None:
        # When a visit moves, the database locks the row of its doctor once more.
        lock_doctors(Appointment.objects.filter(patient__in=[pair.kept.pk, pair.dropped.pk]))

    def obstacles(self, pair: Pair) -> Iterable[Obstacle]:
        for mine, other in _overlaps(pair):
            words = {"visit": _named(mine), "other": _named(other)}
            live = next((visit for visit in (mine, other) if visit.status in LIVE), None)
            if live:
                yield Obstacle(_("Two visits overlap: %(visit)s; %(other)s. Cancel or move one first.") % words, live)

    def told(self, pair: Pair) -> Iterable[Label]:
        for mine, other in _overlaps(pair):
            if mine.status not in LIVE and other.status not in LIVE:
                words = {"visit": _named(mine), "other": _named(other)}
                sentence = _(
                    "Both took place at the same time: %(visit)s; %(other)s. Make sure that it is one person. The "
                    "first one stays with the old number."
                )
                yield sentence % words
        if sentence := crowded_by_merging(pair.kept, pair.dropped, pair.now):
            yield sentence

    def join(self, joining: Joining) -> None:
        both = Q(patient=joining.kept.pk) | Q(patient=joining.dropped.pk)
        unproven = list(Appointment.objects.filter(both, identity=Identity.REGISTERED).order_by("pk"))
        for visit in unproven:
            lock(visit)
            visit.identify(Identity.NONE)
        stay = {mine.pk for mine, _other in _overlaps(Pair(joining.kept, joining.dropped, joining.now))}
        rows = Appointment.objects.filter(patient=joining.dropped.pk).exclude(pk__in=stay)
        moved = hand_over(rows, "patient", joining.kept, joining)
        joining.noted["visits"] = {"unproven": [visit.pk for visit in unproven], "moved": moved}

    def part(self, joining: Joining) -> None:
        noted = joining.noted.get("visits", {})
        rows = Appointment.objects.filter(pk__in=noted.get("moved", ()), patient=joining.kept.pk)
        hand_over(rows, "patient", joining.dropped, joining)
        unproven = Appointment.objects.filter(pk__in=noted.get("unproven", ()), identity=Identity.NONE)
        for visit in unproven.order_by("pk"):
            lock(visit)
            visit.identify(Identity.REGISTERED)


class Unknown(Part):
    """Somebody unknown is known as soon as they are merged; what was guessed of them is not asked about."""

    def obstacles(self, pair: Pair) -> Iterable[Obstacle]:
        if _unknown(pair.kept.pk).exists():
            yield Obstacle(_("The identity of the person to keep is unknown: swap the two."))

    def certain(self, pair: Pair) -> Iterable[str]:
        return ("name", "name_bn", "birth", "gender") if _unknown(pair.dropped.pk).exists() else ()

    def join(self, joining: Joining) -> None:
        rows = list(_unknown(joining.dropped.pk).order_by("pk"))
        for row in rows:
            lock(row)
            row.is_unknown = False
            save_with_reason(row, joining.reason)
        joining.noted["unknown"] = [row.pk for row in rows]

    def part(self, joining: Joining) -> None:
        for row in Registration.objects.filter(pk__in=joining.noted.get("unknown", ())).order_by("pk"):
            lock(row)
            row.is_unknown = True
            save_with_reason(row, joining.reason)


class Waiting(Part):
    """One person waits once for a doctor, as the one who asked first: of two wishes the other one is withdrawn."""

    def join(self, joining: Joining) -> None:
        both = EarlierWish.objects.waiting().filter(patient__in=[joining.kept.pk, joining.dropped.pk])
        seen = set()
        for wish in both.in_order():
            where = (wish.doctor_id, wish.specialty_id, None if wish.doctor_id else wish.clinic_id)
            if where in seen:
                withdraw_wish(wish=wish, now=joining.now, reason=joining.reason)
            seen.add(where)
        rows = EarlierWish.objects.filter(patient=joining.dropped.pk)
        joining.noted["wishes"] = hand_over(rows, "patient", joining.kept, joining)

    def part(self, joining: Joining) -> None:
        rows = EarlierWish.objects.filter(pk__in=joining.noted.get("wishes", ()), patient=joining.kept.pk)
        hand_over(rows, "patient", joining.dropped, joining)


def _unknown(person: int) -> RecordQuerySet[Registration]:
    return Registration.objects.filter(person=person, is_unknown=True)


def _overlaps(pair: Pair) -> list[tuple[Appointment, Appointment]]:
    """Visits of the dropped person, each with one of the kept one that meets it."""
    theirs = Appointment.objects.filter(patient=pair.kept.pk, status__in=HOLDING).order_by("starts_at")
    mine = Appointment.objects.filter(patient=pair.dropped.pk, status__in=HOLDING).select_related("doctor")
    others, found, at = list(theirs.select_related("doctor")), [], 0
    for visit in mine.order_by("starts_at"):
        while at < len(others) and others[at].starts_at < visit.starts_at - LONGEST:
            at += 1
        near = takewhile(lambda other, end=visit.ends_at: other.starts_at < end, others[at:])
        found += [(visit, other) for other in near if other.ends_at > visit.starts_at]
    return found


def _named(visit: Appointment) -> str:
    return f"{visit.number}, {show_datetime(visit.starts_at)}, {visit.doctor.name} ({visit.get_status_display()})"


people = [
    Settled(Appointment, "patient", how="they move, but of two past visits at one time one stays"),
    *stays(IdentityCheck, "by", "reviewed_by", because="who checked at the desk, which auditor reviewed it"),
    *moves(Registration, "person"),
    *stays(Registration, "by", because="who registered them"),
    *stays(Lateness, "by", because="who said it"),
    *stays(CalendarFeed, "owner", because="it belongs to the login, which is never joined with another one"),
    Settled(EarlierWish, "patient", how="they move, but of two for one doctor the later one is withdrawn"),
    Visits(),
    Waiting(),
    Unknown(),
]
