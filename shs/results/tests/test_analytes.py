"""Values: units, ranges, limits; each case names where its numbers are from."""

import json
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.test import SimpleTestCase, tag

from shs.core.errors import Invalid
from shs.results.analytes import ANALYTES, CRITICAL, LABORATORY, Typed, by_loinc, in_unit, measured, to_stored
from shs.results.schemas import Code
from shs.results.tests.scenes import value

DAY, GROWN_UP, CHILD = date(2026, 11, 1), date(1980, 5, 1), date(2020, 5, 1)


def say(typed: Typed, sex: str = "female", born: date | None = GROWN_UP):
    return measured(typed, sex=sex, born=born, day=DAY)


@tag("any_database")
class Units(SimpleTestCase):
    def test_both_units_of_the_guidelines_are_the_same_value(self):
        """ADA: 126 mg/dL is 7.0 mmol/L, 6.5 % is 48 mmol/mol; ATP III: 200 mg/dL of cholesterol is 5.2 mmol/L, 150
        of triglycerides 1.7; MSD: 1.2 mg/dL of creatinine is 106 µmol/L."""
        for code, typed, unit, stored, places in (
            ("glucose_fasting", "126", "mg/dL", "7.0", "0.1"),
            ("hba1c", "6.5", "%", "48", "1"),
            ("hba1c", "5.7", "%", "39", "1"),
            ("cholesterol_total", "200", "mg/dL", "5.2", "0.1"),
            ("cholesterol_ldl", "130", "mg/dL", "3.4", "0.1"),
            ("triglycerides", "150", "mg/dL", "1.7", "0.1"),
            ("creatinine", "1.2", "mg/dL", "106", "1"),
            ("haemoglobin", "14", "g/dL", "140", "1"),
            ("white_cells", "8500", "/µL", "8.5", "0.1"),
            ("platelets", "250000", "/µL", "250", "1"),
        ):
            with self.subTest(code=code, typed=typed):
                found = to_stored(ANALYTES[code], Decimal(typed), unit)
                self.assertEqual(found.quantize(Decimal(places)), Decimal(stored))

    def test_a_value_comes_back_from_the_stored_unit(self):
        for one in ANALYTES.values():
            for unit in one.units:
                typed = in_unit(one, sum(one.possible) / 2, unit.name)
                with self.subTest(code=one.code, unit=unit.name):
                    again = in_unit(one, to_stored(one, typed, unit.name), unit.name)
                    self.assertAlmostEqual(again / typed, 1, places=3)

    def test_every_factor_range_and_limit_has_a_source(self):
        for one in ANALYTES.values():
            for unit in one.units[1:]:
                self.assertTrue(unit.source, f"{one.code} {unit.name}")
            for usual in one.usual:
                self.assertTrue(usual.source, one.code)
            if one.critical:
                self.assertEqual(one.critical.source, CRITICAL)
            self.assertIn(one.loinc_unit, [unit.name for unit in one.units])

    def test_the_api_knows_every_code(self):
        self.assertEqual(set(Code.__args__), set(ANALYTES))

    def test_another_unit_and_another_code_are_refused(self):
        for typed in (value("creatinine", "1", "mg"), value("sodium", "140", "mmol/L")):
            with self.assertRaises(Invalid):
                say(typed)


@tag("any_database")
class Ranges(SimpleTestCase):
    def test_the_printed_range_comes_first(self):
        found = say(value("glucose_fasting", "5.9", "mmol/L", "3.5", "6.1"))
        self.assertEqual((found.flag, found.range_source), ("normal", LABORATORY))

    def test_usual_ranges_of_adults(self):
        for code, typed, unit, sex, flag in (
            ("glucose_fasting", "99", "mg/dL", "", "normal"),
            ("glucose_fasting", "100", "mg/dL", "", "high"),
            ("glucose_fasting", "5.6", "mmol/L", "", "high"),
            ("glucose_fasting", "65", "mg/dL", "", "low"),
            ("glucose_random", "199", "mg/dL", "", "normal"),
            ("glucose_random", "11.1", "mmol/L", "", "high"),
            ("hba1c", "5.6", "%", "", "normal"),
            ("hba1c", "39", "mmol/mol", "", "high"),
            ("cholesterol_total", "200", "mg/dL", "", "high"),
            ("cholesterol_ldl", "129", "mg/dL", "", "normal"),
            ("cholesterol_hdl", "39", "mg/dL", "", "low"),
            ("cholesterol_hdl", "1.0", "mmol/L", "", "normal"),
            ("triglycerides", "150", "mg/dL", "", "high"),
            ("creatinine", "1.3", "mg/dL", "", "high"),
            ("haemoglobin", "13", "g/dL", "female", "normal"),
            ("haemoglobin", "13", "g/dL", "male", "low"),
            ("haemoglobin", "13", "g/dL", "other", ""),
            ("white_cells", "11500", "/µL", "", "high"),
            ("white_cells", "8500", "/µL", "", "normal"),
            ("platelets", "140000", "/µL", "", "low"),
        ):
            with self.subTest(code=code, typed=typed, unit=unit, sex=sex):
                self.assertEqual(say(value(code, typed, unit), sex).flag, flag)

    def test_of_children_and_of_unknown_age_no_default_is_taken(self):
        for born in (CHILD, None):
            found = say(value("creatinine", "1.0", "mg/dL"), born=born)
            self.assertEqual((found.flag, found.range_source, found.low), ("", "", None))

    def test_an_impossible_value_is_refused_with_the_possible_ones_in_its_unit(self):
        with self.assertRaises(Invalid) as refused:
            say(value("haemoglobin", "98", "g/dL"))
        self.assertEqual(
            str(refused.exception.detail),
            "Haemoglobin must be from 0.5 to 30 g/dL: check the number and its unit.",
        )

    def test_ends_of_a_range_the_wrong_way_round_are_refused(self):
        with self.assertRaises(Invalid):
            say(value("creatinine", "1.0", "mg/dL", "1.2", "0.6"))

    def test_critical_limits(self):
        """Main Line Health Laboratories: at or beyond these."""
        for code, typed, unit, is_critical in (
            ("glucose_random", "50", "mg/dL", True),
            ("glucose_random", "51", "mg/dL", False),
            ("glucose_random", "450", "mg/dL", True),
            ("glucose_random", "24.9", "mmol/L", False),
            ("glucose_random", "25.0", "mmol/L", True),
            ("haemoglobin", "7.0", "g/dL", True),
            ("haemoglobin", "7.1", "g/dL", False),
            ("haemoglobin", "200", "g/L", True),
            ("creatinine", "5.0", "mg/dL", True),
            ("creatinine", "440", "µmol/L", False),
            ("white_cells", "2500", "/µL", True),
            ("white_cells", "30", "×10⁹/L", True),
            ("platelets", "50000", "/µL", True),
            ("platelets", "51000", "/µL", False),
            ("hba1c", "15", "%", False),
        ):
            with self.subTest(code=code, typed=typed, unit=unit):
                self.assertEqual(say(value(code, typed, unit)).is_critical, is_critical)


@tag("any_database")
class Catalogue(SimpleTestCase):
    def test_the_codes_are_those_of_the_catalogue_of_tests(self):
        """Whose codes were checked against LOINC."""
        rows = json.loads((settings.BASE_DIR / "fixtures" / "medical_tests.json").read_text())
        known = {row["fields"].get("loinc_code") for row in rows}
        self.assertLessEqual(set(by_loinc()), known)
        self.assertEqual(len(by_loinc()), len(ANALYTES))
