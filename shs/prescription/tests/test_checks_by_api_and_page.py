"""The checks of prescriptions that come by the API and of those written in the office, for the cases of a table:
nothing dangerous passes without a warning."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from shs.prescription import services
from shs.prescription.demo.brands import add_brands
from shs.prescription.models import Prescription, PrescriptionLine
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api
from shs.tests.prepared import prepared
from shs.users.models import UserProfile

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("api_and_page_cases.toml").read_text(encoding="utf-8")
)["case"]


class Undo(Exception):
    """Takes back what a case has made."""


class ApiAndPage(Surgery, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        add_brands(timezone.now())

    def scene(self, case: dict[str, Any]) -> None:
        born = timezone.localdate() - timedelta(days=round(365.25 * case.get("years", 30)) + 20)
        sex = case.get("sex", "female")
        profiles = UserProfile.objects.without_history("the scene is set").filter(user=self.alice)
        profiles.update(date_of_birth=born, gender=sex)
        for entry in case.get("chart", []):
            kind, _colon, title = entry.partition(": ")
            self.note(kind, title)

    def rows(self, case: dict[str, Any]) -> list[dict[str, Any]]:
        written = [
            {"pattern": often, "duration": "5d"} if dose == "=" else {"dosage": dose, "frequency": often}
            for _name, dose, often in case["lines"]
        ]
        return [{"name": line[0], "duration_days": 5, **row} for line, row in zip(case["lines"], written, strict=True)]

    def test_the_api(self):
        for case in CASES:
            with self.subTest(case["label"]):
                try:
                    with transaction.atomic():
                        self.scene(case)
                        signs = {"weight_kg": case["kg"]} if "kg" in case else {}
                        body = {**BODY, "medications": self.rows(case), "vital_signs": signs}
                        answer = Api(self.carol).post("/prescriptions/", {"appointment": self.begun.pk, **body})
                        raise Undo
                except Undo:
                    pass
                self.assertEqual(answer.status_code, case["status"], answer.content)
                told = answer.json()
                if case["status"] == 422:
                    self.assertIn("acknowledgement_needed", told["type"])
                    self.assertIn(case["kind"], [one["kind"] for one in told["warnings"]])
                else:
                    states = {line["kind"]: line["state"] for line in told["checks"]}
                    self.assertEqual(states[case["kind"]], case["state"])

    def test_the_office_checks_the_same_names_in_the_same_way(self):
        for case in CASES:
            if any(dose == "=" for _name, dose, _often in case["lines"]):
                continue
            with self.subTest(case["label"]):
                try:
                    with transaction.atomic():
                        self.scene(case)
                        signs = {"weight_kg": case["kg"]} if "kg" in case else {}
                        draft = Prescription(diagnosis="x", vital_signs=signs)
                        services.begin(draft=draft, visit=self.begun, by=self.carol, now=timezone.now())
                        for row in self.rows(case):
                            PrescriptionLine.objects.create(prescription=draft, **row)
                        checked = services.check(draft, now=timezone.now())
                        raise Undo
                except Undo:
                    pass
                self.assertEqual(bool(checked.stopping), case["status"] == 422)
                states = {str(line.kind): str(line.state) for line in checked.lines}
                self.assertEqual(states[case["kind"]], case.get("state", "warning"))
