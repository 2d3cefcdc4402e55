"""Axes and curves of drawings."""

from django.test import SimpleTestCase
from django.utils import timezone

from shs.medical_record.drawing import Scale, axis
from shs.medical_record.growth_curves import curves
from shs.medical_record.readings import read_signs
from shs.medical_record.sign_table import Measured
from shs.medical_record.tests.test_vital_signs import aged


class Axes(SimpleTestCase):
    def test_an_axis_holds_its_values_has_a_least_span_and_round_ticks(self):
        for values, span, limit in (([70, 72], 60, 350), ([97], 15, 100), ([3.4, 3.6], 10, 650), ([40, 240], 60, 350)):
            least, most, ticks = axis(values, span, limit)
            with self.subTest(values):
                self.assertTrue(0 <= least <= min(values) <= max(values) <= most)
                self.assertGreaterEqual(most - least, min(span, most))
                self.assertEqual((ticks[0], ticks[-1]), (least, most))
                self.assertTrue(3 <= len(ticks) <= 8, ticks)

    def test_an_axis_does_not_reach_beyond_what_is_possible(self):
        self.assertEqual(axis([97, 98], 15, 100)[1], 100)

    def test_a_value_outside_of_a_scale_lies_on_its_edge(self):
        scale = Scale(0, 10, 100, 0)
        self.assertEqual([scale.at(value) for value in (-5, 0, 5, 10, 20)], [100, 100, 50, 0, 0])


class Entry:
    """As much of an entry as a curve reads."""

    def __init__(self, signs, at):
        self.signs, self.recorded_at, self.observed = signs, at, None


class Curves(SimpleTestCase):
    def drawn(self, age, **more):
        who = aged(age, "male", **more)
        signs = {"weight_kg": 20, "height_cm": 115}
        return curves([Measured(Entry(signs, timezone.now()), read_signs(signs, whose=who))])

    def test_every_age_with_a_z_score_has_curves_that_do_not_leave_the_drawing(self):
        for age in ("3m", "20m", "4y", "6y", "9y", "15y", "18y"):
            for curve in self.drawn(age):
                with self.subTest(age=age, curve=str(curve.title)):
                    for line in (*(one.points for one in curve.references), curve.points):
                        for point in line.split():
                            x, y = map(float, point.split(","))
                            self.assertTrue(44 <= x <= 588 and 12 <= y <= 232, point)

    def test_weight_has_a_curve_until_ten_years_and_height_until_nineteen(self):
        titles = {age: [str(curve.title) for curve in self.drawn(age)] for age in ("9y", "12y", "19y")}
        self.assertEqual(titles, {"9y": ["Weight", "Height", "BMI"], "12y": ["Height", "BMI"], "19y": []})

    def test_where_only_the_year_of_birth_is_known_there_is_no_curve(self):
        self.assertEqual(self.drawn("4y", precision="year"), [])
