"""Issuing letters: who, when, which days of a sick note, what is sealed; and cancelling."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from shs.core.errors import Forbidden, Invalid, StepRefused
from shs.letters import services
from shs.letters.errors import LetterSealed, SealBroken
from shs.letters.models import Letter
from shs.letters.prefill import known_of
from shs.letters.tests.scenes import Desk
from shs.medical_record import notes
from shs.medical_record.errors import NotNow
from shs.medical_record.services import extent_of
from shs.notices.models import Notice


class WhoAndWhen(Desk, TestCase):
    def test_the_doctor_of_a_visit_that_has_begun_issues_a_letter_with_a_history(self):
        found = self.issue()
        self.assertEqual((found.patient, found.doctor, found.status), (self.alice, self.dr_carol, "issued"))
        self.assertEqual(found.history.get().history_change_reason, "issued")
        self.assertTrue(found.is_intact())

    def test_nobody_else_does(self):
        for user in (self.nadia, self.dave, self.erin, self.frank, self.alice):
            with self.subTest(who=user.name), self.assertRaises(Forbidden):
                self.issue(by=user)
        self.assertFalse(Letter.objects.exists())

    def test_a_colleague_who_took_over_and_signed_does_and_is_named(self):
        self.give_consent(self.dr_nadia)
        notes.take_over(visit=self.begun, by=self.nadia, now=timezone.now())
        written = notes.Written({"complaint": "fever"})
        notes.sign(visit=self.begun, by=self.nadia, written=written, seen=None, now=timezone.now())
        found = self.issue(by=self.nadia)
        self.assertEqual((found.doctor, found.parties["doctor"]["name"]), (self.dr_nadia, self.dr_nadia.name))

    def test_not_before_the_visit_and_not_long_after_it(self):
        coming = self.confirmed_visit(minutes_ago=-600, days=6)
        with self.assertRaises(NotNow):
            self.issue(visit=coming)
        with self.assertRaises(NotNow):
            self.issue(now=self.begun.ends_at + timedelta(days=8))

    def test_not_once_the_doctor_is_no_longer_verified(self):
        self.dr_carol.suspend(reason="licence withdrawn", now=timezone.now())
        with self.assertRaises(Forbidden):
            self.issue()


class Days(Desk, TestCase):
    def refused(self, field: str, *days: int, **changes: str) -> None:
        with self.subTest(days=days, **changes), self.assertRaises(Invalid) as caught:
            self.issue(written=self.sick(*days, **changes))
        self.assertEqual(caught.exception.field, field)

    def test_a_sick_note_begins_near_the_visit_and_is_not_longer_than_allowed(self):
        self.refused("first", -services.BACKDATED_DAYS - 1, 2)
        self.refused("first", services.AHEAD_DAYS + 1, services.AHEAD_DAYS + 2)
        self.refused("last", 2, 1)
        self.refused("last", 0, services.MOST_DAYS)
        self.refused("unfit_for", 0, 1, unfit_for="everything")
        found = self.issue(
            written=self.sick(-services.BACKDATED_DAYS, services.MOST_DAYS - services.BACKDATED_DAYS - 1)
        )
        self.assertEqual(found.days, (self.seen_on(-3), self.seen_on(26)))

    def test_the_day_of_the_visit_is_sealed_whatever_was_sent(self):
        written = self.sick(seen_on="2001-01-01")
        self.assertEqual(self.issue(written=written).written["absence"]["seen_on"], self.seen_on().isoformat())

    def test_a_second_one_of_a_visit_only_after_the_first_was_cancelled(self):
        first = self.issue()
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.issue()
        services.cancel(letter=first, by=self.carol, reason="the dates were wrong", now=timezone.now())
        told = Notice.objects.filter(user=self.alice, about=f"letter:{first.pk}").order_by("pk")
        self.assertEqual([one.kind for one in told], ["letter_issued", "paper_cancelled"])
        self.assertNotIn("dates", str([one.data for one in told]))
        self.issue()
        self.issue("referral", self.referral())
        self.issue("referral", self.referral())


class Content(Desk, TestCase):
    def test_a_referral_says_why_and_to_whom(self):
        for written, field in (
            ({**self.referral(), "to": {"name": " ", "specialty": "", "place": "", "urgency": "soon"}}, "specialty"),
            ({**self.referral(), "to": {"name": "Dr. X", "specialty": "", "place": "", "urgency": ""}}, "urgency"),
            (self.referral(reason=" "), "reason"),
            (self.referral(findings="x" * 2001), "findings"),
            (self.referral(findings="\U0001f9ff"), "findings"),
        ):
            with self.subTest(field=field), self.assertRaises(Invalid) as caught:
                self.issue("referral", written)
            self.assertEqual(caught.exception.field, field)

    def test_an_empty_summary_is_refused(self):
        with self.assertRaises(Invalid):
            self.issue("summary", {"parts": []})

    def test_only_a_listed_doctor_is_named_as_the_colleague(self):
        self.assertEqual(self.issue("referral", self.referral(), colleague=self.dr_nadia.pk).colleague, self.dr_nadia)
        self.assertIsNone(self.issue("referral", self.referral(), colleague=self.dave.doctor.pk).colleague)
        self.assertIsNone(self.issue(colleague=self.dr_nadia.pk).colleague)

    def test_what_was_issued_cannot_be_changed_and_a_change_behind_it_is_noticed(self):
        found = self.issue()
        found.written = self.sick(0, 20)
        with self.assertRaises(LetterSealed):
            found.save()
        Letter.objects.without_history("an intruder").filter(pk=found.pk).update(written=self.sick(0, 20))
        found.refresh_from_db()
        self.assertEqual(found.validity, "damaged")
        with self.assertRaises(SealBroken):
            found.require_intact()

    def test_it_is_cancelled_once_by_its_doctor_with_a_reason(self):
        found = self.issue()
        with self.assertRaises(Forbidden):
            services.cancel(letter=found, by=self.nadia, reason="x", now=timezone.now())
        with self.assertRaises(Invalid):
            services.cancel(letter=found, by=self.carol, reason=" ", now=timezone.now())
        services.cancel(letter=found, by=self.carol, reason="wrong patient", now=timezone.now())
        found.refresh_from_db()
        self.assertEqual((found.validity, found.history.first().history_change_reason), ("cancelled", "wrong patient"))
        with self.assertRaises(StepRefused):
            services.cancel(letter=found, by=self.carol, reason="again", now=timezone.now())


class Prefilled(Desk, TestCase):
    def known(self, by=None):
        by, now = by or self.carol, timezone.now()
        return known_of(self.begun, by, extent_of(by, self.alice, now), now)

    def test_it_begins_with_note_chart_and_prescription_but_not_the_plan(self):
        self.note("allergy", "Penicillin", severity="severe")
        self.note("condition", "Asthma")
        self.note("medication", "Salbutamol inhaler")
        self.note("vital_signs", "", vital_signs={"pulse_bpm": 88})
        self.prescribe()
        self.sign(plan="suspects abuse at home")
        known = self.known()
        for key, words in {
            "complaint": "fever for three days",
            "findings": "throat red",
            "assessment": "tonsillitis",
            "diagnosis": "tonsillitis",
            "allergies": "Penicillin",
            "problems": "Asthma",
            "signs": "88",
            "tests": "Haemoglobin",
            "advice": "drink warm water",
        }.items():
            with self.subTest(part=key):
                self.assertIn(words, known.texts[key])
        self.assertIn("Salbutamol inhaler", known.texts["medicines"])
        self.assertIn("Amoxicillin 500 mg", known.texts["medicines"])
        self.assertEqual([line["name"] for line in known.lines], ["Amoxicillin 500 mg", "Paracetamol 500 mg"])
        self.assertNotIn("abuse", str(known))

    def test_before_the_note_is_signed_its_draft_is_read_by_its_writer(self):
        self.draft(complaint="cough since Monday", plan="internal")
        self.assertEqual(self.known().texts["complaint"], "cough since Monday")
        self.assertNotIn("internal", str(self.known()))

    def test_what_is_confidential_is_in_confidential_letters_only(self):
        profile = self.alice.profile
        profile.date_of_birth = self.seen_on() - timedelta(days=15 * 365)
        profile.save()
        self.note("condition", "Depression", is_confidential=True)
        self.assertNotIn("problems", self.known().texts)
        self.assertFalse(self.issue().is_confidential)
        self.sign(is_confidential="on")
        self.assertIn("Depression", self.known().texts["problems"])
        self.assertTrue(self.issue("referral", self.referral()).is_confidential)
