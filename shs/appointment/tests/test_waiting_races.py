"""Offers of the waiting list against bookings, each other and the due work, with threads that commit, on both
databases."""

from collections import Counter
from datetime import time, timedelta

from django.test import override_settings
from django.utils import timezone

from shs.appointment import services
from shs.appointment.errors import OfferOver
from shs.appointment.models import HOLDING, Appointment, CancelledBy, EarlierOffer, EarlierWish, Outcome, WishState
from shs.appointment.services import Cause, Suits, ask_earlier, offer_earlier
from shs.core.errors import Refused
from shs.notices.models import Notice
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, soon
from shs.users.models import Role


@override_settings(SMS_QUIET_HOURS=None)
class Races(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        self.later_visit = self.book(patient=self.bob, day=soon(3), at=time(10))
        services.cancel(visit=self.visit, cause=Cause(CancelledBy.PATIENT))
        now = timezone.now()
        self.wish = ask_earlier(patient=self.bob, visit=self.later_visit, suits=Suits(), now=now)
        self.offer = services.offer_slot(
            wish=self.wish, doctor_id=self.dr_carol.pk, starts_at=self.visit.starts_at, now=now
        )

    def holding(self, **where) -> int:
        return Appointment.objects.filter(status__in=HOLDING, **where).count()

    def accept(self, now=None) -> str:
        offer = EarlierOffer.objects.select_related("wish__patient", "wish__visit", "doctor").get(pk=self.offer.pk)
        try:
            services.accept_offer(offer=offer, by=self.bob, now=now or timezone.now())
        except OfferOver:
            return "over"
        return "accepted"

    def at_desk(self) -> str:
        at = timezone.localtime(self.offer.starts_at)
        patient = make_user("Newcomer", Role.PATIENT)
        try:
            services.book(
                patient=patient,
                doctor_id=self.dr_carol.pk,
                date=at.date(),
                time=at.time(),
                now=timezone.now(),
                source="desk",
                confirms=True,
                by=self.erin,
            )
        except Refused:
            return "refused"
        return "booked"

    def test_of_an_acceptance_and_a_booking_of_the_desk_one_has_the_slot(self):
        answers = at_once(2, lambda number: self.accept() if number else self.at_desk())
        self.assertIn(sorted(answers), [["accepted", "refused"], ["booked", "over"]])
        self.assertEqual(self.holding(starts_at=self.offer.starts_at), 1)
        self.assertEqual(self.holding(patient=self.bob), 1)
        self.wish.refresh_from_db()
        self.offer.refresh_from_db()
        was = (self.offer.outcome, self.wish.state)
        self.assertEqual(
            was,
            (Outcome.ACCEPTED, WishState.SERVED) if "accepted" in answers else (Outcome.TAKEN, WishState.WAITING),
        )

    def test_accepted_many_times_at_once_the_visit_is_moved_once(self):
        caller = Api(self.bob)
        path = f"/appointments/earlier/offers/{self.offer.pk}/accept"
        answers = at_once(6, lambda number: caller.post(path))
        self.assertEqual(Counter(answer.status_code for answer in answers), {200: 6})
        self.assertEqual({answer.json()["id"] for answer in answers}, {self.later_visit.pk})
        self.assertEqual(self.later_visit.history.filter(history_change_reason="rescheduled").count(), 1)
        self.assertEqual(self.offer.history.count(), 2)

    def test_accepted_and_declined_at_once_it_is_one_of_the_two(self):
        def decline() -> str:
            try:
                services.decline_offer(offer=EarlierOffer.objects.get(pk=self.offer.pk), now=timezone.now())
            except OfferOver:
                return "over"
            return "declined"

        answers = at_once(2, lambda number: self.accept() if number else decline())
        self.assertIn(sorted(answers), [["accepted", "over"], ["declined", "over"]])

    def test_accepted_while_it_runs_out_it_is_either_accepted_or_over(self):
        end = self.offer.open_until

        def act(number: int) -> object:
            return self.accept(end - timedelta(seconds=1)) if number else offer_earlier(now=end)

        _run, answer = at_once(2, act)
        self.offer.refresh_from_db()
        self.later_visit.refresh_from_db()
        is_moved = self.later_visit.starts_at == self.offer.starts_at
        self.assertEqual(answer == "accepted", is_moved)
        self.assertEqual(self.offer.outcome, Outcome.ACCEPTED if is_moved else Outcome.EXPIRED)

    def test_several_due_workers_make_each_offer_once(self):
        services.decline_offer(offer=self.offer, now=timezone.now())
        waiters = [make_user(f"Patient{number}", Role.PATIENT) for number in range(4)]
        for who in waiters:
            ask_earlier(patient=who, doctor_id=self.dr_carol.pk, suits=Suits(), now=timezone.now())
        at_once(4, lambda number: offer_earlier(now=timezone.now()))
        offers = list(EarlierOffer.objects.open())
        self.assertEqual(len({offer.wish_id for offer in offers}), len(offers))
        self.assertEqual(len({(offer.doctor_id, offer.starts_at) for offer in offers}), len(offers))
        self.assertEqual(EarlierOffer.objects.open().values("wish").distinct().count(), 5)
        told = Notice.objects.filter(kind="earlier_offer", user__in=waiters).values_list("user", flat=True)
        self.assertEqual(Counter(told), {who.pk: 1 for who in waiters})

    def test_two_workers_end_a_run_out_offer_once(self):
        at_once(4, lambda number: offer_earlier(now=self.offer.open_until))
        self.assertEqual(self.offer.history.filter(outcome=Outcome.EXPIRED).count(), 1)
        self.assertEqual(Notice.objects.filter(kind="earlier_over", user=self.bob).count(), 1)

    def test_asking_many_times_at_once_makes_one_wish(self):
        caller = Api(self.alice)
        body = {"doctor": self.dr_carol.pk}
        answers = at_once(6, lambda number: caller.post("/appointments/earlier/", body).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 5})
        self.assertEqual(EarlierWish.objects.waiting().filter(patient=self.alice).count(), 1)
