"""The expected permissions on a result, and who reaches it by every page and route."""

from datetime import timedelta

from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.results import services
from shs.results.models import Result
from shs.results.tests.scenes import LOW_HAEMOGLOBIN, Laboratory, photo
from shs.testing import Api
from shs.tests.prepared import prepared

ACTIONS = ("view", "add", "hand_in", "enter", "review", "retract", "export")
BY_DOCTOR = {
    "alice": "view add",
    "carol": "view add enter review retract",
    "frank": "view export",
    "irene": "view",
}
BY_ALICE = {**BY_DOCTOR, "alice": "view add retract"}
BY_DESK = {**BY_DOCTOR, "erin": "add hand_in"}


class Whole(Laboratory):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.everybody = {
            name: getattr(cls, name)
            for name in ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "henry", "irene")
        }


class Rights(Whole, TestCase):
    def assert_rights(self, row: Result, expected: dict[str, str]) -> None:
        for name, user in self.everybody.items():
            may = {action for action in ACTIONS if user.has_perm(f"results.{action}_result", row)}
            with self.subTest(who=name):
                self.assertEqual(may, set(expected.get(name, "").split()))

    def test_who_may_do_what_by_who_has_handed_it_in(self):
        for by, expected in ((self.carol, BY_DOCTOR), (self.alice, BY_ALICE), (self.erin, BY_DESK)):
            with self.subTest(by=by.name):
                self.assert_rights(self.send(LOW_HAEMOGLOBIN, upload=photo(), by=by), expected)

    def test_what_a_doctor_has_reviewed_is_not_taken_back(self):
        result = self.send(LOW_HAEMOGLOBIN, by=self.alice)
        services.review(result=result, by=self.carol, comment="", now=timezone.now())
        self.assert_rights(result, BY_DOCTOR)

    def test_the_doctors_rights_end_with_their_access_to_the_chart(self):
        result = self.send(LOW_HAEMOGLOBIN)
        long_ago = timezone.now() - timedelta(days=60)
        rows = Appointment.objects.without_history("time passes").filter(patient=self.alice)
        for at, visit in enumerate(rows.order_by("pk")):
            starts_at = long_ago + timedelta(hours=at)
            until = starts_at + timedelta(days=30)
            rows.filter(pk=visit.pk).update(
                starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20), opens_until=until
            )
        self.assert_rights(result, {**BY_DOCTOR, "carol": ""})


@tag("any_database")
class Closed(Whole, TestCase):
    def test_others_reach_it_by_no_page_and_no_route(self):
        result = self.send(LOW_HAEMOGLOBIN, upload=photo(), title="a secret result")
        for user in (self.bob, self.dave, self.erin, self.grace, self.henry):
            with self.subTest(who=user.name):
                self.assert_closed(user, result)
        result.refresh_from_db()
        self.assertEqual((result.status, result.reviewed_by), ("waiting", None))

    def assert_closed(self, user, result: Result) -> None:
        if user.uses_api:
            app = Api(user)
            for path in (f"{result.pk}", f"{result.pk}/file", f"patient/{self.alice.pk}"):
                self.assertIn(app.get(f"/results/{path}").status_code, {403, 404}, path)
            self.assertIn(app.put(f"/results/{result.pk}/values", {"values": []}).status_code, {403, 404, 422})
            for action in ("review", "retract", "acknowledge"):
                answer = app.post(f"/results/{result.pk}/{action}", {"reason": "x"} if action == "retract" else {})
                self.assertIn(answer.status_code, {403, 404}, action)
        if user.uses_back_office:
            browser = Client()
            browser.force_login(user, backend="shs.users.backends.EmailBackend")
            pages = [
                reverse(f"admin:results_result_{name}", args=(result.pk,)) for name in ("change", "history", "file")
            ]
            pages += [reverse("admin:results_result_step", args=(result.pk, name)) for name in ("review", "retract")]
            for url in pages:
                self.assertIn(browser.get(url).status_code, {403, 404}, url)
                self.assertIn(browser.post(url, {"reason": "x"}).status_code, {403, 404, 405}, url)
            listed = browser.get(reverse("admin:results_result_changelist"), {"tab": "all"})
            self.assertNotIn("a secret result", listed.content.decode())
