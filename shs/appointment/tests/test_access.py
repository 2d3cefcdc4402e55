"""Who may come in by which call."""

from django.test import TestCase

from shs.testing import Api, TestUsers, soon


class TakingPart(TestUsers, TestCase):
    def test_only_patient_and_doctor_move_a_visit_in_the_app_and_fetch_its_calendar(self):
        expected = {"alice": 200, "carol": 200, "bob": 404, "dave": 404, "frank": 403, "erin": 403, "irene": 403}
        other = {"date": f"{soon()}", "time": "11:00"}
        for name, status in expected.items():
            with self.subTest(who=name):
                caller = Api(self.people[name])
                self.assertEqual(caller.get(f"/appointments/{self.visit.pk}/calendar.ics").status_code, status)
                moved = caller.post(f"/appointments/{self.visit.pk}/reschedule", other)
                self.assertEqual(moved.status_code, status)
