"""Questions without names: what is cut out and what is kept of them, a clinician's judgement, and the export."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.chat.services import send
from shs.core.reads.models import ReadLog
from shs.predict import questions, services
from shs.predict.errors import NothingKnown
from shs.predict.models import AskedQuestion, Verdict
from shs.predict.sets import read_set
from shs.predict.tasks import delete_questions
from shs.predict.unnamed import way_of_writing, without_names
from shs.testing import Api, TestUsers
from shs.users.models import User

KEPT = override_settings(KEEP_QUESTIONS_DAYS=30)


class Unnamed(TestCase):
    def test_names_and_numbers_are_cut_out_and_complaints_stay(self):
        for text, left in {
            "My name is Rahim Uddin, I have fever": "My name is …, I have fever",
            "Rahim has fever since 3 days": "… has fever since 3 days",
            "I am Salma and pregnant": "I am … and pregnant",
            "amar nam karim mia, amar buke betha": "amar nam …, amar buke betha",
            "আমার নাম রহিম উদ্দিন, বুকে ব্যথা": "আমার নাম …, বুকে ব্যথা",
            "Dr. Farhana Akter gave napa": "Dr. … gave napa",
            "ডাঃ রহমান ওষুধ দিয়েছেন": "ডাঃ … ওষুধ দিয়েছেন",
            "call 01711-223344 or mail me at a.b@example.com": "call … or mail me at …",
            "+880 1711 223344": "…",
            "০১৭১১২২৩৩৪৪ নম্বরে ফোন দিন": "… নম্বরে ফোন দিন",
            "NID 1234567890": "NID …",
            "born 12/05/1990, chest pain": "born …, chest pain",
            "see https://example.com/me @rahim_1": "see …",
            "bp 160/100, temp 103.5 for 3 days": "bp 160/100, temp 103.5 for 3 days",
            "Amar buke betha": "Amar buke betha",
            "Chest Pain and ECG": "Chest Pain and ECG",
            "nadia pregnant hole ki korbo": "… pregnant hole ki korbo",
            "নাদিয়া অজ্ঞান": "… অজ্ঞান",
        }.items():
            with self.subTest(text=text):
                self.assertEqual(without_names(text, own="Nadia Begum"), left)

    def test_the_way_of_writing_is_told_by_the_letters_and_words(self):
        for text, language in {
            "crushing pain in chest": "en",
            "বুকে খুব ব্যথা": "bn",
            "buke khub betha hocche": "bn-Latn",
            "…": "en",
        }.items():
            self.assertEqual(way_of_writing(text), language, text)


class Keeping(TestUsers, TestCase):
    def setUp(self):
        self.now = timezone.now()

    def ask(self, *symptoms: str) -> None:
        services.check(user=self.alice, symptoms=list(symptoms), now=self.now)

    def test_nothing_is_kept_unless_the_clinic_has_turned_it_on(self):
        self.ask("fever")
        send(user=self.alice, message="What is fever?", now=self.now)
        self.assertFalse(AskedQuestion.objects.exists())

    @KEPT
    def test_a_question_is_kept_with_its_answer_and_nothing_that_says_who_asked(self):
        self.ask("crushing chest pain", "my name is Alice")
        kept = AskedQuestion.objects.get()
        self.assertEqual(
            (kept.text, kept.asked_of, kept.language, kept.is_urgent, kept.triage),
            ("crushing chest pain\nmy name is …", "checker", "en", True, "now"),
        )
        self.assertEqual(kept.asked_on, timezone.localdate(self.now))
        self.assertFalse(AskedQuestion.history.exists())
        columns = {field.name for field in AskedQuestion._meta.get_fields()}
        self.assertFalse(columns & {"user", "patient", "created_at", "updated_at"})
        send(user=self.alice, message="ami Alice, buke betha", now=self.now)
        self.assertEqual(AskedQuestion.objects.get(asked_of="assistant").text, "ami …, buke betha")

    @KEPT
    def test_numbers_of_questions_do_not_count(self):
        for _time in range(6):
            self.ask("fever")
        self.assertGreater(max(AskedQuestion.objects.values_list("pk", flat=True)), 1_000_000)

    @KEPT
    def test_what_is_not_understood_is_kept_too(self):
        with self.assertRaises(NothingKnown):
            self.ask("zzyzx qwrtp")
        self.assertEqual(AskedQuestion.objects.get().triage, "")

    @KEPT
    def test_due_work_deletes_what_nobody_has_judged(self):
        for days in (31, 30, 31):
            self.now = timezone.now() - timedelta(days=days)
            self.ask("fever")
        judged = AskedQuestion.objects.order_by("asked_on").first()
        judged.judge(
            verdict="right", needed="", right_condition="", language="en", note="", by=self.carol, now=self.now
        )
        old = AskedQuestion.objects.filter(verdict="").order_by("asked_on").first()
        old.cut("…", reason="a name")
        now = timezone.now()
        self.assertEqual(delete_questions(now=now, dry_run=True), 1)
        self.assertEqual(delete_questions(now=now), 1)
        self.assertEqual(questions.over(now).count(), 0)
        self.assertEqual(AskedQuestion.objects.count(), 2)
        self.assertFalse(AskedQuestion.history.filter(id=old.pk).exists())
        self.assertTrue(AskedQuestion.history.filter(id=judged.pk).exists())


class Judging(TestUsers, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        with KEPT:
            for text in ("buke betha", "my leg itches"):
                questions.keep(asked_of="checker", texts=[text], user=cls.alice, now=timezone.now(), triage="soon")
        cls.first, cls.second = AskedQuestion.objects.order_by("text")

    def log_in(self, user: User) -> None:
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")

    def url(self, page: str, *keys: object) -> str:
        return reverse(f"admin:predict_askedquestion_{page}", args=keys)

    def judge(self, question: AskedQuestion, **data: str):
        url = self.url("step", question.pk, "judge")
        return self.client.post(url, {"language": question.language, "verdict": Verdict.RIGHT, **data})

    def test_verified_doctors_and_admins_read_them_and_nobody_else(self):
        for user, status in ((self.carol, 200), (self.frank, 200), (self.dave, 200), (self.erin, 403)):
            self.log_in(user)
            with self.subTest(user=user):
                self.assertEqual(self.client.get(self.url("changelist")).status_code, status)
        for user in (self.dave, self.grace, self.henry, self.irene):
            self.assertFalse(AskedQuestion.objects.allowed(user, "view").exists(), user)

    def test_each_reading_is_logged_without_a_patient(self):
        self.log_in(self.carol)
        for url in (
            self.url("changelist"),
            self.url("change", self.first.pk),
            self.url("step", self.first.pk, "judge"),
        ):
            before = ReadLog.objects.count()
            self.assertContains(self.client.get(url), "buke betha")
            self.assertEqual(ReadLog.objects.count(), before + 1)
            line = ReadLog.objects.latest("pk")
            self.assertEqual((line.reader, line.subject), (self.carol, None))
            self.assertIn(self.first.pk, line.ids)

    def test_a_wrong_answer_needs_what_would_be_right_and_why(self):
        self.log_in(self.carol)
        self.assertContains(self.judge(self.first, verdict="dangerous"), "Say how soon care is needed.")
        self.assertContains(self.judge(self.first, verdict="wrong", needed="now"), "Say what is wrong.")
        self.first.refresh_from_db()
        self.assertEqual(self.first.verdict, "")

    def test_judged_questions_are_exported_as_a_set_that_can_be_measured(self):
        self.log_in(self.carol)
        self.judge(self.first, verdict="dangerous", needed="now", note="angina", language="bn-Latn")
        self.first.refresh_from_db()
        self.assertEqual((self.first.verdict, self.first.judged_by), ("dangerous", self.carol))
        self.assertEqual(self.first.history.get().history_user, self.carol)
        self.assertFalse(hasattr(self.first.history.get(), "text"))
        form = {"format": "0", "purpose": "to measure", "resource": "0"}
        form |= {f"questioncolumns_{name}": "on" for name in ("id", "text", "language", "triage", "kind", "condition")}
        answer = self.client.post(self.url("export"), form)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(".jsonl", answer["Content-Disposition"])
        (line,) = b"".join(answer.streaming_content).decode().splitlines()
        self.assertEqual(
            json.loads(line),
            {
                "id": str(self.first.pk),
                "text": "buke betha",
                "language": "bn-Latn",
                "triage": "now",
                "kind": "checker",
            },
        )
        with TemporaryDirectory() as folder:
            path = Path(folder) / "judged.jsonl"
            path.write_text(f"{line}\n", encoding="utf-8")
            self.assertTrue(read_set(path)[0].is_now)
            call_command("evaluate", path=path, stdout=StringIO())
        self.assertEqual(ReadLog.objects.latest("pk").note, "to measure")

    def test_right_takes_over_what_was_answered(self):
        self.log_in(self.frank)
        self.judge(self.second)
        self.second.refresh_from_db()
        self.assertEqual((self.second.verdict, self.second.needed), ("right", "soon"))

    def test_a_name_that_was_missed_is_taken_out_and_kept_nowhere(self):
        self.log_in(self.carol)
        url = self.url("step", self.first.pk, "take_out")
        wrong = self.client.post(url, {"text": "something else", "reason": "a name"})
        self.assertContains(wrong, "Only remove words")
        self.client.post(url, {"text": "… betha", "reason": "a name"})
        self.first.refresh_from_db()
        self.assertEqual(self.first.text, "… betha")

    def test_the_api_shows_nothing_of_them(self):
        self.assertNotIn("questions", json.dumps(Api(self.alice).get("/summary").json()))
