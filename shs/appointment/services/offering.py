"""Offers free slots to patients who wait for an earlier time: the first by the time of asking, then the next."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.earlier_notices import is_reached, tell_offer
from shs.appointment.errors import NotASlot, OfferOver, SlotTaken
from shs.appointment.models import (
    Appointment,
    CancelCode,
    EarlierOffer,
    EarlierWish,
    Outcome,
    Status,
    WishState,
    make_offer,
)
from shs.appointment.services.held import end_offer
from shs.appointment.services.slots import latest_start, opening_at, taken_by_doctor, taken_of
from shs.appointment.services.visit_limits import crowding_earlier
from shs.appointment.services.waiting import end_wish
from shs.core.due.rows import one_by_one
from shs.core.errors import Invalid, NotFound, Refused, StepRefused
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock
from shs.doctors.models import DoctorInformation
from shs.doctors.timetable import Opening, Timetable
from shs.notices.budget import quiet_until

MOST_WISHES = 1000
"""So many wishes are looked at in one run, those that were made first."""
NOBODY_THERE = (CancelCode.DOCTOR_AWAY, CancelCode.CLINIC_CLOSED)
"""A time that was cancelled for these reasons is not offered to others by itself, whether time off is noted or not."""
MOST_A_DAY = 3
"""So many times a day somebody is offered a time without having asked again."""


class Match(NamedTuple):
    """A free slot of a doctor that suits a wish."""

    wish: EarlierWish
    doctor: DoctorInformation
    opening: Opening


def offer_earlier(*, now: datetime, dry_run: bool = False) -> int:
    """End offers that nobody answered or whose slot is gone, and wishes that are over; outside of the quiet hours offer
    what is free to those who wait. Returns how many rows were changed or made. Safe to run twice at the same time."""
    run_out = EarlierOffer.objects.run_out(now).order_by("pk")
    over = EarlierWish.objects.outlived(now).order_by("pk")
    if dry_run:
        return run_out.count() + over.count()
    done = one_by_one(run_out, lambda offer: end_offer(offer, Outcome.EXPIRED, now))
    done += one_by_one(over, lambda wish: end_wish(wish, now))
    gone = [offer.pk for offer in EarlierOffer.objects.holding(now).select_related(*OFFERED) if _is_gone(offer, now)]
    done += one_by_one(EarlierOffer.objects.open().filter(pk__in=gone), lambda o: end_offer(o, Outcome.TAKEN, now))
    if quiet_until(now) is None:
        done += sum(_offered(match, now) is not None for match in find_matches(now))
    return done


OFFERED = ("wish__patient", "wish__visit", "doctor")


def offer_freed(visits: Iterable[Appointment], now: datetime) -> list[EarlierOffer]:
    """Offer the slots of those `visits` that are cancelled to the first who wait for them, at once; nothing in the
    quiet hours."""
    freed: dict[int, set[datetime]] = {}
    for visit in visits:
        if visit.status == Status.CANCELLED:
            freed.setdefault(visit.doctor_id, set()).add(visit.starts_at)
    if quiet_until(now) is not None:
        return []
    matches = [match for doctor_id in freed for match in find_matches(now, doctor_id=doctor_id)]
    offers = [_offered(match, now) for match in matches if match.opening.starts_at in freed[match.doctor.pk]]
    return [offer for offer in offers if offer is not None]


def _offered(match: Match, now: datetime) -> EarlierOffer | None:
    try:
        return offer_slot(wish=match.wish, doctor_id=match.doctor.pk, starts_at=match.opening.starts_at, now=now)
    except Refused:
        return None  # booked, or offered by another process meanwhile


@atomic_with_retry
def offer_slot(
    *, wish: EarlierWish, doctor_id: int, starts_at: datetime, is_by_hand: bool = False, now: datetime
) -> EarlierOffer:
    """Keep a free slot for whoever has the wish, and tell them. Raises NotFound, NotASlot (422), SlotTaken (409),
    StepRefused (409) if the wish is no longer waiting or has an open offer. Locks the doctor, then the wish, as
    `accept_offer` does."""
    doctor = DoctorInformation.objects.listed().select_for_update(of=("self",)).filter(pk=doctor_id).first()
    if doctor is None:
        raise NotFound(_("This doctor does not exist or cannot be booked."))
    lock(wish)
    if wish.state != WishState.WAITING:
        raise StepRefused(_("This request has ended."))
    at = timezone.localtime(starts_at)
    opening = opening_at(doctor, at.date(), at.time(), now)
    _require_free(wish, doctor, opening, now)
    offer = make_offer(
        wish,
        doctor_id=doctor.pk,
        clinic_id=opening.clinic_id,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        open_until=kept_until(opening.starts_at, now),
        is_by_hand=is_by_hand,
        now=now,
    )
    tell_offer(offer, now)
    return offer


def kept_until(starts_at: datetime, now: datetime) -> datetime:
    """Until when a slot that starts at `starts_at` is kept: EARLIER_OFFER_MINUTES, but at most a quarter of the time
    that is left, so that the next one can still come."""
    return now + min(timedelta(minutes=settings.EARLIER_OFFER_MINUTES), (starts_at - now) / 4)


def _require_free(wish: EarlierWish, doctor: DoctorInformation, opening: Opening, now: datetime) -> None:
    if wish.visit is not None and opening.starts_at >= wish.visit.starts_at:
        raise Invalid(_("This time is not earlier than the visit."), field="time")
    open_ones = EarlierOffer.objects.open()
    for offer in (open_ones.filter(wish=wish) | open_ones.filter(doctor=doctor).meeting(*opening[:2])).distinct():
        if now < offer.open_until:
            raise SlotTaken if offer.wish_id != wish.pk else StepRefused(_("An offer is open already."))
        lock(offer)
        if offer.outcome == Outcome.OPEN:
            end_offer(offer, Outcome.EXPIRED, now)
    if not taken_of(doctor.pk, opening.starts_at, opening.ends_at, now).left(opening):
        raise SlotTaken


def _is_gone(offer: EarlierOffer, now: datetime) -> bool:
    """Whether an open offer can no longer be kept: the doctor is away or works at other hours, or cannot be booked; or
    the visit of the wish was moved meanwhile, so that the time is not earlier any more."""
    visit, at = offer.wish.visit, timezone.localtime(offer.starts_at)
    if visit is not None and visit.starts_at <= offer.starts_at:
        return True
    if not DoctorInformation.objects.listed().filter(pk=offer.doctor_id).exists():
        return True
    try:
        opening = opening_at(offer.doctor, at.date(), at.time(), now)
    except (Invalid, NotASlot, OfferOver):
        return True
    return (opening.ends_at, opening.clinic_id) != (offer.ends_at, offer.clinic_id)


def find_matches(now: datetime, *, doctor_id: int | None = None) -> Iterator[Match]:
    """For each who waits without an open offer, in the order of asking, the first free slot that suits and was not
    offered to them before; each slot once. With `doctor_id`, of this doctor only. Those whom no message reaches are
    left to the desk. The number of queries depends on that of the matches only."""
    waiting = EarlierWish.objects.waiting().filter(
        ~Exists(EarlierOffer.objects.open().filter(wish=OuterRef("pk"))), last_on__gte=timezone.localdate(now)
    )
    wishes = list(waiting.select_related("patient", "visit").in_order()[:MOST_WISHES])
    return _Search(wishes, now, doctor_id).matches() if wishes else iter(())


class _Search:
    """What is free of the doctors for whom some wait, and what was offered to whom."""

    def __init__(self, wishes: list[EarlierWish], now: datetime, doctor_id: int | None) -> None:
        self.wishes, self.now = wishes, now
        self.earliest = now + timedelta(minutes=settings.EARLIER_NOTICE_MINUTES)
        self.latest = min(latest_start(now), max(wish.until for wish in wishes))
        self.doctors = self._doctors(doctor_id)
        self._read()
        self._free: dict[tuple[int, date], list[Opening]] = {}
        self.given: set[tuple[int, datetime]] = set()

    def _doctors(self, doctor_id: int | None) -> list[DoctorInformation]:
        listed = DoctorInformation.objects.listed()
        rows = listed.filter(pk__in={wish.doctor_id for wish in self.wishes if wish.doctor_id})
        if clinics := {wish.clinic_id for wish in self.wishes if wish.doctor_id is None}:
            there = DoctorInformation.clinics.through.objects.filter(clinic__in=clinics).values("doctorinformation")
            rows |= listed.filter(pk__in=there)
        if doctor_id is not None:
            rows = rows.filter(pk=doctor_id)
        return list(rows.order_by("pk"))

    def _read(self) -> None:
        """The times of the doctors and of the patients, and former offers: seven queries."""
        keys, yesterday = [doctor.pk for doctor in self.doctors], timezone.localdate(self.now) - timedelta(days=1)
        self.timetables = Timetable.of_doctors(keys, since=yesterday)
        self.taken = taken_by_doctor(keys, self.now, self.latest, self.now)
        called_off = Appointment.objects.filter(doctor__in=keys, starts_at__range=(self.now, self.latest))
        called_off = called_off.filter(status=Status.CANCELLED, cancel_code__in=NOBODY_THERE).order_by()
        self.nobody_there = set(called_off.values_list("doctor", "starts_at"))
        booked = Appointment.objects.meeting(self.now, self.latest)
        self.engaged: dict[int, list[tuple[int, datetime, datetime]]] = defaultdict(list)
        others = booked.filter(patient__in={wish.patient_id for wish in self.wishes}).order_by()
        for patient, pk, start, end in others.values_list("patient", "pk", "starts_at", "ends_at"):
            self.engaged[patient].append((pk, start, end))
        former = EarlierOffer.objects.filter(wish__in=[wish.pk for wish in self.wishes if wish.pk]).order_by()
        self.offered: set[tuple[int, int, datetime]] = set()
        self.lately: Counter[int] = Counter()
        for wish, doctor, start, made in former.values_list("wish", "doctor", "starts_at", "made_at"):
            self.offered.add((wish, doctor, start))
            self.lately[wish] += made > self.now - timedelta(days=1)

    def matches(self) -> Iterator[Match]:
        for wish in self.wishes:
            if self.lately[wish.pk] >= MOST_A_DAY:
                continue
            found = self._first(wish)
            if found is not None and is_reached(wish, self.now):
                self.given.add((found.doctor.pk, found.opening.starts_at))
                yield found

    def _first(self, wish: EarlierWish) -> Match | None:
        """The soonest slot that suits, of all doctors in question."""
        doctors = [doctor for doctor in self.doctors if _is_meant(wish, doctor)]
        for ahead in range((wish.last_on - timezone.localdate(self.now)).days + 1 if doctors else 0):
            day = timezone.localdate(self.now) + timedelta(days=ahead)
            if day < wish.first_on:
                continue
            suiting = [Match(wish, d, slot) for d in doctors for slot in self.openings(d, day)]
            suiting = [match for match in suiting if self._suits(match)]
            if not suiting:
                continue
            first = min(suiting, key=lambda match: (match.opening.starts_at, match.doctor.pk))
            if not self._is_crowded(first, day):
                return first
            if wish.visit_id is None:
                return None  # they have too many visits, whatever the day
        return None

    def openings(self, doctor: DoctorInformation, day: date) -> list[Opening]:
        """The free slots of a doctor on a day that are not too soon."""
        key = (doctor.pk, day)
        if key not in self._free:
            self._free[key] = [
                slot
                for slot in map(self.taken[doctor.pk].counted, self.timetables[doctor.pk].openings(day))
                if self.earliest <= slot.starts_at < self.latest
                and slot.places_left
                and (doctor.pk, slot.starts_at) not in self.nobody_there
            ]
        return self._free[key]

    def _suits(self, match: Match) -> bool:
        wish, doctor, slot = match
        if (doctor.pk, slot.starts_at) in self.given or (wish.pk, doctor.pk, slot.starts_at) in self.offered:
            return False
        return wish.accepts(slot.starts_at, slot.clinic_id) and self.could_come(match)

    def could_come(self, match: Match) -> bool:
        """Whether the slot is at the clinic, before the visit of the wish, and the patient has nothing else then."""
        wish, slot = match.wish, match.opening
        engaged = (
            pk != wish.visit_id and start < slot.ends_at and end > slot.starts_at
            for pk, start, end in self.engaged[wish.patient_id]
        )
        is_there = wish.clinic_id in (None, slot.clinic_id) and slot.starts_at < wish.until
        return is_there and not any(engaged)

    def _is_crowded(self, match: Match, day: date) -> bool:
        """Whether the patient may not have this visit. Whom the desk has put on the list it may book anyway."""
        wish = match.wish
        if wish.visit is None and wish.source == EarlierWish.Source.DESK:
            return False
        return bool(crowding_earlier(wish.patient, match.doctor.pk, day, self.now, wish.visit))


def _is_meant(wish: EarlierWish, doctor: DoctorInformation) -> bool:
    if wish.doctor_id is not None:
        return doctor.pk == wish.doctor_id
    return any(card["id"] == wish.specialty_id for card in doctor.specialty_cards)


MOST_SHOWN = 60
"""Of the free slots from which the desk chooses."""


def free_for(wish: EarlierWish, now: datetime) -> list[Match]:
    """The free slots that the desk could offer by hand, soonest first: of the doctors in question, at the clinic of the
    wish, before its visit, also where the patient has said that they do not suit."""
    search = _Search([wish], now, None)
    doctors = [doctor for doctor in search.doctors if _is_meant(wish, doctor)]
    found: list[Match] = []
    for ahead in range((timezone.localdate(wish.until) - timezone.localdate(now)).days + 1):
        day = timezone.localdate(now) + timedelta(days=ahead)
        there = [Match(wish, d, slot) for d in doctors for slot in search.openings(d, day)]
        found += sorted((match for match in there if search.could_come(match)), key=lambda match: match.opening[:2])
        if len(found) >= MOST_SHOWN:
            break
    return found[:MOST_SHOWN]
