"""The assistant: red flags, quotes with their source, permissions, and services that fail."""

import json
import threading
import time
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.blog.models import Report
from shs.chat import client, services
from shs.chat.models import WITHDRAWN, ChatMessage
from shs.core.http import Service
from shs.core.tests.misbehaving import (
    BUSY,
    FAULTS,
    TIMEOUTS,
    Misbehaving,
    answers,
    closes_early,
    refused_url,
    slow_headers,
)
from shs.predict.models import Condition
from shs.testing import Api, CommittedTestCase, EveryModel, TestUsers, limits, make_user, publish_article, soon
from shs.users.models import Role

SEND = "/chat/send-message"
CONTRACT = {"question": "?", "answer": "Drink water.", "sources": [{"source": "who.pdf", "page": "145"}]}
DOCUMENTED = {"response": "Drink water.", "sources": [{"document": "who.pdf", "page": 145, "relevance_score": 0.9}]}


class ChatTestCase(TestUsers, TestCase):
    def ask(self, message: str, user=None) -> dict:
        response = Api(user or self.alice).post(SEND, {"message": message})
        self.assertEqual(response.status_code, 201, response.content)
        return response.json()

    def with_service(self, url: str, seconds: float = 0.4):
        """The assistant with an AI service at `url`."""
        service = Service(name="ai-service", url=url, total_seconds=seconds)
        return mock.patch.object(client, "service", lambda: service)


class Embedded(ChatTestCase):
    def test_it_quotes_an_article_literally_with_its_source(self):
        said = "Quinoa porridge calms a stomach after long voyages."
        post = publish_article(self.carol, "Porridge and voyages", f"<p>Boil it first.</p><p>{said}</p>", by=self.frank)
        answer = self.ask("Does quinoa porridge help my stomach after voyages?")
        self.assertIn(said, answer["answer"])
        (source, *_rest) = answer["sources"]
        self.assertEqual(source["title"], "Porridge and voyages")
        self.assertTrue(source["url"].endswith(f"/blogs/{post.pk}"))
        self.assertEqual((answer["status"], answer["provider"], answer["urgent"]), ("answered", "embedded", False))

    def test_it_answers_from_the_curated_conditions(self):
        answer = self.ask("What should I do about scabies?")
        scabies = Condition.objects.get(slug="scabies")
        self.assertIn("Scabies", answer["sources"][0]["title"])
        self.assertIn(scabies.source, answer["sources"][0]["title"])
        quoted = answer["answer"].partition("”: “")[2].rstrip("”")
        for sentence in quoted.split(". "):
            self.assertIn(sentence.rstrip("."), f"{scabies.description} {scabies.advice} {'; '.join(scabies.red_flags)}"
                          if "See a doctor immediately" not in sentence else sentence)  # fmt: skip

    def test_a_changed_condition_is_used_at_once(self):
        scabies = Condition.objects.get(slug="scabies")
        self.ask("What should I do about scabies?")
        scabies.advice = "Wash the scabies bedding at sixty degrees."
        scabies.save()
        self.assertIn("sixty degrees", self.ask("What should I do about scabies?")["answer"])

    def test_it_says_that_it_does_not_know(self):
        for question in (
            "Who won the football world cup?",
            "asdf qwer zxcv",
            "???",
            "What is the capital of Peru?",
            "ফুটবল খেলা কে জিতেছে?",
            "why",
        ):
            with self.subTest(question=question):
                answer = self.ask(question)
                self.assertEqual((answer["status"], answer["sources"]), ("unsure", []))
                self.assertIn("I do not know", answer["answer"])

    def test_drafts_and_hidden_articles_are_not_quoted(self):
        post = publish_article(self.carol, "Zyloquin tea", "<p>Zyloquin tea is harmless.</p>", by=self.frank)
        self.assertIn("harmless", self.ask("Is zyloquin tea harmless?")["answer"])
        post.hide(reason="wrong")
        self.assertEqual(self.ask("Is zyloquin tea harmless?")["status"], "unsure")

    def test_every_answer_has_a_disclaimer(self):
        self.assertIn("not a diagnosis", self.ask("What should I do about scabies?")["disclaimer"])

    def test_unusual_input_is_answered_or_refused_without_500(self):
        for message in ("a" * 4001, "", "   ", "\x00", "\ud800", 5, None, ["x"], {"a": 1}):
            body = json.dumps({"message": message})
            with self.subTest(message=str(message)[:20]):
                self.assertEqual(Api(self.alice).post(SEND, body).status_code, 422)
        for message in ("' OR 1=1 --", "%_%", "fever:*&|!", "(((", "🙂" * 2000, "ব" * 4000, "a " * 2000):
            with self.subTest(message=message[:20]):
                self.ask(message)


class Urgent(ChatTestCase):
    QUESTION = "I have crushing chest pain and I cannot breathe"

    def test_danger_signs_are_first_with_the_emergency_number(self):
        answer = self.ask(self.QUESTION)
        self.assertTrue(answer["urgent"])
        self.assertIn("999", answer["answer"].split("\n\n")[0])
        self.assertTrue(ChatMessage.objects.get(pk=answer["id"]).rules)

    def test_danger_signs_are_shown_if_the_service_fails_and_the_failure_is_stored(self):
        for url in (refused_url(),):
            with self.with_service(url):
                answer = self.ask(self.QUESTION)
            self.assertTrue(answer["urgent"])
            self.assertIn("999", answer["answer"])
            self.assertEqual((answer["status"], answer["sources"]), ("failed", []))

    def test_danger_signs_come_before_the_answer_of_the_service(self):
        with Misbehaving(answers(CONTRACT)) as server, self.with_service(server.url):
            answer = self.ask(self.QUESTION)
        self.assertTrue(answer["urgent"])
        self.assertLess(answer["answer"].index("999"), answer["answer"].index("Drink water."))

    def test_negated_symptoms_are_not_urgent(self):
        self.assertFalse(self.ask("I have a cough, but no chest pain and no blood")["urgent"])


class WithService(ChatTestCase):
    def test_both_formats_of_the_answer_are_accepted(self):
        for shape in (CONTRACT, DOCUMENTED):
            with Misbehaving(answers(shape)) as server, self.with_service(server.url):
                answer = self.ask("How much water?")
            with self.subTest(shape=sorted(shape)):
                self.assertEqual(answer["answer"], "Drink water.")
                self.assertEqual(answer["sources"], [{"title": "who.pdf, page 145", "url": ""}])
                self.assertEqual(answer["provider"], "ai-service")

    def test_only_the_question_is_sent(self):
        with Misbehaving(answers(CONTRACT)) as server, self.with_service(server.url):
            self.ask("How much water?")
        head, _gap, body = server.requests[0].partition("\r\n\r\n")
        self.assertEqual(json.loads(body), {"question": "How much water?"})
        for word in ("alice", "bearer", "cookie", str(self.alice.email)):
            self.assertNotIn(word, head.lower())

    def assert_fault(self, url: str, status: int, code: str, seconds: float = 0.4) -> None:
        ChatMessage.objects.all().delete()
        with self.with_service(url, seconds):
            response = Api(self.alice).post(SEND, {"message": "How much water?"})
        self.assertEqual(response.status_code, status)
        self.assertTrue(response.json()["type"].endswith(code))
        self.assertNotIn("secret", response.content.decode())
        row = ChatMessage.objects.get()
        self.assertEqual((row.status, row.error_code, row.answer, row.sources), ("failed", code, "", []))
        self.assertEqual(row.message, "How much water?")

    def test_a_service_that_exceeds_the_time_limit_is_504(self):
        for name, behaviour in TIMEOUTS.items():
            with self.subTest(fault=name), Misbehaving(behaviour) as server:
                self.assert_fault(server.url, 504, "upstream_timeout")

    def test_an_invalid_answer_is_502(self):
        shapes = {
            "no answer": {"question": "?"},
            "empty": {"answer": ""},
            "a number": {"answer": 5},
            "a list": [],
            "wrong sources": {"answer": "x", "sources": "y"},
            "control characters": {"answer": "a\x00b"},
            "endless": {"answer": "x" * 20_001},
        }
        faults = {**FAULTS, **{name: answers(shape) for name, shape in shapes.items()}}
        for name, behaviour in faults.items():
            with self.subTest(fault=name), Misbehaving(behaviour) as server:
                self.assert_fault(server.url, 502, "upstream_fault", seconds=4)

    def test_an_unreachable_or_busy_service_is_503(self):
        self.assert_fault(refused_url(), 503, "upstream_unavailable")
        for name, behaviour in {"closes early": closes_early, **BUSY}.items():
            with self.subTest(fault=name), Misbehaving(behaviour) as server:
                self.assert_fault(server.url, 503, "upstream_unavailable")

    def test_the_service_uses_url_and_timeout_of_the_settings(self):
        with override_settings(AI_SERVICE_URL="http://127.0.0.1:8001", AI_TIMEOUT_SECONDS=25):
            self.assertEqual((client.service().url, client.service().total_seconds), ("http://127.0.0.1:8001", 25))
        self.assertIsNone(client.service())


class History(ChatTestCase):
    def test_it_is_paged_and_newest_first(self):
        asked = [self.ask(f"What is scabies, {number}?")["id"] for number in range(3)]
        page = Api(self.alice).get("/chat/history", page_size=2).json()
        self.assertEqual([row["id"] for row in page["items"]], asked[:0:-1])
        self.assertTrue(page["has_next"])
        self.assertEqual(set(page["items"][0]), {*self.ask("x"), })  # fmt: skip

    def test_users_see_only_their_own_messages(self):
        self.ask("What is scabies?")
        for user in (self.bob, self.carol, self.frank):
            self.assertEqual(Api(user).get("/chat/history").json()["items"], [])

    def test_deleted_messages_are_gone_everywhere(self):
        self.ask("What is scabies?")
        self.ask("What is gout?", self.bob)
        self.assertEqual(Api(self.alice).delete("/chat/history").status_code, 204)
        self.assertEqual(Api(self.alice).get("/chat/history").json()["items"], [])
        self.assertEqual([row.user for row in ChatMessage.objects.all()], [self.bob])
        self.assertFalse(hasattr(ChatMessage, "history"))

    @limits(chat=(2, 0))
    def test_over_the_limit_it_is_429_with_retry_after_and_only_for_that_user(self):
        self.ask("one")
        self.ask("two")
        response = Api(self.alice).post(SEND, {"message": "three"})
        self.assertEqual(response.status_code, 429)
        self.assertTrue(1 <= int(response["Retry-After"]) <= 3600)
        self.assertEqual(ChatMessage.objects.filter(message="three").count(), 0)
        self.ask("one", self.bob)


class Reported(EveryModel, TestCase):
    def complain(self, user, pk: int):
        return Api(user).post("/reports", {"kind": "answer", "id": pk, "reason": "This is dangerous."})

    def page(self, user, url: str) -> str:
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        return browser.get(url).content.decode()

    def test_only_the_recipient_can_report_an_answer_and_once(self):
        self.assertEqual(self.complain(self.bob, self.chat.pk).status_code, 404)
        self.assertEqual(self.complain(self.alice, self.chat.pk).status_code, 201)
        self.assertEqual(self.complain(self.alice, self.chat.pk).status_code, 409)

    def test_moderators_see_the_reported_answer_without_the_patients_name(self):
        self.complain(self.alice, self.chat.pk)
        report = Report.objects.get(kind="answer")
        for url in (
            reverse("admin:moderation") + "?kind=answer",
            reverse("admin:blog_report_changelist") + "?kind__exact=answer",
            reverse("admin:blog_report_change", args=(report.pk,)),
            reverse("admin:blog_report_history", args=(report.pk,)),
        ):
            for user in (self.henry, self.frank):
                page = self.page(user, url)
                with self.subTest(url=url, who=user.name):
                    self.assertTrue("dangerous" in page or "history" in url)
                    self.assertFalse("Alice" in page)
        self.assertTrue("Ask a doctor." in self.page(self.henry, reverse("admin:moderation") + "?kind=answer"))

    def test_moderators_see_only_reported_answers(self):
        self.assertFalse("Ask a doctor." in self.page(self.henry, reverse("admin:moderation")))
        self.assertFalse(services.REPORTED.rows().exists())

    def test_a_withdrawn_answer_is_hidden_until_it_is_restored(self):
        self.complain(self.alice, self.chat.pk)
        report = Report.objects.get(kind="answer")
        browser = Client()
        browser.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        browser.post(reverse("admin:blog_report_step", args=(report.pk, "uphold")), {"reason": "wrong dose"})
        (row,) = Api(self.alice).get("/chat/history").json()["items"]
        self.assertEqual(row["answer"], str(WITHDRAWN))
        report.refresh_from_db()
        self.assertEqual(report.status, Report.Status.UPHELD)


class Counts(EveryModel, TestCase):
    def test_the_page_shows_counts_but_no_questions_to_permitted_users(self):
        for name, user in self.people.items():
            if not (user.is_authenticated and user.uses_back_office):
                continue
            browser = Client()
            browser.force_login(user, backend="shs.users.backends.EmailBackend")
            response = browser.get(reverse("admin:services"))
            with self.subTest(who=name):
                self.assertEqual(response.status_code, 200 if name in {"frank", "irene"} else 403)
                self.assertFalse("rash" in response.content.decode())

    def test_the_counts_are_correct(self):
        now = timezone.now()
        for latency in range(1, 21):
            ChatMessage.objects.create(
                user=self.bob, created_at=now, message="x", status="answered", provider="ai-service",
                latency_ms=latency, urgent=latency == 1,
            )  # fmt: skip
        for code in ("upstream_timeout", "upstream_timeout", "upstream_fault"):
            ChatMessage.objects.create(
                user=self.bob, created_at=now, message="x", status="failed", error_code=code, provider="ai-service",
                latency_ms=25_000,
            )  # fmt: skip
        ChatMessage.objects.create(
            user=self.bob, created_at=now - timedelta(hours=25), message="x", status="answered", provider="old",
            latency_ms=1,
        )  # fmt: skip
        found = {row["provider"]: row for row in ChatMessage.objects.counts(timezone.now())}
        self.assertEqual(set(found), {"ai-service", "embedded"})
        row = found["ai-service"]
        self.assertEqual((row["asked"], row["failed"], row["urgent"], row["unsure"]), (23, 3, 1, 0))
        self.assertEqual((row["latency_ms"], row["slow_ms"]), (10.5, 20))
        self.assertEqual(ChatMessage.objects.failures(now), [("upstream_timeout", 2), ("upstream_fault", 1)])


class HangingService(TestUsers, CommittedTestCase):
    """Twenty requests that wait for a hanging AI service do not block other requests."""

    def setUp(self):
        self.make_people()

    def test_bookings_stay_fast_while_twenty_chats_hang_outside_of_a_transaction(self):
        people = [make_user(f"Patient{number}", Role.PATIENT) for number in range(20)]
        statuses: list[int] = []

        def chat(user):
            try:
                statuses.append(Api(user).post(SEND, {"message": "How much water?"}).status_code)
            finally:
                connection.close()

        most = settings.UPSTREAM_MOST_WAITING
        with Misbehaving(slow_headers) as server:
            hanging = Service(name="ai-service", url=server.url, total_seconds=120)
            with mock.patch.object(client, "service", lambda: hanging):
                threads = [threading.Thread(target=chat, args=(user,)) for user in people]
                for thread in threads:
                    thread.start()
                while len(server.requests) < most:
                    time.sleep(0.01)
                body = {"doctor": self.dr_carol.pk, "date": str(soon(5)), "time": "11:00", "reason": "check-up"}
                booked = Api(self.bob).post("/appointments/", body)
                self.assertEqual(
                    hanging.state().waiting,
                    settings.UPSTREAM_MOST_WAITING,
                    "The bookings were made while the calls waited.",
                )
                while len(statuses) < len(people) - most:  # only `most` calls may wait; others are refused
                    time.sleep(0.01)
                server.is_over.set()
                for thread in threads:
                    thread.join()
        self.assertEqual(booked.status_code, 201)
        self.assertEqual(
            len(server.requests), settings.UPSTREAM_MOST_WAITING, "The others were refused without asking the service."
        )
        self.assertEqual(statuses, [503] * 20)
        self.assertEqual(ChatMessage.objects.filter(status="failed").count(), 20)
