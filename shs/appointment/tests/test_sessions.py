"""A doctor's session: the order of the calls, each step with its undo, and what follows from it."""

from datetime import timedelta

from django.test import TestCase, override_settings

from shs.appointment import services
from shs.appointment.models import UNDO_WITHIN, Appointment, DoctorSession, Status, Turn, TurnOutcome
from shs.appointment.services.sessions import was_begun
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.core.errors import Invalid, NotFound, StepRefused

MINUTE = timedelta(minutes=1)


class Order(Day, TestCase):
    def test_who_is_checked_in_is_called_by_serial(self):
        self.come(self.three, self.one, self.five)
        self.assertEqual(self.line(), [1, 3, 5])
        session = self.begin()
        self.assertEqual(self.call(session, on(DAY, 9)), 1)
        self.assertEqual(self.line(), [3, 5])
        self.come(self.two, at=on(DAY, 9, 10))
        self.assertEqual(self.line(), [2, 3, 5])

    def test_who_came_late_is_called_after_the_others(self):
        self.begin()
        self.come(self.two, at=on(DAY, 9, 30))
        self.come(self.one, at=on(DAY, 9, 25))
        self.come(self.three, self.five, at=on(DAY, 9, 35))
        self.assertEqual(self.line(), [3, 5, 1, 2])

    def test_nobody_is_late_for_a_doctor_who_has_not_begun_or_is_late(self):
        self.come(self.two, at=on(DAY, 9, 30))
        self.come(self.one, at=on(DAY, 9, 45))
        self.assertEqual(self.line(), [1, 2])
        self.begin(on(DAY, 9, 50))
        self.assertEqual(self.line(), [1, 2])
        services.say_late(
            doctor_id=self.dr_carol.pk, clinic_id=self.clinic.pk, minutes=60, by=self.erin, now=on(DAY, 9, 50)
        )
        self.come(self.three, at=on(DAY, 10, 39))
        self.assertEqual(self.line(), [1, 2, 3])

    def test_urgent_ones_go_first_with_a_reason_that_stands_in_the_history(self):
        self.come(*self.visits)
        with self.assertRaises(Invalid):
            services.put_first(visit=self.five, reason=" ", now=on(DAY, 9))
        services.put_first(visit=self.five, reason="short of breath", now=on(DAY, 9))
        services.put_first(visit=self.four, reason="bleeds", now=on(DAY, 9, 1))
        self.assertEqual(self.line(), [5, 4, 1, 2, 3])
        self.assertEqual(self.five.history.latest("history_id").history_change_reason, "short of breath")
        services.back_in_line(visit=self.five)
        self.assertEqual(self.line(), [4, 1, 2, 3, 5])

    def test_only_who_waits_can_go_first(self):
        with self.assertRaises(StepRefused):
            services.put_first(visit=self.five, reason="in pain", now=on(DAY, 9))

    def test_a_queue_of_the_evening_stands_over_midnight_and_ends_with_the_night(self):
        evening, night = self.one, self.two
        for visit, starts_at in ((evening, on(DAY, 23, 40)), (night, on(DAY + 1, 0, 20))):
            rows = Appointment.objects.without_history("the scene is set").filter(pk=visit.pk)
            rows.update(starts_at=starts_at, ends_at=starts_at + 20 * MINUTE)
            visit.refresh_from_db()
        session = self.begin(on(DAY, 23, 30))
        self.come(evening, night, at=on(DAY, 23, 35))
        self.assertEqual(self.call(session, on(DAY, 23, 45)), 1)
        self.assertEqual(services.queue_status_of(night, on(DAY + 1, 0, 5)).state, "waiting")
        self.assertEqual(self.call(session, on(DAY + 1, 0, 10)), 2)
        self.assertTrue(was_begun(self.dr_carol.pk, self.clinic.pk, night.starts_at, night.ends_at))
        with self.assertRaises(StepRefused):
            services.end_session(session=session, now=on(DAY + 1, 4))
        self.begin(on(DAY + 1, 9))
        session.refresh_from_db()
        self.assertIsNotNone(session.ended_at)

    @override_settings(NOT_HERE_GOES_BEHIND=2)
    def test_who_is_not_here_goes_behind_the_next_two(self):
        self.come(*self.visits)
        session = self.begin()
        self.call(session, on(DAY, 9))
        services.not_here(session=session, now=on(DAY, 9, 1))
        self.assertEqual(self.line(), [2, 3, 1, 4, 5])
        self.assertEqual(self.call(session, on(DAY, 9, 2)), 2)
        self.assertEqual(self.line(), [3, 1, 4, 5])
        self.assertEqual(self.call(session, on(DAY, 9, 12)), 3)
        self.assertEqual(self.call(session, on(DAY, 9, 20)), 1)
        self.assertEqual(self.line(), [4, 5])

    def test_who_is_not_here_and_alone_is_called_again(self):
        self.come(self.one)
        session = self.begin()
        self.call(session, on(DAY, 9))
        services.not_here(session=session, now=on(DAY, 9, 1))
        self.assertEqual(self.call(session, on(DAY, 9, 5)), 1)

    def test_who_was_seen_and_is_checked_in_again_waits_again(self):
        self.come(self.one, self.two)
        session = self.begin()
        self.call(session, on(DAY, 9))
        self.call(session, on(DAY, 9, 10))
        self.assertEqual(self.line(), [])
        self.one.undo_check_in()
        self.come(self.one, at=on(DAY, 10))
        self.assertEqual(self.line(), [1])


class Steps(Day, TestCase):
    def setUp(self):
        self.come(*self.visits)
        self.session = self.begin()

    def reasons(self) -> list[str]:
        lines = self.session.history.order_by("history_id")
        return list(lines.values_list("history_change_reason", flat=True))

    def inside(self) -> int | None:
        self.session.refresh_from_db()
        return self.session.now_serving.serial if self.session.now_serving else None

    def undo(self, minute: int = 5) -> None:
        services.undo_step(session=self.session, now=on(DAY, 9, minute))

    def test_every_step_stands_in_the_history(self):
        self.call(self.session, on(DAY, 9, 1))
        services.recall(session=self.session, now=on(DAY, 9, 2))
        services.not_here(session=self.session, now=on(DAY, 9, 3))
        services.pause(session=self.session, now=on(DAY, 9, 4))
        services.resume(session=self.session, now=on(DAY, 9, 20))
        self.call(self.session, on(DAY, 9, 21))
        services.end_session(session=self.session, now=on(DAY, 9, 30))
        services.undo_step(session=self.session, now=on(DAY, 9, 31))
        expected = [
            "session begun",
            "called",
            "called again",
            "not here",
            "session paused",
            "session resumed",
            "called",
            "session ended",
            "step undone",
        ]
        self.assertEqual(self.reasons(), expected)

    def test_a_call_is_undone_and_the_one_before_is_inside_again(self):
        self.call(self.session, on(DAY, 9, 1))
        self.call(self.session, on(DAY, 9, 3))
        self.undo()
        self.assertEqual(self.inside(), 1)
        self.assertEqual(self.line(), [2, 3, 4, 5])
        self.assertEqual(list(Turn.objects.order_by("pk").values_list("outcome", flat=True)), ["", TurnOutcome.UNDONE])
        self.assertEqual(self.call(self.session, on(DAY, 9, 10)), 2)

    def test_not_here_pause_resume_recall_and_end_are_undone(self):
        self.call(self.session, on(DAY, 9, 1))
        for step in (services.not_here, services.pause, services.end_session):
            with self.subTest(step=step.__name__):
                step(session=self.session, now=on(DAY, 9, 2))
                self.assertIsNone(self.inside())
                self.undo(4)
                self.assertEqual(self.inside(), 1)
                self.assertEqual((self.session.paused_at, self.session.ended_at), (None, None))
                self.assertEqual(self.line(), [2, 3, 4, 5])
        services.recall(session=self.session, now=on(DAY, 9, 3))
        self.undo(4)
        self.assertEqual(self.session.called_at, on(DAY, 9, 1))
        services.pause(session=self.session, now=on(DAY, 9, 5))
        services.resume(session=self.session, now=on(DAY, 9, 6))
        self.undo(7)
        self.assertEqual(self.session.paused_at, on(DAY, 9, 5))

    def test_a_session_that_was_begun_by_mistake_is_deleted_and_its_history_stays(self):
        self.undo(1)
        self.assertFalse(DoctorSession.objects.exists())
        lines = DoctorSession.history.order_by("history_id")
        self.assertEqual(list(lines.values_list("history_change_reason", flat=True)), ["session begun", "step undone"])

    def test_only_the_last_step_within_some_minutes_is_undone(self):
        self.call(self.session, on(DAY, 9, 1))
        with self.assertRaises(StepRefused):
            services.undo_step(session=self.session, now=on(DAY, 9, 1) + UNDO_WITHIN + MINUTE)
        self.undo(2)
        with self.assertRaises(StepRefused):
            self.undo(2)

    def test_the_end_is_not_undone_while_another_session_runs(self):
        services.end_session(session=self.session, now=on(DAY, 9, 1))
        services.begin_session(doctor=self.dr_carol, clinic=None, room="", now=on(DAY, 9, 2))
        with self.assertRaises(StepRefused):
            self.undo(3)

    def test_what_the_state_does_not_allow_is_refused(self):
        now = on(DAY, 9, 1)
        for step in (services.recall, services.not_here, services.resume):
            with self.subTest(step=step.__name__), self.assertRaises(StepRefused):
                step(session=self.session, now=now)
        services.pause(session=self.session, now=now)
        with self.assertRaises(StepRefused):
            services.pause(session=self.session, now=now)
        self.assertEqual(self.call(self.session, now), 1)  # calling ends a pause
        self.assertIsNone(self.session.paused_at)
        services.end_session(session=self.session, now=now)
        for step in (services.call_next, services.pause, services.end_session):
            with self.subTest(step=step.__name__), self.assertRaises(StepRefused):
                step(session=self.session, now=now)

    def test_nobody_is_called_if_nobody_waits_and_who_is_inside_stays(self):
        for minute in range(1, 6):
            self.call(self.session, on(DAY, 9, minute))
        with self.assertRaises(StepRefused):
            services.call_next(session=self.session, now=on(DAY, 9, 10))
        self.assertEqual(self.inside(), 5)

    def test_who_has_seen_another_step_calls_nobody(self):
        seen = self.session.step
        services.call_next(session=self.session, seen=seen, now=on(DAY, 9, 1))
        with self.assertRaisesMessage(StepRefused, "This was done just now: serial 1 is called."):
            services.call_next(session=self.session, seen=seen, now=on(DAY, 9, 1))
        self.assertEqual(self.inside(), 1)


class Begin(Day, TestCase):
    def test_a_doctor_has_one_session_at_a_time(self):
        self.begin()
        with self.assertRaises(StepRefused):
            self.begin(on(DAY, 9, 5))

    def test_a_session_of_yesterday_ends_when_the_next_one_begins_and_calls_nobody(self):
        old = self.begin(on(DAY - 1, 9))
        with self.assertRaises(StepRefused):
            services.call_next(session=old, now=on(DAY, 9))
        self.begin()
        old.refresh_from_db()
        self.assertEqual(old.ended_at, on(DAY, 9))

    def test_the_room_is_remembered(self):
        self.assertEqual(services.last_room(self.dr_carol.pk, self.clinic.pk), "")
        self.begin()
        self.assertEqual(services.last_room(self.dr_carol.pk, self.clinic.pk), "2")

    def test_a_doctor_who_is_not_verified_begins_none(self):
        with self.assertRaises(NotFound):
            services.begin_session(doctor=self.dr_dave, clinic=self.other_clinic, room="", now=on(DAY, 9))


class Following(Day, TestCase):
    """What follows from a session."""

    def test_who_does_not_come_has_missed_the_visit_if_the_session_was_begun(self):
        later = on(DAY, 18, 30)
        self.assertEqual(services.mark_missed(now=later), 0)
        session = self.begin()
        services.end_session(session=session, now=on(DAY, 12))
        self.assertEqual(services.mark_missed(now=later), len(self.visits))

    def test_a_session_elsewhere_on_another_day_or_after_the_hours_is_no_presence(self):
        other = services.begin_session(doctor=self.dr_carol, clinic=None, room="", now=on(DAY, 9))
        services.end_session(session=other, now=on(DAY, 9, 1))
        services.end_session(session=self.begin(on(DAY - 1, 9)), now=on(DAY - 1, 10))
        self.begin(on(DAY, 17, 5))
        self.assertEqual(services.mark_missed(now=on(DAY, 18, 30)), 0)

    def test_completing_the_visit_that_is_inside_moves_on_also_before_its_time(self):
        self.come(self.four, self.five)
        session = self.begin()
        self.call(session, on(DAY, 9))
        services.complete(visit=self.four, by=self.carol, now=on(DAY, 9, 12))
        session.refresh_from_db()
        self.assertEqual((session.now_serving, session.ended_at), (None, None))
        turn = Turn.objects.get()
        self.assertEqual((turn.outcome, turn.ended_at), (TurnOutcome.SEEN, on(DAY, 9, 12)))
        with self.assertRaises(StepRefused):
            services.undo_step(session=session, now=on(DAY, 9, 13))
        self.assertEqual(self.call(session, on(DAY, 9, 14)), 5)

    def test_complete_and_call_does_both_and_says_so_if_nobody_waits(self):
        self.come(self.one, self.two)
        session = self.begin()
        self.call(session, on(DAY, 9))
        called = services.complete_and_call(session=session, by=self.carol, now=on(DAY, 9, 10))
        self.assertEqual(called, self.two)
        self.one.refresh_from_db()
        self.assertEqual(self.one.status, Status.COMPLETED)
        self.assertIsNone(services.complete_and_call(session=session, by=self.carol, now=on(DAY, 9, 25)))
        session.refresh_from_db()
        self.assertIsNone(session.now_serving)
