"""The page behind the QR code of a letter: valid or not, and as little else as needed."""

from django.test import Client, TestCase, tag
from django.utils import timezone

from shs.letters import services
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.testing import Api


@tag("any_database")
class Verified(Desk, TestCase):
    def page(self, code: str, **query):
        return Client().get(f"/letter/{code}", query)

    def test_a_valid_sick_note_shows_initials_days_and_doctor_and_nothing_else(self):
        written = {**self.sick(fit_for="light work"), "parts": [{"key": "diagnosis", "text": "a secret illness"}]}
        found = self.issue(written=written)
        page = self.page(found.code.lower(), lang="en")
        for words in ("VALID", "বৈধ", self.dr_carol.name, self.dr_carol.license_number, f"<dd>{self.alice.name[0]}"):
            self.assertContains(page, words)
        for day in (self.seen_on(), self.seen_on(2)):
            self.assertContains(page, f"{day.day} ")
        for words in ("secret", "light work", self.alice.name, "Lakeside"):
            self.assertNotContains(page, words)
        self.assertEqual(page["X-Robots-Tag"], "noindex, nofollow")

    def test_a_referral_does_not_show_to_whom_or_why(self):
        found = self.issue("referral", self.referral(reason="a secret illness"))
        page = self.page(found.code, lang="en")
        self.assertContains(page, "VALID")
        for words in ("Cardiology", "City Hospital", "secret", "From"):
            self.assertNotContains(page, words)

    def test_a_cancelled_one_and_a_changed_one_say_so(self):
        found = self.issue()
        services.cancel(letter=found, by=self.carol, reason="wrong patient", now=timezone.now())
        page = self.page(found.code, lang="en")
        self.assertContains(page, "CANCELLED: not valid")
        self.assertNotContains(page, "wrong patient")
        Letter.objects.without_history("an intruder").filter(pk=found.pk).update(written=self.sick(0, 20))
        page = self.page(found.code, lang="en")
        self.assertContains(page, "the content was changed after issuing")
        self.assertNotContains(page, self.dr_carol.license_number)

    def test_an_unknown_code_is_404_and_only_reading_is_offered(self):
        self.assertEqual(self.page("AAAABBBB").status_code, 404)
        self.assertEqual(Client().post(f"/letter/{self.issue().code}").status_code, 405)

    def test_programs_get_the_same_from_the_api(self):
        found = self.issue()
        answer = Api().get(f"/letters/verify/{found.code}").json()
        expected = {
            "valid": True,
            "status": "valid",
            "kind": "sick_note",
            "issued_on": f"{timezone.localtime(found.issued_at):%Y-%m-%d}",
            "doctor": self.dr_carol.name,
            "license_number": self.dr_carol.license_number,
            "initials": answer["initials"],
            "first": self.seen_on().isoformat(),
            "last": self.seen_on(2).isoformat(),
        }
        self.assertEqual(answer, expected)
        self.assertNotIn("Alice", answer["initials"])
