"""The note of a visit in the API, and finding codes in words."""

from datetime import timedelta
from typing import Any

from django.test import TestCase
from django.utils import timezone

from shs.medical_record import notes
from shs.medical_record.models import ConditionCode, VisitDraft, VisitNote
from shs.testing import Api, TestUsers

NOTE: dict[str, Any] = {"complaint": "cough", "assessment": "bronchitis", "codes": ["J06.9"]}


class InTheApi(TestUsers, TestCase):
    def setUp(self):
        self.visit = self.take_place()
        self.url = f"/appointments/{self.visit.pk}/note"

    def put(self, by: Any = None, **changes: Any) -> Any:
        return Api(by or self.carol).put(self.url, {**NOTE, **changes})

    def test_a_draft_is_kept_and_read_by_its_writer_alone(self):
        answer = self.put()
        self.assertEqual((answer.status_code, answer.json()["state"], answer.json()["number"]), (200, "draft", 1))
        self.assertEqual(Api(self.carol).get(self.url).json()["complaint"], "cough")
        for user in (self.alice, self.bob, self.dave):
            self.assertEqual(Api(user).get(self.url).status_code, 404)

    def test_a_stale_draft_is_refused(self):
        self.put()
        answer = self.put(complaint="from another phone")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:draft_changed"))
        self.assertEqual(answer.json()["number"], 1)
        self.assertEqual(VisitDraft.objects.get().content["complaint"], ["cough"])

    def test_a_signed_note_is_read_by_its_patient_and_amended_with_a_reason(self):
        self.assertEqual(self.put(sign=True).json()["state"], "signed")
        read = Api(self.alice).get(self.url)
        self.assertEqual((read.status_code, read.json()["assessment"]), (200, "bronchitis"))
        self.assertEqual(Api(self.bob).get(self.url).status_code, 404)
        self.assertEqual(self.put(plan="rest").status_code, 422)
        self.assertEqual(self.put(plan="rest", reason="forgotten").json()["version"], 2)
        self.assertEqual(Api(self.alice).get(self.url).json()["plan"], "rest")

    def test_others_do_not_write(self):
        self.assertEqual(self.put(by=self.alice).status_code, 403)
        self.assertIn(self.put(by=self.dave).status_code, (403, 404))
        self.assertFalse(VisitDraft.objects.exists())

    def test_a_visit_of_long_ago_and_an_empty_note_are_not_signed(self):
        written = notes.Written({"plan": "rest"})
        with self.assertRaises(notes.NotNow):
            later = timezone.now() + timedelta(days=9)
            notes.sign(visit=self.visit, by=self.carol, written=written, seen=None, now=later)
        self.assertEqual(self.put(complaint=" ", assessment="", codes=[], sign=True).status_code, 422)
        self.assertFalse(VisitNote.objects.exists())

    def test_a_code_that_the_clinic_does_not_use_is_refused(self):
        self.assertEqual(self.put(codes=["Q99"], sign=True).status_code, 422)


class Codes(TestUsers, TestCase):
    def find(self, words: str) -> list[str]:
        from shs.medical_record.codes import found_as_code

        condition = found_as_code(self.carol, words, False)
        return list(ConditionCode.objects.filter(condition).values_list("code", flat=True))

    def test_codes_are_found_in_words_in_bangla_and_as_they_are_heard(self):
        for words, code in (
            ("diabet", "E11"),
            ("ডায়াবেটিস", "E11"),
            ("জ্বর", "R50.9"),
            ("gola batha", "J02.9"),
            ("high blood pressure", "I10"),
            ("হাঁপানি", "J45.9"),
            ("ডেঙ্গু", "A97.9"),
            ("patla paikhana", "A09.9"),
        ):
            with self.subTest(words=words):
                self.assertIn(code, self.find(words))
        self.assertEqual(self.find("   zzzqx"), [])
