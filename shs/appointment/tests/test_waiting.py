"""The waiting list: what is offered to whom, and how an offer ends."""

from datetime import time, timedelta

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import CancelledBy, EarlierOffer, EarlierWish, Outcome, Status, WishState
from shs.appointment.services import Cause, Outage
from shs.appointment.tests.waiting import NEVER_QUIET, Waiting, at
from shs.doctors.models import TimeOff
from shs.testing import Api, later, make_doctor, make_user, sending
from shs.users.models import Role
from shs.users.services import note_death


@NEVER_QUIET
class Offers(Waiting, TestCase):
    def test_a_freed_slot_is_offered_to_who_asked_first_then_to_the_next(self):
        self.ask(1)
        with later(minutes=1):
            self.ask(0)
        self.assertEqual(self.run_due(minutes=2), 0, "nothing is free")
        self.free()
        with later(minutes=2):
            self.run_due()
            self.assertEqual(self.offers(), [("Patient2", Outcome.OPEN)])
            offer = EarlierOffer.objects.get()
            self.assertEqual(offer.starts_at, self.visit.starts_at)
            self.assertEqual(offer.open_until, timezone.now() + timedelta(minutes=30))
            self.assertEqual(self.run_due(), 0, "kept for one")
        with later(minutes=32):
            self.run_due()
        self.assertEqual(self.offers(), [("Patient2", Outcome.EXPIRED), ("Bob", Outcome.OPEN)])
        with later(minutes=62):
            self.run_due()
            self.assertEqual(self.run_due(), 0, "nobody is offered the same time twice")
        self.assertEqual([outcome for _name, outcome in self.offers()], [Outcome.EXPIRED] * 2)
        self.assertEqual(EarlierWish.objects.waiting().count(), 2)

    def test_the_patient_is_told_and_accepts_in_the_app(self):
        wish = self.ask()
        self.free()
        self.empty_post()
        with sending():
            self.run_due()
        letter = next(m for m in mail.outbox if m.to == ["bob@example.com"])
        self.assertIn("An earlier time", letter.subject)
        self.assertIn("/visits/earlier?o=", letter.body)
        (offer,) = Api(self.bob).get("/appointments/earlier/offers").json()
        self.assertEqual((offer["date"], offer["time"]), (f"{self.early}", "10:00"))
        listed = Api(self.bob).get("/appointments/earlier/").json()["items"]
        self.assertEqual((listed[0]["id"], listed[0]["offer"]["id"]), (wish.pk, offer["id"]))
        for stranger in (self.alice, self.others[2]):
            self.assertEqual(Api(stranger).post(f"/appointments/earlier/offers/{offer['id']}/accept").status_code, 404)
        path = f"/appointments/earlier/offers/{offer['id']}/accept"
        answers = [Api(self.bob).post(path) for _time in range(2)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200], "a second tap changes nothing")
        self.assertEqual({answer.json()["id"] for answer in answers}, {self.visits[0].pk})
        self.assertEqual((answers[0].json()["date"], answers[0].json()["time"]), (f"{self.early}", "10:00"))
        self.assertEqual(self.visits[0].history.count(), 2)
        wish.refresh_from_db()
        self.assertEqual((wish.state, wish.visit_id), (WishState.SERVED, self.visits[0].pk))
        reasons = [row.history_change_reason for row in EarlierOffer.objects.get().history.order_by("history_id")]
        self.assertEqual(reasons, ["offered", "accepted"])

    def test_a_confirmed_visit_is_a_request_again_unless_the_doctor_confirms_by_itself(self):
        for confirms_itself, status in ((False, Status.PENDING), (True, Status.CONFIRMED)):
            with self.subTest(confirms_itself):
                visit = self.visits[confirms_itself]
                self.dr_carol.auto_confirms = confirms_itself
                self.dr_carol.save()
                services.confirm(visit=visit, now=timezone.now())
                self.ask(int(confirms_itself))
                self.free(int(confirms_itself))
                self.run_due()
                offer = EarlierOffer.objects.open().get()
                services.accept_offer(offer=offer, by=visit.patient, now=timezone.now())
                visit.refresh_from_db()
                self.assertEqual((visit.starts_at, visit.status), (offer.starts_at, status))

    def test_a_declined_offer_goes_to_the_next_and_the_place_is_kept(self):
        first, _second = self.ask(0), self.ask(1)
        self.free()
        self.run_due()
        offer = EarlierOffer.objects.get()
        caller = Api(self.bob)
        path = f"/appointments/earlier/offers/{offer.pk}"
        self.assertEqual([caller.post(f"{path}/decline").status_code for _time in range(2)], [204, 204])
        self.assertEqual(caller.post(f"{path}/accept").json()["type"].rpartition(":")[2], "offer_over")
        self.run_due()
        self.assertEqual(self.offers(), [("Bob", Outcome.DECLINED), ("Patient2", Outcome.OPEN)])
        self.free(1)
        self.run_due()
        self.assertEqual(self.offers()[2:], [("Bob", Outcome.OPEN)], "another time")
        first.refresh_from_db()
        self.assertEqual(first.state, WishState.WAITING)

    def test_a_kept_slot_is_booked_by_nobody_in_the_app_and_the_desk_may_take_it(self):
        wish = self.ask()
        self.free()
        self.run_due()
        newcomer, offer = self.others[4], EarlierOffer.objects.get()
        slots = Api(newcomer).get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{self.early}").json()
        self.assertEqual([slot["available"] for slot in slots if slot["time"] == "10:00"], [False])
        self.assertEqual(services.first_free(doctors=[self.dr_carol], days=30, now=timezone.now()), {})
        booking = {"doctor": self.dr_carol.pk, "date": f"{self.early}", "time": "10:00"}
        for who in (newcomer, self.bob):
            answer = Api(who).post("/appointments/", booking)
            self.assertEqual((answer.status_code, answer.json()["type"].rpartition(":")[2]), (409, "slot_taken"))
        moved = Api(self.others[2]).post(
            f"/appointments/{self.visits[1].pk}/reschedule", {"date": f"{self.early}", "time": "10:00"}
        )
        self.assertEqual((moved.status_code, moved.json()["type"].rpartition(":")[2]), (409, "slot_taken"))
        self.empty_post()
        with sending():
            services.book(
                patient=newcomer,
                doctor_id=self.dr_carol.pk,
                date=self.early,
                time=time(10),
                now=timezone.now(),
                source="desk",
                confirms=True,
                by=self.erin,
            )
        letter = next(m for m in mail.outbox if m.to == ["bob@example.com"])
        self.assertIn("no longer kept", letter.subject)
        answer = Api(self.bob).post(f"/appointments/earlier/offers/{offer.pk}/accept")
        self.assertEqual((answer.status_code, answer.json()["type"].rpartition(":")[2]), (409, "offer_over"))
        self.assertIn("taken meanwhile", answer.json()["detail"])
        wish.refresh_from_db()
        self.assertEqual(wish.state, WishState.WAITING)

    def test_an_offer_that_has_run_out_keeps_nothing_even_before_the_due_work_notes_it(self):
        self.ask()
        self.free()
        self.run_due()
        offer = EarlierOffer.objects.get()
        with at(offer.open_until):
            answer = Api(self.bob).post(f"/appointments/earlier/offers/{offer.pk}/accept")
            self.assertEqual((answer.status_code, answer.json()["type"].rpartition(":")[2]), (409, "offer_over"))
            self.assertEqual(Api(self.bob).get("/appointments/earlier/offers").json(), [])
            booking = {"doctor": self.dr_carol.pk, "date": f"{self.early}", "time": "10:00"}
            self.assertEqual(Api(self.others[4]).post("/appointments/", booking).status_code, 201)
        self.assertEqual(self.offers(), [("Bob", Outcome.EXPIRED)])

    def test_less_time_is_given_for_what_begins_soon_and_none_for_what_begins_at_once(self):
        self.ask()
        self.free()
        for minutes, kept in ((59, None), (60, 15), (100, 25), (180, 30)):
            with self.subTest(minutes), at(self.visit.starts_at - timedelta(minutes=minutes)):
                self.run_due()
                offer = EarlierOffer.objects.open().first()
                self.assertEqual(offer and offer.open_until - timezone.now(), kept and timedelta(minutes=kept))
                EarlierOffer.objects.without_history("for the next case").all().delete()

    def test_nothing_is_offered_in_the_quiet_hours(self):
        self.ask()
        self.free()
        local = timezone.localtime()
        quiet = ((local - timedelta(minutes=1)).time(), (local + timedelta(minutes=30)).time())
        with override_settings(SMS_QUIET_HOURS=quiet):
            self.run_due()
            self.assertEqual(services.offer_freed([self.visit], timezone.now()), [])
            self.assertEqual(self.offers(), [])
            with later(minutes=31):
                self.run_due()
        self.assertEqual(self.offers(), [("Bob", Outcome.OPEN)])

    def test_a_time_at_which_nobody_is_there_is_not_offered_by_itself(self):
        self.ask()
        services.cancel(visit=self.visit, cause=services.Cause("doctor", "doctor_away", "the doctor is ill"))
        self.run_due()
        self.assertEqual(services.offer_freed([self.visit], timezone.now()), [])
        self.assertEqual(self.offers(), [])

    def test_only_what_suits_is_offered(self):
        day = self.early
        for suits, is_offered in (
            ({"first_on": day, "last_on": day}, True),
            ({"first_on": day + timedelta(days=1)}, False),
            ({"last_on": day - timedelta(days=1)}, False),
            ({"weekdays": [day.weekday()]}, True),
            ({"weekdays": [(day.weekday() + 2) % 7]}, False),
            ({"from_time": time(10)}, True),
            ({"from_time": time(10, 1)}, False),
            ({"to_time": time(10)}, False),
            ({"from_time": time(9), "to_time": time(10, 1)}, True),
        ):
            with self.subTest(**suits):
                wish = self.ask(0, **suits)
                if self.visit.status == Status.PENDING:
                    self.free()
                self.run_due()
                self.assertEqual(wish.offers.count(), int(is_offered))
                services.withdraw_wish(wish=wish, now=timezone.now())

    def test_a_time_at_which_the_patient_has_another_visit_is_not_offered(self):
        self.ask(0)
        other = make_user("Dr. Zoe", Role.DOCTOR)
        zoe = make_doctor(other, self.clinic)
        services.book(
            patient=self.bob, doctor_id=zoe.pk, date=self.early, time=time(10), now=timezone.now(), source="desk"
        )
        self.free()
        self.run_due()
        self.assertEqual(self.offers(), [])

    def test_when_the_doctor_goes_away_the_offer_ends_and_when_they_are_back_the_slot_is_offered(self):
        self.ask()
        self.free()
        self.run_due()
        away = TimeOff(doctor=self.dr_carol, starts_at=self.visit.starts_at, ends_at=self.visit.ends_at)
        services.carry_out(
            outage=Outage(doctor=self.dr_carol.pk, spans=((away.starts_at, away.ends_at),)),
            decisions={},
            store=away.save,
            by=self.carol,
            now=timezone.now(),
        )
        offer = EarlierOffer.objects.get()
        answer = Api(self.bob).post(f"/appointments/earlier/offers/{offer.pk}/accept")
        self.assertEqual((answer.status_code, answer.json()["type"].rpartition(":")[2]), (409, "offer_over"))
        self.run_due()
        self.assertEqual(self.offers(), [("Bob", Outcome.TAKEN)])
        self.ask(1)
        services.end_time_off(row=away, now=timezone.now())
        self.run_due()
        self.assertEqual(self.offers()[1:], [("Patient2", Outcome.OPEN)])

    def test_a_wish_ends_with_its_days_its_visit_or_the_person(self):
        first, second, third = (self.ask(number) for number in range(3))
        services.cancel(visit=self.visits[0], cause=Cause(CancelledBy.PATIENT))
        today = timezone.localdate()
        note_death(user=self.waiters[1], day=today, told_by="a son", reason="was ill", now=timezone.now())
        self.run_due()
        with at(self.visits[2].starts_at):
            self.run_due()
        states = [EarlierWish.objects.get(pk=wish.pk).state for wish in (first, second, third)]
        self.assertEqual(states, [WishState.ENDED, WishState.WITHDRAWN, WishState.ENDED])

    def test_of_whom_no_message_reaches_nothing_is_offered_by_itself(self):
        self.ask(0)
        self.ask(1)
        rows = type(self.bob).objects.without_history("nobody reaches them")
        rows.filter(pk=self.bob.pk).update(email=None, is_verified=False)
        self.free()
        self.run_due()
        self.assertEqual(self.offers(), [("Patient2", Outcome.OPEN)])

    def test_a_person_is_offered_three_times_a_day_at_most(self):
        wish = self.ask()
        for number in range(3):
            self.free(number)
            self.run_due()
            services.decline_offer(offer=EarlierOffer.objects.open().get(), now=timezone.now())
        TimeOff.objects.filter(doctor=self.dr_carol).delete()
        self.run_due()
        self.assertEqual(wish.offers.count(), 3)
        with later(hours=25):
            self.run_due()
        self.assertEqual(wish.offers.count(), 4)
