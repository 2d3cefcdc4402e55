"""The page that tells which warnings are overridden."""

from django.test import Client, TestCase
from django.urls import reverse

from shs.core.reads.models import ReadLog
from shs.prescription.services.overrides import overrides
from shs.prescription.tests.scenes import AMOXICILLIN, Surgery


class OverriddenWarnings(Surgery, TestCase):
    PAGE = "admin:prescription_medication_overrides"

    def browser(self, user) -> Client:
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        return browser

    def setUp(self):
        self.note("allergy", "Penicillin", severity="mild")
        self.prescribe(medications=[AMOXICILLIN, {**AMOXICILLIN, "name": "cefixime 400 mg"}])

    def test_it_counts_what_was_shown_and_overridden_by_rule_with_the_reasons(self):
        rows = {row.rule: row for row in overrides().rules}
        self.assertEqual(set(rows), {"allergy:penicillins", "allergy:penicillins-cephalosporins"})
        stopped, minor = rows["allergy:penicillins"], rows["allergy:penicillins-cephalosporins"]
        self.assertEqual((stopped.shown, stopped.overridden, stopped.doctors), (1, 1, 1))
        self.assertEqual(stopped.reasons, [("the test goes on", 1)])
        self.assertEqual((minor.shown, minor.overridden, minor.reasons), (1, 0, []))

    def test_it_takes_one_query(self):
        with self.assertNumQueries(1):
            overrides()

    def test_admins_and_auditors_see_it_others_do_not_and_reading_the_reasons_is_logged(self):
        for user in (self.frank, self.irene):
            with self.subTest(user=user.name):
                self.assertContains(self.browser(user).get(reverse(self.PAGE)), "the test goes on")
                line = ReadLog.objects.get(reader=user, what="reasons for overriding warnings")
                self.assertEqual((line.subject, line.basis), (self.alice, "duty"))
        for user in (self.carol, self.erin):
            self.assertEqual(self.browser(user).get(reverse(self.PAGE)).status_code, 403)
