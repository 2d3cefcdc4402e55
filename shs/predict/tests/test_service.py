"""The ML service: real local servers that answer in each supported format, and that misbehave."""

import json
import time
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

from django.conf import settings
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.tests.misbehaving import BUSY, FAULTS, TIMEOUTS, Misbehaving, answers, closes_early, refused_url
from shs.predict import client
from shs.predict.models import Prediction
from shs.testing import Api, CommittedTestCase, TestUsers, soon

CONTRACT = {
    "success": True,
    "message": "ok",
    "prediction": {
        "disease": "Dengue",
        "confidence": 0.8,
        "alternative_diseases": [{"disease": "Malaria", "confidence": 0.1}],
        "matched_symptoms": ["fever"],
        "unmatched_symptoms": ["zzyzx"],
        "total_symptoms": 2,
    },
}
EMERGENCY = ["chest pain", "breathlessness"]


@contextmanager
def served(behaviour, seconds: int = 1):
    """Context manager: the API with an ML service that behaves this way."""
    client._service_at.cache_clear()
    with Misbehaving(behaviour) as server, override_settings(ML_SERVICE_URL=server.url, ML_TIMEOUT_SECONDS=seconds):
        yield server
    client._service_at.cache_clear()


class ServiceTestCase(TestUsers, TestCase):
    def ask(self, *symptoms: str):
        return Api(self.alice).post("/predict/disease", {"symptoms": list(symptoms or ("fever", "zzyzx"))})

    def last(self) -> Prediction:
        return Prediction.objects.latest("pk")


class Formats(ServiceTestCase):
    def test_the_documented_format(self):
        with served(answers(CONTRACT)) as server:
            found = self.ask().json()
        self.assertEqual((found["disease"], found["confidence"], found["provider"]), ("Dengue", 0.8, "ml-service"))
        self.assertEqual(found["alternatives"], [{"disease": "Malaria", "confidence": 0.1}])
        self.assertEqual((found["matched_symptoms"], found["unmatched_symptoms"]), (["fever"], ["zzyzx"]))
        self.assertEqual(found["specialization"]["slug"], "infectious-diseases-and-tropical-medicine")
        head, _gap, body = server.requests[0].partition("\r\n\r\n")
        self.assertTrue(head.startswith("POST /predict/ HTTP/1.1"))
        self.assertEqual(json.loads(body), {"symptoms": ["fever", "zzyzx"]})

    def test_the_request_does_not_identify_the_patient(self):
        with served(answers(CONTRACT)) as server:
            self.ask()
        for word in ("authorization", "cookie", "bearer", "alice"):
            self.assertNotIn(word, server.requests[0].lower())

    def test_a_list_of_predictions_that_is_not_sorted(self):
        rows = [{"disease": "Malaria", "confidence": 0.2}, {"disease": "Dengue", "confidence": 0.7}]
        with served(answers({"predictions": rows})):
            found = self.ask().json()
        self.assertEqual((found["disease"], found["alternatives"]), ("Dengue", rows[:1]))
        self.assertEqual(found["matched_symptoms"], ["fever", "zzyzx"])

    def test_a_flat_answer_with_a_version(self):
        flat = {"disease": "Dengue", "confidence": 1, "alternative_diseases": [], "version": "7", "extra": {"x": 1}}
        with served(answers(flat)):
            found = self.ask().json()
        self.assertEqual((found["disease"], found["confidence"]), ("Dengue", 1.0))
        stored = self.last()
        self.assertEqual((stored.provider, stored.version, stored.status), ("ml-service", "7", "answered"))
        self.assertEqual((stored.patient, stored.symptoms), (self.alice, ["fever", "zzyzx"]))

    def test_an_unknown_disease_name_still_gets_a_specialization(self):
        for disease, slug in (
            ("dengue fever", "infectious-diseases-and-tropical-medicine"),
            ("Never heard of it", "family-medicine"),
        ):
            with self.subTest(disease=disease), served(answers({"disease": disease, "confidence": 0.5})):
                self.assertEqual(self.ask().json()["specialization"]["slug"], slug)

    def test_no_known_symptom_is_422_and_nothing_is_stored(self):
        with served(answers({"detail": "none"}, status="400 Bad Request")):
            response = self.ask()
        self.assertEqual((response.status_code, response.json()["errors"][0]["field"]), (422, "symptoms"))
        self.assertFalse(Prediction.objects.exists())

    def test_the_symptom_names_of_the_service_are_cached(self):
        names = {"success": True, "symptoms": ["itching", "skin_rash"], "total": 2}
        with served(answers(names)) as server:
            self.assertEqual(Api(self.alice).get("/predict/symptoms", q="ITCH").json(), ["itching"])
            self.assertEqual(Api(self.alice).get("/predict/symptoms").json(), ["itching", "skin_rash"])
            self.assertEqual(len(server.requests), 1)

    def test_symptom_names_of_a_failing_service_are_503(self):
        with served(closes_early):
            self.assertEqual(Api(self.alice).get("/predict/symptoms", q="f").status_code, 503)


class Faults(ServiceTestCase):
    def assert_failed(self, response, status: int, code: str) -> None:
        self.assertEqual((response.status_code, response["Content-Type"]), (status, "application/problem+json"))
        self.assertNotIn("secret", response.content.decode())
        stored = self.last()
        self.assertEqual((stored.status, stored.error_code, stored.disease), ("failed", code, ""))
        self.assertEqual((stored.provider, stored.symptoms), ("ml-service", ["fever", "zzyzx"]))

    def test_a_service_that_exceeds_the_time_limit_is_504(self):
        for name, behaviour in TIMEOUTS.items():
            with self.subTest(fault=name), served(behaviour):
                self.assert_failed(self.ask(), 504, "upstream_timeout")

    def test_an_invalid_answer_is_502(self):
        for name, behaviour in FAULTS.items():
            with self.subTest(fault=name), served(behaviour, seconds=5):
                self.assert_failed(self.ask(), 502, "upstream_fault")

    def test_an_answer_in_another_format_is_502(self):
        wrong = [
            [], 5, "x", None, {}, {"prediction": None}, {"predictions": []}, {**CONTRACT, "success": False},
            {"disease": "Dengue"}, {"disease": "", "confidence": 0.5}, {"disease": 5, "confidence": 0.5},
            {"disease": "Dengue", "confidence": 1.01}, {"disease": "Dengue", "confidence": -0.1},
            {"disease": "Dengue", "confidence": "0.5"}, {"disease": "Dengue", "confidence": True},
            {"disease": "Dengue", "confidence": None}, {"disease": "x" * 201, "confidence": 0.5},
            {"disease": "a\x00b", "confidence": 0.5}, {"disease": "\ud800", "confidence": 0.5},
            {"predictions": [{"disease": "Dengue", "confidence": 0.5}] * 101},
            {"disease": "Dengue", "confidence": 0.5, "alternative_diseases": [{"disease": "Malaria"}]},
        ]  # fmt: skip
        for data in wrong:
            with self.subTest(data=str(data)[:60]), served(answers(data)):
                self.assert_failed(self.ask(), 502, "upstream_fault")

    def test_an_unreachable_or_busy_service_is_503_with_retry_after(self):
        for name, behaviour in {"hangs up": closes_early, **BUSY}.items():
            with self.subTest(fault=name), served(behaviour):
                response = self.ask()
                self.assert_failed(response, 503, "upstream_unavailable")
                self.assertEqual(response["Retry-After"], "7" if name in BUSY else "5")
        with override_settings(ML_SERVICE_URL=refused_url()):
            self.assert_failed(self.ask(), 503, "upstream_unavailable")

    def test_the_embedded_checker_is_not_used_as_a_fallback(self):
        with served(closes_early):
            self.assertEqual(self.ask("fever", "headache").status_code, 503)

    def test_after_five_failures_it_is_not_called_for_a_while(self):
        with served(answers({}, status="500 No")) as server:
            statuses = [self.ask().status_code for _time in range(7)]
        self.assertEqual(statuses, [502] * 5 + [503] * 2)
        self.assertEqual(len(server.requests), 5)


class RedFlags(ServiceTestCase):
    def test_red_flags_are_shown_during_an_outage(self):
        for name, behaviour in {"busy": BUSY["503"], "nonsense": FAULTS["HTML"], "slow": TIMEOUTS["drip"]}.items():
            with self.subTest(fault=name), served(behaviour):
                response = self.ask(*EMERGENCY)
                found = response.json()
                self.assertEqual((response.status_code, found["urgent"]), (200, True))
                self.assertEqual(found["emergency_number"], "999")
                self.assertIn("Chest pain with a danger sign", [flag["name"] for flag in found["red_flags"]])
                self.assertEqual((found["disease"], found["confidence"], found["alternatives"]), ("", 0, []))
                stored = self.last()
                self.assertEqual((stored.status, stored.urgent), ("failed", True))
                self.assertIn("chest-pain-danger", stored.rules)

    def test_red_flags_are_added_to_answers_and_to_unknown_symptoms(self):
        for behaviour in (answers(CONTRACT), answers({"detail": "none"}, status="400 Bad Request")):
            with served(behaviour):
                self.assertTrue(self.ask(*EMERGENCY).json()["urgent"])


class Counts(ServiceTestCase):
    def test_each_provider_has_counts_failures_and_a_median_time(self):
        self.ask("fever", "headache")
        self.ask("tired")
        with served(answers(CONTRACT)):
            self.ask()
        with served(closes_early):
            self.ask()
            self.ask(*EMERGENCY)
        embedded, service = Prediction.objects.counts(timezone.now())
        self.assertEqual((embedded["provider"], embedded["asked"], embedded["failed"]), ("embedded", 2, 0))
        self.assertEqual((embedded["unsure"], embedded["urgent"]), (1, 0))
        self.assertEqual((service["provider"], service["asked"], service["failed"]), ("ml-service", 3, 2))
        self.assertEqual((service["unsure"], service["urgent"]), (0, 1))
        self.assertGreaterEqual(service["latency_ms"], 0)

    def test_without_a_success_there_is_no_time_and_counts_cover_one_day(self):
        with served(closes_early):
            self.ask()
        self.assertIsNone(Prediction.objects.counts(timezone.now())[0]["latency_ms"])
        self.assertEqual(Prediction.objects.counts(timezone.now() + timedelta(days=1, seconds=1)), [])


class OutsideOfTransactions(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def test_the_service_is_called_outside_of_a_transaction_and_the_failure_is_stored(self):
        seen = []

        ask = client.guess

        def watched(service, symptoms):
            seen.append(connection.in_atomic_block)
            return ask(service, symptoms)

        client.guess = watched
        self.addCleanup(setattr, client, "guess", ask)
        with served(closes_early):
            response = Api(self.alice).post("/predict/disease", {"symptoms": ["fever"]})
        self.assertEqual((response.status_code, seen), (503, [False]))
        self.assertEqual(Prediction.objects.get().status, "failed")

    def test_bookings_do_not_wait_while_the_service_hangs(self):
        most = settings.UPSTREAM_MOST_WAITING
        with served(TIMEOUTS["slow headers"], seconds=120) as server:
            caller = Api(self.bob)

            def ask() -> None:
                Api(self.alice).post("/predict/disease", {"symptoms": ["fever"]})
                connection.close()

            threads = [Thread(target=ask) for _one in range(most)]
            for thread in threads:
                thread.start()
            while len(server.requests) < most:
                time.sleep(0.01)
            fields = {"doctor": self.dr_carol.pk, "date": f"{soon(6)}", "time": "11:00"}
            self.assertEqual(caller.post("/appointments/", fields).status_code, 201)
            self.assertEqual(Prediction.objects.count(), 0, "The bookings were made while the calls waited.")
            server.is_over.set()
            for thread in threads:
                thread.join()
        self.assertEqual(Prediction.objects.filter(error_code="upstream_unavailable").count(), most)
