"""Notices by the API."""

from datetime import time

from django.test import TestCase
from django.utils import timezone

from shs.appointment import services as visits
from shs.notices.models import Notice
from shs.testing import Api, TestUsers, sending


class Reading(TestUsers, TestCase):
    def items(self, user, **query):
        return Api(user).get("/notifications/", **query).json()["items"]

    def test_a_patient_reads_sent_notices_but_no_future_ones(self):
        (told,) = self.items(self.alice)
        self.assertEqual(told["kind"], "booked")
        self.assertIn("10:00", told["title"])
        self.assertEqual(told["about"], {"type": "appointment", "id": self.visit.pk})
        self.assertFalse(told["read"])

    def test_the_newest_is_first_and_withdrawn_ones_are_omitted(self):
        visits.confirm(visit=self.visit, now=timezone.now())
        self.assertEqual([item["kind"] for item in self.items(self.alice)], ["confirmed", "booked"])
        Notice.objects.get(kind="confirmed").take_back(reason="a mistake")
        self.assertEqual([item["kind"] for item in self.items(self.alice)], ["booked"])

    def test_notices_of_others_can_be_neither_read_nor_marked(self):
        told = self.items(self.alice)[0]["id"]
        self.assertEqual(self.items(self.bob), [])
        self.assertEqual(Api(self.bob).post(f"/notifications/{told}/read").status_code, 404)
        self.assertEqual(Api(self.bob).post("/notifications/read").json(), {"marked": 0})
        self.assertIsNone(Notice.objects.get(pk=told).read_at)

    def test_marking_as_read_removes_it_from_the_unread_ones(self):
        (told,) = self.items(self.alice, unread="true")
        self.assertTrue(Api(self.alice).post(f"/notifications/{told['id']}/read").json()["read"])
        first = Notice.objects.get(pk=told["id"]).read_at
        Api(self.alice).post(f"/notifications/{told['id']}/read")
        self.assertEqual(Notice.objects.get(pk=told["id"]).read_at, first)
        self.assertEqual(self.items(self.alice, unread="true"), [])
        visits.confirm(visit=self.visit, now=timezone.now())
        self.assertEqual(Api(self.alice).post("/notifications/read").json(), {"marked": 1})

    def test_lists_contain_no_login_links(self):
        with sending():
            Api().post("/auth/password/reset", {"email": "alice@example.com"})
        self.assertTrue(Notice.objects.filter(user=self.alice, kind="reset_password").exists())
        self.assertEqual([item["kind"] for item in self.items(self.alice)], ["booked"])

    def test_staff_see_what_they_are_told_as_patients(self):
        self.book(patient=self.erin, at=time(11))
        self.assertEqual([item["kind"] for item in self.items(self.erin)], ["booked"])

    def test_a_page_of_many_needs_no_more_queries_than_of_one(self):
        api = Api(self.alice)
        with self.assertNumQueries(2):
            api.get("/notifications/")
        visits.confirm(visit=self.visit, now=timezone.now())
        with self.assertNumQueries(2):
            api.get("/notifications/")


class Preferences(TestUsers, TestCase):
    def test_optional_notices_are_on_by_default(self):
        api = Api(self.alice)
        before = api.get("/notifications/preferences").json()
        self.assertEqual(set(before["email"].values()), {True})
        self.assertEqual(before["language"], "en")
        after = api.patch("/notifications/preferences", {"email": {"reminder_day": False}, "language": "bn"}).json()
        self.assertEqual((after["email"]["reminder_day"], after["email"]["booked"]), (False, True))
        self.assertEqual(after["language"], "bn")
        self.assertEqual(api.get("/notifications/preferences").json(), after)

    def test_notices_about_changed_visits_cannot_be_turned_off(self):
        answer = Api(self.alice).patch("/notifications/preferences", {"email": {"cancelled": False}})
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(answer.json()["errors"][0]["field"], "email.cancelled")
        self.assertEqual(
            Api(self.alice).patch("/notifications/preferences", {"email": {"nonsense": True}}).status_code, 422
        )

    def test_a_new_account_gets_the_language_of_the_request(self):
        data = {"email": "new@example.com", "password": "a boat on the Padma 5", "name": "New"}
        Api().post("/auth/register", data, **{"Accept-Language": "bn"})
        self.assertEqual(Notice.objects.get(kind="verify_email").user.language, "bn")
