"""The expected permissions on a letter, and who reaches it by every page and route."""

from django.test import Client, TestCase, tag
from django.urls import reverse

from shs.core.reads.models import ReadLog
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.testing import Api

ACTIONS = ("view", "issue", "cancel", "export", "add", "change", "delete")
EXPECTED = {"alice": "view", "carol": "view cancel", "frank": "view export", "irene": "view"}


@tag("any_database")
class Access(Desk, TestCase):
    def setUp(self):
        written = {**self.sick(), "parts": [{"key": "diagnosis", "text": "a secret illness"}]}
        self.found = self.issue(written=written)

    def test_who_may_do_what(self):
        for name, user in self.people.items():
            may = {action for action in ACTIONS if user.has_perm(f"letters.{action}_letter", self.found)}
            with self.subTest(who=name):
                self.assertEqual(may, set(EXPECTED.get(name, "").split()))
                for action in ACTIONS:
                    rows = Letter.objects.allowed(user, action).filter(pk=self.found.pk)
                    self.assertEqual(rows.exists(), action in may, action)

    def test_others_reach_it_by_no_page_and_no_route(self):
        for user in (self.bob, self.dave, self.nadia, self.wendy, self.erin, self.grace, self.henry):
            with self.subTest(who=user.name):
                self.assert_closed(user)
        self.found.refresh_from_db()
        self.assertEqual(self.found.status, "issued")
        self.assertEqual(Letter.objects.count(), 1)
        for path in (f"{self.found.pk}", f"{self.found.pk}/pdf", f"patient/{self.alice.pk}"):
            self.assertEqual(Api().get(f"/letters/{path}").status_code, 401)

    def assert_closed(self, user) -> None:
        pk = self.found.pk
        if user.uses_api:
            for path in (f"{pk}", f"{pk}/pdf", f"patient/{self.alice.pk}"):
                self.assertIn(Api(user).get(f"/letters/{path}").status_code, {403, 404}, path)
        if user.uses_back_office:
            browser = Client()
            browser.force_login(user, backend="shs.users.backends.EmailBackend")
            pages = [reverse(f"admin:letters_letter_{name}", args=(pk,)) for name in ("change", "history", "pdf")]
            pages.append(reverse("admin:letters_letter_step", args=(pk, "cancel")))
            pages += [reverse("admin:visit_letter", args=(self.begun.pk, kind)) for kind in Letter.Kind.values]
            for url in pages:
                self.assertIn(browser.get(url).status_code, {403, 404}, url)
                self.assertIn(browser.post(url, {"reason": "x", "days": 1}).status_code, {403, 404, 405}, url)
            listed = browser.get(reverse("admin:letters_letter_changelist"), {"tab": "all"})
            self.assertNotIn(self.begun.number, listed.content.decode())

    def test_the_patient_lists_reads_and_prints_their_own_and_the_reading_by_others_is_logged(self):
        app = Api(self.alice)
        (row,) = app.get(f"/letters/patient/{self.alice.pk}").json()["items"]
        self.assertEqual(row, app.get(f"/letters/{self.found.pk}").json())
        self.assertEqual((row["kind"], row["status"], row["to"]), ("sick_note", "issued", ""))
        self.assertEqual((row["first"], row["last"]), (self.seen_on().isoformat(), self.seen_on(2).isoformat()))
        self.assertNotIn("secret", str(row))
        self.assertEqual(app.get(f"/letters/patient/{self.alice.pk}", kind="referral").json()["items"], [])
        self.assertEqual(app.get(f"/letters/{self.found.pk}/pdf")["Content-Type"], "application/pdf")
        self.assertEqual(Api(self.carol).get(f"/letters/{self.found.pk}").status_code, 200)
        line = ReadLog.objects.filter(reader=self.carol, subject=self.alice, what="letter").get()
        self.assertEqual((line.basis, line.ids), ("care", [self.found.pk]))

    def test_a_referral_names_in_one_line_to_whom(self):
        written = self.referral()
        written["to"]["name"] = "Dr. Shirin"
        found = self.issue("referral", written)
        self.assertEqual(
            Api(self.alice).get(f"/letters/{found.pk}").json()["to"], "Dr. Shirin, Cardiology, City Hospital"
        )
