"""Charts by the patient API."""

from datetime import timedelta
from itertools import product

import time_machine
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.models import ConditionCode, MedicalRecord
from shs.medical_record.tests.chart import Chart
from shs.testing import Api, soon

PATHS = ("/medical-records/{0}", "/medical-records/{0}?kind=allergy")


class Reading(Chart, TestCase):
    def chart(self, user, **query):
        return Api(user).get(f"/medical-records/{self.alice.pk}", **query)

    def test_the_patient_the_doctor_in_care_and_the_admin_read_the_chart(self):
        for user in (self.alice, self.carol, self.frank):
            with self.subTest(user.name):
                body = self.chart(user).json()
                self.assertEqual([row["title"] for row in body["items"]], ["Penicillin"])
                self.assertEqual(body["items"][0]["recorded_by"]["name"], "Dr. Carol")

    def test_other_users_get_404(self):
        nobody = Api(self.bob).get("/medical-records/999999").json()
        for user, path in product((self.bob, self.dave, self.wendy), PATHS):
            with self.subTest(user=user.name, path=path):
                response = Api(user).get(path.format(self.alice.pk))
                self.assertEqual((response.status_code, response.json()), (404, nobody))
        self.assertEqual(Api().get(f"/medical-records/{self.alice.pk}").status_code, 401)
        for user in (self.erin, self.grace, self.henry, self.irene):
            self.assertEqual(self.chart(user).status_code, 404)

    def test_access_ends_with_the_cancelled_visit(self):
        self.visit.cancel()
        self.assertEqual(self.chart(self.carol).status_code, 404)

    def test_access_ends_thirty_days_after_the_visit(self):
        end = self.after_care()
        self.visit.complete(now=self.visit.starts_at)
        for moment, status in ((end - timedelta(seconds=5), 200), (end + timedelta(seconds=5), 404)):
            with self.subTest(status), time_machine.travel(moment):
                self.assertEqual(self.chart(self.carol).status_code, status)

    def test_access_ends_with_the_verification(self):
        self.dr_carol.suspend(reason="complaint", now=timezone.now())
        self.assertEqual(self.chart(self.carol).status_code, 404)

    def test_the_token_of_a_suspended_doctor_is_invalid(self):
        caller = Api(self.carol)
        self.carol.suspend(reason="stolen password")
        self.assertEqual(caller.get(f"/medical-records/{self.alice.pk}").status_code, 401)

    def test_every_read_and_every_denial_is_logged_with_basis_and_rows(self):
        for user, basis in ((self.alice, "own"), (self.carol, "care"), (self.frank, "duty"), (self.bob, "denied")):
            self.chart(user)
            line = self.reads(reader=user, what="medical records").get()
            with self.subTest(user.name):
                self.assertEqual((line.basis, line.subject), (basis, self.alice))
                self.assertEqual(line.ids, [] if basis == "denied" else [self.entry.pk])
                self.assertEqual(line.path, f"/api/v1/medical-records/{self.alice.pk}")

    def test_entries_can_be_filtered_by_kind(self):
        self.write(kind="note", title="Advised rest")
        titles = {
            kind: [r["title"] for r in self.chart(self.alice, kind=kind).json()["items"]] for kind in ("note", "")
        }
        self.assertEqual(titles, {"note": ["Advised rest"], "": ["Advised rest", "Penicillin"]})
        self.assertEqual(self.chart(self.alice, kind="diary").status_code, 422)

    def test_entries_made_in_error_are_not_shown(self):
        self.entry.mark_entered_in_error("wrong patient")
        self.assertEqual(self.chart(self.alice).json()["items"], [])

    def test_a_long_chart_needs_no_more_queries_than_a_short_one(self):
        short = self.count_queries()
        for number in range(30):
            self.write(kind="condition", title=f"Condition {number}", code_id="I10")
        self.assertEqual(self.count_queries(), short)

    def count_queries(self):
        with CaptureQueriesContext(connection) as captured:
            self.chart(self.carol, page_size=50)
        return len(captured)


class Writing(Chart, TestCase):
    def add(self, user, **fields):
        said = {"patient": self.alice.pk, "kind": "condition", "title": "Hypertension"}
        return Api(user).post("/medical-records/", {**said, **fields})

    def test_doctor_in_care_and_patient_can_write_and_the_source_is_stored(self):
        for user, source in ((self.carol, "doctor"), (self.alice, "patient")):
            body = self.add(user, code="I10", severity="moderate", onset_date="2020-05-01").json()
            with self.subTest(user.name):
                self.assertEqual((body["source"], body["recorded_by"]["id"]), (source, user.pk))
                self.assertEqual((body["code"], body["code_title"]), ("I10", "Essential (primary) hypertension"))
                self.assertEqual((body["status"], body["onset_date"]), ("active", "2020-05-01"))

    def test_writing_needs_access_to_the_chart(self):
        for user, status in ((self.bob, 404), (self.dave, 404), (self.wendy, 404), (self.erin, 404), (self.frank, 403)):
            with self.subTest(user.name):
                self.assertEqual(self.add(user).status_code, status)
        self.assertEqual(MedicalRecord.objects.count(), 1)
        self.assertEqual(self.reads(basis="denied", subject=self.alice).count(), 4)

    def test_emergency_access_allows_reading_only(self):
        services.break_glass(doctor=self.wendy, patient=self.alice, reason="unconscious, no papers", now=timezone.now())
        self.assertEqual(Api(self.wendy).get(f"/medical-records/{self.alice.pk}").status_code, 200)
        self.assertEqual(self.add(self.wendy).status_code, 403)

    def test_invalid_fields_are_named(self):
        for field, fields in (
            ("code", {"code": "Q00.00"}),
            ("kind", {"kind": "diary"}),
            ("title", {"title": "  "}),
            ("severity", {"severity": "awful"}),
            ("status", {"status": "entered_in_error"}),
            ("onset_date", {"onset_date": str(soon())}),
            ("source", {"source": "doctor"}),
            ("recorded_by", {"recorded_by": 1}),
            ("vital_signs", {"kind": "vital_signs"}),
            ("vital_signs", {"vital_signs": {"pulse_bpm": 70}}),
            ("vital_signs.pulse_bpm", {"kind": "vital_signs", "vital_signs": {"pulse_bpm": 7000}}),
            ("vital_signs.mood", {"kind": "vital_signs", "vital_signs": {"mood": 7}}),
        ):
            with self.subTest(fields):
                response = self.add(self.carol, **fields)
                self.assertEqual(response.status_code, 422)
                self.assertEqual(response.json()["errors"][0]["field"], field)

    def test_vital_signs_are_stored_and_flagged_by_a_guideline(self):
        signs = {"systolic_mmhg": 152, "diastolic_mmhg": 78, "temperature_c": 37.2}
        body = self.add(self.carol, kind="vital_signs", title="", vital_signs=signs).json()
        self.assertEqual((body["title"], body["vital_signs"]), ("Vital signs", signs))
        (flag,) = body["flags"]
        self.assertEqual((flag["name"], flag["level"], flag["grade"]), ("systolic_mmhg", "high", "raised"))
        self.assertIn("NCDC Bangladesh", flag["guideline"])

    def be_born(self, years=0, days=0):
        profile, today = self.alice.profile, timezone.localdate()
        born = today - timedelta(days=days + round(years * 365.25))
        profile.date_of_birth, profile.birth_precision, profile.gender = born, "day", "female"
        profile.save()

    def test_the_answer_tells_what_vital_signs_mean_at_the_age(self):
        self.be_born(years=6)
        signs = {"pulse_bpm": 240, "spo2_percent": 70, "weight_kg": 20, "height_cm": 115, "systolic_mmhg": 95}
        seen = {"oxygen": "low", "respiratory_effort": "severe", "capillary_refill": "slow"}
        body = self.add(self.carol, kind="vital_signs", title="", vital_signs=signs, observed=seen).json()
        self.assertEqual(body["observed"], seen)
        grades = {one["name"]: one["grade"] for one in body["grades"]}
        self.assertEqual(grades, {"pulse_bpm": "crisis", "systolic_mmhg": "usual", "spo2_percent": "crisis"})
        self.assertTrue(all(one["note"] for one in body["grades"]))
        score = body["score"]
        self.assertEqual((score["name"], score["total"], score["at_least"]), ("Bedside PEWS", None, 16))
        self.assertEqual({part["name"]: part["points"] for part in score["parts"]}["respiratory_rate"], None)
        self.assertEqual([one["measure"] for one in body["growth"]], ["weight_kg", "height_cm", "bmi"])
        self.assertTrue(all(abs(one["z"]) < 1 and one["band"] == "usual" for one in body["growth"]), body["growth"])
        self.assertEqual(body["improbable"], [])
        listed = Api(self.alice).get(f"/medical-records/{self.alice.pk}").json()["items"][0]
        self.assertEqual({name: listed[name] for name in body}, body)

    def test_what_is_impossible_at_the_age_is_refused_and_what_is_improbable_is_marked(self):
        self.be_born(years=6)
        refused = self.add(self.carol, kind="vital_signs", title="", vital_signs={"weight_kg": 300})
        self.assertEqual(refused.status_code, 422)
        (error,) = refused.json()["errors"]
        self.assertEqual(error["field"], "vital_signs.weight_kg")
        self.assertIn("6 years", error["message"])
        body = self.add(self.carol, kind="vital_signs", title="", vital_signs={"weight_kg": 70}).json()
        self.assertEqual([one["name"] for one in body["improbable"]], ["weight_kg"])

    def test_observations_need_vital_signs(self):
        response = self.add(self.carol, observed={"oxygen": "air"})
        self.assertEqual(response.json()["errors"][0]["field"], "vital_signs")
        signs, seen = {"pulse_bpm": 70}, {"mood": 1}
        response = self.add(self.carol, kind="vital_signs", title="", vital_signs=signs, observed=seen)
        self.assertEqual(response.status_code, 422)

    def test_without_an_age_nothing_is_said_to_be_usual(self):
        body = self.add(self.carol, kind="vital_signs", title="", vital_signs={"pulse_bpm": 80}).json()
        (grade,) = body["grades"]
        self.assertEqual((grade["grade"], grade["note"]), ("not_graded", "The age is not known."))


class Sharing(Chart, TestCase):
    def open(self, user=None, **fields):
        return Api(user or self.alice).post("/medical-records/access", {"doctor": self.dr_wendy.pk, **fields})

    def reads_chart(self, user):
        return Api(user).get(f"/medical-records/{self.alice.pk}").status_code

    def test_the_patient_gives_lists_and_revokes_consent(self):
        made = self.open()
        self.assertEqual(made.status_code, 201)
        self.assertEqual(self.reads_chart(self.wendy), 200)
        listed = Api(self.alice).get("/medical-records/access").json()["items"]
        self.assertEqual([row["doctor"]["name"] for row in listed], ["Dr. Wendy"])
        gone = Api(self.alice).delete(f"/medical-records/access/{made.json()['id']}")
        self.assertEqual(gone.status_code, 204)
        self.assertEqual(self.reads_chart(self.wendy), 404)
        self.assertEqual(Api(self.alice).get("/medical-records/access").json()["items"], [])

    def test_a_consent_expires(self):
        self.open(expires_at=(timezone.now() + timedelta(hours=1)).isoformat())
        self.assertEqual(self.reads_chart(self.wendy), 200)
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            self.assertEqual(self.reads_chart(self.wendy), 404)
            self.assertEqual(Api(self.alice).get("/medical-records/access").json()["items"], [])

    def test_a_date_without_time_means_the_end_of_that_day(self):
        until = self.open(expires_at=str(soon())).json()["expires_at"]
        self.assertTrue(until.startswith(f"{soon()}T23:59:59"))

    def test_the_doctor_must_be_verified_and_the_time_in_the_future(self):
        past = (timezone.now() - timedelta(hours=1)).isoformat()
        refused = [
            (404, {"doctor": self.dr_dave.pk}),
            (404, {"doctor": 999999}),
            (422, {"expires_at": past}),
            (422, {"expires_at": "2030-01-01T10:00:00"}),
            (422, {"expires_at": "soon, maybe"}),
        ]
        for status, fields in refused:
            with self.subTest(fields):
                self.assertEqual(self.open(**fields).status_code, status)

    def test_only_patients_can_give_consent_and_only_for_their_own_chart(self):
        for user in (self.carol, self.frank):
            self.assertEqual(self.open(user).status_code, 403)
        pk = self.open().json()["id"]
        self.assertEqual(Api(self.bob).delete(f"/medical-records/access/{pk}").status_code, 404)
        self.assertEqual(self.reads_chart(self.wendy), 200)


class AccessLog(Chart, TestCase):
    def log(self, user):
        return Api(user).get(f"/medical-records/{self.alice.pk}/access-log")

    def test_the_patient_sees_reader_content_time_and_basis(self):
        for user in (self.carol, self.frank, self.wendy, self.alice):
            Api(user).get(f"/medical-records/{self.alice.pk}")
        rows = [(row["reader"]["name"], row["basis"], row["records"]) for row in self.log(self.alice).json()["items"]]
        chart = [self.entry.pk]
        self.assertEqual(rows, [("Dr. Wendy", "denied", []), ("Frank", "duty", chart), ("Dr. Carol", "care", chart)])

    def test_only_the_patient_can_read_the_log_and_export_the_chart(self):
        for user, status in (
            (self.bob, 404),
            (self.wendy, 404),
            (self.carol, 403),
            (self.frank, 403),
            (self.erin, 404),
        ):
            for page in ("access-log", "export"):
                with self.subTest(user=user.name, page=page):
                    response = Api(user).get(f"/medical-records/{self.alice.pk}/{page}")
                    self.assertEqual(response.status_code, status)
        # One line a reader.
        denied = ReadLog.objects.filter(basis="denied", subject=self.alice)
        self.assertEqual([line.times for line in denied], [2, 2, 2, 2, 2])


class Codes(TestCase):
    def test_migrate_creates_the_codes_with_their_source(self):
        self.assertGreaterEqual(ConditionCode.objects.count(), 80)
        self.assertEqual(set(ConditionCode.objects.values_list("source", flat=True)), {"WHO, ICD-10, 2019"})
        for code in ConditionCode.objects.all():
            code.full_clean(exclude=["code"])
