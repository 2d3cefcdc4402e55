"""Whatever an outside service answers, the assistant and the symptom checker stay as urgent as our own data are."""

from django.test import TestCase, override_settings, tag

from shs.chat import client as chat_client
from shs.core.tests.misbehaving import BUSY, FAULTS, TIMEOUTS, Behaviour, Misbehaving, answers, closes_early
from shs.predict import client as predict_client
from shs.predict.models import Condition
from shs.predict.tests.once import read_once
from shs.testing import Api, TestUsers

CALM = {
    "answer": "This is harmless, stay at home.",
    "disease": "Common cold",
    "confidence": 1,
    "urgent": False,
    "triage": "self_care",
    "matched_symptoms": [],
}
OUTCOMES: dict[str, Behaviour] = {
    "not urgent": answers(CALM),
    "unknown disease": answers({"answer": "Fine.", "disease": "Nothing at all", "confidence": 0.5}),
    "400": answers({"detail": "none"}, status="400 Bad Request"),
    "422": answers({"detail": "none"}, status="422 Unprocessable Entity"),
    "401": answers({}, status="401 Unauthorized"),
    "an empty answer": answers({}),
    "hangs up": closes_early,
    **FAULTS,
    **BUSY,
    **TIMEOUTS,
}
FLAGGED = (
    "crushing chest pain and i cannot breathe",
    "বুকে প্রচণ্ড ব্যথা শ্বাস নিতে পারছি না",
    "shash nite parchi na, buke betha",
)
LIKELY = "pain around the navel, pain right lower belly, not hungry"
"""No red flag, but the embedded data find appendicitis."""


@tag("any_database")
class Outside(TestUsers, TestCase):
    """The database does not matter for what another service answers."""

    def setUp(self):
        self.enterContext(read_once())

    def each(self):
        for name, behaviour in OUTCOMES.items():
            seconds = 0.3 if name in TIMEOUTS else 5
            for one in (chat_client, predict_client):
                one._service_at.cache_clear()
                self.addCleanup(one._service_at.cache_clear)
            with (
                Misbehaving(behaviour) as server,
                override_settings(
                    ML_SERVICE_URL=server.url,
                    ML_TIMEOUT_SECONDS=seconds,
                    AI_SERVICE_URL=server.url,
                    AI_TIMEOUT_SECONDS=seconds,
                ),
                self.subTest(outcome=name),
            ):
                yield name

    def check(self, *symptoms: str, **more: object) -> dict:
        response = Api(self.alice).post("/predict/disease", {"symptoms": list(symptoms), **more})
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def test_the_checker_keeps_our_red_flags(self):
        for _name in self.each():
            found = self.check(FLAGGED[0])
            self.assertEqual((found["urgent"], found["triage"], found["emergency_number"]), (True, "now", "999"))
            self.assertTrue(found["red_flags"] and found["triage_source"])

    def test_the_checker_keeps_the_emergency_that_our_data_find_with_its_danger_signs(self):
        appendicitis = Condition.objects.get(slug="appendicitis")
        for _name in self.each():
            found = self.check(LIKELY)
            self.assertEqual((found["urgent"], found["triage"]), (True, "now"))
            self.assertIn("999", found["red_flags"][0]["message"])
            self.assertEqual(found["danger_signs"], appendicitis.red_flags)
            self.assertEqual(
                (found["advice"], found["triage_source"]), (appendicitis.advice, appendicitis.triage_source)
            )

    def test_the_assistant_keeps_both(self):
        for _name in self.each():
            for text in (FLAGGED[0], LIKELY):
                response = Api(self.alice).post("/chat/send-message", {"message": text})
                self.assertEqual(response.status_code, 201, response.content)
                found = response.json()
                self.assertTrue(found["urgent"])
                self.assertIn("999", found["answer"].split("\n\n")[0])

    def test_each_way_of_writing_and_what_is_known_of_the_person_count(self):
        for name in self.each():
            if name in ("not urgent", "400", "500"):
                for text in FLAGGED:
                    self.assertTrue(self.check(text)["urgent"])
                self.assertTrue(self.check("fever", person={"age": 0.06})["urgent"])

    def test_a_calmer_answer_does_not_put_off_care_that_is_needed_today(self):
        own = self.check("pain when passing urine", "burning urine", "fever", "back pain")
        self.assertEqual((own["urgent"], own["triage"]), (False, "today"))
        for name in self.each():
            if name in ("not urgent", "unknown disease"):
                found = self.check("pain when passing urine", "burning urine", "fever", "back pain")
                self.assertEqual((found["triage"], found["triage_source"]), ("today", own["triage_source"]))

    def test_an_emergency_that_only_the_service_finds_is_urgent_too(self):
        with_one = {"disease": "Appendicitis", "confidence": 0.9, "matched_symptoms": []}
        self.addCleanup(predict_client._service_at.cache_clear)
        with Misbehaving(answers(with_one)) as server, override_settings(ML_SERVICE_URL=server.url):
            predict_client._service_at.cache_clear()
            self.assertTrue(self.check("tummy ache", "vomiting")["urgent"])
