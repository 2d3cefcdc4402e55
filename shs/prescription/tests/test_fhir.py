"""The checks of a prescription in the FHIR export, validated with fhir.resources."""

from django.test import TestCase
from fhir.resources.R4B.bundle import Bundle

from shs.prescription.tests.scenes import AMOXICILLIN, Surgery
from shs.testing import Api


class DetectedIssues(Surgery, TestCase):
    def test_each_warning_is_an_issue_with_its_medicine_and_the_reason(self):
        self.note("allergy", "Penicillin")
        issued = self.prescribe(medications=[AMOXICILLIN])
        content = Api(self.alice).get(f"/medical-records/{self.alice.pk}/export").content
        Bundle.model_validate_json(content)
        entries = [entry["resource"] for entry in Bundle.model_validate_json(content).model_dump()["entry"]]
        issues = [row for row in entries if row["resourceType"] == "DetectedIssue"]
        self.assertEqual(len(issues), issued.warnings.count())
        (issue,) = issues
        self.assertEqual((issue["severity"], issue["code"]["coding"][0]["code"]), ("high", "ALGY"))
        self.assertEqual(issue["mitigation"][0]["action"]["text"], "the test goes on")
        self.assertEqual(len(issue["implicated"]), 1)

    def test_a_medicine_has_how_each_check_ended(self):
        self.prescribe(medications=[AMOXICILLIN])
        content = Api(self.alice).get(f"/medical-records/{self.alice.pk}/export").content
        entries = [entry["resource"] for entry in Bundle.model_validate_json(content).model_dump()["entry"]]
        (request,) = [row for row in entries if row["resourceType"] == "MedicationRequest"]
        notes = [note["text"] for note in request["note"]]
        self.assertEqual(len(notes), 9)
        self.assertTrue(any(note.startswith("pregnancy: not_checked") for note in notes))
