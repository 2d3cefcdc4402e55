"""The page that tells which warnings are overridden."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.prescription import services
from shs.prescription.errors import Unacknowledged
from shs.prescription.models import Prescription, PrescriptionLine, SeenWarning
from shs.prescription.services.overrides import overrides
from shs.prescription.tests.scenes import AMOXICILLIN, PARACETAMOL, Surgery


class OverriddenWarnings(Surgery, TestCase):
    PAGE = "admin:prescription_medication_overrides"

    def browser(self, user) -> Client:
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        return browser

    def setUp(self):
        self.note("allergy", "Penicillin", severity="mild")
        self.prescribe(medications=[AMOXICILLIN, {**AMOXICILLIN, "name": "cefixime 400 mg", "frequency": "1+0+0"}])

    def test_it_counts_what_was_shown_and_overridden_by_rule_with_the_reasons(self):
        rows = {row.rule: row for row in overrides().rules}
        self.assertEqual(set(rows), {"allergy:penicillins", "allergy:penicillins-cephalosporins"})
        stopped, minor = rows["allergy:penicillins"], rows["allergy:penicillins-cephalosporins"]
        self.assertEqual((stopped.shown, stopped.overridden, stopped.doctors), (1, 1, 1))
        self.assertEqual(stopped.reasons, [("the test goes on", 1)])
        self.assertEqual((minor.shown, minor.overridden, minor.reasons), (1, 0, []))

    def test_it_takes_two_queries(self):
        with self.assertNumQueries(2):
            overrides()

    def test_a_warning_is_heeded_if_something_else_is_issued(self):
        visit = self.confirmed_visit(minutes_ago=120, days=6)
        with self.assertRaises(Unacknowledged):
            self.prescribe(visit, medications=[AMOXICILLIN], reasons={})
        self.assertEqual({row.rule: row.heeded for row in overrides().rules}["allergy:penicillins"], 0)
        self.prescribe(visit, medications=[PARACETAMOL], reasons={})
        row = {row.rule: row for row in overrides().rules}["allergy:penicillins"]
        self.assertEqual((row.overridden, row.heeded, row.rate), (1, 1, 50))

    def test_a_rule_that_was_only_heeded_is_listed_too(self):
        visit = self.confirmed_visit(minutes_ago=120, days=6)
        warfarin, ibuprofen = ({**PARACETAMOL, "name": name} for name in ("warfarin 5 mg", "ibuprofen 400 mg"))
        with self.assertRaises(Unacknowledged):
            self.prescribe(visit, medications=[warfarin, ibuprofen], reasons={})
        self.prescribe(visit, medications=[warfarin], reasons={})
        row = {row.rule: row for row in overrides().rules}["interaction:anticoagulant-nsaid"]
        self.assertEqual((row.shown, row.heeded, row.rate), (0, 1, 0))

    def test_a_warning_on_the_page_of_a_draft_counts_as_shown(self):
        visit = self.confirmed_visit(minutes_ago=120, days=6)
        draft = services.begin(draft=Prescription(diagnosis="x"), visit=visit, by=self.carol, now=timezone.now())
        line = PrescriptionLine.objects.create(prescription=draft, **AMOXICILLIN)
        for _again in range(2):
            services.note_shown(draft=draft, by=self.carol, now=timezone.now())
        line.delete()
        PrescriptionLine.objects.create(prescription=draft, **PARACETAMOL)
        services.issue(draft=draft, by=self.carol, reasons={}, now=timezone.now())
        seen = SeenWarning.objects.filter(appointment=visit)
        self.assertEqual({row.kind for row in seen}, {"allergy", "active"})
        self.assertFalse(seen.filter(heeded_at__isnull=True).exists())

    def test_admins_and_auditors_see_it_others_do_not_and_reading_the_reasons_is_logged(self):
        for user in (self.frank, self.irene):
            with self.subTest(user=user.name):
                self.assertContains(self.browser(user).get(reverse(self.PAGE)), "the test goes on")
                line = ReadLog.objects.get(reader=user, what="reasons for overriding warnings")
                self.assertEqual((line.subject, line.basis), (self.alice, "duty"))
        for user in (self.carol, self.erin):
            self.assertEqual(self.browser(user).get(reverse(self.PAGE)).status_code, 403)
