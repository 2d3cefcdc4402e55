"""The export of a chart, read by fhir.resources as others would."""

from datetime import date
from unittest import mock

from django.test import TestCase
from fhir.resources.R4B.bundle import Bundle

from shs.medical_record import fhir
from shs.medical_record.tests.chart import Chart
from shs.testing import Api

ENTRIES = [
    {"kind": "condition", "title": "High blood pressure", "code_id": "I10", "onset_date": date(2020, 5, 1)},
    {"kind": "condition", "title": "Something else", "severity": "", "details": ""},
    {"kind": "medication", "title": "Amlodipine 5 mg", "severity": "", "details": "One each morning"},
    {"kind": "immunization", "title": "Hepatitis B", "severity": "", "onset_date": date(2019, 1, 2)},
    {"kind": "immunization", "title": "Tetanus", "severity": ""},
    {"kind": "procedure", "title": "Appendectomy", "severity": "", "onset_date": date(2001, 1, 2)},
    {"kind": "note", "title": "Walks again", "severity": "", "details": ""},
    {
        "kind": "vital_signs",
        "title": "",
        "severity": "",
        "details": "",
        "vital_signs": {"systolic_mmhg": 120, "diastolic_mmhg": 80, "spo2_percent": 97, "temperature_c": 36.8},
    },
]


class Export(Chart, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        for fields in ENTRIES:
            cls.write(**fields)
        cls.write(by=cls.alice, kind="allergy", title="Shrimps", severity="mild", details="")
        cls.gone = cls.write(title="Latex")
        cls.gone.mark_entered_in_error("wrong patient")
        cls.alice.profile.date_of_birth = date(1990, 3, 4)
        cls.alice.profile.gender = "female"
        cls.alice.profile.save_phone("+8801712345678")

    def export(self):
        return Api(self.alice).get(f"/medical-records/{self.alice.pk}/export")

    def resources(self, kind):
        return [e["resource"] for e in self.export().json()["entry"] if e["resource"]["resourceType"] == kind]

    def test_it_is_a_valid_bundle_of_every_kind(self):
        response = self.export()
        self.assertEqual(response["Content-Type"], "application/fhir+json")
        bundle = Bundle.model_validate_json(response.content)
        kinds = {entry.resource.get_resource_type() for entry in bundle.entry}
        self.assertEqual(
            kinds,
            {"Patient", "Practitioner", "Appointment", "Condition", "AllergyIntolerance", "MedicationStatement",
             "Immunization", "Procedure", "Observation"},
        )  # fmt: skip

    def test_every_reference_is_answered_inside_and_no_resource_is_there_twice(self):
        entries = self.export().json()["entry"]
        urls = [entry["fullUrl"] for entry in entries]
        self.assertEqual(len(urls), len(set(urls)))

        def references(part):
            if isinstance(part, dict):
                yield from ([part["reference"]] if "reference" in part else [])
                for inner in part.values():
                    yield from references(inner)
            elif isinstance(part, list):
                for inner in part:
                    yield from references(inner)

        self.assertLessEqual(set(references(entries)), set(urls))

    def test_what_was_entered_in_error_stays_at_home(self):
        self.assertNotIn("Latex", self.export().content.decode())

    def test_conditions_carry_their_code(self):
        (coding,) = self.resources("Condition")[0]["code"]["coding"]
        self.assertEqual((coding["system"], coding["code"]), ("http://hl7.org/fhir/sid/icd-10", "I10"))

    def test_vital_signs_carry_loinc_codes_and_ucum_units(self):
        found = {}
        for row in self.resources("Observation"):
            for part in row.get("component", [row]):
                if "valueQuantity" in part:
                    found[part["code"]["coding"][0]["code"]] = part["valueQuantity"]
        values = {code: (quantity["value"], quantity["code"]) for code, quantity in found.items()}
        self.assertEqual(
            values,
            {"8480-6": (120, "mm[Hg]"), "8462-4": (80, "mm[Hg]"), "2708-6": (97, "%"), "8310-5": (36.8, "Cel")},
        )

    def test_what_the_patient_says_is_not_confirmed(self):
        said = {row["code"]["text"]: row for row in self.resources("AllergyIntolerance")}
        status = {title: row["verificationStatus"]["coding"][0]["code"] for title, row in said.items()}
        self.assertEqual(status, {"Penicillin": "confirmed", "Shrimps": "unconfirmed"})

    def test_a_later_app_adds_its_own_resources(self):
        def prescriptions(export):
            export.add("Basic", "1", code={"text": "a later app's"}, subject=export.subject())

        with mock.patch.object(fhir, "EXPORTERS", [*fhir.EXPORTERS, prescriptions]):
            self.assertEqual(len(self.resources("Basic")), 1)
            Bundle.model_validate_json(self.export().content)

    def test_an_empty_chart_is_a_valid_bundle_too(self):
        Bundle.model_validate_json(Api(self.bob).get(f"/medical-records/{self.bob.pk}/export").content)
