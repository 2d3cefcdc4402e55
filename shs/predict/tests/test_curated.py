"""Checks of the curated knowledge in `fixtures/` against editing mistakes."""

import json
import re
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import SimpleTestCase

from shs.predict.words import Lexicon

BANGLA = re.compile("[\u0980-\u09ff]")
WITH_YEAR = re.compile(r".+, .*(19|20)\d\d$")


def fixture(name: str) -> list[dict[str, Any]]:
    """The rows of one file of `fixtures/`."""
    return json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def twice(things) -> list:
    """The values that occur more than once in `things`."""
    return [thing for thing, count in Counter(things).items() if count > 1]


class CuratedSymptoms(SimpleTestCase):
    def setUp(self):
        self.symptoms = fixture("symptoms")

    def test_there_are_at_least_150_with_unique_names(self):
        self.assertGreaterEqual(len(self.symptoms), 150)
        self.assertEqual(twice(symptom["slug"] for symptom in self.symptoms), [])
        self.assertEqual(twice(symptom["name"] for symptom in self.symptoms), [])

    def test_no_synonym_belongs_to_two_symptoms(self):
        words = [
            word.casefold()
            for symptom in self.symptoms
            for word in (symptom["name"], symptom["name_bn"], *symptom["synonyms"], *symptom["synonyms_bn"])
        ]
        self.assertEqual(twice(words), [])

    def test_no_phrase_matches_two_symptoms(self):
        readings = {
            (Lexicon.bag(word), symptom["slug"])
            for symptom in self.symptoms
            for word in (symptom["name"], symptom["name_bn"], *symptom["synonyms"], *symptom["synonyms_bn"])
        }
        self.assertEqual(twice(bag for bag, _slug in readings), [])

    def test_bangla_synonyms_are_in_bangla_script(self):
        for symptom in self.symptoms:
            for word in (symptom["name_bn"], *symptom["synonyms_bn"]):
                with self.subTest(symptom=symptom["slug"], word=word):
                    self.assertRegex(word, BANGLA)

    def test_each_belongs_to_a_condition(self):
        used = {pair["symptom"] for condition in fixture("conditions") for pair in condition["symptoms"]}
        self.assertEqual({symptom["slug"] for symptom in self.symptoms}, used)


class CuratedConditions(SimpleTestCase):
    def setUp(self):
        self.conditions = fixture("conditions")

    def test_there_are_at_least_80_with_unique_names(self):
        self.assertGreaterEqual(len(self.conditions), 80)
        self.assertEqual(twice(condition["slug"] for condition in self.conditions), [])
        self.assertEqual(twice(condition["name"] for condition in self.conditions), [])

    def test_each_has_six_to_fourteen_symptoms_and_a_usual_one(self):
        for condition in self.conditions:
            with self.subTest(condition=condition["slug"]):
                pairs = condition["symptoms"]
                self.assertTrue(6 <= len(pairs) <= 14)
                self.assertEqual(twice(pair["symptom"] for pair in pairs), [])
                self.assertTrue({"hallmark", "common"} & {pair["usual"] for pair in pairs})

    def test_each_has_a_code_a_specialization_and_a_description_for_patients(self):
        specializations = {row["fields"]["slug"] for row in fixture("specializations")}
        for condition in self.conditions:
            with self.subTest(condition=condition["slug"]):
                self.assertRegex(condition["icd10"], r"^[A-Z]\d\d(\.\d)?$")
                self.assertIn(condition["specialization"], specializations)
                self.assertTrue(condition["description"] and condition["advice"] and condition["red_flags"])

    def test_each_statement_has_a_source_with_a_year(self):
        for condition in self.conditions:
            for claim in (condition, *condition["symptoms"]):
                with self.subTest(condition=condition["slug"], source=claim["source"]):
                    self.assertRegex(claim["source"], WITH_YEAR)


class CuratedRedFlags(SimpleTestCase):
    def setUp(self):
        self.flags = fixture("red_flags")

    def test_each_group_has_english_and_bangla_phrases(self):
        for flag in self.flags:
            for group in flag["groups"]:
                with self.subTest(flag=flag["slug"], group=group[0]):
                    self.assertEqual({bool(BANGLA.search(phrase)) for phrase in group}, {True, False})

    def test_phrases_are_normalized(self):
        for flag in self.flags:
            for phrase in (phrase for group in flag["groups"] for phrase in group):
                with self.subTest(flag=flag["slug"], phrase=phrase):
                    self.assertEqual(phrase, unicodedata.normalize("NFC", phrase.casefold()).strip())

    def test_each_has_advice_in_both_languages(self):
        for flag in self.flags:
            with self.subTest(flag=flag["slug"]):
                self.assertRegex(flag["message"], r"999|hospital|today")
                self.assertRegex(flag["message_bn"], BANGLA)
                self.assertRegex(flag["source"], WITH_YEAR)


class Vignettes(SimpleTestCase):
    def setUp(self):
        path = Path(__file__).parents[1] / "vignettes.toml"
        self.vignettes = tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]

    def test_every_condition_has_a_vignette_and_there_are_no_others(self):
        self.assertEqual(
            {vignette["condition"] for vignette in self.vignettes}, {row["slug"] for row in fixture("conditions")}
        )

    def test_each_has_three_to_seven_symptoms_and_a_source(self):
        self.assertEqual(twice(vignette["id"] for vignette in self.vignettes), [])
        for vignette in self.vignettes:
            with self.subTest(vignette=vignette["id"]):
                self.assertTrue(3 <= len(vignette["symptoms"]) <= 7)
                self.assertRegex(vignette["source"], WITH_YEAR)
