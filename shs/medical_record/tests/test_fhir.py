"""The FHIR export of a chart, validated with fhir.resources."""

from datetime import date
from unittest import mock

from django.test import TestCase
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from shs.core.ages import read_birth
from shs.medical_record import fhir
from shs.medical_record.tests.chart import Chart
from shs.testing import Api
from shs.users import identity
from shs.users.contacts import set_phone
from shs.users.models import Guardianship

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
        set_phone(person=cls.alice, text="+8801712345678", now=timezone.now())

    def export(self):
        return Api(self.alice).get(f"/medical-records/{self.alice.pk}/export")

    def resources(self, kind):
        return [e["resource"] for e in self.export().json()["entry"] if e["resource"]["resourceType"] == kind]

    def test_it_is_a_valid_bundle_with_every_resource_type(self):
        response = self.export()
        self.assertEqual(response["Content-Type"], "application/fhir+json")
        bundle = Bundle.model_validate_json(response.content)
        kinds = {entry.resource.get_resource_type() for entry in bundle.entry}
        self.assertEqual(
            kinds,
            {"Patient", "Practitioner", "Appointment", "Condition", "AllergyIntolerance", "MedicationStatement",
             "Immunization", "Procedure", "Observation"},
        )  # fmt: skip

    def test_every_reference_is_in_the_bundle_and_no_resource_is_repeated(self):
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

    def test_entries_made_in_error_are_not_exported(self):
        self.assertNotIn("Latex", self.export().content.decode())

    def test_conditions_have_their_code(self):
        (coding,) = self.resources("Condition")[0]["code"]["coding"]
        self.assertEqual((coding["system"], coding["code"]), ("http://hl7.org/fhir/sid/icd-10", "I10"))

    def test_vital_signs_have_loinc_codes_and_ucum_units(self):
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

    def test_vital_signs_are_interpreted_by_the_age_with_the_range_and_its_source(self):
        today = timezone.localdate()
        self.alice.profile.be_born(read_birth("12/03/1990", today), today)
        self.alice.profile.save()
        signs = {"systolic_mmhg": 220, "diastolic_mmhg": 90, "spo2_percent": 94, "temperature_c": 36.8, "pulse_bpm": 70,
                 "respiratory_rate": 16, "weight_kg": 60, "height_cm": 165}  # fmt: skip
        seen = {"oxygen": "air", "consciousness": "alert"}
        self.write(kind="vital_signs", title="", severity="", details="", vital_signs=signs, observed=seen)
        Bundle.model_validate_json(self.export().content)
        found, derived = {}, {}
        for row in self.resources("Observation"):
            if row["code"].get("text") == "Body mass index":
                derived["bmi"] = row["valueQuantity"]["value"]
            if "valueInteger" in row:
                derived[row["code"]["text"]] = row["valueInteger"]
            for part in row.get("component", [row]):
                if "interpretation" in part:
                    (limit,) = part["referenceRange"]
                    code = part["code"]["coding"][0]["code"]
                    found[code] = part["interpretation"][0]["coding"][0]["code"]
                    self.assertTrue(limit["text"], code)
        self.assertEqual(
            {code: found[code] for code in ("8480-6", "8462-4", "2708-6", "8867-4")},
            {"8480-6": "HH", "8462-4": "H", "2708-6": "L", "8867-4": "N"},
        )
        self.assertEqual(derived, {"bmi": 22.0, "NEWS2 total score": 4})

    def test_what_is_not_graded_is_not_interpreted(self):
        self.write(kind="vital_signs", title="", severity="", details="", vital_signs={"pulse_bpm": 80})
        (row,) = [row for row in self.resources("Observation") if row["code"].get("text") == "Pulse"]
        self.assertNotIn("interpretation", row)
        self.assertNotIn("referenceRange", row)

    def test_entries_by_the_patient_are_unconfirmed(self):
        said = {row["code"]["text"]: row for row in self.resources("AllergyIntolerance")}
        status = {title: row["verificationStatus"]["coding"][0]["code"] for title, row in said.items()}
        self.assertEqual(status, {"Penicillin": "confirmed", "Shrimps": "unconfirmed"})

    def test_the_patient_holds_all_that_is_known_of_the_person(self):
        profile, today = self.alice.profile, timezone.localdate()
        profile.mother_name, profile.emergency_contact, profile.address = "Rina", "Karim, 01812345678", "House 5"
        profile.district, profile.upazila = "Dhaka", "Savar"
        self.alice.rename("Alice Akter Rahman", reason="whole name")
        self.alice.rename_bn("এলিস রহমান")
        identity.add(person=self.alice, system="brn", text="1990" + "1" * 13)
        for text, written in (("12/03/1990", "1990-03-12"), ("03/1990", "1990-03"), ("1990", "1990")):
            profile.be_born(read_birth(text, today), today)
            profile.save()
            Bundle.model_validate_json(self.export().content)
            (patient,) = self.resources("Patient")
            self.assertEqual(patient["birthDate"], written)
        self.assertEqual(
            patient["name"],
            [
                {"text": "Alice Akter Rahman", "family": "Rahman", "given": ["Alice", "Akter"]},
                {"text": "এলিস রহমান", "use": "official"},
            ],
        )
        numbers = {one["type"]["coding"][0]["code"]: one["value"] for one in patient["identifier"]}
        self.assertEqual(numbers, {"MR": self.alice.patient_number, "BCT": "1990" + "1" * 13})
        self.assertIn({"system": "phone", "value": "+8801712345678"}, patient["telecom"])
        self.assertIn({"system": "email", "value": "alice@example.com"}, patient["telecom"])
        contacts = {one["relationship"][0]["coding"][0]["code"]: one["name"]["text"] for one in patient["contact"]}
        self.assertEqual(contacts, {"MTH": "Rina", "C": "Karim, 01812345678"})
        self.assertEqual(patient["address"], [{"text": "House 5", "district": "Dhaka", "line": ["Savar"]}])

    def test_guardians_are_related_persons_and_see_no_number_of_the_state(self):
        link = Guardianship.objects.create(
            guardian=self.bob,
            dependant=self.alice,
            relation="spouse",
            is_for_minor=False,
            state="active",
            basis="consent",
            since=timezone.now(),
            given_by=self.alice,
        )
        identity.add(person=self.alice, system="nid", text="1234567890")
        answer = Api(self.bob).get(f"/medical-records/{self.alice.pk}/export")
        Bundle.model_validate_json(answer.content)
        self.assertNotIn("1234567890", answer.content.decode())
        (related,) = self.resources("RelatedPerson")
        self.assertEqual(related["relationship"][0]["coding"][0]["code"], "SPS")
        self.assertEqual(related["period"]["start"][:10], timezone.localdate().isoformat())
        link.end(now=timezone.now(), reason="parted")
        self.assertEqual(self.resources("RelatedPerson"), [])

    def test_another_app_can_add_resources(self):
        def prescriptions(export):
            export.add("Basic", "1", code={"text": "a later app's"}, subject=export.subject())

        with mock.patch.object(fhir, "EXPORTERS", [*fhir.EXPORTERS, prescriptions]):
            self.assertEqual(len(self.resources("Basic")), 1)
            Bundle.model_validate_json(self.export().content)

    def test_an_empty_chart_is_a_valid_bundle(self):
        Bundle.model_validate_json(Api(self.bob).get(f"/medical-records/{self.bob.pk}/export").content)
