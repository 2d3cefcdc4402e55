"""Prescriptions by the patient API."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from shs.core.reads.models import ReadLog
from shs.medical_record.fhir import bundle
from shs.prescription import services
from shs.prescription.models import Prescription, PrescriptionWarning
from shs.prescription.tests.scenes import AMOXICILLIN, BODY, PARACETAMOL, Surgery
from shs.testing import Api


class Prescribing(Surgery, TestCase):
    def post(self, caller=None, *, key: str = "", **changes):
        body = {"appointment": self.begun.pk, **BODY, **changes}
        headers = {"Idempotency-Key": key} if key else {}
        return Api(caller or self.carol).post("/prescriptions/", body, **headers)

    def test_the_response_is_201_with_all_fields(self):
        response = self.post()
        self.assertEqual(response.status_code, 201, response.content)
        found = response.json()
        for name in ("diagnosis", "symptoms", "advice", "vital_signs"):
            self.assertEqual(found[name], BODY[name])
        self.assertEqual(found["medications"][1], {**BODY["medications"][1], "pattern": "", "is_continued": False})
        self.assertEqual(found["patient"], {"id": self.alice.pk, "name": "Alice"})
        self.assertEqual((found["status"], found["version"], found["warnings"]), ("issued", 1, []))
        self.assertIn("no allergies are recorded and nobody asked", " ".join(found["not_checked"]))

    def test_warnings_that_stop_are_422_with_their_keys_and_nothing_is_stored(self):
        self.note("allergy", "Penicillin", severity="severe")
        twice = [AMOXICILLIN, {**AMOXICILLIN, "dosage": "2 capsules"}]
        response = self.post(medications=twice)
        problem = response.json()
        self.assertEqual((response.status_code, problem["type"]), (422, "urn:shs:problem:acknowledgement_needed"))
        self.assertEqual([row["kind"] for row in problem["warnings"]], ["allergy", "duplicate"])
        self.assertIn("Penicillin", problem["warnings"][0]["message"])
        self.assertEqual(problem["errors"][0]["field"], "acknowledge")
        self.assertFalse(Prescription.objects.exists())
        keys = [row["warning"] for row in problem["warnings"]]
        one = self.post(medications=twice, acknowledge={keys[0]: "tolerated in 2024"})
        self.assertEqual([row["warning"] for row in one.json()["warnings"]], keys[1:])
        self.assertEqual(self.post(medications=twice, acknowledge=dict.fromkeys(keys, " ")).status_code, 422)
        found = self.post(medications=twice, acknowledge=dict.fromkeys(keys, "tolerated in 2024"))
        self.assertEqual(found.status_code, 201, found.content)
        kept = [(row["warning"], row["reason"], row["stops"]) for row in found.json()["warnings"]]
        self.assertEqual(kept, [(key, "tolerated in 2024", True) for key in keys])

    def test_an_amendment_stops_in_the_same_way(self):
        found = self.post().json()
        self.note("allergy", "Penicillin")
        path = f"/prescriptions/{found['id']}"
        stopped = Api(self.carol).put(path, BODY)
        self.assertEqual(stopped.status_code, 422)
        (warning,) = stopped.json()["warnings"]
        agreed = Api(self.carol).put(path, {**BODY, "acknowledge": {warning["warning"]: "tolerated in 2024"}})
        self.assertEqual((agreed.status_code, agreed.json()["version"]), (200, 2))

    def test_the_same_idempotency_key_serves_after_a_stop(self):
        self.note("allergy", "Penicillin")
        stopped = self.post(key="k2")
        keys = [row["warning"] for row in stopped.json()["warnings"]]
        agreed = self.post(key="k2", acknowledge=dict.fromkeys(keys, "tolerated in 2024"))
        self.assertEqual((stopped.status_code, agreed.status_code), (422, 201))

    def test_the_acknowledgements_of_earlier_programs_are_reasons_too(self):
        self.note("allergy", "Penicillin")
        warning = f"allergy:{self.alice.medical_records.get().pk}:amoxicillin-500-mg"
        found = self.post(acknowledged=[{"warning": warning, "reason": "tolerated in 2024"}]).json()
        self.assertEqual(found["warnings"][0]["reason"], "tolerated in 2024")

    def test_the_answer_about_pregnancy_is_kept_and_stops_what_harms(self):
        warfarin = {**PARACETAMOL, "name": "warfarin tablet 5 mg"}
        refused = self.post(medications=[warfarin], pregnancy="yes", breastfeeding="no")
        self.assertEqual(refused.status_code, 422)
        (warning,) = refused.json()["warnings"]
        self.assertEqual(warning["kind"], "pregnancy")
        answer = self.post(
            medications=[warfarin],
            pregnancy="yes",
            breastfeeding="no",
            acknowledge={warning["warning"]: "mechanical valve"},
        )
        issued = Prescription.objects.get(pk=answer.json()["id"])
        self.assertEqual((issued.pregnancy, issued.breastfeeding), ("yes", "no"))
        self.assertTrue(issued.is_intact())
        self.assertEqual(self.post(pregnancy="maybe").status_code, 422)

    def test_every_kind_of_check_has_a_line(self):
        found = self.post().json()
        states = {row["kind"]: row["state"] for row in found["checks"]}
        self.assertEqual(list(states), [str(kind) for kind in PrescriptionWarning.Kind])
        for kind in ("dose", "pregnancy", "kidney_liver", "age", "allergy", "active"):
            self.assertEqual(states[kind], "not_checked")
        self.assertEqual((states["duplicate"], states["interaction"]), ("nothing_found", "nothing_found"))
        self.assertIn("the age is not known", next(r for r in found["checks"] if r["kind"] == "dose")["text"])
        again = Api(self.alice).get(f"/prescriptions/{found['id']}").json()
        self.assertEqual(again["checks"], found["checks"])

    def test_minor_warnings_come_with_the_answer_and_are_not_in_the_way(self):
        self.note("allergy", "Penicillin", severity="mild")
        found = self.post(medications=[{**AMOXICILLIN, "name": "cefixime capsule 400 mg", "frequency": "1+0+0"}])
        self.assertEqual(found.status_code, 201, found.content)
        (warning,) = found.json()["warnings"]
        self.assertEqual((warning["stops"], warning["reason"]), (False, ""))
        self.assertIn("Pharmacy, 2019", warning["message"])

    def test_a_visit_to_come_and_one_of_last_year_are_409(self):
        for days, minutes in ((5, -60 * 24 * 3), (6, 60 * 24 * 300)):
            visit = self.confirmed_visit(minutes_ago=minutes, days=days)
            with self.subTest(minutes=minutes):
                self.assertEqual(self.post(appointment=visit.pk).status_code, 409)

    def test_a_second_one_for_the_visit_is_409(self):
        self.assertEqual(self.post().status_code, 201)
        second = self.post()
        self.assertEqual((second.status_code, second.json()["type"]), (409, "urn:shs:problem:prescription_exists"))

    def test_the_same_idempotency_key_returns_the_first_response(self):
        first, again = self.post(key="k1"), self.post(key="k1")
        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(Prescription.objects.count(), 1)
        self.assertEqual(self.post(key="k1", advice="other").status_code, 422)

    def test_an_unconfirmed_visit_is_409_and_one_of_another_doctor_404(self):
        self.assertEqual(self.post(appointment=self.visit.pk).status_code, 409)
        self.assertEqual(self.post(self.dave).status_code, 404)
        self.assertEqual(self.post(appointment=2**62).status_code, 404)

    def test_an_unverified_doctor_is_403(self):
        self.dr_carol.suspend(reason="licence withdrawn", now=timezone.now())
        self.assertEqual(self.post().status_code, 403)

    def test_patients_and_admins_cannot_prescribe(self):
        for person in (self.alice, self.frank):
            self.assertEqual(self.post(person).status_code, 403)

    def test_an_invalid_field_is_422_with_its_path(self):
        cases = [
            ({"medications": [{**AMOXICILLIN, "dosage": ""}]}, "medications.0.dosage"),
            ({"medications": [{**AMOXICILLIN, "duration_days": 0}]}, "medications.0.duration_days"),
            ({"medications": [{**AMOXICILLIN, "price": 1}]}, "medications.0.price"),
            ({"vital_signs": {"pulse_bpm": 9000}}, "vital_signs.pulse_bpm"),
            ({"diagnosis": " "}, "diagnosis"),
            ({"status": "issued"}, "status"),
            ({"patient": self.bob.pk}, "patient"),
            ({"follow_up_date": "2001-01-01"}, "follow_up_date"),
            ({"medications": [AMOXICILLIN] * 31}, "medications"),
            ({"advice": "a\x00b"}, "advice"),
        ]
        for changes, field in cases:
            with self.subTest(field=field):
                response = self.post(**changes)
                self.assertEqual(response.status_code, 422, response.content)
                self.assertIn(field, [row["field"] for row in response.json()["errors"]])
        self.assertFalse(Prescription.objects.exists())


class Reading(Surgery, TestCase):
    def setUp(self):
        self.found = self.prescribe()

    def test_the_patient_their_doctor_and_an_admin_read_it(self):
        for person, basis in ((self.alice, "own"), (self.carol, "care"), (self.frank, "duty")):
            with self.subTest(person=person.name):
                self.assertEqual(Api(person).get(f"/prescriptions/{self.found.pk}").json()["id"], self.found.pk)
                self.assertEqual(ReadLog.objects.filter(reader=person).last().basis, basis)

    def test_a_denied_read_is_404_and_logged(self):
        self.assertEqual(Api(self.bob).get(f"/prescriptions/{self.found.pk}").status_code, 404)
        line = ReadLog.objects.get(reader=self.bob)
        self.assertEqual((line.basis, line.subject, line.what), ("denied", self.alice, "prescription"))

    def test_the_list_is_newest_first_with_each_prescription_once(self):
        other = self.prescribe(self.confirmed_visit(minutes_ago=120, days=6))
        self.amend(self.found)
        answer = Api(self.alice).get(f"/prescriptions/patient/{self.alice.pk}").json()
        self.assertEqual([(row["id"], row["version"]) for row in answer["items"]], [(self.found.pk, 2), (other.pk, 1)])

    def test_the_list_of_another_or_unknown_patient_is_404(self):
        for caller, pk in ((self.bob, self.alice.pk), (self.dave, self.alice.pk), (self.frank, 2**60)):
            self.assertEqual(Api(caller).get(f"/prescriptions/patient/{pk}").status_code, 404)

    def test_a_denied_list_is_logged_without_ids(self):
        Api(self.bob).get(f"/prescriptions/patient/{self.alice.pk}")
        line = ReadLog.objects.get(reader=self.bob)
        self.assertEqual((line.basis, line.ids, line.what), ("denied", [], "prescriptions"))

    def test_a_patient_without_prescriptions_has_an_empty_list(self):
        self.assertEqual(Api(self.bob).get(f"/prescriptions/patient/{self.bob.pk}").json()["items"], [])

    def test_a_list_of_ten_needs_no_more_queries_than_one_of_one(self):
        caller, path = Api(self.alice), f"/prescriptions/patient/{self.alice.pk}"
        with self.assertNumQueries(7):
            caller.get(path)
        for at in range(9):
            self.prescribe(self.confirmed_visit(minutes_ago=60 * (at + 2), days=5 + at))
        with self.assertNumQueries(7):
            self.assertEqual(len(caller.get(path).json()["items"]), 10)


class AmendingByPut(Surgery, TestCase):
    def setUp(self):
        self.found = self.prescribe()
        self.path = f"/prescriptions/{self.found.pk}"

    def put(self, caller=None, **changes):
        return Api(caller or self.carol).put(self.path, {**BODY, **changes})

    def test_the_id_stays_and_earlier_versions_can_be_read(self):
        answer = self.put(advice="rest", reason="patient vomits")
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual((answer.json()["id"], answer.json()["version"]), (self.found.pk, 2))
        self.assertEqual(Api(self.alice).get(self.path).json()["advice"], "rest")
        earlier = Api(self.alice).get(self.path, version=1).json()
        self.assertEqual((earlier["advice"], earlier["status"]), (BODY["advice"], "amended"))
        self.assertEqual([row["reason"] for row in earlier["versions"]], ["", "patient vomits"])

    def test_the_visit_may_be_repeated_but_not_changed(self):
        self.assertEqual(self.put(appointment=self.begun.pk).status_code, 200)
        self.assertEqual(self.put(appointment=self.visit.pk).status_code, 422)

    def test_only_its_doctor_can_amend(self):
        self.assertEqual(self.put(self.alice).status_code, 403)
        self.assertEqual(self.put(self.frank).status_code, 403)
        self.assertEqual(self.put(self.dave).status_code, 404)

    def test_a_cancelled_one_is_409(self):
        self.found.cancel(reason="wrong patient")
        self.assertEqual(self.put().status_code, 409)

    def test_an_unknown_version_is_404(self):
        self.assertEqual(Api(self.alice).get(self.path, version=2).status_code, 404)


class Verifying(Surgery, TestCase):
    SHAPE = {"valid", "status", "issued_on", "doctor", "license_number", "medications", "too_old", "valid_until"}

    def verify(self, found: Prescription) -> dict:
        response = Api().get(f"/prescriptions/verify/{found.code}")
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(set(response.json()), self.SHAPE)
        return response.json()

    def test_a_pharmacy_sees_doctor_licence_date_and_medicines_but_no_patient(self):
        found = self.prescribe()
        answer = self.verify(found)
        self.assertTrue(answer["valid"])
        self.assertEqual(answer["license_number"], self.dr_carol.license_number)
        self.assertEqual(answer["issued_on"], f"{timezone.localtime(found.issued_at):%Y-%m-%d}")
        self.assertEqual(answer["medications"][0], {**AMOXICILLIN})
        for secret in ("Alice", "tonsillitis", "throat", "after meals", "warm water"):
            self.assertNotIn(secret, str(answer))

    def test_amended_cancelled_and_damaged_ones_are_not_valid(self):
        first = self.prescribe()
        second = self.amend(first)
        self.assertEqual((self.verify(first)["status"], self.verify(first)["valid"]), ("amended", False))
        self.assertTrue(self.verify(second)["valid"])
        second.cancel(reason="wrong patient")
        self.assertEqual((self.verify(second)["status"], self.verify(second)["valid"]), ("cancelled", False))
        third = self.prescribe()
        Prescription.objects.without_history("a forger").filter(pk=third.pk).update(advice="take ten")
        answer = self.verify(third)
        self.assertEqual((answer["status"], answer["valid"], answer["medications"]), ("damaged", False, []))

    def test_a_code_is_accepted_in_lower_case_and_in_groups(self):
        code = self.prescribe().code.lower()
        grouped = "-".join(code[at : at + 4] for at in range(0, 20, 4))
        self.assertTrue(Api().get(f"/prescriptions/verify/{grouped}").json()["valid"])

    def test_unknown_codes_and_codes_of_drafts_are_404(self):
        draft = services.begin(draft=Prescription(diagnosis="x"), visit=self.begun, by=self.carol, now=timezone.now())
        for code in ("ABCDEFGHJKLMNPQRSTUV", draft.code, "x" * 300):
            self.assertEqual(Api().get(f"/prescriptions/verify/{code}").status_code, 404)


class Fhir(Surgery, TestCase):
    def test_each_medicine_is_a_valid_medication_request(self):
        self.prescribe(medications=[AMOXICILLIN, {**AMOXICILLIN, "name": "amoxicillin capsule 500 mg"}])
        found = bundle(self.alice, now=timezone.now())
        Bundle.model_validate(found)
        requests = [e["resource"] for e in found["entry"] if e["resource"]["resourceType"] == "MedicationRequest"]
        self.assertEqual([row["status"] for row in requests], ["active", "active"])
        self.assertEqual(requests[0]["dosageInstruction"][0]["text"], "1 capsule, 1+1+1")
        self.assertEqual(requests[1]["medicationCodeableConcept"]["coding"][0]["code"], "J01CA04")

    def test_drafts_and_replaced_versions_are_omitted(self):
        self.amend(self.prescribe(), advice="rest")
        later = self.confirmed_visit(minutes_ago=120, days=6)
        services.begin(draft=Prescription(diagnosis="secret"), visit=later, by=self.carol, now=timezone.now())
        text = str(bundle(self.alice, now=timezone.now()))
        self.assertEqual(text.count("'MedicationRequest'"), len(BODY["medications"]))
        self.assertNotIn("secret", text)


class FollowUps(Surgery, TestCase):
    def test_a_follow_up_cannot_be_in_the_past(self):
        later = timezone.localdate() + timedelta(days=10)
        body = {"appointment": self.begun.pk, **BODY, "follow_up_date": later.isoformat()}
        self.assertEqual(Api(self.carol).post("/prescriptions/", body).json()["follow_up_date"], later.isoformat())
