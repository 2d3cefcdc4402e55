"""Brands that were typed and not chosen: each check takes them for their generic, and says where it is not sure."""

import tomllib
from pathlib import Path

from django.test import TestCase
from django.utils import timezone

from shs.prescription import services
from shs.prescription.demo.brands import add_brands
from shs.prescription.models import Brand, Medication, Prescription, PrescriptionLine
from shs.prescription.services.amounts import Amount, Unread
from shs.prescription.services.checks import amount_of
from shs.prescription.services.findings import Checked, State
from shs.prescription.services.substances import Catalogue
from shs.prescription.tests.scenes import BODY, PARACETAMOL, Surgery
from shs.testing import Api
from shs.tests.prepared import prepared

TABLE = tomllib.loads(Path(__file__).with_name("brand_cases.toml").read_text(encoding="utf-8"))


def add_more() -> None:
    """The brands of the table beside those of the demo."""
    add_brands(timezone.now())
    for name, generic, form, strength, maker in TABLE["more"]:
        row = Medication.objects.filter(generic_name=generic).order_by("pk").first()
        Brand.objects.create(name=name, medication=row, form=form, strength=strength, maker=maker)


class Names(TestCase):
    @classmethod
    def setUpTestData(cls):
        add_more()
        cls.catalogue = Catalogue()

    def test_each_name_is_taken_for_what_it_means(self):
        for name, generics, said in TABLE["cases"]:
            with self.subTest(name=name):
                found = self.catalogue.substance(name)
                wanted = {part for generic in generics.split("; ") for part in generic.split(" + ") if part}
                self.assertEqual(found.generics, wanted)
                self.assertEqual(bool(found.codes), bool(wanted))
                sure = not found.brand.brands or found.brand.is_exact
                told = "unknown" if not found.is_known else "several" if found.can_be_several else "" if sure else said
                self.assertEqual(told, said)
                if said == "read as":
                    self.assertFalse(sure)

    def test_an_entry_of_the_chart_can_name_several_medicines(self):
        found = self.catalogue.substances("Metformin 500 mg twice daily, Omezora and Losarva 50")
        self.assertEqual([sorted(one.generics) for one in found], [["metformin"], ["omeprazole"], ["losartan"]])
        (alone,) = self.catalogue.substances("something, else")
        self.assertEqual((alone.name, alone.is_known), ("something, else", False))

    def test_the_strength_of_a_typed_brand_is_known_only_without_doubt(self):
        for name, expected in (
            ("Alivon 500", (500.0,)),
            ("Alivon", (500.0,)),
            ("Alivon 665", None),
            ("Alivn 500", None),
            ("Duonam", None),
            ("Paracetamol 500", (500.0,)),
            ("Levothyroxine 50", (0.05,)),
            ("Paracetamol 120", None),  # of a liquid, in 5 mL
            ("Paracetamol 333", None),
        ):
            with self.subTest(name=name):
                line = PrescriptionLine(name=name, dosage="1 tablet", frequency="1+0+1")
                amount = amount_of(line, self.catalogue)
                self.assertIsInstance(amount, Unread if expected is None else Amount)
                if isinstance(amount, Amount):
                    self.assertEqual(amount.once, expected)

    def test_the_strength_of_a_chosen_brand_goes_before_that_of_the_nearest_entry(self):
        nearest = Medication.objects.get_by_natural_key("paracetamol", "tablet", "500 mg")
        brand = Brand.objects.create(name="Alivon XR", medication=nearest, form="tablet", strength="665 mg")
        line = PrescriptionLine(name="X", medication=nearest, brand=brand, dosage="2 tablets", frequency="1+1+1")
        amount = amount_of(line, self.catalogue)
        assert isinstance(amount, Amount)
        self.assertEqual((amount.once, amount.day), ((1330.0,), (3990.0,)))

    def test_brands_are_read_once_and_only_for_names_that_are_no_generics(self):
        with self.assertNumQueries(1):
            catalogue = Catalogue()
            for name in ("paracetamol", "losartan 50 mg"):
                catalogue.substance(name)
        with self.assertNumQueries(1):
            for name in ("Alivon", "Omezorra", "Qwertol", "Zyx"):
                catalogue.substance(name)


class Checks(Surgery, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        add_more()

    def check(self, *names: str, **more: object) -> Checked:
        draft = Prescription(diagnosis="x")
        services.begin(draft=draft, visit=self.begun, by=self.carol, now=timezone.now())
        for name in names:
            PrescriptionLine.objects.create(prescription=draft, **{**PARACETAMOL, "name": name, **more})
        return services.check(draft, now=timezone.now())

    def line(self, checked: Checked, kind: str) -> tuple[str, str]:
        return next((line.state, line.text) for line in checked.lines if line.kind == kind)

    def kinds(self, checked: Checked) -> list[tuple[str, str]]:
        return [(found.kind, found.medication) for found in checked.warnings]

    def test_an_allergy_stops_a_typed_brand_in_the_api(self):
        self.note("allergy", "Penicillin", severity="severe")
        row = {"name": "Amoxilar 500", "dosage": "1 capsule", "frequency": "1+1+1", "duration_days": 7}
        body = {"appointment": self.begun.pk, **BODY, "medications": [row]}
        refused = Api(self.carol).post("/prescriptions/", body)
        self.assertEqual(refused.status_code, 422, refused.content)
        self.assertIn("acknowledgement_needed", refused.json()["type"])

    def test_an_allergy_that_is_recorded_by_a_brand_warns_of_its_generic_and_class(self):
        for title in ("Amoxilar", "Allergic to Amoxilar 500: rash", "Amoxilar-এ এলার্জি"):
            with self.subTest(title=title):
                entry = self.note("allergy", title)
                self.assertEqual(self.kinds(self.check("cloxacillin")), [("allergy", "cloxacillin")])
                entry.mark_entered_in_error("a test")
                Prescription.objects.get(status="draft").cancel(reason="next")

    def test_a_denied_allergy_to_a_brand_is_none(self):
        self.note("allergy", "No Amoxilar allergy")
        self.assertEqual(self.check("amoxicillin").warnings, [])

    def test_two_brands_of_one_class_and_one_generic_are_found(self):
        Brand.objects.create(
            name="Naproxira", medication=Medication.objects.filter(generic_name="naproxen").first(), form="tablet"
        )
        checked = self.check("Diclovar 50", "Naproxira", "diclofenac 50 mg")
        self.assertIn(("same_class", "Naproxira"), self.kinds(checked))
        self.assertIn(("duplicate", "diclofenac 50 mg"), self.kinds(checked))

    def test_what_the_patient_takes_is_found_by_its_brand_too(self):
        self.note("medication", "takes Losarva 50 every morning")
        checked = self.check("enalapril tablet 5 mg", "losartan 50 mg")
        self.assertIn(("same_class", "enalapril tablet 5 mg"), self.kinds(checked))
        self.assertIn(("active", "losartan 50 mg"), self.kinds(checked))
        self.assertIn(
            "“takes Losarva 50 every morning” was read as Losarva (losartan)", self.line(checked, "interaction")[1]
        )

    def test_a_dose_of_a_typed_brand_is_checked(self):
        checked = self.check("Alivon 500", dosage="2 tablets", frequency="8 times a day")
        self.assertIn("dose", [found.kind for found in checked.stopping])

    def test_a_name_that_the_catalogue_does_not_have_is_not_checked_by_any_kind(self):
        self.note("allergy", "Penicillin")
        self.note("medication", "Metformin")
        checked = self.check("Qwertol 20")
        for kind in ("allergy", "duplicate", "active", "same_class", "interaction"):
            with self.subTest(kind=kind):
                state, text = self.line(checked, kind)
                self.assertEqual(state, State.NOT_CHECKED)
                self.assertIn("Qwertol 20 is not checked, because the name is not in the catalogue.", text)
        self.assertIn("because the name is not in the catalogue", self.line(checked, "dose")[1])

    def test_a_name_of_several_brands_is_asked_and_compared_with_all(self):
        self.note("allergy", "Ibuprofen")
        checked = self.check("Duonam")
        self.assertEqual(self.kinds(checked), [("allergy", "Duonam")])
        said = " ".join(checked.not_checked)
        self.assertIn("“Duonam” can be Duonam (paracetamol) or Duonam (ibuprofen): choose one of them.", said)
        self.assertIn("because it is not known which medicine is meant", self.line(checked, "dose")[1])

    def test_a_misspelt_brand_is_checked_and_the_answer_asks_to_choose_it(self):
        self.note("allergy", "Penicillin", severity="severe")
        checked = self.check("Amoxiler")
        self.assertEqual(self.kinds(checked), [("allergy", "Amoxiler")])

    def test_an_entry_that_the_patient_takes_nothing_is_no_medicine(self):
        for title in ("None", "No regular medicines", "nil"):
            self.note("medication", title)
        checked = self.check("paracetamol")
        self.assertNotIn("not in the catalogue", " ".join(checked.not_checked))

    def test_a_medicine_of_the_chart_that_the_catalogue_does_not_have_is_told(self):
        self.note("medication", "Qwertol 20")
        state, text = self.line(self.check("paracetamol"), "interaction")
        self.assertEqual(state, State.NOT_CHECKED)
        self.assertIn("“Qwertol 20” of the chart is not compared", text)
