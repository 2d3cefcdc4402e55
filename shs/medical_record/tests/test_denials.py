"""Allergy entries that say that there is none are not shown as allergies."""

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from shs.medical_record import services
from shs.medical_record.denials import denies_allergy
from shs.medical_record.models import MedicalRecord
from shs.medical_record.patient_page import page_of
from shs.testing import TestUsers


class Words(SimpleTestCase):
    def test_denials(self):
        for title in (
            "No known drug allergies",
            "NKDA",
            "Allergies: none known",
            "Not allergic to penicillin",
            "No penicillin allergy",
            "Penicillin allergy ruled out in 2023",
            "Penicillin: no allergy",
            "পেনিসিলিনে এলার্জি নেই",
            "কোনো এলার্জি নেই",
        ):
            with self.subTest(title=title):
                self.assertTrue(denies_allergy(title))

    def test_what_is_an_allergy(self):
        for title in (
            "Penicillin",
            "Not allergic to aspirin but to penicillin",
            "Penicillin allergy: no rash, only swelling",
            "No doubt about penicillin allergy",
            "Not sure if allergic to penicillin",
            "Penicillin. No other allergies",
            "No rash, penicillin allergy",
            "পেনিসিলিনে এলার্জি",
            "",
        ):
            with self.subTest(title=title):
                self.assertFalse(denies_allergy(title))


class OnThePage(TestUsers, TestCase):
    def test_a_denial_is_not_among_the_allergies(self):
        for title in ("Penicillin", "Not allergic to sulfa"):
            entry = MedicalRecord(patient=self.alice, kind="allergy", title=title)
            services.record(entry=entry, by=self.alice, now=timezone.now())
        page = page_of(self.alice, now=timezone.now())
        self.assertEqual([entry.title for entry in page["allergies"]], ["Penicillin"])
        self.assertEqual([entry.title for entry in page["denied"]], ["Not allergic to sulfa"])
