"""Vital signs: which values are refused, and which are flagged by a guideline."""

from django.test import SimpleTestCase

from shs.core.errors import Invalid
from shs.medical_record.schemas import VitalSigns
from shs.medical_record.vital_signs import SIGNS, checked, flags

HEALTHY = {
    "temperature_c": 36.8,
    "pulse_bpm": 72,
    "systolic_mmhg": 115,
    "diastolic_mmhg": 75,
    "respiratory_rate": 14,
    "spo2_percent": 98,
    "weight_kg": 62.5,
    "height_cm": 168,
}


class VitalSign(SimpleTestCase):
    def test_the_route_accepts_exactly_the_known_signs(self):
        self.assertEqual(set(VitalSigns.model_fields), set(SIGNS))

    def test_a_healthy_adult_is_not_flagged(self):
        self.assertEqual(checked(HEALTHY), HEALTHY)
        self.assertEqual(flags(HEALTHY, age=40), [])

    def test_missing_values_are_omitted(self):
        self.assertEqual(checked({"pulse_bpm": 72, "weight_kg": None}), {"pulse_bpm": 72})

    def test_impossible_values_are_refused_with_their_field(self):
        for sign in SIGNS.values():
            for value in (sign.possible[0] - 0.1, sign.possible[1] + 0.1, -1, 10**400, "72", True, float("nan")):
                with self.subTest(sign=sign.name, value=str(value)[:8]), self.assertRaises(Invalid) as caught:
                    checked({sign.name: value})
                self.assertEqual(caught.exception.field, f"vital_signs.{sign.name}")

    def test_an_unknown_sign_is_refused(self):
        with self.assertRaises(Invalid):
            checked({"mood": 3})

    def test_a_diastolic_pressure_above_the_systolic_one_is_refused(self):
        with self.assertRaises(Invalid):
            checked({"systolic_mmhg": 80, "diastolic_mmhg": 120})

    def test_values_outside_of_a_guideline_are_flagged_with_the_guideline(self):
        expected = {
            ("temperature_c", 36.0): ("low", "NEWS"),
            ("temperature_c", 38.1): ("high", "NEWS"),
            ("pulse_bpm", 50): ("low", "NEWS"),
            ("pulse_bpm", 91): ("high", "NEWS"),
            ("respiratory_rate", 11): ("low", "NEWS"),
            ("respiratory_rate", 21): ("high", "NEWS"),
            ("spo2_percent", 95): ("low", "NEWS"),
            ("systolic_mmhg", 110): ("low", "NEWS"),
            ("systolic_mmhg", 120): ("high", "ACC/AHA"),
            ("diastolic_mmhg", 80): ("high", "ACC/AHA"),
        }
        for (name, value), (level, guideline) in expected.items():
            with self.subTest(name=name, value=value):
                (flag,) = flags({name: value}, age=40)
                self.assertEqual(flag.level, level)
                self.assertIn(guideline, flag.guideline)

    def test_the_bounds_of_a_guideline_are_inclusive(self):
        for sign in SIGNS.values():
            for bound in filter(None, (sign.lowest, sign.highest)):
                self.assertEqual(flags({sign.name: bound[0]}, age=40), [])

    def test_guidelines_for_adults_are_not_applied_to_children(self):
        self.assertEqual(flags({"pulse_bpm": 130, "systolic_mmhg": 90}, age=5), [])
        self.assertEqual(len(flags({"pulse_bpm": 130, "systolic_mmhg": 90}, age=None)), 2)

    def test_weight_alone_is_not_flagged(self):
        self.assertEqual(flags({"weight_kg": 140, "height_cm": 150}, age=40), [])
