"""The waiting list at the desk: the list and its steps, the board, and what a cancellation says."""

from datetime import timedelta

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.merging import Waiting as Part
from shs.appointment.models import EarlierOffer, EarlierWish, Outcome, Status, WishState
from shs.appointment.services import Suits, ask_earlier
from shs.appointment.tests.waiting import NEVER_QUIET, Waiting
from shs.testing import Api, make_user
from shs.users.merge_rules import Joining
from shs.users.models import Role

LIST = "/admin/appointment/earlierwish/"
BACKEND = "shs.users.backends.EmailBackend"


@NEVER_QUIET
class Desk(Waiting, TestCase):
    def setUp(self):
        self.client = Client()
        self.client.force_login(self.erin, backend=BACKEND)

    def step(self, row, name: str, **data: object):
        url = reverse(f"admin:appointment_{row._meta.model_name}_step", args=(row.pk, name))
        return self.client.post(url, data)

    def test_the_desk_puts_a_visit_on_the_list_and_sees_it_on_the_board(self):
        visit = self.visits[0]
        answer = self.step(visit, "ask_earlier", first_on="", last_on="", weekdays=["0", "6"], from_time="09:00")
        self.assertEqual(answer.status_code, 302, answer.content)
        wish = EarlierWish.objects.get()
        self.assertEqual((wish.patient, wish.visit, wish.weekdays, wish.source), (self.bob, visit, "06", "desk"))
        self.assertEqual(wish.history.get().history_user, self.erin)
        page = self.client.get(reverse("admin:desk"), {"day": f"{self.late}"})
        self.assertContains(page, "wants earlier", 1)
        again = self.step(visit, "ask_earlier")
        self.assertContains(again, "on this waiting list already")
        listed = self.client.get(LIST)
        self.assertContains(listed, "Bob")
        self.assertContains(listed, "Monday, Sunday")

    def test_the_desk_adds_somebody_on_the_phone(self):
        who = self.others[4]
        page = self.client.get(f"{LIST}add/")
        self.assertContains(page, "Weekdays")
        filled = {"patient_number": who.patient_number, "doctor": self.dr_carol.pk, "weekdays": ["1"]}
        for wrong, words in (
            ({"patient_number": "000-0001"}, ""),
            ({"doctor": ""}, "Choose a doctor"),
            ({"from_time": "12:00", "to_time": "11:00"}, "ends before it begins"),
            ({"last_on": "x"}, ""),
            ({"weekdays": ["9"]}, ""),
        ):
            with self.subTest(**wrong):
                answer = self.client.post(f"{LIST}add/", {**filled, **wrong})
                self.assertContains(answer, words)
                self.assertFalse(EarlierWish.objects.exists())
        answer = self.client.post(f"{LIST}add/", filled)
        self.assertEqual(answer.status_code, 302, answer.content)
        wish = EarlierWish.objects.get()
        self.assertEqual((wish.patient, wish.doctor, wish.clinic, wish.visit), (who, self.dr_carol, self.clinic, None))
        self.assertEqual(self.client.get(f"{LIST}{wish.pk}/change/").status_code, 200)

    def test_a_cancellation_says_to_whom_the_time_is_offered(self):
        self.ask()
        answer = self.step(self.visit, "cancel", by_whom="patient", code="cannot_come", reason="")
        self.assertEqual(answer.status_code, 302, answer.content)
        page = self.client.get(reverse("admin:desk"), {"day": f"{self.early}"})
        self.assertContains(page, f"with {self.dr_carol.name} is offered to Bob on the waiting list until")
        self.assertContains(page, "offered to Bob until")
        self.assertEqual(self.offers(), [("Bob", Outcome.OPEN)])
        self.assertEqual(self.run_due(), 0, "it is offered once")

    def test_cancelling_several_says_to_whom_each_time_is_offered(self):
        self.ask()
        chosen = {"action": "cancel_chosen", "_selected_action": [self.visit.pk], "decided": "yes"}
        why = {"by_whom": "patient", "code": "cannot_come", "reason": ""}
        page = self.client.post(
            reverse("admin:appointment_appointment_changelist") + "?tab=all", {**chosen, **why}, follow=True
        )
        self.assertContains(page, f"with {self.dr_carol.name} is offered to Bob on the waiting list until")
        self.assertEqual(self.offers(), [("Bob", Outcome.OPEN)])

    def test_the_desk_offers_by_hand_and_answers_for_the_patient(self):
        wish, other = self.ask(0), self.ask(1)
        services.confirm(visit=self.visits[1], now=timezone.now())
        self.free()
        dialog = self.client.get(reverse("admin:appointment_earlierwish_step", args=(other.pk, "offer")))
        slot = dialog.context["form"].fields["slot"].choices[0][0]
        for wrong in ("", "x", f"{self.dr_carol.pk} x", f"{self.dr_carol.pk} 2020-01-01T00:00:00+00:00"):
            self.assertEqual(self.step(other, "offer", slot=wrong).status_code, 200)
        self.assertEqual(self.step(other, "offer", slot=slot).status_code, 302)
        self.assertEqual(self.offers(), [("Patient2", Outcome.OPEN)])
        self.assertEqual(self.step(wish, "offer", slot=slot).status_code, 200, "kept for another one")
        self.assertContains(self.client.get(f"{LIST}?tab=offered"), "kept until")
        self.assertEqual(self.step(other, "decline").status_code, 302)
        self.step(other, "offer", slot=slot)
        self.assertEqual(self.step(other, "accept").status_code, 302)
        self.visits[1].refresh_from_db()
        self.assertEqual((self.visits[1].starts_at, self.visits[1].status), (self.visit.starts_at, Status.CONFIRMED))
        self.assertContains(self.step(other, "accept"), "This offer is over.")
        self.assertContains(self.client.get(f"{LIST}{other.pk}/change/"), "Declined")
        self.assertEqual(self.step(wish, "withdraw").status_code, 302)
        wish.refresh_from_db()
        self.assertEqual(wish.state, WishState.WITHDRAWN)

    def test_a_desk_of_another_clinic_sees_and_adds_nothing(self):
        self.ask()
        other = ask_earlier(patient=self.others[4], doctor_id=self.dr_carol.pk, suits=Suits(), now=timezone.now())
        EarlierWish.objects.filter(pk=other.pk).without_history("at another clinic").update(clinic=self.other_clinic)
        listed = self.client.get(LIST)
        self.assertContains(listed, "Bob")
        self.assertNotContains(listed, "Patient4")
        self.assertEqual(self.step(other, "withdraw").status_code, 404)
        doctor = Client()
        doctor.force_login(self.carol, backend=BACKEND)
        self.assertContains(doctor.get(LIST), "Patient4")
        url = reverse("admin:appointment_earlierwish_step", args=(other.pk, "withdraw"))
        self.assertEqual(doctor.post(url).status_code, 403)

    def test_a_walk_in_and_the_planner_leave_a_kept_slot_alone(self):
        self.ask()
        self.free()
        self.run_due()
        kept = EarlierOffer.objects.get()
        outage = services.leave(self.dr_carol, self.visits[1].starts_at, self.visits[1].ends_at)
        proposal = services.propose([self.visits[1]], outage, timezone.now())[0]
        self.assertIsNone(proposal.own)
        moment = kept.starts_at - timedelta(minutes=70)
        busy = services.busy_times(self.dr_carol.pk, moment, kept.ends_at, timezone.now())
        self.assertIn((kept.starts_at, kept.ends_at), [tuple(period) for period in busy])

    def test_of_two_wishes_of_one_person_the_first_one_is_kept_when_they_are_merged(self):
        twin = make_user("Bob", Role.PATIENT, email="bob2@example.com")
        first = self.ask()
        second = ask_earlier(patient=twin, doctor_id=self.dr_carol.pk, suits=Suits(), now=timezone.now())
        joining = Joining(self.bob, twin, {}, "the same", timezone.now(), self.frank)
        Part().join(joining)
        first.refresh_from_db()
        second.refresh_from_db()
        self.assertEqual((first.state, second.state), (WishState.WAITING, WishState.WITHDRAWN))
        self.assertEqual(second.patient, self.bob)
        Part().part(joining)
        second.refresh_from_db()
        self.assertEqual(second.patient, twin)

    def test_the_lists_cost_the_same_number_of_queries_for_many_rows(self):
        self.ask(0)
        few = self._cost()
        self.ask(1)
        self.ask(2)
        self.free()
        self.run_due()
        self.assertLessEqual(self._cost(), few)

    def _cost(self) -> int:
        with CaptureQueriesContext(connection) as found:
            self.client.get(LIST)
            Api(self.bob).get("/appointments/earlier/")
        return len(found)
