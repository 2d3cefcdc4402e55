"""Permissions of rescheduling and of the calendar file by the API."""

from django.test import TestCase

from shs.testing import Api, TestUsers, soon


class VisitRoutes(TestUsers, TestCase):
    def test_only_patient_and_doctor_reschedule_a_visit_by_the_api_and_download_its_calendar(self):
        expected = {"alice": 200, "carol": 200, "bob": 404, "dave": 404, "frank": 403, "erin": 404, "irene": 404}
        other = {"date": f"{soon()}", "time": "11:00"}
        for name, status in expected.items():
            with self.subTest(who=name):
                caller = Api(self.people[name])
                self.assertEqual(caller.get(f"/appointments/{self.visit.pk}/calendar.ics").status_code, status)
                moved = caller.post(f"/appointments/{self.visit.pk}/reschedule", other)
                self.assertEqual(moved.status_code, status)
