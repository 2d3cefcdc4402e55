"""How many visits of a patient may be open at once; the desk is warned instead."""

from datetime import time, timedelta

import time_machine
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.testing import Api, TestUsers, later, make_doctor, make_user, soon
from shs.users.models import Role, User


class OpenVisits(TestUsers, TestCase):
    def setUp(self):
        self.caller = Api(self.bob)

    def ask(self, days: int = 3, at: str = "11:00", **body: object):
        return self.caller.post(
            "/appointments/", {"doctor": self.dr_carol.pk, "date": f"{soon(days)}", "time": at, **body}
        )

    def refused(self, answer) -> str:
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:too_many_visits"))
        return answer.json()["detail"]

    def miss(self, times: int, days: int = 10) -> None:
        for number in range(times):
            then = timezone.now() - timedelta(days=days + 7 + number)
            visit = self.book(patient=self.bob, day=soon(-days - number), now=then)
            visit.confirm(now=then)
            visit.miss()

    def test_at_most_five_are_open_and_the_refusal_names_them(self):
        numbers = [self.ask(days).json()["number"] for days in range(3, 8)]
        detail = self.refused(self.ask(8))
        self.assertTrue(all(number in detail for number in numbers), detail)
        self.caller.patch(
            f"/appointments/{Appointment.objects.get(number=numbers[0]).pk}/status", {"status": "cancelled"}
        )
        self.assertEqual(self.ask(8).status_code, 201)

    @override_settings(MAX_OPEN_VISITS=2)
    def test_the_number_is_a_setting(self):
        self.assertEqual([self.ask(days).status_code for days in (3, 4, 5)], [201, 201, 409])

    def test_one_is_open_with_a_doctor_on_a_day(self):
        self.ask(3, "11:00")
        self.refused(self.ask(3, "14:00"))
        wendy = make_doctor(make_user("Dr. Wendy", Role.DOCTOR), self.other_clinic)
        self.assertEqual(self.ask(3, "14:00", doctor=wendy.pk).status_code, 201)

    def test_a_visit_can_be_moved_within_its_day_and_not_to_a_day_that_has_one(self):
        moved, other = self.ask(3).json()["id"], self.ask(4).json()
        path = f"/appointments/{moved}/reschedule"
        self.assertEqual(self.caller.post(path, {"date": f"{soon(3)}", "time": "14:00"}).status_code, 200)
        self.assertIn(other["number"], self.refused(self.caller.post(path, {"date": f"{soon(4)}", "time": "14:00"})))

    def test_three_missed_visits_in_90_days_lower_it_to_one(self):
        self.miss(2)
        self.assertEqual([self.ask(days).status_code for days in (3, 4)], [201, 201])
        self.miss(1, days=20)
        self.assertIn("missed", self.refused(self.ask(5)))
        with override_settings(MISSED_VISITS_LIMIT=0):
            self.assertEqual(self.ask(5).status_code, 201)

    def test_missed_visits_of_long_ago_do_not_count(self):
        self.miss(3, days=95)
        self.assertEqual([self.ask(days).status_code for days in (3, 4)], [201, 201])

    def test_late_cancellations_by_the_patient_count_and_those_in_time_do_not(self):
        soonest = timezone.localtime() + timedelta(hours=3)
        for number in range(3):
            visit = self.book(patient=self.bob, day=soon(5 + number))
            self.caller.patch(f"/appointments/{visit.pk}/status", {"status": "cancelled"})
        self.ask(3)
        self.assertEqual(self.ask(4).status_code, 201)
        rows = Appointment.objects.filter(patient=self.bob, status="cancelled")
        rows.without_history("test").update(starts_at=soonest, ends_at=soonest + timedelta(minutes=20))
        Appointment.history.filter(id__in=rows.values("pk")).update(starts_at=soonest)
        self.refused(self.ask(5))

    def leave(self, days: int, *, hours_before: float, move: bool = True) -> None:
        """Bob has a visit `days` from now; so many hours before it he moves it to a later day, and cancels it."""
        visit = self.book(patient=self.bob, day=soon(days), at=time(15))
        path = f"/appointments/{visit.pk}"
        with time_machine.travel(visit.starts_at - timedelta(hours=hours_before), tick=False):
            caller = Api(self.bob)
            if move:
                self.assertEqual(
                    caller.post(f"{path}/reschedule", {"date": f"{soon(20)}", "time": "16:00"}).status_code, 200
                )
            self.assertEqual(caller.patch(f"{path}/status", {"status": "cancelled"}).status_code, 200)

    def test_a_late_move_before_a_cancellation_makes_it_late(self):
        for days in (1, 2):
            self.leave(days, hours_before=3)
        self.leave(3, hours_before=5)
        with later(days=4):
            self.caller = Api(self.bob)
            self.assertEqual([self.ask(days).status_code for days in (3, 4)], [201, 201], "Two are late.")
            Appointment.objects.get(patient=self.bob, starts_at__date=soon(4)).cancel()
        self.leave(5, hours_before=3)
        with later(days=6):
            self.caller = Api(self.bob)
            self.assertIn("late cancellations", self.refused(self.ask(5)))

    def test_a_move_in_time_before_a_cancellation_in_time_is_not_late(self):
        for days in (1, 2, 3, 4):
            self.leave(days, hours_before=5)
        with later(days=5):
            self.caller = Api(self.bob)
            self.assertEqual([self.ask(days).status_code for days in (3, 4)], [201, 201])

    def test_the_desk_is_warned_and_books(self):
        for days in range(3, 8):
            self.ask(days)
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        body = {"name": self.bob.email, "person": self.bob.pk, "doctor": self.dr_carol.pk}
        body["when"] = f"{soon(9)}T11:00"
        page = client.post(reverse("admin:appointment_appointment_add"), body, follow=True)
        self.assertContains(page, "At most 5 visits can be open at once")
        self.assertEqual(self.bob.appointments.count(), 6)

    def test_before_an_address_is_confirmed_one_is_open(self):
        User.objects.without_history("test").filter(pk=self.bob.pk).update(is_verified=False)
        self.assertEqual(self.ask(3).status_code, 201)
        self.assertEqual(self.ask(4).status_code, 403)
