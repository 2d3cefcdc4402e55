"""Allergies to excipients: they warn where it is known what a brand contains, and otherwise say that it is not."""

import tomllib
from pathlib import Path
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from shs.medical_record.models import MedicalRecord
from shs.prescription import checks
from shs.prescription.models import Brand, Medication
from shs.prescription.services import excipients, judge
from shs.prescription.services.findings import Checked, State
from shs.prescription.services.sources import sources
from shs.prescription.services.substances import Catalogue
from shs.prescription.tests.scenes import AMOXICILLIN, BODY, Surgery
from shs.testing import Api

TABLE = tomllib.loads(Path(__file__).with_name("excipient_cases.toml").read_text(encoding="utf-8"))


class Cases(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.catalogue = Catalogue()

    def judge(self, title: str, medicine: str, listed: str) -> Checked:
        entry = MedicalRecord(pk=1, kind="allergy", title=title, status="active", recorded_at=timezone.now())
        found = self.catalogue.substance(medicine)
        self.assertTrue(found.is_known, medicine)
        return judge(
            [found._replace(listed=listed)],
            allergies=[entry],
            taken=[],
            is_taking_known=True,
            catalogue=self.catalogue,
        )

    def test_each_case(self):
        for title, medicine, listed, expected, _fact in TABLE["cases"]:
            with self.subTest(title=title, medicine=medicine, listed=listed):
                checked = self.judge(title, medicine, listed)
                found = [warning for warning in checked.warnings if warning.kind == "allergy"]
                (line,) = [line for line in checked.lines if line.kind == "allergy"]
                said = "nothing" if line.state == State.NOTHING_FOUND else "not checked"
                if found:
                    said = "stops" if found[0].stops else "minor"
                self.assertEqual(said, expected)

    def test_each_case_names_a_source(self):
        for *_case, fact in TABLE["cases"]:
            self.assertTrue(fact == "words" or fact in sources(), fact)

    def test_what_is_not_known_is_told_with_the_names(self):
        (sentence,) = [said for said in self.judge("Lactose", "loratadine", "").not_checked if "Lactose" in said]
        self.assertEqual(
            sentence, "“Lactose” is not checked for loratadine, because the excipients of this brand are not known."
        )

    def test_a_warning_names_what_was_read(self):
        (found,) = self.judge("Peanut", "progesterone capsule 200 mg", "").warnings
        self.assertIn("contains peanut oil", found.text)
        self.assertIn("US FDA, Label of progesterone capsules", found.text)


class Brands(Surgery, TestCase):
    def prescribe_brand(self, **row):
        return Api(self.carol).post(
            "/prescriptions/",
            {"appointment": self.begun.pk, **BODY, "medications": [{**AMOXICILLIN, "name": "", **row}]},
        )

    def test_a_brand_that_lists_gelatin_stops_chosen_or_typed(self):
        amoxicillin = Medication.objects.get_by_natural_key("amoxicillin", "capsule", "500 mg")
        brand = Brand.objects.create(
            name="Amoxilar", medication=amoxicillin, form="capsule", strength="500 mg", excipients="gelatin shell"
        )
        self.note("allergy", "Gelatin")
        for row in ({"brand": brand.pk}, {"name": "Amoxilar 500"}):
            with self.subTest(row=row):
                refused = self.prescribe_brand(**row)
                self.assertEqual(refused.status_code, 422, refused.content)
                self.assertIn("contains gelatin", refused.content.decode())

    def test_a_brand_whose_excipients_nobody_entered_is_told_and_does_not_stop(self):
        self.note("allergy", "Gelatin")
        issued = self.prescribe_brand(name="Amoxicillin 500 mg")
        self.assertEqual(issued.status_code, 201, issued.content)
        said = issued.content.decode()
        self.assertIn("because the excipients of this brand are not known", said)


class Rules(TestCase):
    def test_a_rule_without_a_known_source_is_refused(self):
        self.addCleanup(excipients.contained.cache_clear)
        excipients.contained.cache_clear()
        row = {"of": ["propofol"], "excipient": "soya", "source": "nobody"}
        with mock.patch.object(excipients, "tables", return_value=[row]):
            (error,) = checks.every_rule_has_a_source()
        self.assertEqual(error.id, "shs.E039")
        self.assertIn("nobody", error.msg)
