"""Red flags in English and Bangla, and their editing as data."""

import re

from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shs.predict.models import RedFlag, WordList
from shs.predict.tests.once import read_once
from shs.predict.urgency import in_their_language, red_flags
from shs.predict.words import PERSON

EMERGENCIES = {
    "chest-pain-danger": ["chest pain and breathlessness", "chest pian with sweating", "বুকে ব্যথা আর শ্বাসকষ্ট হচ্ছে"],
    "stroke-signs": ["my face is drooping and slurred speech", "মুখ বেঁকে গেছে, কথা জড়িয়ে যাচ্ছে"],
    "suicidal-thoughts": ["I want to die", "I do not want to live any more", "আত্মহত্যা করতে ইচ্ছে করে"],
    "bleeding-in-pregnancy": ["my wife is 7 months pregnant and bleeding", "গর্ভবতী, রক্ত যাচ্ছে"],
    "dengue-warning": ["dengue fever with severe belly pain and vomiting again and again"],
    "severe-breathlessness": ["i can't breathe", "শ্বাস নিতে পারছি না"],
    "snake-bite": ["bitten by a snake in the field"],
}
HARMLESS = [
    "",
    "fever",
    "fever, cough, headache",
    "no chest pain, no breathlessness",
    "no chest pain or breathlessness",
    "বুকে ব্যথা নেই, শ্বাসকষ্টও নেই",
    "I don't want to die",
    "I am pregnant, no bleeding",
    "heartburn after food",
    "stomach pain",
    "loose motion since two days",
    "bleeding gums",
    "'; DROP TABLE predict_redflag; --",
    "\u202e\ufffd💉",
]


def slugs(said) -> list[str]:
    return [rule.slug for rule in red_flags(said)]


class Rules(TestCase):
    def test_emergencies_are_detected_in_english_and_bangla(self):
        self.enterContext(read_once())
        for slug, texts in EMERGENCIES.items():
            for text in texts:
                with self.subTest(text=text):
                    self.assertIn(slug, slugs(text))

    def test_harmless_or_negated_symptoms_are_no_emergency(self):
        self.enterContext(read_once())
        for text in HARMLESS:
            with self.subTest(text=text):
                self.assertEqual(slugs(text), [])

    def test_signs_in_separate_entries_are_combined(self):
        self.assertIn("chest-pain-danger", slugs(["chest pain", "fever", "sweating a lot"]))

    def test_a_negation_applies_to_its_own_entry_only(self):
        self.assertIn("severe-breathlessness", slugs(["fever: no", "cannot breathe"]))

    def test_checking_takes_two_queries(self):
        with CaptureQueriesContext(connection) as caught:
            red_flags("chest pain and breathlessness")
        self.assertEqual(len(caught), 2)

    def test_a_change_is_used_at_once_and_has_a_history(self):
        rule = RedFlag.objects.get(slug="snake-bite")
        rule.is_active = False
        rule.save()
        self.assertNotIn("snake-bite", slugs("snake bite"))
        rule.is_active, rule.groups = True, [["cobra"]]
        rule.save()
        self.assertIn("snake-bite", slugs("a cobra bit me"))
        self.assertEqual(rule.history.first().groups, [["cobra"]])

    def test_every_rule_has_advice_in_both_languages_and_can_match(self):
        self.enterContext(read_once())
        for rule in RedFlag.objects.all():
            with self.subTest(rule=rule.slug):
                rule.full_clean()
                self.assertTrue(rule.message and rule.message_bn and rule.source)
                said = [self.spoken(group) for group in rule.groups]
                self.assertIn(rule.slug, slugs("\n".join(said)))

    def spoken(self, group: list[str]) -> str:
        """The first phrase of a group that can be said, with the first word of each list."""
        phrase = next(phrase for phrase in group if not phrase.startswith("@"))
        phrase = re.sub(r"\{#(\d+)[^}]*\}", r"\1", phrase.replace(PERSON, "i").removeprefix("="))
        return re.sub(r"\{([^}]*)\}", lambda match: WordList.objects.get(slug=match[1]).words[0].strip("="), phrase)

    def test_a_rule_without_a_phrase_is_refused(self):
        rule = RedFlag(slug="x", name="X", message="Go.", source="the tests")
        for groups in ([], [[]], [["chest"], []], [["..."]], "chest", [["x" * 101]], [[5]], [{}], None, {}):
            rule.groups = groups
            with self.subTest(groups=groups), self.assertRaises(ValidationError):
                rule.full_clean()


class Language(TestCase):
    def test_users_who_write_or_read_bangla_get_bangla_advice(self):
        rule = RedFlag.objects.get(slug="snake-bite")
        self.assertEqual(in_their_language(rule, "snake bite"), rule.message)
        self.assertEqual(in_their_language(rule, ["সাপে কামড়"]), rule.message_bn)
        with translation.override("bn"):
            self.assertEqual(in_their_language(rule, "snake bite"), rule.message_bn)
        rule.message_bn = ""
        self.assertEqual(in_their_language(rule, "সাপে কামড়"), rule.message)
