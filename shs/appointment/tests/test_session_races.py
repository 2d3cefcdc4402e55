"""Two desks at once: nobody is called twice, and nobody is passed over."""

from collections import Counter
from contextlib import suppress

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from shs.appointment import queue_pages, services
from shs.appointment.models import Appointment, DoctorSession, Turn, code_of
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.core.errors import Refused
from shs.testing import CommittedTestCase, at_once


class SessionRaces(Day, CommittedTestCase):
    def setUp(self):
        queue_pages.forget()
        self.make_people()
        self.come(*self.visits)
        self.session = self.begin()

    def session_again(self) -> DoctorSession:
        return DoctorSession.objects.get(pk=self.session.pk)

    def test_two_desks_that_press_the_same_button_call_one(self):
        seen = self.session.step

        def press(_number: int) -> str:
            try:
                return services.call_next(session=self.session_again(), seen=seen, now=on(DAY, 9)).number
            except Refused as refusal:
                return str(refusal.status)

        self.assertEqual(Counter(at_once(6, press)), {self.one.number: 1, "409": 5})
        self.assertEqual(Turn.objects.count(), 1)

    def test_calls_at_once_call_each_patient_once_in_order(self):
        def press(_number: int) -> int:
            try:
                return services.call_next(session=self.session_again(), now=on(DAY, 9)).serial
            except Refused:
                return 0

        self.assertEqual(Counter(at_once(7, press)), {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 0: 2})
        self.assertEqual(Turn.objects.filter(ended_at=None).count(), 1)

    def test_two_desks_begin_one_session(self):
        services.end_session(session=self.session, now=on(DAY, 9))

        def press(number: int) -> str:
            try:
                services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room=str(number), now=on(DAY, 9, 1))
            except Refused as refusal:
                return str(refusal.status)
            return "begun"

        self.assertEqual(Counter(at_once(5, press)), {"begun": 1, "409": 4})
        self.assertEqual(DoctorSession.objects.running().count(), 1)

    def test_completing_and_calling_at_once_wait_for_each_other(self):
        services.call_next(session=self.session, now=on(DAY, 9))

        def act(number: int) -> str:
            try:
                if number:
                    services.call_next(session=self.session_again(), now=on(DAY, 9, 10))
                else:
                    visit = Appointment.objects.get(pk=self.one.pk)
                    services.complete(visit=visit, by=self.carol, now=on(DAY, 9, 10))
            except Refused as refusal:
                return str(refusal.status)
            return "done"

        self.assertEqual(set(at_once(2, act)), {"done"})
        self.assertEqual(self.session_again().now_serving, self.two)
        self.assertEqual(Turn.objects.filter(ended_at=None).get().visit, self.two)

    def test_undo_and_call_at_once_leave_one_inside_at_most(self):
        services.call_next(session=self.session, now=on(DAY, 9))

        def act(number: int) -> None:
            step = services.undo_step if number % 2 else services.call_next
            with suppress(Refused):
                step(session=self.session_again(), now=on(DAY, 9, 1))

        at_once(6, act)
        inside = Turn.objects.filter(ended_at=None)
        self.assertLessEqual(inside.count(), 1)
        self.assertEqual(self.session_again().now_serving, inside[0].visit if inside else None)


class KeptAnswers(Day, CommittedTestCase):
    """The public pages keep an answer for some seconds, so that many clients cost as much as one."""

    def setUp(self):
        queue_pages.forget()
        self.addCleanup(queue_pages.forget)
        self.make_people()
        now = timezone.now()
        self.screen = services.renew_screen(clinic=self.clinic, now=now)

    def queries(self, path: str, **headers: str) -> tuple[int, int, str]:
        """The status of a GET, the number of its queries, and its version."""
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        try:
            answer = self.client.get(path, headers=headers)
        finally:
            connection.force_debug_cursor = False
        return answer.status_code, len(connection.queries_log) - before, answer.headers.get("ETag", "")

    def test_a_screen_and_a_queue_are_304_without_a_query(self):
        for path in (
            reverse("waiting_room", args=(self.screen.code,)),
            reverse("queue", args=(code_of("queue", self.visit.pk),)),
        ):
            with self.subTest(path=path):
                status, first, version = self.queries(path)
                self.assertEqual(status, 200)
                self.assertGreater(first, 0)
                status, again, _version = self.queries(path, **{"If-None-Match": version})
                self.assertEqual(status, 304)
                self.assertLessEqual(again, 1)
