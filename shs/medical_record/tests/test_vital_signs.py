"""Vital signs: which values are refused, how they are graded, and what scores they give, by tables of cases."""

import math
import re
import tomllib
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from django.test import SimpleTestCase

from shs.core.errors import Invalid
from shs.medical_record import checks
from shs.medical_record.grades import Grade, flags, graded
from shs.medical_record.growth import Lms, bmi_of, growth_of, improbable, lms
from shs.medical_record.observed import checked_observed
from shs.medical_record.ranges import ranges, ranges_of
from shs.medical_record.readings import read_signs
from shs.medical_record.scores import score_of
from shs.medical_record.sign_schemas import Observed, VitalSigns
from shs.medical_record.vital_signs import SIGNS, checked
from shs.medical_record.whose import Whose, is_pregnant

CASES = tomllib.loads((Path(__file__).parent / "sign_cases.toml").read_text(encoding="utf-8"))
DAY = date(2026, 6, 15)
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


def aged(age, sex="", observed=None, **more):
    """Somebody of an age such as "6y", "7m" or "20d" on DAY."""
    number, unit = re.fullmatch(r"(\d*)([ymd]?)", age).groups()
    born = None
    if unit == "d":
        born = DAY - timedelta(days=int(number))
    elif unit:
        months = DAY.year * 12 + DAY.month - 1 - int(number) * (12 if unit == "y" else 1)
        born = date(months // 12, months % 12 + 1, DAY.day)
    return Whose(born, DAY, sex, is_pregnant=is_pregnant(observed), **more)


class Accepted(SimpleTestCase):
    def test_the_route_accepts_exactly_the_known_signs(self):
        self.assertEqual(set(VitalSigns.model_fields), set(SIGNS))

    def test_the_route_accepts_exactly_what_can_be_observed(self):
        for name, field in Observed.model_fields.items():
            for value in (True,) if name == "pregnant" else field.annotation.__args__[0].__args__:
                with self.subTest(name=name, value=value):
                    self.assertEqual(checked_observed({name: value}, whose=aged("30y")), {name: value})

    def test_missing_values_are_omitted(self):
        self.assertEqual(checked({"pulse_bpm": 72, "weight_kg": None}), {"pulse_bpm": 72})

    def test_impossible_values_are_refused_with_their_field(self):
        for sign in SIGNS.values():
            for value in (sign.possible[0] - 0.1, sign.possible[1] + 0.1, -1, 10**400, "72", True, float("nan")):
                with self.subTest(sign=sign.name, value=str(value)[:8]), self.assertRaises(Invalid) as caught:
                    checked({sign.name: value})
                self.assertEqual(caught.exception.field, f"vital_signs.{sign.name}")

    def test_what_is_impossible_at_an_age_is_refused_with_the_age(self):
        for age, signs, field in (
            ("6y", {"weight_kg": 300}, "weight_kg"),
            ("20d", {"weight_kg": 35}, "weight_kg"),
            ("20d", {"height_cm": 120}, "height_cm"),
            ("40y", {"weight_kg": 3}, "weight_kg"),
        ):
            with self.subTest(age=age, **signs), self.assertRaises(Invalid) as caught:
                checked(signs, whose=aged(age))
            self.assertEqual(caught.exception.field, f"vital_signs.{field}")
            self.assertIn(aged(age).shown_age, str(caught.exception))

    def test_what_is_possible_at_an_age_is_kept_and_so_is_all_of_an_unknown_age(self):
        for age, signs in (
            ("6y", {"pulse_bpm": 240, "spo2_percent": 70}),
            ("20d", {"weight_kg": 3.4}),
            ("", {"weight_kg": 300}),
            ("40y", {"weight_kg": 300}),
        ):
            self.assertEqual(checked(signs, whose=aged(age)), signs)

    def test_an_unknown_sign_and_an_unknown_observation_are_refused(self):
        with self.assertRaises(Invalid):
            checked({"mood": 3})
        for seen in ({"mood": "good"}, {"consciousness": "asleep"}, {"pregnant": "yes"}, {"oxygen": 2}):
            with self.subTest(seen), self.assertRaises(Invalid):
                checked_observed(seen, whose=aged("30y"))

    def test_nobody_is_pregnant_who_cannot_be(self):
        for who in (aged("30y", "male"), aged("6y", "female")):
            with self.subTest(who), self.assertRaises(Invalid):
                checked_observed({"pregnant": True}, whose=who)
        self.assertEqual(checked_observed({"pregnant": False}, whose=aged("30y", "male")), {"pregnant": False})

    def test_a_diastolic_pressure_above_the_systolic_one_is_refused(self):
        with self.assertRaises(Invalid):
            checked({"systolic_mmhg": 80, "diastolic_mmhg": 120})


class Grades(SimpleTestCase):
    def test_cases(self):
        for case in CASES["grade"]:
            observed = case.get("observed")
            who = aged(case["age"], case.get("sex", ""), observed)
            found = {one.sign.name: one.grade.value for one in graded(case["signs"], whose=who, observed=observed)}
            with self.subTest(case["case"], source=case["source"]):
                self.assertEqual(found, case["grades"])

    def test_a_healthy_adult_is_not_flagged(self):
        self.assertEqual(checked(HEALTHY, whose=aged("40y")), HEALTHY)
        self.assertEqual(flags(HEALTHY, whose=aged("40y")), [])

    def test_a_flag_names_the_exceeded_limit_its_source_and_the_grade(self):
        (flag,) = flags({"systolic_mmhg": 152}, whose=aged("40y"))
        self.assertEqual((flag.level, flag.usual, flag.grade), ("high", 129, "raised"))
        self.assertIn("NCDC Bangladesh", flag.guideline)
        (flag,) = flags({"spo2_percent": 70}, whose=aged("6y"))
        self.assertEqual((flag.level, flag.usual, flag.grade), ("low", 96, "crisis"))

    def test_each_bound_belongs_to_the_side_that_it_limits(self):
        for one in ranges():
            sign, who = SIGNS[one.sign], one.who == "pregnant"
            whose = Whose(
                date(1900, 1, 15), date(1900 + one.months[0] // 12, one.months[0] % 12 + 1, 15), "", "day", who
            )
            observed = {"spo2_scale": one.scale, "oxygen": "air"}
            for bound, grade in (
                (one.usual_from, Grade.USUAL),
                (one.usual_to, Grade.USUAL),
                (one.crisis_to, Grade.CRISIS),
                (one.crisis_from, Grade.CRISIS),
            ):
                if bound:
                    with self.subTest(sign=one.sign, who=one.who, months=one.months, bound=bound.value):
                        (found,) = graded({sign.name: bound.value}, whose=whose, observed=observed)
                        self.assertEqual((found.grade, found.range), (grade, one))

    def test_every_child_has_a_range_of_what_is_measured_most(self):
        signs = ("pulse_bpm", "respiratory_rate", "systolic_mmhg", "diastolic_mmhg", "spo2_percent", "temperature_c")
        for name, months in product(signs, range(300)):
            whose = Whose(date(2000, 1, 15), date(2000 + months // 12, months % 12 + 1, 15))
            (found,) = graded({name: SIGNS[name].possible[1]}, whose=whose)
            self.assertNotEqual(found.grade, Grade.NOT_GRADED, (name, months))

    def test_children_have_at_least_eight_bands(self):
        for name in checks.BY_AGE:
            self.assertGreaterEqual(len([one for one in ranges_of(name) if one.who == "child"]), 8)

    def test_what_is_not_graded_says_why_and_is_no_flag(self):
        (one,) = graded({"pulse_bpm": 130}, whose=aged(""))
        self.assertEqual((one.grade, str(one.because)), (Grade.NOT_GRADED, "The age is not known."))
        (one,) = graded({"pulse_bpm": 80}, whose=aged("11y", "female", {"pregnant": True}))
        self.assertEqual((one.grade, bool(one.because)), (Grade.NOT_GRADED, True))
        self.assertEqual(flags({"pulse_bpm": 130}, whose=aged("")), [])

    def test_of_unknown_age_what_is_wrong_at_every_age_has_the_mildest_grade(self):
        (one,) = graded({"systolic_mmhg": 152}, whose=aged(""))
        self.assertEqual((one.grade, one.level), (Grade.RAISED, "high"))

    def test_weight_alone_is_not_flagged(self):
        self.assertEqual(flags({"weight_kg": 140, "height_cm": 150}, whose=aged("40y")), [])


class Scores(SimpleTestCase):
    def test_cases_of_news2(self):
        for case in CASES["news2"]:
            found = score_of(case["signs"], whose=aged("50y"), observed=case["observed"])
            with self.subTest(case["case"]):
                self.assertEqual((found.name, found.total, found.risk), ("NEWS2", case["total"], case["risk"]))
                self.assertEqual(sum(part.points for part in found.parts), case["total"])

    def test_cases_of_pews(self):
        for case in CASES["pews"]:
            found = score_of(case["signs"], whose=aged(case["age"]), observed=case["observed"])
            with self.subTest(case["case"]):
                self.assertEqual((found.name, found.total, found.risk), ("Bedside PEWS", case["total"], case["risk"]))

    def test_what_was_not_recorded_does_not_count_as_normal(self):
        found = score_of({"respiratory_rate": 16, "pulse_bpm": 70}, whose=aged("50y"), observed={})
        self.assertEqual((found.total, found.least, found.risk, found.is_alarming), (None, 0, "", False))
        self.assertEqual(len(found.missing), 5)
        ill = score_of({"respiratory_rate": 30, "spo2_percent": 85, "pulse_bpm": 140}, whose=aged("50y"))
        self.assertEqual((ill.total, ill.least, ill.risk, ill.is_alarming), (None, 9, "high", True))

    def test_news2_is_neither_for_a_pregnancy_nor_for_an_unknown_age(self):
        pregnant = {"pregnant": True}
        self.assertIsNone(score_of(HEALTHY, whose=aged("28y", "female", pregnant), observed=pregnant))
        self.assertIsNone(score_of(HEALTHY, whose=aged("")))
        self.assertIsNone(score_of({"weight_kg": 60}, whose=aged("50y")))

    def test_a_high_score_is_alarming_without_a_critical_value(self):
        signs = {"respiratory_rate": 22, "spo2_percent": 93, "systolic_mmhg": 101, "pulse_bpm": 112}
        reading = read_signs(signs, whose=aged("50y"), observed={"oxygen": "low"})
        self.assertEqual((reading.critical, reading.score.least, reading.is_alarming), ([], 9, True))


class Growing(SimpleTestCase):
    def test_cases_of_z_scores(self):
        for case in CASES["z"]:
            born = DAY - timedelta(days=case["days"])
            found = growth_of({case["measure"]: case["value"]}, whose=Whose(born, DAY, case["sex"]))
            with self.subTest(case["case"]):
                self.assertAlmostEqual(found[0].z, case["z"], places=2)

    def test_a_value_and_its_z_score_belong_together(self):
        for sex, days, z in product(("female", "male"), (0, 45, 400, 1500, 3000), (-2.5, -1, 0, 2)):
            found = lms("weight_kg", sex, days)
            self.assertAlmostEqual(found.z(found.value(z)), z, places=6)

    def test_the_curves_of_the_index_meet_the_cut_offs_of_adults(self):
        """The abstract of de Onis 2007 names these values at 19 years."""
        found = {(sex, z): round(lms("bmi", sex, 6940).value(z), 1) for sex in ("male", "female") for z in (1, 2)}
        expected = {("male", 1): 25.4, ("female", 1): 25.0, ("male", 2): 29.7, ("female", 2): 29.7}
        self.assertEqual(found, expected)

    def test_far_from_the_median_a_z_score_goes_by_the_distance_from_two_to_three(self):
        one = Lms(-0.2, 9.0, 0.12)
        step = one.value(3) - one.value(2)
        self.assertAlmostEqual(one.z(one.value(3) + 2 * step), 5.0)
        self.assertAlmostEqual(one.z(one.value(-3) - (one.value(-2) - one.value(-3))), -4.0)

    def test_bands_of_a_stunted_thin_and_of_an_obese_child(self):
        low = growth_of({"weight_kg": 7.0, "height_cm": 74}, whose=aged("24m", "male"))
        self.assertEqual([one.band for one in low], ["very_low", "very_low", "low"])
        high = growth_of({"weight_kg": 60, "height_cm": 135}, whose=aged("9y", "female"))
        self.assertEqual({one.measure: one.band for one in high}["bmi"], "high")

    def test_the_index_of_adults_has_the_cut_offs_for_people_in_asia(self):
        for weight, band in (
            (40, "severely_thin"),
            (48, "thin"),
            (60, "usual"),
            (67, "raised_risk"),
            (80, "high_risk"),
        ):
            (one,) = growth_of({"weight_kg": weight, "height_cm": 165}, whose=aged("40y"))
            self.assertEqual((one.measure, one.band, one.z), ("bmi", band, None), weight)
        self.assertIsNone(bmi_of({"weight_kg": 60}))

    def test_the_index_of_adults_has_the_international_classes_and_never_the_standards_for_children(self):
        # WHO/FAO, classification of overweight in adults according to BMI, table 8
        for bmi, grade, words in (
            (18.4, "underweight", "underweight"),
            (18.5, "normal", "normal"),
            (23.0, "normal", "raised risk (from 23, for people in Asia)"),
            (24.9, "normal", "raised risk (from 23, for people in Asia)"),
            (25.0, "overweight", "overweight, raised risk (from 23, for people in Asia)"),
            (27.5, "overweight", "overweight, high risk (from 27.5, for people in Asia)"),
            (30.0, "obese_1", "obese, class I, high risk (from 27.5, for people in Asia)"),
            (35.0, "obese_2", "obese, class II, high risk (from 27.5, for people in Asia)"),
            (40.0, "obese_3", "obese, class III, high risk (from 27.5, for people in Asia)"),
        ):
            (one,) = growth_of({"weight_kg": bmi, "height_cm": 100}, whose=aged("40y"))
            self.assertEqual((one.grade, str(one.words)), (grade, words), bmi)
            self.assertIn("Lancet 363:157-163", str(one.source))
            self.assertNotIn("Child Growth", str(one.source))
        (_weight, _height, child) = growth_of({"weight_kg": 30, "height_cm": 130}, whose=aged("9y", "male"))
        self.assertIn("WHO Growth Reference", str(child.source))
        (unknown,) = growth_of({"weight_kg": 60}, whose=aged("", "male"))
        self.assertIsNone(unknown.source)

    def test_where_no_z_score_can_be_told_it_says_why(self):
        for who in (aged("", "male"), aged("4y"), aged("4y", "male", precision="year"), aged("12y", "male")):
            found = growth_of({"weight_kg": 30}, whose=who)
            with self.subTest(who):
                self.assertEqual((found[0].z, bool(found[0].because)), (None, True))

    def test_improbable_values_are_asked_back(self):
        for who, signs, name in (
            (aged("6y", "male"), {"weight_kg": 70}, "weight_kg"),
            (aged("6y", "male"), {"height_cm": 70}, "height_cm"),
            (aged("40y"), {"weight_kg": 70, "height_cm": 60}, "weight_kg"),
            (aged("40y"), {"spo2_percent": 40}, "spo2_percent"),
            (aged(""), {"pulse_bpm": 300}, "pulse_bpm"),
        ):
            with self.subTest(who=who, **signs):
                self.assertEqual(list(improbable(signs, whose=who)), [name])
        self.assertEqual(improbable(HEALTHY, whose=aged("40y")), {})


class Rules(SimpleTestCase):
    def test_the_rules_hold(self):
        self.assertEqual(checks.rules_of_vital_signs_hold(), [])

    def test_a_range_that_is_wrong_is_found(self):
        one = ranges_of("pulse_bpm")[0]
        bound, source = one.usual_from, one.usual_from.source
        for broken in (
            one._replace(sign="mood"),
            one._replace(who="cat"),
            one._replace(months=(3, 3)),
            one._replace(usual_from=None, usual_to=None),
            one._replace(usual_from=bound._replace(value=500)),
            one._replace(usual_from=bound._replace(source=source._replace(name=" "))),
            one._replace(usual_from=bound._replace(source=source._replace(year=0))),
        ):
            with self.subTest(broken):
                self.assertTrue(list(checks._of_ranges((broken,))))
        self.assertEqual(list(checks._of_ranges((one,))), [])
        self.assertTrue(list(checks._overlaps((one, one._replace(months=(2, 5))))))

    def test_points_with_a_hole_are_found(self):
        self.assertTrue(list(checks._holes("pulse", [[3, -math.inf, 40], [1, 42, math.inf]], step=1)))
        self.assertEqual(list(checks._holes("pulse", [[3, -math.inf, 40], [1, 41, math.inf]], step=1)), [])
