"""Red flags: they hold for what is said in either language, and are data."""

from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shs.predict.models import RedFlag
from shs.predict.services import in_their_language, red_flags

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
    def test_emergencies_are_seen_in_english_and_bangla(self):
        for slug, texts in EMERGENCIES.items():
            for text in texts:
                with self.subTest(text=text):
                    self.assertIn(slug, slugs(text))

    def test_what_is_harmless_or_denied_is_no_emergency(self):
        for text in HARMLESS:
            with self.subTest(text=text):
                self.assertEqual(slugs(text), [])

    def test_signs_that_are_named_one_by_one_are_read_together(self):
        self.assertIn("chest-pain-danger", slugs(["chest pain", "fever", "sweating a lot"]))

    def test_a_denial_of_one_entry_says_nothing_of_the_next(self):
        self.assertIn("severe-breathlessness", slugs(["fever: no", "cannot breathe"]))

    def test_one_query_is_all_that_is_asked(self):
        with CaptureQueriesContext(connection) as caught:
            red_flags("chest pain and breathlessness")
        self.assertEqual(len(caught), 1)

    def test_a_change_counts_at_once_and_is_kept(self):
        rule = RedFlag.objects.get(slug="snake-bite")
        rule.is_active = False
        rule.save()
        self.assertNotIn("snake-bite", slugs("snake bite"))
        rule.is_active, rule.groups = True, [["cobra"]]
        rule.save()
        self.assertIn("snake-bite", slugs("a cobra bit me"))
        self.assertEqual(rule.history.first().groups, [["cobra"]])

    def test_every_rule_of_the_fixtures_says_what_to_do_in_both_languages_and_can_hold(self):
        for rule in RedFlag.objects.all():
            with self.subTest(rule=rule.slug):
                rule.full_clean()
                self.assertTrue(rule.message and rule.message_bn and rule.source)
                self.assertIn(rule.slug, slugs("\n".join(group[0] for group in rule.groups)))

    def test_a_rule_without_a_phrase_would_hold_for_everything_and_is_refused(self):
        rule = RedFlag(slug="x", name="X", message="Go.", source="the tests")
        for groups in ([], [[]], [["chest"], []], [["..."]], "chest", [["x" * 101]], [[5]], [{}], None, {}):
            rule.groups = groups
            with self.subTest(groups=groups), self.assertRaises(ValidationError):
                rule.full_clean()


class Language(TestCase):
    def test_who_writes_or_reads_bangla_is_answered_in_bangla(self):
        rule = RedFlag.objects.get(slug="snake-bite")
        self.assertEqual(in_their_language(rule, "snake bite"), rule.message)
        self.assertEqual(in_their_language(rule, ["সাপে কামড়"]), rule.message_bn)
        with translation.override("bn"):
            self.assertEqual(in_their_language(rule, "snake bite"), rule.message_bn)
        rule.message_bn = ""
        self.assertEqual(in_their_language(rule, "সাপে কামড়"), rule.message)
