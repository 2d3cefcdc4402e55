"""Logging off after inactivity, and the list of a user's sessions."""

from datetime import timedelta

import time_machine
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory, SimpleTestCase, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.context import RequestContext, current, forget
from shs.core.grants.held import rights_of
from shs.core.grants.shares import share
from shs.testing import PASSWORD, Api, TestUsers, sending
from shs.users import sessions
from shs.users.agents import in_words
from shs.users.models import AppSession, Duty, OfficeSession, RefreshToken, User
from shs.users.session_store import SessionStore

INDEX, LOGIN, PAGE, STAY = (reverse(f"admin:{name}") for name in ("index", "login", "sessions", "stay"))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BACKGROUND = {"X-Background": "1"}


class Base(TestUsers, TestCase):
    def setUp(self):
        self.clock = time_machine.travel(timezone.now().replace(microsecond=0), tick=False)
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def browser(self, user: User, agent: str = FIREFOX) -> Client:
        client = Client(headers={"User-Agent": agent})
        client.post(LOGIN, {"username": user.email, "password": PASSWORD})
        self.assertEqual(client.get(INDEX).status_code, 200)
        return client

    def is_inside(self, client: Client) -> bool:
        return client.get(INDEX, headers=BACKGROUND).status_code == 200


class ReadTogether(Base):
    """A page reads its session together with the user and their rights."""

    def test_a_page_asks_neither_for_the_user_nor_for_the_rights(self):
        client = self.browser(self.erin)
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(client.get(INDEX, headers=BACKGROUND).status_code, 200)
        asked = [query["sql"] for query in caught]
        self.assertEqual(len([sql for sql in asked if "django_session" in sql]), 1)
        alone = [sql for sql in asked if "django_session" not in sql]
        for words in ('FROM "users_user"', 'FROM "core_objectgrant"', 'FROM "core_usershare"'):
            self.assertEqual([sql for sql in alone if words in sql], [])

    def test_the_rights_are_those_of_the_query(self):
        ends_at = timezone.now() + timedelta(days=3)
        for to in (self.erin, Group.objects.get(name=Duty.DESK)):
            share(self.dr_carol, "view", to=to, ends_at=ends_at, reason="helps out", by=self.frank)
        key = self.browser(self.erin).session.session_key
        token = current.set(RequestContext(RequestFactory().get("/")))
        self.addCleanup(current.reset, token)
        SessionStore(key).load()
        with self.assertNumQueries(0):
            read = rights_of(self.erin.pk)
        forget()
        asked = rights_of(self.erin.pk)
        self.assertGreater(len(asked), 2)
        self.assertCountEqual(read, asked)

    def test_a_suspended_user_is_not_logged_in(self):
        client = self.browser(self.erin)
        User.objects.without_history("a test").filter(pk=self.erin.pk).update(is_active=False)
        self.assertEqual(client.get(INDEX).status_code, 302)


@override_settings(ADMIN_IDLE_MINUTES=30)
class Inactivity(Base):
    def test_a_session_ends_after_inactivity_and_the_login_explains_and_returns(self):
        client = self.browser(self.frank)
        self.now.shift(timedelta(minutes=31))
        answer = client.get(PAGE)
        self.assertEqual(answer["Location"], f"{LOGIN}?ended=idle&next=%2Fadmin%2Fsessions%2F")
        self.assertContains(client.get(answer["Location"]), "after a period of inactivity")
        self.assertFalse(Session.objects.exists())

    def test_each_request_restarts_the_time(self):
        client = self.browser(self.frank)
        for _page in range(4):
            self.now.shift(timedelta(minutes=20))
            self.assertEqual(client.get(INDEX).status_code, 200)

    def test_background_requests_do_not_count_as_activity(self):
        client = self.browser(self.frank)
        for _page in range(6):
            self.now.shift(timedelta(minutes=5))
            answer = client.get(INDEX, headers=BACKGROUND)
        self.assertEqual(answer.status_code, 200)
        self.now.shift(timedelta(minutes=1))
        answer = client.get(INDEX, headers=BACKGROUND)
        self.assertEqual((answer.status_code, answer.json()), (401, {"go": f"{LOGIN}?ended=idle"}))

    def test_the_page_gets_the_remaining_time_and_a_button_extends_it(self):
        client = self.browser(self.frank)
        self.now.shift(timedelta(minutes=29))
        self.assertEqual(client.get(STAY, headers=BACKGROUND).json()["left"], 60)
        self.assertEqual(client.get(STAY).json()["left"], 30 * 60)

    def test_the_endpoint_needs_a_login(self):
        self.assertEqual(Client().get(STAY).status_code, 302)

    def test_an_idle_session_also_ends_by_requests_outside_of_the_admin(self):
        client = self.browser(self.frank)
        self.now.shift(timedelta(minutes=31))
        client.get("/healthz")
        self.assertFalse(self.is_inside(client))


class OwnSessions(Base):
    def test_the_page_lists_browsers_and_apps_and_marks_the_current_one(self):
        client = self.browser(self.carol)
        self.now.shift(60)
        self.browser(self.carol, "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36")
        Api().post("/auth/login", {"email": self.carol.email, "password": PASSWORD}, **{"User-Agent": "ShsPhone/2.1"})
        places = sessions.places(self.carol, here=client.session.session_key, now=timezone.now())
        self.assertEqual((places[0].agent, places[0].is_here), ("Firefox on Linux", True))
        self.assertEqual({p.agent for p in places}, {"Firefox on Linux", "Chrome on Windows", "ShsPhone/2.1"})
        page = client.get(PAGE).content.decode()
        for words in ("Firefox on Linux", "Chrome on Windows", "ShsPhone/2.1", "This session", "127.0.0.1"):
            self.assertTrue(words in page, words)
        self.assertFalse(client.session.session_key in page, "The page contains a session key.")

    def test_sessions_of_others_can_be_neither_seen_nor_ended(self):
        other = self.browser(self.erin)
        client = self.browser(self.frank)
        row = OfficeSession.objects.get(user=self.erin)
        self.assertEqual(len(sessions.places(self.frank, here=None, now=timezone.now())), 1)
        token = Api(self.carol)
        session = AppSession.objects.get(user=self.carol)
        for key in (f"browser:{row.pk}", f"app:{session.pk}", "browser:x", "app:x", "", "browser:" + "9" * 40, "x"):
            self.assertRedirects(client.post(PAGE, {"end": key}), PAGE)
        self.assertTrue(self.is_inside(other))
        self.assertTrue(RefreshToken.objects.live().filter(session=session).exists())
        self.assertEqual(token.get("/auth/profile").status_code, 200)

    def test_ending_one_session_keeps_the_others(self):
        client, other = self.browser(self.frank), self.browser(self.frank)
        row = OfficeSession.objects.get(session__session_key=other.session.session_key)
        client.post(PAGE, {"end": f"browser:{row.pk}"})
        self.assertFalse(self.is_inside(other))
        self.assertTrue(self.is_inside(client))

    def test_ending_an_app(self):
        client = self.browser(self.carol)
        app, other = Api(self.carol), Api(self.carol)
        client.post(PAGE, {"end": f"app:{AppSession.objects.filter(user=self.carol).earliest('created_at').pk}"})
        self.assertEqual({each.get("/auth/profile").status_code for each in (app, other)}, {200, 401})

    def test_logging_out_everywhere_else_keeps_this_session(self):
        client, other, app = self.browser(self.carol), self.browser(self.carol), Api(self.carol)
        self.assertRedirects(client.post(PAGE, {"everywhere": "others"}), PAGE)
        self.assertTrue(self.is_inside(client))
        self.assertFalse(self.is_inside(other))
        self.assertEqual(app.get("/auth/profile").status_code, 401)
        client.get(PAGE)
        self.assertEqual(OfficeSession.objects.filter(user=self.carol).count(), 1)

    def test_logging_out_everywhere_is_told_to_the_owner_in_the_app_and_by_mail(self):
        for everywhere in ("others", "all"):
            with self.subTest(everywhere=everywhere):
                self.empty_post()
                client = self.browser(self.carol)
                with sending():
                    client.post(PAGE, {"everywhere": everywhere})
                told = [message for message in mail.outbox if message.subject == "You are logged out everywhere"]
                self.assertEqual([message.to for message in told], [["carol@example.com"]])
                self.assertIn("Firefox on Linux", told[0].body)
        listed = Api(User.objects.get(pk=self.carol.pk)).get("/notifications/").json()["items"]
        self.assertEqual([row["kind"] for row in listed].count("logged_out"), 2)

    def test_logging_out_everywhere_ends_this_session_with_a_message(self):
        client, app = self.browser(self.carol), Api(self.carol)
        answer = client.post(PAGE, {"everywhere": "all"})
        self.assertContains(client.get(answer["Location"]), "logged out everywhere")
        self.assertEqual(app.get("/auth/profile").status_code, 401)
        self.assertFalse(OfficeSession.objects.filter(user=self.carol).exists())

    def test_an_admin_can_log_out_another_user_with_a_reason(self):
        other, app = self.browser(self.carol), Api(self.carol)
        admin = self.browser(self.frank)
        page = reverse("admin:users_user_step", args=(self.carol.pk, "log_out"))
        self.assertEqual(admin.post(page, {"reason": ""}).status_code, 200)
        self.assertTrue(self.is_inside(other))
        admin.post(page, {"reason": "a lost laptop"})
        self.assertFalse(self.is_inside(other))
        self.assertEqual(app.get("/auth/profile").status_code, 401)
        line = self.carol.history.order_by("history_id").last()  # logout times have no fractions of a second
        self.assertEqual((line.history_change_reason, line.history_user), ("a lost laptop", self.frank))

    def test_a_new_password_ends_other_sessions_and_tokens(self):
        client, other, app = self.browser(self.carol), self.browser(self.carol), Api(self.carol)
        new = "two lanterns by the river 9"
        page = reverse("admin:password_change")
        answer = client.post(page, {"old_password": "x", "new_password1": new, "new_password2": new})
        self.assertEqual((answer.status_code, app.get("/auth/profile").status_code), (200, 200))
        client.post(page, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
        self.assertTrue(User.objects.get(pk=self.carol.pk).check_password(new))
        self.assertTrue(self.is_inside(client))
        self.assertFalse(self.is_inside(other))
        self.assertEqual(app.get("/auth/profile").status_code, 401)

    def test_every_user_of_the_admin_sees_their_own_sessions(self):
        for user in (self.carol, self.dave, self.erin, self.frank, self.grace, self.henry, self.irene):
            with self.subTest(who=user.name):
                client = self.browser(user)
                shown = client.get(PAGE)
                self.assertEqual([place.is_here for place in shown.context["places"]], [True])
                self.assertContains(client.get(reverse("admin:second_factor")), "Set up your second factor")

    def test_suspension_ends_all_sessions(self):
        client = self.browser(self.carol)
        User.objects.get(pk=self.carol.pk).suspend(reason="a complaint")
        self.assertFalse(OfficeSession.objects.filter(user=self.carol).exists())
        self.assertFalse(self.is_inside(client))

    def test_the_last_use_is_stored_at_intervals(self):
        client = self.browser(self.frank)
        before = OfficeSession.objects.get().seen_at
        self.now.shift(sessions.NOTED_EVERY_SECONDS - 1)
        client.get(INDEX)
        self.assertEqual(OfficeSession.objects.get().seen_at, before)
        self.now.shift(1)
        client.get(INDEX)
        self.assertGreater(OfficeSession.objects.get().seen_at, before)

    def test_the_default_is_half_an_hour(self):
        self.assertEqual(settings.ADMIN_IDLE_MINUTES, 30)


class Agents(SimpleTestCase):
    def test_user_agents_are_described(self):
        for agent, words in (
            (FIREFOX, "Firefox on Linux"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
            ("python-requests/2.32", "python-requests/2.32"),
            ("", "Unknown"),
        ):
            with self.subTest(agent=agent):
                self.assertEqual(in_words(agent), words)
