"""Brands: what a prescription says of them, how they are found, merged and deleted."""

from io import BytesIO

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.utils import timezone
from pypdf import PdfReader

from shs.core.errors import StepRefused
from shs.core.records import merge as merging
from shs.core.records import references
from shs.prescription.models import Brand, MedicalTest, Medication, Prescription, PrescriptionLine
from shs.prescription.models.content import digest_of
from shs.prescription.tests.scenes import AMOXICILLIN, BODY, Agreed, Surgery
from shs.testing import Api
from shs.tests.prepared import prepared


class Sold(Surgery):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.amoxicillin = Medication.objects.get_by_natural_key("amoxicillin", "capsule", "500 mg")
        cls.paracetamol = Medication.objects.get_by_natural_key("paracetamol", "tablet", "500 mg")
        cls.amoxilar = cls.brand("Amoxilar", cls.amoxicillin)

    @classmethod
    def brand(cls, name: str, of: Medication, **more) -> Brand:
        return Brand.objects.create(
            name=name, medication=of, **{"form": of.form, "strength": of.strength, "maker": "Padma Labs", **more}
        )

    def of_brand(self, brand: Brand | None = None, **more) -> dict:
        return {**AMOXICILLIN, "name": "", "brand": (brand or self.amoxilar).pk, **more}


class Prescribed(Sold, TestCase):
    def test_the_paper_and_the_answer_name_the_brand_and_its_generic(self):
        found = Api(self.carol).post(
            "/prescriptions/", {"appointment": self.begun.pk, **BODY, "medications": [self.of_brand()]}
        )
        self.assertEqual(found.status_code, 201, found.content)
        medicine = found.json()["medications"][0]
        self.assertEqual((medicine["name"], medicine["generic"]), ("Amoxilar capsule 500 mg", "amoxicillin"))
        paper = Api(self.alice).get(f"/prescriptions/{found.json()['id']}/pdf")
        text = " ".join(PdfReader(BytesIO(paper.content)).pages[0].extract_text().split())
        self.assertIn("Amoxilar capsule 500 mg (amoxicillin)", text)
        checked = Api().get(f"/prescriptions/verify/{found.json()['code']}").json()
        self.assertEqual(checked["medications"][0]["generic"], "amoxicillin")

    def test_a_brand_is_checked_by_its_generic(self):
        self.note("allergy", "Penicillin", severity="severe")
        body = {"appointment": self.begun.pk, **BODY, "medications": [self.of_brand()]}
        refused = Api(self.carol).post("/prescriptions/", body)
        self.assertEqual(refused.status_code, 422)
        self.assertIn("acknowledgement_needed", refused.json()["type"])

    def test_a_prescription_without_brand_is_sealed_as_before_there_were_brands(self):
        issued = self.prescribe()
        content = issued.content()
        for line in content["medications"]:
            self.assertEqual(set(line), {"name", "dosage", "frequency", "duration_days", "instructions"})
        self.assertEqual(digest_of(content), issued.digest)
        self.assertTrue(issued.is_intact())

    def test_no_change_of_the_catalogue_changes_what_was_issued(self):
        issued = self.prescribe(medications=[self.of_brand()])
        self.amoxilar.name, self.amoxilar.medication = "Other", self.paracetamol
        self.amoxilar.save()
        self.amoxicillin.generic_name = "renamed"
        self.amoxicillin.save()
        issued = Prescription.objects.in_full().get(pk=issued.pk)
        self.assertTrue(issued.is_intact())
        line = issued.lines.get()
        self.assertEqual((line.name, line.generic), ("Amoxilar capsule 500 mg", "amoxicillin"))

    def test_a_forged_generic_breaks_the_seal(self):
        issued = self.prescribe(medications=[self.of_brand()])
        PrescriptionLine.objects.without_history("a forger").filter(prescription=issued).update(generic="water")
        self.assertFalse(Prescription.objects.get(pk=issued.pk).is_intact())

    def test_ids_that_cannot_be_chosen_are_refused_by_name(self):
        archived = self.brand("Oldlar", self.amoxicillin)
        archived.archive(reason="gone", now=timezone.now())
        for row, field in (
            (self.of_brand(archived), "medications.0.brand"),
            ({**AMOXICILLIN, "brand": 10**9}, "medications.0.brand"),
            ({**AMOXICILLIN, "medication": 10**9}, "medications.0.medication"),
            (self.of_brand(medication=self.paracetamol.pk), "medications.0.brand"),
            ({**AMOXICILLIN, "name": ""}, "medications.0.name"),
        ):
            with self.subTest(field=field, row=row):
                body = {"appointment": self.begun.pk, **BODY, "medications": [row]}
                refused = Api(self.carol).post("/prescriptions/", body)
                self.assertEqual(refused.status_code, 422, refused.content)
                self.assertEqual(refused.json()["errors"][0]["field"], field)

    def test_the_office_refuses_a_brand_of_another_medicine(self):
        line = PrescriptionLine(name="x", medication=self.paracetamol, brand=self.amoxilar)
        with self.assertRaisesMessage(ValidationError, "Amoxilar contains amoxicillin, and not paracetamol"):
            line.clean()


class Found(Sold, TestCase):
    def find(self, words: str, who=None) -> list[dict]:
        found = Api(who or self.carol).get("/medicines/", q=words)
        self.assertEqual(found.status_code, 200, found.content)
        return found.json()

    def test_three_letters_of_a_brand_find_it_with_its_generic(self):
        found = self.find("Amoxil")
        self.assertEqual([(row["found_by"], row["brand"]["name"]) for row in found], [("brand", "Amoxilar")])
        self.assertEqual((found[0]["generic"], found[0]["medication"]), ("amoxicillin", self.amoxicillin.pk))
        self.assertEqual(found[0]["atc_code"], "J01CA04")

    def test_generics_come_before_brands_and_say_so(self):
        kinds = [row["found_by"] for row in self.find("amo")]
        self.assertEqual(kinds, sorted(kinds, reverse=True))
        self.assertEqual({"generic", "brand"}, set(kinds))
        self.assertLessEqual(len(kinds), 20)

    def test_archived_ones_are_not_offered(self):
        self.amoxilar.archive(reason="gone", now=timezone.now())
        self.assertEqual(self.find("Amoxilar"), [])

    def test_patients_do_not_search_the_catalogue_and_two_letters_are_needed(self):
        self.assertEqual(Api(self.alice).get("/medicines/", q="amo").status_code, 403)
        self.assertEqual(Api(self.carol).get("/medicines/", q="a").status_code, 422)

    def test_it_takes_the_same_queries_however_many_there_are(self):
        from shs.prescription.finding import find_medicines

        for count in (1, 40):
            for at in range(count):
                self.brand(f"Zetalin {count} {at}", self.paracetamol)
            with self.assertNumQueries(2):
                self.assertTrue(find_medicines("zeta"))


class Tidied(Sold, TestCase):
    def test_a_brand_to_which_nothing_refers_is_deleted_and_one_in_use_is_not(self):
        typo = self.brand("Amoxilra", self.amoxicillin)
        references.delete(typo)
        self.assertFalse(Brand.objects.filter(pk=typo.pk).exists())
        self.prescribe(medications=[self.of_brand()])
        with self.assertRaises(references.InUse):
            references.delete(self.amoxilar)

    def test_a_merge_keeps_what_was_prescribed(self):
        typo = self.brand("Amoxilra", self.amoxicillin)
        issued = self.prescribe(medications=[self.of_brand(typo)])
        merging.merge(typo, self.amoxilar, by=self.frank, reason="mistyped", now=timezone.now())
        issued = Prescription.objects.in_full().get(pk=issued.pk)
        line = issued.lines.get()
        self.assertEqual(
            (line.brand, line.medication, line.name), (self.amoxilar, self.amoxicillin, "Amoxilra capsule 500 mg")
        )
        self.assertTrue(issued.is_intact())
        merging.undo(Brand.objects.get(pk=typo.pk), by=self.frank, reason="undone", now=timezone.now())
        self.assertEqual(issued.lines.get().brand, typo)

    def test_brands_of_different_generics_are_not_merged(self):
        other = self.brand("Alivon", self.paracetamol)
        with self.assertRaisesMessage(StepRefused, "Alivon contains paracetamol, and Amoxilar amoxicillin"):
            merging.merge(other, self.amoxilar, by=self.frank, reason="mistyped", now=timezone.now())
        other.refresh_from_db()
        self.assertFalse(other.is_archived)

    def test_a_merged_medicine_takes_its_brands_with_it(self):
        typo = Medication.objects.create(generic_name="amoxcilin", form="capsule", strength="500 mg")
        brand = self.brand("Moxira", typo)
        merging.merge(typo, self.amoxicillin, by=self.frank, reason="mistyped", now=timezone.now())
        brand.refresh_from_db()
        self.assertEqual(brand.medication, self.amoxicillin)

    def test_a_test_is_deleted_or_merged_too(self):
        typo = MedicalTest.objects.create(name="Haemoglobni")
        right = MedicalTest.objects.get(name="Haemoglobin")
        issued = self.prescribe(tests=[{"name": "Haemoglobni"}], reasons=Agreed())
        self.assertEqual(issued.tests.get().test, typo)
        with self.assertRaises(references.InUse):
            references.delete(typo)
        merging.merge(typo, right, by=self.frank, reason="mistyped", now=timezone.now())
        issued = Prescription.objects.in_full().get(pk=issued.pk)
        self.assertEqual((issued.tests.get().test, issued.is_intact()), (right, True))
        unused = MedicalTest.objects.create(name="Nothing refers to it")
        references.delete(unused)
        self.assertFalse(MedicalTest.objects.filter(pk=unused.pk).exists())
