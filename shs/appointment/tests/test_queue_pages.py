"""The pages that who waits opens without a login: the queue behind a link, and the screen in the waiting room."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import WaitingScreen, code_of, pk_of
from shs.appointment.notices import plan_reminders
from shs.appointment.queue_link import queue_url
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.core.limits.models import LimitCount
from shs.notices.models import Notice
from shs.notices.texts import preview_of, text_of


class Codes(TestCase):
    def test_a_code_leads_to_its_row_and_no_other_text_does(self):
        code = code_of("queue", 1234)
        self.assertEqual(pk_of("queue", code), 1234)
        self.assertEqual(pk_of("queue", code.upper()), 1234)
        number, _dash, proof = code.partition("-")
        self.assertGreaterEqual(len(proof) * 5, 128)
        wrong = [
            "",
            "-",
            number,
            proof,
            f"{number}-",
            f"{number}x-{proof}",
            code[:-1],
            f"{code}a",
            code_of("screen", 1234),
            code_of("queue", 1235).replace("yb", "ya"),
            f"{'z' * 13}-{proof}",
            "১-২",
            f"{number}-é",
            "\x00",
        ]
        for text in wrong:
            if text != code_of("queue", 1235):
                with self.subTest(code=text):
                    self.assertIsNone(pk_of("queue", text))

    def test_codes_of_a_former_key_work_as_long_as_it_is_named(self):
        with override_settings(SECRET_KEY="k" * 50):
            code = code_of("queue", 7)
        self.assertIsNone(pk_of("queue", code))
        with override_settings(SECRET_KEY_FALLBACKS=["k" * 50]):
            self.assertEqual(pk_of("queue", code), 7)


class Waiting(Day, TestCase):
    """`/q/<code>`."""

    def url(self, visit=None) -> str:
        return reverse("queue", args=(code_of("queue", (visit or self.visit).pk),))

    def page(self, now, **more) -> str:
        with self.clock_at(now):
            answer = Client().get(self.url(), **more)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_it_shows_the_queue_without_names(self):
        self.come(*self.visits)
        session = self.begin()
        self.call(session, on(DAY, 9))
        page = self.page(on(DAY, 9, 1))
        for words in ("Your serial", "Lakeside Clinic", "Now inside: serial", "Before you", "not known yet"):
            self.assertTrue(words in page, f"the page does not say {words!r}")
        for name in ("Alice", "Carol", "Patient0", self.visit.number, "chest pain"):
            self.assertFalse(name in page, f"the page says {name!r}")

    def test_it_is_in_both_languages(self):
        type(self.alice).objects.without_history("a test").filter(pk=self.alice.pk).update(language="bn")
        page = self.page(on(DAY, 9))
        self.assertIn('lang="bn"', page)
        self.assertIn("আপনার সিরিয়াল", page)
        self.assertIn("Your serial", self.page(on(DAY, 9), query_params={"lang": "en"}))
        self.assertIn("আপনার সিরিয়াল", self.page(on(DAY, 9), query_params={"lang": "xx"}))

    def test_it_works_without_a_script_and_is_not_found_by_searches(self):
        with self.clock_at(on(DAY, 9)):
            answer = Client().get(self.url())
        page = answer.content.decode()
        self.assertIn('<noscript><meta http-equiv="refresh" content="15"></noscript>', page)
        self.assertNotIn("<style", page)
        self.assertNotIn("onclick", page)
        self.assertEqual(page.count("<script"), 1)
        self.assertIn("noindex", answer["X-Robots-Tag"])
        self.assertEqual(answer["Referrer-Policy"], "no-referrer")
        self.assertIn("script-src 'self'", answer["Content-Security-Policy"])
        self.assertNotIn("unsafe", answer["Content-Security-Policy"])
        self.assertEqual(Client().post(self.url()).status_code, 405)

    def test_it_ends_with_the_night_and_says_the_day_before(self):
        last = on(DAY + 1, 4)
        self.assertIn("on another day", self.page(on(DAY - 1, 12)))
        self.page(last - timedelta(minutes=1))
        with self.clock_at(last):
            answer = Client().get(self.url())
        self.assertEqual(answer.status_code, 404)
        self.assertIn("has ended with its day", answer.content.decode())

    def test_a_version_that_the_client_has_is_304(self):
        nine = on(DAY, 9)
        with self.clock_at(nine):
            etag = Client().get(self.url())["ETag"]
            again = Client().get(self.url(), headers={"If-None-Match": etag})
            self.assertEqual((again.status_code, again.content), (304, b""))
            self.come(self.one, at=nine)
            self.call(self.begin(nine), nine)
            changed = Client().get(self.url(), headers={"If-None-Match": etag})
            self.assertEqual(changed.status_code, 200)

    def test_wrong_codes_take_no_query_and_are_counted_nowhere(self):
        for path in ("/q/x", f"/q/{code_of('queue', 2**50)}x", "/display/zz-y/", f"/q/{code_of('screen', 1)}"):
            with self.subTest(path=path), CaptureQueriesContext(connection) as queries:
                self.assertEqual(Client().get(path).status_code, 404)
            self.assertEqual(len(queries), 0)
        self.assertEqual(Client().get(f"/q/{code_of('queue', 2**50)}").status_code, 404)
        self.assertFalse(LimitCount.objects.exists())

    def test_the_texts_hold_the_link_which_is_not_stored(self):
        plan_reminders(self.visit, timezone.now())
        told = Notice.objects.filter(about=f"appointment:{self.visit.pk}", kind="reminder_hour").latest("pk")
        text = text_of(told, with_secret=True)
        self.assertTrue(queue_url(self.visit.pk) in text, text)
        self.assertNotIn("/q/", preview_of(told))
        self.assertNotIn("/q/", str(told.data))

    def test_the_slip_shows_the_link_until_the_day_is_over(self):
        path = reverse("admin:appointment_appointment_slip", args=(self.visit.pk,))
        self.assertContains(self.office(self.erin).get(path), queue_url(self.visit.pk))
        with self.clock_at(on(DAY + 1)):
            self.assertNotContains(self.office(self.erin).get(path), "/q/")


class Screen(Day, TestCase):
    """`/display/<code>/`."""

    def setUp(self):
        self.screen = services.renew_screen(clinic=self.clinic, now=on(DAY, 7))
        self.path = reverse("waiting_room", args=(self.screen.code,))

    def page(self, now) -> str:
        with self.clock_at(now):
            answer = Client().get(self.path)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_it_shows_serials_and_rooms_in_both_languages_and_no_patient(self):
        self.assertIn("No doctor has visits today.", self.page(on(DAY - 1, 9)))
        self.assertIn("Not begun yet", self.page(on(DAY, 8)))
        self.come(*self.visits)
        session = self.begin()
        self.assertIn("Please wait for the next call", self.page(on(DAY, 9)))
        self.call(session, on(DAY, 9))
        page = self.page(on(DAY, 9))
        for words in ("Lakeside Clinic", "Dr. Carol", ">2<", "</small> 1<", "</small> ১<", "2, 3, 4, 5", "Room", "কক্ষ"):
            self.assertTrue(words in page, f"the screen does not say {words!r}")
        for name in ("Alice", "Patient0", self.visit.number):
            self.assertFalse(name in page, f"the screen says {name!r}")
        services.pause(session=session, now=on(DAY, 9, 9))
        self.assertIn("Paused", self.page(on(DAY, 9, 9)))
        services.end_session(session=session, now=on(DAY, 9, 9))
        self.assertIn("Finished for today", self.page(on(DAY, 9, 9)))

    def test_lateness_is_said_before_the_doctor_begins(self):
        services.say_late(
            doctor_id=self.dr_carol.pk, clinic_id=self.clinic.pk, minutes=40, by=self.erin, now=on(DAY, 8)
        )
        self.assertIn("<strong>40</strong>", self.page(on(DAY, 8)))

    def test_a_renewed_address_ends_the_former_one(self):
        client = self.office(self.erin)
        page = client.get(reverse("admin:waiting_screen")).content.decode()
        self.assertIn(settings.SITE_URL + self.path, page)
        client.post(reverse("admin:waiting_screen"), {"renew": self.clinic.pk})
        self.assertEqual(Client().get(self.path).status_code, 404)
        new = WaitingScreen.objects.get(ended_at__isnull=True)
        self.assertEqual(Client().get(reverse("waiting_room", args=(new.code,))).status_code, 200)
        self.assertEqual(self.screen.history.latest("history_id").history_change_reason, "renewed")

    def test_a_desk_renews_no_screen_of_others(self):
        client = self.office(self.erin)
        answer = client.post(reverse("admin:waiting_screen"), {"renew": self.other_clinic.pk}, follow=True)
        self.assertContains(answer, "You may not renew this address.")
        self.assertEqual(WaitingScreen.objects.count(), 1)
        for user in (self.irene, self.carol):
            self.assertEqual(self.office(user).post(reverse("admin:waiting_screen"), {}).status_code, 403)

    def test_an_unchanged_screen_is_304_without_rendering(self):
        self.come(self.one)
        self.begin()
        with self.clock_at(on(DAY, 9)):
            etag = Client().get(self.path)["ETag"]
            with CaptureQueriesContext(connection) as queries:
                answer = Client().get(self.path, headers={"If-None-Match": etag})
            self.assertEqual(answer.status_code, 304)
            self.assertLessEqual(len(queries), 5)  # outside of a transaction they are kept for some seconds
