"""Sessions in the office: the panel on the desk board and in the consultation, and who may do what."""

from urllib.parse import urlencode

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import DoctorSession, Status
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.testing import make_doctor, make_user
from shs.users.models import Role


class Panel(Day, TestCase):
    def setUp(self):
        self.nine = on(DAY, 9)
        self.enterContext(self.clock_at(self.nine))

    def step(self, user, name: str, session=None, **data: object):
        session = session or DoctorSession.objects.get()
        back = urlencode({"next": reverse("admin:desk")})
        path = reverse("admin:appointment_doctorsession_step", args=(session.pk, name))
        return self.office(user).post(f"{path}?{back}", data)

    def begin_by(self, user, **data: object):
        path = f"{reverse('admin:appointment_doctorsession_begin')}?clinic={self.clinic.pk}"
        fields = {"doctor": self.dr_carol.pk, "clinic": self.clinic.pk, "room": "4", **data}
        return self.office(user).post(path, fields)

    def board(self, user, page: str = "desk") -> str:
        return self.office(user).get(reverse(f"admin:{page}")).content.decode()

    def test_the_desk_runs_a_whole_session_for_a_doctor(self):
        self.come(*self.visits, at=self.nine)
        self.assertIn("Begin a session…", self.board(self.erin))
        self.assertEqual(self.begin_by(self.erin).status_code, 302)
        self.assertEqual(self.step(self.erin, "call_next").status_code, 302)
        page = self.board(self.erin)
        for words in ("Room 4", "Now inside", "#1", "Patient0", "Call again: Dr. Carol", "Undo: Dr. Carol"):
            self.assertTrue(words in page, f"the board does not say {words!r}")
        for name in ("recall", "not_here", "undo", "pause", "resume", "end"):
            with self.subTest(step=name):
                self.assertEqual(self.step(self.erin, name).status_code, 302)
        self.assertIn("ended at 09:00", self.board(self.erin, "desk_cards"))
        lines = DoctorSession.objects.get().history.order_by("history_id")
        self.assertEqual({line.history_user for line in lines}, {self.erin})

    def test_the_board_with_a_running_session_asks_at_most_thirteen_queries(self):
        self.come(*self.visits, at=self.nine)
        self.begin_by(self.erin)
        self.step(self.erin, "call_next")
        client, url = self.office(self.erin), reverse("admin:desk")
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            self.assertContains(client.get(url), "Now inside")
        self.assertLessEqual(len(caught), 13, [query["sql"][:100] for query in caught])

    def test_a_doctor_runs_their_own_and_completes_and_calls_in_one_step(self):
        self.come(self.one, self.two, at=self.nine)
        self.assertIn("Begin a session…", self.board(self.carol))
        self.begin_by(self.carol)
        self.step(self.carol, "call_next")
        visit = reverse("admin:appointment_appointment_change", args=(self.one.pk,))
        page = self.office(self.carol).get(visit).content.decode()
        self.assertTrue("Complete and call next: Dr. Carol" in page, "the consultation has no panel")
        self.assertEqual(self.step(self.carol, "complete").status_code, 302)
        self.one.refresh_from_db()
        self.assertEqual(self.one.status, Status.COMPLETED)
        self.assertEqual(DoctorSession.objects.get().now_serving, self.two)
        self.assertNotIn("Complete and call next", self.board(self.erin))

    def test_the_panel_of_the_consultation_is_there_while_the_session_runs(self):
        visit = reverse("admin:appointment_appointment_change", args=(self.one.pk,))
        self.assertNotIn("shs-session", self.office(self.carol).get(visit).content.decode())
        session = self.begin(self.nine)
        self.assertIn("shs-session", self.office(self.carol).get(visit).content.decode())
        self.assertIn(
            "shs-session", self.office(self.carol).get("/admin/prescription/prescription/add/").content.decode()
        )
        self.assertNotIn("shs-session-panel", self.office(self.erin).get(visit).content.decode())
        services.end_session(session=session, now=self.nine)
        self.assertNotIn("shs-session", self.office(self.carol).get(visit).content.decode())

    def test_who_has_seen_another_step_is_told_so(self):
        self.come(*self.visits, at=self.nine)
        session = self.begin(self.nine)
        self.step(self.erin, "call_next", seen=session.step)
        answer = self.step(self.erin, "call_next", seen=session.step)
        self.assertContains(answer, "This was done just now: serial 1 is called.")
        self.assertEqual(DoctorSession.objects.get().now_serving, self.one)
        for wrong in ("x", "-1", "9" * 40, "১"):
            self.assertIn(self.step(self.erin, "recall", seen=wrong).status_code, {200, 302})

    def test_others_neither_begin_nor_run_it(self):
        session = self.begin(self.nine)
        wendy = make_user("Dr. Wendy", Role.DOCTOR)
        make_doctor(wendy, self.clinic)
        for user, status in ((wendy, 404), (self.dave, 404), (self.irene, 403), (self.grace, 404), (self.henry, 404)):
            with self.subTest(who=user.name):
                self.assertEqual(self.step(user, "call_next").status_code, status)
        services.end_session(session=session, now=self.nine)
        for user in (self.irene, self.grace, self.henry):
            self.assertEqual(self.begin_by(user).status_code, 403)
        for user, data in ((wendy, {}), (self.erin, {"doctor": self.dr_dave.pk})):
            self.assertEqual(self.begin_by(user, **data).status_code, 200)
        answer = self.begin_by(self.erin, clinic=self.other_clinic.pk)
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(DoctorSession.objects.running().exists())

    def test_a_session_that_cannot_begin_says_why_and_keeps_what_was_typed(self):
        self.begin(self.nine)
        answer = self.begin_by(self.erin, room="12 b")
        self.assertContains(answer, "A session of this doctor is running already.")
        self.assertContains(answer, "12 b")
        self.assertEqual(self.begin_by(self.erin, room="x" * 21).status_code, 200)

    def test_urgent_is_a_step_of_the_visit_that_asks_for_a_reason(self):
        self.come(*self.visits, at=self.nine)
        path = reverse("admin:appointment_appointment_step", args=(self.five.pk, "put_first"))
        self.assertContains(self.office(self.erin).post(path, {"reason": " "}), "This field is required")
        self.assertEqual(self.office(self.erin).post(path, {"reason": "in pain"}).status_code, 302)
        self.assertEqual(self.line()[0], 5)
        self.begin(self.nine)
        self.assertIn("urgent</span>", self.board(self.erin))
        back = reverse("admin:appointment_appointment_step", args=(self.five.pk, "back_in_line"))
        self.office(self.carol).post(back)
        self.assertEqual(self.line()[0], 1)

    def test_the_board_takes_the_same_few_queries_however_many_sessions_run(self):
        self.come(*self.visits, at=self.nine)
        self.begin(self.nine)
        client = self.office(self.erin)
        client.get(reverse("admin:desk_cards"))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("admin:desk_cards"))
        for number in range(3):
            other = make_doctor(make_user(f"Dr. No{number}", Role.DOCTOR), self.clinic)
            services.begin_session(doctor=other, clinic=self.clinic, room=str(number), now=timezone.now())
        with CaptureQueriesContext(connection) as many:
            client.get(reverse("admin:desk_cards"))
        self.assertLessEqual(len(many), len(few) + 1)

    def test_sessions_of_other_clinics_and_days_are_not_on_the_board(self):
        session = self.begin(on(-1, 9))
        self.assertNotIn(f"session-{session.pk}", self.board(self.erin))
        elsewhere = services.begin_session(doctor=self.dr_carol, clinic=self.other_clinic, room="", now=self.nine)
        self.assertNotIn(f"session-{elsewhere.pk}", self.board(self.erin))
        self.assertIn(f"session-{elsewhere.pk}", self.board(self.carol))
