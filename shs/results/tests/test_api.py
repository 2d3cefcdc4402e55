"""The API of results, as the app calls it."""

import json
from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.results import services
from shs.results.models import Result, Status
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, NORMAL_CREATININE, Laboratory, pdf, photo
from shs.testing import Api

HAEMOGLOBIN = {"code": "haemoglobin", "value": 9.8, "unit": "g/dL", "low": 12, "high": 15}


class ByPatients(Laboratory, TestCase):
    def post(self, user, **fields):
        day = (timezone.localdate() - timedelta(days=1)).isoformat()
        given = {"title": "CBC", "taken_on": day, **fields}
        app = Api(user)
        return app.client.post(f"{app.BASE}/results/", given, headers=app.headers)

    def test_a_patient_hands_in_a_photo_with_values_for_an_order(self):
        order = self.prescribe().tests.get()
        listed = Api(self.alice).get(f"/results/patient/{self.alice.pk}/orders").json()
        self.assertEqual([(row["id"], row["is_overdue"]) for row in listed], [(order.pk, False)])
        answer = self.post(self.alice, file=photo(), order=order.pk, values=json.dumps([HAEMOGLOBIN]))
        self.assertEqual(answer.status_code, 201, answer.content)
        found = answer.json()
        self.assertEqual((found["order"], found["doctor"]["id"]), (order.pk, self.dr_carol.pk))
        self.assertEqual((found["waits_for_doctor"], found["values"], found["finding"]), (True, [], ""))
        self.assertTrue(found["has_file"], "it is their own photo")
        self.assertEqual(Api(self.alice).get(f"/results/patient/{self.alice.pk}/orders").json(), [])

    def test_what_waits_for_the_doctor_says_nothing_before_the_review(self):
        result = self.send(LOW_HAEMOGLOBIN, upload=photo())
        app = Api(self.alice)
        self.assertEqual(app.get(f"/results/{result.pk}").json()["values"], [])
        self.assertFalse(app.get(f"/results/{result.pk}").json()["has_file"])
        refused = app.get(f"/results/{result.pk}/file")
        self.assertEqual((refused.status_code, refused.json()["type"]), (409, "urn:shs:problem:waits_for_doctor"))
        self.assertEqual(app.get(f"/results/patient/{self.alice.pk}/trend").json(), [])
        reviewed = Api(self.carol).post(f"/results/{result.pk}/review", {"comment": "Please come on Monday."})
        self.assertEqual(reviewed.status_code, 200, reviewed.content)
        found = app.get(f"/results/{result.pk}").json()
        self.assertEqual((found["comment"], found["values"][0]["flag"]), ("Please come on Monday.", "low"))
        self.assertEqual(app.get(f"/results/{result.pk}/file").status_code, 200)
        trend = app.get(f"/results/patient/{self.alice.pk}/trend", code="haemoglobin").json()
        self.assertEqual([point["value"] for point in trend[0]["points"]], ["98"])

    def test_each_opening_is_in_the_read_log(self):
        result = self.send(NORMAL_CREATININE, upload=pdf())
        for path in (f"{result.pk}", f"{result.pk}/file", f"patient/{self.alice.pk}"):
            Api(self.carol).get(f"/results/{path}")
        rows = ReadLog.objects.filter(reader=self.carol, subject=self.alice).values_list("what", "ids")
        self.assertEqual(
            {what for what, ids in rows if result.pk in ids and what.startswith("result")},
            {"result", "result file", "results"},
        )

    def test_others_get_404_and_a_line_in_the_log(self):
        result = self.send(NORMAL_CREATININE, upload=photo())
        for user in (self.bob, self.dave):
            for path in (
                f"{result.pk}",
                f"{result.pk}/file",
                f"patient/{self.alice.pk}",
                f"patient/{self.alice.pk}/trend",
            ):
                with self.subTest(user=user.name, path=path):
                    self.assertIn(Api(user).get(f"/results/{path}").status_code, {403, 404})
        self.assertTrue(ReadLog.objects.filter(reader=self.bob, basis="denied").exists())
        self.assertEqual(Api().get(f"/results/{result.pk}").status_code, 401)

    def test_invalid_values_are_named(self):
        for values in ("{", "[1]", '[{"code": "haemoglobin", "value": "NaN", "unit": "g/dL"}]', '[{"code": "x"}]'):
            answer = self.post(self.alice, file=photo(), values=values)
            self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "values"), values)
        far = self.post(self.alice, values=json.dumps([{"code": "haemoglobin", "value": 98, "unit": "g/dL"}]))
        self.assertIn("Haemoglobin must be from", far.json()["detail"])
        self.assertEqual(self.post(self.alice).status_code, 422)
        self.assertFalse(Result.objects.exists())

    def test_a_prescription_on_paper_with_its_medicines(self):
        answer = self.post(self.alice, kind="prescription", file=pdf(), medicines='["Metformin 500 mg"]')
        self.assertEqual(answer.status_code, 201, answer.content)
        entries = Api(self.alice).get(f"/medical-records/{self.alice.pk}", kind="medication").json()["items"]
        self.assertEqual([entry["title"] for entry in entries], ["Metformin 500 mg"])

    def test_a_patient_takes_back_what_no_doctor_has_reviewed(self):
        result = self.send(upload=photo(), by=self.alice)
        self.assertEqual(Api(self.bob).post(f"/results/{result.pk}/retract", {"reason": "x"}).status_code, 404)
        self.assertEqual(Api(self.alice).post(f"/results/{result.pk}/retract", {"reason": "blurred"}).status_code, 204)
        self.assertEqual(Api(self.alice).get(f"/results/{result.pk}").status_code, 404)
        other = self.send(upload=photo(), by=self.alice)
        services.review(result=other, by=self.carol, comment="", now=timezone.now())
        self.assertEqual(Api(self.alice).post(f"/results/{other.pk}/retract", {"reason": "x"}).status_code, 404)

    def test_what_can_be_entered(self):
        found = {row["code"]: row for row in Api(self.alice).get("/results/analytes").json()}
        self.assertEqual(found["creatinine"]["stored_unit"], "µmol/L")
        self.assertEqual([unit["unit"] for unit in found["glucose_fasting"]["units"]], ["mmol/L", "mg/dL"])


class ByDoctors(Laboratory, TestCase):
    def test_a_doctor_enters_values_of_a_photo_and_acknowledges(self):
        result = self.send(upload=photo(), by=self.alice)
        row = {"code": "glucose_random", "value": "470", "unit": "mg/dL"}
        answer = Api(self.carol).put(f"/results/{result.pk}/values", {"values": [row]})
        self.assertEqual((answer.status_code, answer.json()["finding"]), (200, "critical"), answer.content)
        self.assertIsNone(answer.json()["acknowledged_at"])
        seen = Api(self.carol).post(f"/results/{result.pk}/acknowledge", {})
        self.assertIsNotNone(seen.json()["acknowledged_at"])
        self.assertEqual(Result.objects.get().status, Status.WAITING)

    def test_only_doctors_of_the_chart_review(self):
        result = self.send(CRITICAL_GLUCOSE)
        for user in (self.alice, self.bob, self.dave):
            for action in ("review", "acknowledge"):
                answer = Api(user).post(f"/results/{result.pk}/{action}", {})
                self.assertIn(answer.status_code, {403, 404})
        self.assertIsNone(Result.objects.get().acknowledged_at)

    def test_a_list_takes_as_many_queries_for_many_rows(self):
        self.send(LOW_HAEMOGLOBIN)
        path = f"/results/patient/{self.alice.pk}"
        Api(self.alice).get(path)
        before = self.queries(path)
        for _more in range(5):
            self.send(LOW_HAEMOGLOBIN, NORMAL_CREATININE)
        self.assertEqual(self.queries(path), before)

    def queries(self, path: str) -> int:
        with CaptureQueriesContext(connection) as made:
            Api(self.alice).get(path)
        return len(made)
