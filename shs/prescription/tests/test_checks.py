"""What is checked before a prescription is issued, and that what was not checked is said."""

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from shs.prescription import services
from shs.prescription.models import Medication, Prescription, PrescriptionLine
from shs.prescription.services.classes import CLASSES, SYNONYMS
from shs.prescription.tests.scenes import PARACETAMOL, Surgery


class Checks(Surgery, TestCase):
    def check(self, *names: str, **more) -> services.Checked:
        draft = Prescription(diagnosis="x")
        services.begin(draft=draft, visit=self.begun, by=self.carol, now=timezone.now())
        for name in names:
            PrescriptionLine.objects.create(prescription=draft, **{**PARACETAMOL, "name": name, **more})
        return services.check(draft, now=timezone.now())

    def kinds(self, checked: services.Checked) -> list[tuple[str, str]]:
        return [(found.kind, found.medication) for found in checked.warnings]

    def test_an_allergy_is_found_by_name_class_other_name_and_in_bangla(self):
        cases = [
            ("Amoxicillin", "Amoxicillin 500 mg capsule"),
            ("Penicillin", "Amoxicillin 500 mg capsule"),
            ("allergic to penicillins!", "cloxacillin"),
            ("Ampicillin", "amoxicillin + clavulanic acid"),
            ("পেনিসিলিন", "Amoxicillin"),
            ("Sulfa drugs", "co-trimoxazole"),
            ("Aspirin", "acetylsalicylic acid 75 mg"),
            ("Ibuprofen", "Aspirin 300 mg"),
            ("NSAID", "ibuprofen"),
            ("Napa", "Napa Extra 500 mg"),
        ]
        for allergy, medicine in cases:
            with self.subTest(allergy=allergy, medicine=medicine):
                entry = self.note("allergy", allergy)
                checked = self.check(medicine)
                self.assertEqual(self.kinds(checked), [("allergy", medicine)])
                self.assertIn(allergy, checked.warnings[0].text)
                entry.mark_entered_in_error("a test")
                Prescription.objects.get(status="draft").cancel(reason="next")

    def test_other_allergies_do_not_warn(self):
        for title in ("Peanuts", "Ciprofloxacin", "Ace", "penicillamine"):
            self.note("allergy", title)
        self.assertEqual(self.check("Amoxicillin 500 mg", "Paracetamol 500 mg").warnings, [])

    def test_an_allergy_that_is_over_or_was_an_error_does_not_warn(self):
        self.note("allergy", "Penicillin").resolve(reason="tested negative")
        self.note("allergy", "Amoxicillin").mark_entered_in_error("another patient")
        self.assertEqual(self.check("Amoxicillin").warnings, [])

    def test_the_entry_of_the_catalogue_decides_whatever_the_name(self):
        self.note("allergy", "Penicillin")
        row = Medication.objects.filter(generic_name="amoxicillin").first()
        self.assertEqual(self.kinds(self.check("Moxacil 500", medication=row)), [("allergy", "Moxacil 500")])

    def test_the_same_generic_twice_is_found_also_in_a_combination(self):
        checked = self.check("Amoxicillin 500 mg", "amoxicillin + clavulanic acid 625", "Paracetamol")
        self.assertEqual(self.kinds(checked), [("duplicate", "amoxicillin + clavulanic acid 625")])
        Prescription.objects.get(status="draft").cancel(reason="next")
        self.assertEqual(self.kinds(self.check("Napa 500 mg", "napa tablet")), [("duplicate", "napa tablet")])

    def test_a_medicine_that_is_recorded_as_taken_or_still_running_from_another_prescription_is_found(self):
        self.note("medication", "Metformin 500 mg")
        self.prescribe(self.confirmed_visit(minutes_ago=120, days=6), medications=[PARACETAMOL])
        checked = self.check("metformin 850 mg", "Acetaminophen", "Amoxicillin")
        self.assertEqual(self.kinds(checked), [("active", "metformin 850 mg"), ("active", "Acetaminophen")])

    def test_an_amendment_does_not_meet_what_it_replaces(self):
        draft = services.begin_amendment(issued=self.prescribe(), by=self.carol, now=timezone.now())
        self.assertEqual(services.check(draft, now=timezone.now()).warnings, [])

    def test_a_chart_without_allergies_is_said_and_never_passed(self):
        said = " ".join(self.check("Amoxicillin").not_checked)
        self.assertIn("no allergies recorded", said)
        self.assertIn("no other medicines", said)

    def test_a_medicine_and_an_allergy_that_nobody_knows_are_said(self):
        self.note("allergy", "Pollen")
        said = " ".join(self.check("Napa 500 mg").not_checked)
        self.assertIn("“Pollen” does not match any known medicine", said)
        self.assertIn("the catalogue has no drug class for Napa 500 mg", said)

    def test_what_was_not_checked_stays_with_the_prescription(self):
        self.assertIn("no allergies recorded", " ".join(self.prescribe().not_checked))


class TheTables(TestCase):
    def test_every_class_has_a_member_in_the_catalogue(self):
        codes = list(Medication.objects.values_list("atc_code", flat=True))
        for known in CLASSES:
            with self.subTest(known=known.name):
                self.assertTrue(any(code.startswith(known.atc) for code in codes))

    def test_the_catalogues_are_loaded_with_their_sources(self):
        self.assertGreater(Medication.objects.count(), 120)
        self.assertFalse(Medication.objects.exclude(source__contains="23rd list, 2023").exists())

    def test_every_medicine_passes_its_own_rules(self):
        for row in Medication.objects.all():
            row.full_clean(validate_unique=False, validate_constraints=False)


class Synonyms(SimpleTestCase):
    def test_no_other_name_is_its_own_generic_name(self):
        self.assertFalse([other for other, generic in SYNONYMS.items() if other == generic])
