"""The rules in the files: sources, numbers, and that the check of `manage.py check` refuses one without."""

from unittest import mock

from django.test import SimpleTestCase, TestCase

from shs.prescription import checks
from shs.prescription.services import ruleset
from shs.prescription.services.rules import CODE
from shs.prescription.services.ruleset import FILES, cautions, doses, faults, interactions, youngest
from shs.prescription.services.sources import sources
from shs.prescription.services.substances import Catalogue


class Rules(TestCase):
    def test_they_are_complete(self):
        self.assertEqual(list(faults()), [])
        self.assertEqual(checks.every_rule_has_a_source(), [])

    def test_there_are_as_many_as_are_needed(self):
        for_children = {
            limit.generic
            for limits in doses().values()
            for limit in limits
            if (limit.day_kg or limit.once_kg) and limit.to_years <= 18
        }
        self.assertGreaterEqual(len(doses()), 80)
        self.assertGreaterEqual(len(for_children), 30)
        self.assertGreaterEqual(len(interactions()), 60)

    def test_each_member_is_a_known_medicine_or_the_beginning_of_a_code(self):
        catalogue = Catalogue()
        named = set(doses()) | set(youngest())
        named |= {member for kind in FILES for rule in cautions(kind) for member in rule.of}
        for member in sorted(named):
            with self.subTest(member=member):
                self.assertTrue(CODE.match(member) or catalogue.substance(member).generics, member)

    def test_limits_of_a_generic_do_not_contradict_each_other(self):
        for generic, limits in doses().items():
            for limit in limits:
                with self.subTest(generic=generic, years=limit.from_years):
                    self.assertTrue(not limit.once or not limit.day or limit.once <= limit.day)
                    self.assertTrue(not limit.once_kg or not limit.day_kg or limit.once_kg <= limit.day_kg)

    def test_each_source_says_what_was_read_and_when(self):
        for source in sources().values():
            with self.subTest(source=source.key):
                self.assertTrue(source.organisation and source.document)
                self.assertGreaterEqual(source.read.year, 2026)
                self.assertGreaterEqual(source.year, 1990)

    def test_each_sentence_is_in_both_languages(self):
        for kind in FILES:
            for rule in cautions(kind):
                with self.subTest(kind=kind, rule=rule.id):
                    self.assertNotEqual(rule.why.en, rule.why.bn)


class Refusals(SimpleTestCase):
    def tearDown(self):
        ruleset.doses.cache_clear()

    def test_a_dose_without_a_known_source_is_refused(self):
        ruleset.doses.cache_clear()
        row = ["paracetamol", "mouth", 12, 130, 1000, 4000, 0, 0, "max", "nobody"]
        with mock.patch.object(ruleset, "rows", return_value=[row]):
            (error,) = checks.every_rule_has_a_source()
        self.assertEqual(error.id, "shs.E039")
        self.assertIn("nobody", error.msg)

    def test_a_dose_without_a_limit_is_refused(self):
        ruleset.doses.cache_clear()
        row = ["paracetamol", "mouth", 12, 130, 0, 0, 0, 0, "max", "hesperian"]
        real = ruleset.rows
        with mock.patch.object(ruleset, "rows", side_effect=lambda f, n: [row] if n == "doses" else real(f, n)):
            (error,) = checks.every_rule_has_a_source()
        self.assertIn("has no limit", error.msg)
