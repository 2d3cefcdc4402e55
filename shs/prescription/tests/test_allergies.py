"""Recorded allergies as they are understood: a table of cases, each with the source of its medical fact."""

import re
import tomllib
from pathlib import Path

from django.test import TestCase
from django.utils import timezone

from shs.medical_record.models import MedicalRecord
from shs.prescription.services import judge
from shs.prescription.services.findings import Checked, State
from shs.prescription.services.rules import cross_reactions
from shs.prescription.services.substances import Catalogue
from shs.prescription.services.words import distance

TABLE = tomllib.loads(Path(__file__).with_name("allergy_cases.toml").read_text(encoding="utf-8"))
FACTS: dict[str, str] = TABLE["facts"]
CASES: list[tuple[str, str, str, str]] = [tuple(row) for row in TABLE["cases"]]


class Cases(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.catalogue = Catalogue()

    def judge(self, title: str, medicine: str, kind: str = "allergy", **more: str) -> Checked:
        entry = MedicalRecord(pk=1, kind=kind, title=title, status="active", recorded_at=timezone.now(), **more)
        return judge(
            [self.catalogue.substance(medicine)],
            allergies=[entry],
            taken=[],
            is_taking_known=True,
            catalogue=self.catalogue,
        )

    def said(self, checked: Checked) -> str:
        """What the check says about allergies, as the table names it."""
        found = [warning for warning in checked.warnings if warning.kind == "allergy"]
        if found:
            return "stops" if found[0].stops else "minor"
        (line,) = [line for line in checked.lines if line.kind == "allergy"]
        if "asked on" in line.text:
            return "asked"
        if "nobody asked" in line.text:
            return "not asked"
        return "nothing" if line.state == State.NOTHING_FOUND else "not understood"

    def test_each_case_of_the_table(self):
        self.assertGreaterEqual(len(CASES), 31)
        for title, medicine, expected, _fact in CASES:
            with self.subTest(allergy=title, medicine=medicine):
                self.assertEqual(self.said(self.judge(title, medicine)), expected)

    def test_each_case_names_the_source_of_its_fact(self):
        for title, _medicine, _expected, fact in CASES:
            with self.subTest(allergy=title):
                self.assertIn(fact, FACTS)
        for name, source in FACTS.items():
            with self.subTest(fact=name):
                self.assertTrue(name == "words" or re.search(r"(19|20)\d\d", source))

    def test_a_reaction_across_classes_stops_if_the_allergy_is_severe(self):
        checked = self.judge("Penicillin", "cefixime", severity="severe")
        self.assertEqual(self.said(checked), "stops")
        self.assertIn("2019", checked.warnings[0].text)

    def test_each_reaction_across_classes_has_a_source(self):
        for rule in cross_reactions():
            with self.subTest(rule=rule.id):
                self.assertTrue(rule.source)
                self.assertGreater(rule.year, 1990)
                self.assertIn(rule.likelihood, {"raised", "low"})

    def test_no_known_allergies_is_checked_and_says_when_somebody_asked(self):
        self.assertEqual(self.said(self.judge("No known allergies", "amoxicillin", kind="no_allergies")), "asked")

    def test_no_medicine_of_the_catalogue_is_taken_for_another(self):
        for generic in self.catalogue.codes:
            if " + " in generic:
                continue
            with self.subTest(generic=generic):
                self.assertIn(generic, self.catalogue.substance(generic).generics)


class Letters(TestCase):
    def test_the_distance_counts_wrong_missing_and_extra_letters(self):
        for one, other, expected in (("abc", "abc", 0), ("abc", "abd", 1), ("abc", "abcd", 1), ("abc", "bc", 1)):
            self.assertEqual(distance(one, other, 2), expected)
        self.assertEqual(distance("abcdef", "uvwxyz", 2), 3)
