"""The checks that depend on who the patient is: tables of cases, each with the source of its fact."""

import tomllib
from datetime import timedelta
from pathlib import Path

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription, PrescriptionLine
from shs.prescription.models.answers import Answer
from shs.prescription.services import judge
from shs.prescription.services.amounts import Amount, daily_amount
from shs.prescription.services.checks import amount_of
from shs.prescription.services.findings import Checked
from shs.prescription.services.kidney import ckd_epi_2021
from shs.prescription.services.situation import Situation, situation_of
from shs.prescription.services.sources import sources
from shs.prescription.services.substances import Catalogue
from shs.users.models import User, UserProfile

TABLE = tomllib.loads(Path(__file__).with_name("check_cases.toml").read_text(encoding="utf-8"))
GROWN = Situation(years=40, kg=60, sex="male")


class Cases(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.catalogue = Catalogue()

    def judge(self, *medicines: tuple[str, str, str], patient: Situation = GROWN, **more: bool) -> Checked:
        return judge(
            [self.catalogue.substance(name) for name, _dose, _often in medicines],
            allergies=[],
            taken=[],
            is_taking_known=True,
            catalogue=self.catalogue,
            amounts=[
                amount_of(PrescriptionLine(name=name, dosage=dose, frequency=often), self.catalogue)
                for name, dose, often in medicines
            ],
            situation=patient,
            **more,
        )

    def said(self, checked: Checked, kind: str) -> str:
        """What the check of a kind says, as the tables name it."""
        found = [warning for warning in checked.warnings if warning.kind == kind]
        if found:
            return "stops" if any(warning.stops for warning in found) else "minor"
        (line,) = [line for line in checked.lines if line.kind == kind]
        return line.state.replace("_", " ").removesuffix(" found")

    def woman(self, title: str, **answers: str) -> Situation:
        now = timezone.now()
        patient = User(pk=1)
        patient.profile = UserProfile(gender="female", date_of_birth=timezone.localdate() - timedelta(days=365 * 30))
        draft = Prescription(patient=patient, vital_signs={"weight_kg": 60}, **answers)
        entry = MedicalRecord(kind="condition", status="active", title=title, recorded_at=now)
        return situation_of(draft, MedicalRecord.objects.none(), [entry], now)

    def test_conditions(self):
        for title, kind, medicine, expected, _fact in TABLE["conditions"]:
            with self.subTest(condition=title, medicine=medicine, kind=kind):
                checked = self.judge((medicine, "1", "1+0+1"), patient=self.woman(title))
                said = self.said(checked, kind)
                # Without a word about the liver or breast-feeding the line stays "not checked".
                self.assertIn(said, {"not checked", "nothing"} if expected == "nothing" else {expected})
                if expected == "nothing":
                    self.assertNotIn(medicine, " ".join(line.text for line in checked.lines if line.kind == kind))

    def test_doses(self):
        for years, kg, medicine, dose, often, expected, _fact in TABLE["doses"]:
            with self.subTest(years=years, medicine=medicine, dose=dose, often=often):
                patient = GROWN._replace(years=years, kg=kg or None)
                self.assertEqual(self.said(self.judge((medicine, dose, often), patient=patient), "dose"), expected)

    def test_ages(self):
        for years, medicine, expected, _fact in TABLE["ages"]:
            with self.subTest(years=years, medicine=medicine):
                checked = self.judge((medicine, "1", "1"), patient=GROWN._replace(years=years))
                self.assertEqual(self.said(checked, "age"), expected)

    def test_pairs(self):
        for one, other, kind, expected, _fact in TABLE["pairs"]:
            for pair in ((one, other), (other, one)):
                with self.subTest(pair=pair):
                    checked = self.judge(*((name, "1", "1+0+1") for name in pair))
                    self.assertEqual(self.said(checked, kind), expected)

    def test_each_case_names_a_source(self):
        for table in ("conditions", "doses", "ages", "pairs"):
            for row in TABLE[table]:
                with self.subTest(table=table, row=row):
                    self.assertTrue(row[-1] == "words" or row[-1] in sources())

    def test_a_woman_who_was_not_asked_is_told_of_what_to_avoid(self):
        checked = self.judge(("warfarin 5 mg", "1", "1+0+0"), patient=GROWN._replace(sex="female"))
        self.assertEqual(self.said(checked, "pregnancy"), "not checked")
        (line,) = [line for line in checked.lines if line.kind == "pregnancy"]
        self.assertIn("nobody asked whether she is pregnant", line.text)
        self.assertIn("to be avoided: warfarin 5 mg", line.text)

    def test_the_answer_of_today_counts_more_than_the_chart(self):
        title = "Pregnancy 12 weeks"
        for answer, expected in ((Answer.NO, "not checked"), (Answer.UNKNOWN, "stops"), ("", "stops")):
            with self.subTest(answer=answer):
                patient = self.woman(title, pregnancy=answer)
                self.assertEqual(self.said(self.judge(("warfarin", "1", "1"), patient=patient), "pregnancy"), expected)
        patient = self.woman("Hypertension", pregnancy=Answer.NO, breastfeeding=Answer.NO)
        self.assertEqual(self.said(self.judge(("warfarin", "1", "1"), patient=patient), "pregnancy"), "nothing")

    def test_it_does_not_matter_for_men_and_by_age(self):
        for patient in (GROWN, GROWN._replace(sex="female", years=70), GROWN._replace(sex="female", years=8)):
            with self.subTest(patient=patient):
                self.assertEqual(self.said(self.judge(("warfarin", "1", "1"), patient=patient), "pregnancy"), "nothing")

    def test_of_an_unknown_age_what_is_too_much_for_adults_is_told(self):
        checked = self.judge(("paracetamol", "1 g", "3 times"), patient=Situation())
        for kind in ("dose", "age"):
            self.assertEqual(self.said(checked, kind), "not checked")
        checked = self.judge(("paracetamol", "1 g", "8 times"), patient=Situation())
        self.assertEqual(self.said(checked, "dose"), "stops")

    def test_a_newborn_has_the_limits_of_a_newborn(self):
        patient = GROWN._replace(years=0.0, kg=3)
        self.assertEqual(self.said(self.judge(("paracetamol", "60 mg", "twice"), patient=patient), "dose"), "stops")

    def test_a_closed_chart_names_no_condition(self):
        patient = self.woman("Pregnancy 12 weeks; CKD stage 4")
        checked = self.judge(("enalapril", "1", "1"), patient=patient, names_entries=False)
        self.assertEqual({found.kind for found in checked.warnings}, {"pregnancy", "kidney_liver"})
        told = [found.text + found.key + found.rule for found in checked.warnings]
        told += [line.text for line in checked.lines] + checked.not_checked
        for word in ("CKD", "12 weeks", "eGFR", "raas"):
            self.assertNotIn(word, " ".join(told))

    def test_the_lines_say_that_no_clinician_reviewed_the_rules(self):
        lines = {line.kind: line for line in self.judge(("paracetamol 500 mg", "1", "1+0+1")).lines}
        self.assertIn("not reviewed by a clinician", lines["dose"].text)


class Readings(SimpleTestCase):
    def test_the_egfr_is_that_of_ckd_epi_2021(self):
        # NKF, CKD-EPI creatinine equation (2021), computed by hand: 142 × (0.9/0.7)^-1.2 × 0.9938^55 × 1.012
        self.assertAlmostEqual(ckd_epi_2021(0.9, age=55, is_female=True), 75.5, 1)
        self.assertAlmostEqual(ckd_epi_2021(0.9, age=0, is_female=False), 142, 1)
        self.assertLess(ckd_epi_2021(2.5, age=60, is_female=False), 30)

    def test_amounts_are_read_from_what_is_written(self):
        cases = [
            (("x 500 mg", "1 tablet", "1+0+1"), (500, 1000)),
            (("x 500 mg", "½ tablet", "every 8 h"), (250, 750)),
            (("x", "500 mg", "twice daily"), (500, 1000)),
            (("x 40 mg", "1", "2+1+0"), (80, 120)),
            (("x 120 mg/5 ml", "2 tsp", "tds"), (240, 720)),
            (("প্যারাসিটামল ৫০০ মিগ্রা", "১ টি", "দিনে ৩ বার"), (500, 1500)),
            (("x 250 mcg", "1 tablet", "once daily"), (0.25, 0.25)),
            (("x 1,000 mg", "1-2 tablets", "qid"), (2000, 8000)),
            (("x 500 mg", "1 tablet", "1-0-1"), (500, 1000)),
        ]
        for written, (once, day) in cases:
            with self.subTest(written=written):
                amount = daily_amount(*written)
                assert isinstance(amount, Amount), amount
                self.assertEqual((amount.once, amount.day), ((once,), (day,)))

    def test_what_can_be_read_in_two_ways_is_not_guessed(self):
        for written in (
            ("x 5 mg", "2 tablets", "2+0+1"),
            ("x", "2 tablets of 500 mg", "bd"),
            ("x", "15 mg/kg", "bd"),
            ("x 5 mg", "some", "bd"),
            ("x 5 mg", "1 tablet", "now and then"),
            ("x", "1 tablet", "bd"),
            ("x cream", "5 mg", "bd"),
        ):
            with self.subTest(written=written):
                self.assertNotIsInstance(daily_amount(*written), Amount)
