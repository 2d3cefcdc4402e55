"""Results in the FHIR export."""

from django.test import TestCase
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from shs.medical_record.fhir import bundle
from shs.results import services
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, Laboratory, photo, value


class Exported(Laboratory, TestCase):
    def resources(self, kind: str) -> list[dict]:
        found = bundle(self.alice, now=timezone.now())
        Bundle.model_validate(found)
        return [entry["resource"] for entry in found["entry"] if entry["resource"]["resourceType"] == kind]

    def test_a_reviewed_result_with_its_values_in_the_units_of_their_codes(self):
        given = [LOW_HAEMOGLOBIN, value("creatinine", "88.4", "µmol/L", "53", "106"), CRITICAL_GLUCOSE]
        result = self.send(*given, upload=photo(), laboratory="Popular")
        services.review(result=result, by=self.carol, comment="Come on Monday.", now=timezone.now())
        (report,) = self.resources("DiagnosticReport")
        self.assertEqual((report["status"], report["conclusion"]), ("final", "Come on Monday."))
        self.assertEqual(len(report["result"]), 3)
        rows = {
            row["code"]["coding"][0]["code"]: (
                row["valueQuantity"]["value"],
                row["valueQuantity"]["unit"],
                row["interpretation"][0]["coding"][0]["code"],
            )
            for row in self.resources("Observation")
        }
        self.assertEqual(rows["718-7"], (9.8, "g/dL", "L"))
        self.assertEqual(rows["2160-0"], (1.0, "mg/dL", "N"))
        self.assertEqual(rows["2345-7"][1:], ("mg/dL", "HH"))
        (document,) = self.resources("DocumentReference")
        self.assertEqual(document["content"][0]["attachment"]["contentType"], "image/jpeg")

    def test_of_what_waits_for_the_doctor_only_that_it_exists(self):
        self.send(LOW_HAEMOGLOBIN, upload=photo())
        (report,) = self.resources("DiagnosticReport")
        self.assertEqual((report["status"], report.get("result")), ("registered", None))
        self.assertEqual(self.resources("Observation") + self.resources("DocumentReference"), [])
