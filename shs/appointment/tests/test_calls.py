"""Whom the desk has to call, and several visits confirmed at once."""

from datetime import time, timedelta
from unittest.mock import patch

from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.calls import calls_for
from shs.appointment.models import Appointment, CancelledBy, Status
from shs.appointment.services import Outcome
from shs.appointment.tests.test_desk import Desk, at
from shs.core.errors import Forbidden, StepRefused
from shs.core.reads.models import ReadLog
from shs.notices.models import NOT_REACHED, Notice, State
from shs.testing import make_user, soon
from shs.users.contacts import set_phone
from shs.users.models import Role

NUMBER = "+8801712345678"


@tag("any_database")
class Calls(Desk, TestCase):
    def setUp(self):
        set_phone(person=self.alice, text=NUMBER, now=timezone.now())
        self.unreached(self.visit)

    def unreached(self, visit: Appointment, state: str = State.CALL) -> None:
        rows = Notice.objects.without_history("as if nothing had reached them")
        rows.filter(about=f"appointment:{visit.pk}", user=visit.patient, kind="booked").update(
            state=state, channel="app"
        )

    def listed(self, user=None) -> list[int]:
        return [call.visit.pk for call in calls_for(user or self.erin, timezone.now(), clinic=None)]

    def say(self, outcome: str, visit: Appointment | None = None, user=None):
        url = reverse("admin:desk_calls")
        said = f"{(visit or self.visit).pk}:{outcome}"
        return self.as_user(user or self.erin).post(url, {"said": said}, follow=True)

    def told(self) -> Notice:
        return Notice.objects.get(about=f"appointment:{self.visit.pk}", user=self.alice, kind="booked")

    def test_the_list_has_number_and_what_to_tell_and_is_in_the_read_log(self):
        page = self.open(self.erin, page="desk_calls")
        self.assert_says(page, "Alice", NUMBER, "Tell:", "Dr. Carol")
        self.assert_hides(page, "chest pain")
        line = ReadLog.objects.get(what="phones of patients to call")
        self.assertEqual((line.reader, line.ids), (self.erin, [self.visit.pk]))

    def test_the_board_names_whom_to_call_without_the_number(self):
        page = self.open(self.erin)
        self.assert_says(page, "Patients to call", "Will not come: Alice")
        self.assert_hides(page, NUMBER)
        for user in (self.carol, self.irene):
            self.assert_hides(self.open(user, f"?clinic={self.clinic.pk}"), "Will not come: Alice")

    def test_who_may_open_the_list(self):
        for name, status in {"erin": 200, "frank": 200, "carol": 403, "irene": 403, "grace": 403, "henry": 403}.items():
            with self.subTest(who=name):
                self.assertEqual(self.open(self.people[name], page="desk_calls").status_code, status)
                self.assertEqual(self.say("reached", user=self.people[name]).status_code, status)

    def test_each_outcome_is_noted_in_the_history(self):
        for outcome, state, reason in (
            (Outcome.NOT_REACHED, State.CALL, NOT_REACHED),
            (Outcome.REACHED, State.CALLED, "told by phone"),
        ):
            with self.subTest(outcome=outcome):
                self.say(outcome)
                line = self.told().history.first()
                self.assertEqual(self.told().state, state)
                self.assertEqual((line.history_change_reason, line.history_user), (reason, self.erin))
        self.assertEqual(self.listed(), [])
        self.assert_says(self.say(Outcome.WILL_COME), "does not have to be called any more")

    def test_who_was_not_reached_stays_in_the_list_with_the_tries(self):
        self.say(Outcome.NOT_REACHED)
        self.assert_says(self.open(self.erin, page="desk_calls"), "not reached 1 time")
        self.say(Outcome.NOT_REACHED)
        self.assert_says(self.open(self.erin, page="desk_calls"), "not reached 2 times")

    def test_who_will_not_come_has_cancelled_and_is_not_called_again(self):
        self.assert_says(self.say(Outcome.WILL_NOT_COME), "Alice will not come: the visit is cancelled.")
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.cancelled_by), (Status.CANCELLED, CancelledBy.PATIENT))
        Notice.objects.without_history("as if").filter(user=self.alice, kind="cancelled").update(state=State.CALL)
        self.assertEqual(self.listed(), [])

    def test_who_was_cancelled_by_the_clinic_is_called(self):
        services.cancel(visit=self.visit, cause=services.Cause(CancelledBy.CLINIC))
        self.assertEqual(self.listed(), [self.visit.pk])

    def test_a_mail_that_failed_is_a_call_but_not_that_to_the_doctor(self):
        self.unreached(self.visit, State.FAILED)
        self.assertEqual(self.listed(), [self.visit.pk])
        self.say(Outcome.WILL_COME)
        self.assertEqual(self.told().history.first().history_change_reason, "told by phone: will come")
        services.cancel(visit=self.todays, cause=services.Cause())
        rows = Notice.objects.without_history("as if").filter(user=self.carol, kind="cancelled")
        self.assertEqual(rows.update(state=State.FAILED), 1)
        self.assertEqual(self.listed(), [])

    def test_a_visit_that_has_begun_and_one_of_another_clinic_are_not_listed(self):
        with patch("django.utils.timezone.now", return_value=self.visit.starts_at + timedelta(minutes=1)):
            self.assertEqual(self.listed(), [])
        self.visit.clinic = self.other_clinic
        self.visit.save()
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.listed(self.frank), [self.visit.pk])
        with self.assertRaises(Forbidden):
            services.note_call(visit=self.visit, outcome="reached", by=self.erin, now=timezone.now())

    def test_nobody_is_noted_as_called_who_was_told(self):
        with self.assertRaises(StepRefused):
            services.note_call(visit=self.todays, outcome="reached", by=self.erin, now=timezone.now())
        for said in ("", "x", f"{self.visit.pk}:x", "9" * 30 + ":reached", "99999:reached", "²:reached"):
            with self.subTest(said=said):
                answer = self.as_user(self.erin).post(reverse("admin:desk_calls"), {"said": said}, follow=True)
                self.assert_says(answer, "This call is no longer in the list.")
        self.assertEqual(self.told().state, State.CALL)

    def test_it_takes_as_many_queries_for_many_calls_as_for_one(self):
        def count(page: str) -> int:
            self.open(self.erin, page=page)
            with CaptureQueriesContext(connection) as found:
                self.assertEqual(self.open(self.erin, page=page).status_code, 200)
            return len(found)

        self.say(Outcome.NOT_REACHED)
        before = {page: count(page) for page in ("desk", "desk_calls")}
        for number in range(12):
            patient = make_user(f"Patient{number}", Role.PATIENT)
            set_phone(person=patient, text=f"+88017123456{number:02}", now=timezone.now())
            self.unreached(self.book(patient=patient, day=soon(3), at=time(10 + number // 3, number % 3 * 20)))
        self.assertEqual({page: count(page) for page in before}, before)
        self.assertEqual(len(self.listed()), 13)


@tag("any_database")
class ConfirmSeveral(Desk, TestCase):
    def setUp(self):
        self.asked = [self.today(self.bob, 11, confirmed=False), self.today(self.alice, 12, confirmed=False)]

    def statuses(self) -> list[str]:
        return [Appointment.objects.get(pk=visit.pk).status for visit in self.asked]

    def test_the_board_confirms_all_requests_that_were_shown(self):
        self.assert_says(self.open(self.erin), "Confirm all…")
        page = self.open(self.erin, page="desk_confirm")
        self.assert_says(page, "2 visits will be confirmed", "Bob", "Alice")
        later = self.today(self.bob, 15, confirmed=False)
        with self.clock(at(10, 30)):
            data = {"_selected_action": [visit.pk for visit in self.asked]}
            self.assert_says(
                self.as_user(self.erin).post(reverse("admin:desk_confirm"), data, follow=True), "2 visits are"
            )
        self.assertEqual(self.statuses(), ["confirmed"] * 2)
        later.refresh_from_db()
        self.assertEqual(later.status, "pending")

    def test_those_that_cannot_be_confirmed_are_listed_with_the_reason(self):
        away, over = self.asked
        Appointment.objects.without_history("as if").filter(pk=away.pk).update(without_doctor_since=at(8))
        page = self.open(self.erin, page="desk_confirm", now=at(12, 30))
        self.assert_says(page, "the doctor is away", "its time has passed", "None of these visits can be confirmed.")
        with self.clock(at(10, 30)):
            data = {"_selected_action": [away.pk, over.pk]}
            answer = self.as_user(self.erin).post(reverse("admin:desk_confirm"), data, follow=True)
        self.assert_says(answer, "1 visit is confirmed.", "The doctor is away at that time")
        self.assertEqual(self.statuses(), ["pending", "confirmed"])

    def test_the_list_confirms_those_that_are_chosen(self):
        url = reverse("admin:appointment_appointment_changelist") + "?tab=all"
        chosen = {"action": "confirm_chosen", "_selected_action": [self.asked[0].pk, self.todays.pk]}
        with self.clock(at(10, 30)):
            client = self.as_user(self.erin)
            self.assert_says(client.post(url, chosen), "1 visit will be confirmed", "These visits are not changed")
            self.assertEqual(self.statuses(), ["pending"] * 2)
            answer = client.post(url, {**chosen, "decided": "yes"}, follow=True)
        self.assert_says(answer, "1 visit is confirmed.")
        self.assertEqual(self.statuses(), ["confirmed", "pending"])

    def test_nobody_confirms_without_the_right_or_what_they_do_not_see(self):
        data = {"_selected_action": [visit.pk for visit in self.asked] + ["x", "9" * 30, "²"]}
        for name, status in {"irene": 403, "grace": 403, "henry": 403, "dave": 302}.items():
            with self.subTest(who=name), self.clock(at(10, 30)):
                answer = self.as_user(self.people[name]).post(reverse("admin:desk_confirm"), data)
                self.assertEqual(answer.status_code, status)
        self.assertEqual(self.statuses(), ["pending"] * 2)

    def test_each_is_confirmed_in_its_own_transaction(self):
        confirm, seen = services.status.confirm, []

        def fails_once(**more):
            seen.append(more["visit"])
            if len(seen) == 1:
                raise StepRefused("no")
            confirm(**more)

        with patch("shs.appointment.services.status.confirm", fails_once):
            done, refused = services.confirm_all(self.asked, self.erin, now=at(10))
        self.assertEqual((done, len(refused)), (1, 1))
        self.assertEqual(self.statuses(), ["pending", "confirmed"])
