"""The page of a visit, the chart and the pages of results on a phone in Bangla: no page scrolls sideways."""

from django.urls import reverse
from django.utils import timezone

from shs.core.ages import read_birth
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, NORMAL_CREATININE, Laboratory
from shs.tests.browser import BrowserTestCase

CUT = """() => [...document.querySelectorAll(".shs-scroll :is(th, td)")]
    .filter((cell) => cell.textContent.trim().length > 2 && cell.getBoundingClientRect().width < 48)
    .map((cell) => cell.textContent.trim().slice(0, 40))"""
"""Cells of tables in which words are broken into letters."""
SWALLOWED = """() => [...document.querySelectorAll("main .shs-button")]
    .filter((one) => one.offsetParent && one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.textContent.trim())"""


class OnAPhone(Laboratory, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def fill(self):
        """A chart with something of everything."""
        today, profile = timezone.localdate(), self.alice.profile
        profile.gender = "female"
        profile.be_born(read_birth("12/03/1990", today), today)
        profile.save()
        self.note("condition", "CKD stage 4")
        signs = {"systolic_mmhg": 190, "diastolic_mmhg": 121, "spo2_percent": 88, "weight_kg": 70, "height_cm": 160}
        for _time in range(2):
            self.note("vital_signs", "", vital_signs=signs)
            self.sent = self.send(CRITICAL_GLUCOSE, NORMAL_CREATININE, LOW_HAEMOGLOBIN)
        self.prescribe(self.confirmed_visit(minutes_ago=60 * 9, days=9))
        self.carol.language = "bn"
        self.carol.save()

    def test_nothing_is_wider_than_the_page(self):
        self.fill()
        page = self.open(width=390, height=844)
        self.log_in(page, self.carol.email)
        for name, *keys in (
            ("visit", self.begun.pk),
            ("medical_record_medicalrecord_patient", self.alice.pk),
            ("results_result_changelist",),
            ("results_result_change", self.sent.pk),
        ):
            with self.subTest(page=name):
                page.goto(reverse(f"admin:{name}", args=keys))
                self.assertEqual(page.evaluate("document.documentElement.lang"), "bn")
                self.assertEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                self.assertEqual(page.evaluate(SWALLOWED), [])
                self.assertEqual(page.evaluate(CUT), [])
