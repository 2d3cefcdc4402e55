"""The checks before a prescription is issued, and the report of what could not be checked."""

from django.test import TestCase
from django.utils import timezone

from shs.prescription import services
from shs.prescription.models import Medication, Prescription, PrescriptionLine
from shs.prescription.services.rules import allergy_classes
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

    def test_an_allergy_is_found_by_name_class_synonym_and_in_bangla(self):
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

    def test_resolved_and_erroneous_allergies_do_not_warn(self):
        self.note("allergy", "Penicillin").resolve(reason="tested negative")
        self.note("allergy", "Amoxicillin").mark_entered_in_error("another patient")
        self.assertEqual(self.check("Amoxicillin").warnings, [])

    def test_the_catalogue_entry_decides_whatever_the_typed_name(self):
        self.note("allergy", "Penicillin")
        row = Medication.objects.filter(generic_name="amoxicillin").first()
        self.assertEqual(self.kinds(self.check("Moxacil 500", medication=row)), [("allergy", "Moxacil 500")])

    def test_a_duplicate_generic_is_found_also_in_combinations(self):
        checked = self.check("Amoxicillin 500 mg", "amoxicillin + clavulanic acid 625", "Paracetamol")
        self.assertEqual(self.kinds(checked), [("duplicate", "amoxicillin + clavulanic acid 625")])
        Prescription.objects.get(status="draft").cancel(reason="next")
        self.assertEqual(self.kinds(self.check("Napa 500 mg", "napa tablet")), [("duplicate", "napa tablet")])

    def test_a_medicine_already_taken_or_prescribed_is_found(self):
        self.note("medication", "Metformin 500 mg")
        self.prescribe(self.confirmed_visit(minutes_ago=120, days=6), medications=[PARACETAMOL])
        checked = self.check("metformin 850 mg", "Acetaminophen", "Amoxicillin")
        self.assertEqual(self.kinds(checked), [("active", "metformin 850 mg"), ("active", "Acetaminophen")])

    def test_an_amendment_is_not_compared_with_the_version_it_replaces(self):
        draft = services.begin_amendment(issued=self.prescribe(), by=self.carol, now=timezone.now())
        self.assertEqual(services.check(draft, now=timezone.now()).warnings, [])

    def test_a_chart_without_allergies_counts_as_unchecked(self):
        said = " ".join(self.check("Amoxicillin").not_checked)
        self.assertIn("no allergies are recorded and nobody asked", said)
        self.assertIn("no other medicines", said)

    def test_unknown_medicines_and_allergies_are_reported(self):
        self.note("allergy", "Pollen")
        said = " ".join(self.check("Napa 500 mg").not_checked)
        self.assertIn("“Pollen” does not match any known medicine", said)
        self.assertIn("Napa 500 mg is not checked, because the name is not in the catalogue", said)

    def test_unchecked_items_are_stored_with_the_prescription(self):
        self.assertIn("no allergies are recorded and nobody asked", " ".join(self.prescribe().not_checked))


class Catalogues(TestCase):
    def test_every_class_has_a_medicine_in_the_catalogue(self):
        codes = list(Medication.objects.values_list("atc_code", flat=True))
        for known in allergy_classes():
            with self.subTest(known=known.name):
                self.assertTrue(any(code.startswith(known.atc) for code in codes))

    def test_the_catalogues_have_sources(self):
        self.assertGreater(Medication.objects.values("generic_name").distinct().count(), 450)
        self.assertFalse(Medication.objects.filter(source="").exists())
        self.assertFalse(Medication.objects.filter(source_year=None).exists())

    def test_every_medicine_passes_its_own_rules(self):
        for row in Medication.objects.all():
            row.full_clean(validate_unique=False, validate_constraints=False)
