"""The first screen of the app, and the start page of the API."""

from datetime import timedelta

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.appointment.models import Appointment, Status
from shs.core.reads.models import ReadLog
from shs.notices.models import Notice
from shs.prescription.models import Prescription
from shs.summary import running_at
from shs.testing import Api, EveryModel


class Summary(EveryModel, TestCase):
    def summary(self, user) -> dict:
        response = Api(user).get("/summary")
        self.assertEqual(response.status_code, 200, response.content[:300])
        return response.json()

    def running(self) -> list[dict]:
        return self.summary(self.alice)["patient"]["running_prescriptions"]

    def test_a_patient_sees_visits_running_prescriptions_follow_ups_and_unread_notices(self):
        found = self.summary(self.alice)
        self.assertIsNone(found["doctor"])
        self.assertTrue(found["email_confirmed"])
        mine = found["patient"]
        coming = Appointment.objects.filter(
            patient=self.alice, ends_at__gt=timezone.now(), status__in=[Status.PENDING, Status.CONFIRMED]
        )
        expected = [*coming.order_by("starts_at").values_list("pk", flat=True)[:5]]
        self.assertEqual([row["id"] for row in mine["next_visits"]["items"]], expected)
        self.assertIn(self.visit.pk, [row["id"] for row in mine["next_visits"]["items"]])
        unread = Notice.objects.shown_to(self.alice, timezone.now()).unread().count()
        self.assertGreater(unread, 0)
        self.assertEqual(found["unread_notices"], unread)

    def test_a_medicine_runs_from_the_day_of_issue_for_as_many_days_as_were_prescribed(self):
        line = self.prescription.lines.get()
        days, issued = line.duration_days, timezone.localdate(self.prescription.issued_at)
        for after, is_running in ((0, True), (days - 1, True), (days, False)):
            with self.subTest(after=after):
                found = running_at(Prescription.objects.all(), self.prescription.issued_at + timedelta(days=after))
                self.assertEqual(bool(found), is_running)
        today = self.running()[0]
        self.assertEqual(today["until"], f"{issued + timedelta(days=days - 1)}")
        self.assertEqual([row["name"] for row in today["medications"]], [line.name])

    def test_what_is_shown_of_a_chart_is_in_the_read_log(self):
        self.summary(self.alice)
        line = ReadLog.objects.filter(what="summary", reader=self.alice).get()
        self.assertEqual((line.subject_id, line.basis), (self.alice.pk, ReadLog.Basis.OWN))
        self.assertIn(self.prescription.pk, line.ids)

    def test_without_a_confirmed_address_nothing_of_a_chart_is_shown(self):
        type(self.alice).objects.filter(pk=self.alice.pk).without_history("a test").update(is_verified=False)
        found = self.summary(self.alice)
        self.assertFalse(found["email_confirmed"])
        self.assertIsNone(found["patient"]["running_prescriptions"])
        self.assertIsNone(found["patient"]["follow_ups"])

    def test_a_doctor_sees_the_day_requests_drafts_and_follow_ups(self):
        found = self.summary(self.carol)
        self.assertIsNone(found["patient"])
        self.assertEqual({"today", "requests", "drafts", "follow_ups"}, set(found["doctor"]))
        for visit in found["doctor"]["requests"]["items"]:
            self.assertEqual(visit["status"], "pending")
        drafts = Prescription.objects.allowed(self.carol, "change").count()
        self.assertEqual(found["doctor"]["drafts"]["count"], drafts)

    def test_it_needs_few_queries(self):
        for user, most in ((self.alice, 9), (self.carol, 14)):
            api = Api(user)
            api.get("/summary")
            with self.subTest(user=user.email), CaptureQueriesContext(connection) as caught:
                api.get("/summary")
            self.assertLessEqual(len(caught), most, "\n".join(query["sql"][:150] for query in caught))


class StartPage(TestCase):
    def test_programs_get_json(self):
        for accept in ("application/json", "*/*"):
            answer = Client().get("/api/v1/", headers={"accept": accept})
            self.assertEqual(answer.json()["links"]["summary"], "http://testserver/api/v1/summary")
            self.assertIn("Accept,", answer["Vary"])

    def test_a_browser_gets_a_page_with_every_route_in_both_languages(self):
        from shs.api import schema

        for language, title in (("en", "Patient API"), ("bn", "রোগীর API")):
            answer = Client().get("/api/v1/", headers={"accept": "text/html,*/*;q=0.8", "accept-language": language})
            self.assertContains(answer, f"<h1>{title}</h1>")
            for path in schema()["paths"]:
                self.assertContains(answer, path.replace("'", "&#x27;"))
