"""Query counts of the admin's lists: at most twelve, and no more with many rows than with a few."""

from datetime import time

from django.db import connection
from django.test import Client, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shs.doctors.models import Verification
from shs.testing import TestUsers, make_doctor, make_user, soon

MOST = 12


@tag("any_database")
class AdminQueryTests(TestUsers, TestCase):
    """Each list is opened by a demo user who works with it."""

    def count(self, user, url: str) -> int:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            self.assertEqual(client.get(url).status_code, 200)
        return len(found)

    def assert_flat(self, user, url: str, add) -> None:
        before = self.count(user, url)
        add()
        after = self.count(user, url)
        self.assertEqual(before, after)
        self.assertLessEqual(after, MOST)

    def wait_in_line(self):
        for number in range(20):
            user = make_user(f"Dr. Waiting{number}", self.dave.role)
            make_doctor(user, self.clinic, status=Verification.PENDING)

    def test_the_verification_queue_needs_no_more_queries_for_many_cases(self):
        self.assert_flat(self.grace, reverse("admin:doctors_doctorinformation_changelist"), self.wait_in_line)

    def test_the_list_of_users_needs_no_more_queries_for_many_users(self):
        self.assert_flat(self.frank, reverse("admin:users_user_changelist"), self.wait_in_line)

    def test_the_list_of_visits_needs_no_more_queries_for_many_visits(self):
        def fill():
            for hour in range(11, 17):
                for minute in (0, 20, 40):
                    self.book(patient=self.bob if minute else self.alice, day=soon(3), at=time(hour, minute))

        url = reverse("admin:appointment_appointment_changelist") + "?tab=all"
        for user in (self.frank, self.erin, self.carol):
            with self.subTest(user=user.name):
                self.assertLessEqual(self.count(user, url), MOST)
        self.assert_flat(self.erin, url, fill)
