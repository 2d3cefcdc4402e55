"""Where a patient stands in the queue, in the API."""

from datetime import datetime, time

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.testing import Api, make_user
from shs.users.models import Guardianship, Role

KEYS = {
    "state",
    "serial",
    "room",
    "now_serving",
    "before_me",
    "expected_from",
    "expected_to",
    "late_minutes",
    "note",
}


class Status(Day, TestCase):
    def status(self, visit: Appointment, now: datetime) -> services.QueueStatus:
        visit.refresh_from_db()
        return services.queue_status_of(visit, now)

    def test_without_ten_consultations_no_time_is_known(self):
        self.consultations(*[10] * 9)
        self.come(self.one, self.two)
        session = self.begin()
        self.call(session, on(DAY, 9))
        found = self.status(self.two, on(DAY, 9, 2))
        self.assertEqual((found.now_serving, found.before_me), (1, 0))
        self.assertEqual((found.expected_from, found.expected_to), (None, None))
        self.assertIn("The time is not known yet.", str(found.note))

    def test_the_range_is_of_the_doctors_own_last_consultations(self):
        self.consultations(*[4, 6, 8, 8, 10, 10, 12, 12, 16, 20, 24])  # quarters: 8 and 16 minutes
        self.come(*self.visits)
        session = self.begin()
        self.call(session, on(DAY, 9))
        found = self.status(self.three, on(DAY, 9, 4))
        self.assertEqual((found.before_me, found.room, found.late_minutes), (1, "2", 0))
        # The one inside takes 4 to 12 minutes more, the one before 8 to 16.
        self.assertEqual(found.expected_from, on(DAY, 9, 15))
        self.assertEqual(found.expected_to, on(DAY, 9, 35))
        self.assertNotIn("not known", str(found.note))

    def test_consultations_of_other_doctors_and_of_long_ago_do_not_count(self):
        self.consultations(*[10] * 11)
        self.assertIsNotNone(services.took(self.dr_carol.pk, on(DAY)))
        self.assertIsNone(services.took(self.dr_dave.pk, on(DAY)))
        self.assertIsNone(services.took(self.dr_carol.pk, on(DAY + 40)))

    def test_who_is_not_there_counts_all_with_a_lower_serial_and_need_not_come_early(self):
        self.consultations(*[10] * 11)
        self.come(self.one, self.five)
        session = self.begin()
        self.call(session, on(DAY, 9))
        found = self.status(self.four, on(DAY, 9))
        self.assertEqual((found.state, found.before_me), (services.Where.COMING, 2))
        self.assertEqual(found.expected_from, self.four.starts_at)
        self.assertGreaterEqual(found.expected_to, found.expected_from)

    def test_before_the_session_the_plan_is_the_ground_until_it_has_passed(self):
        self.consultations(*[10] * 11)
        found = self.status(self.two, on(DAY, 8))
        self.assertEqual((found.state, found.now_serving, found.before_me), (services.Where.NOT_BEGUN, None, 1))
        self.assertEqual(found.expected_from, self.two.starts_at)
        self.assertIsNone(self.status(self.two, on(DAY, 9, 5)).expected_from)
        services.say_late(
            doctor_id=self.dr_carol.pk, clinic_id=self.clinic.pk, minutes=45, by=self.erin, now=on(DAY, 9, 5)
        )
        found = self.status(self.two, on(DAY, 9, 5))
        self.assertEqual((found.late_minutes, found.expected_from), (45, on(DAY, 10, 5)))

    def test_each_state_is_said_in_words(self):
        where = services.Where
        self.come(self.one, self.two, self.three)
        session = self.begin()
        self.call(session, on(DAY, 9))
        self.assertEqual(self.status(self.one, on(DAY, 9)).state, where.CALLED)
        services.not_here(session=session, now=on(DAY, 9, 1))
        self.assertEqual(self.status(self.one, on(DAY, 9, 2)).state, where.NOT_HERE)
        self.call(session, on(DAY, 9, 3))
        services.pause(session=session, now=on(DAY, 9, 9))
        self.assertEqual(self.status(self.two, on(DAY, 9, 9)).state, where.SEEN)
        self.assertEqual(self.status(self.three, on(DAY, 9, 9)).state, where.PAUSED)
        services.end_session(session=session, now=on(DAY, 9, 20))
        self.assertEqual(self.status(self.three, on(DAY, 9, 20)).state, where.ENDED)
        services.cancel(visit=self.five, cause=services.Cause())
        self.assertEqual(self.status(self.five, on(DAY, 9, 20)).state, where.CANCELLED)
        services.complete(visit=self.two, by=self.carol, now=on(DAY, 9, 25))
        self.assertEqual(self.status(self.two, on(DAY, 9, 25)).state, where.OVER)
        self.four.lose_doctor(now=on(DAY, 9))
        self.assertEqual(self.status(self.four, on(DAY, 9, 25)).state, where.AWAY)
        self.assertEqual(self.status(self.three, on(DAY - 1, 9)).state, where.NOT_TODAY)
        asked = self.book(patient=self.bob, at=time(11))
        self.assertEqual(self.status(asked, on(DAY, 9, 25)).state, where.REQUESTED)

    def test_lateness_is_measured_by_who_is_inside(self):
        self.come(self.one, self.two, at=on(DAY, 8, 45))
        session = self.begin(on(DAY, 9, 30))
        self.assertIsNone(self.status(self.two, on(DAY, 9, 30)).late_minutes)
        self.call(session, on(DAY, 9, 31))
        self.assertEqual(self.status(self.two, on(DAY, 9, 31)).late_minutes, 31)


class Asked(Day, TestCase):
    """`GET /appointments/{id}/queue`."""

    def ask(self, user, visit: Appointment | None = None):
        return Api(user).get(f"/appointments/{(visit or self.visit).pk}/queue")

    def test_it_tells_where_the_callers_visit_stands(self):
        self.consultations(*[10] * 11)
        self.come(*self.visits)
        session = self.begin()
        self.call(session, on(DAY, 9))
        expected = timezone.localtime(on(DAY, 9, 30)).isoformat()
        with self.clock_at(on(DAY, 9, 2)):
            answer = self.ask(self.alice)
            self.assertEqual(answer.status_code, 200)
            found = answer.json()
            self.assertEqual(set(found), KEYS)
            self.assertEqual((found["now_serving"], found["before_me"], found["state"]), (1, 2, "waiting"))
            self.assertEqual(found["expected_from"], expected)

    def test_guardians_and_the_doctor_may_ask_and_all_others_get_404(self):
        Guardianship.objects.create(
            guardian=self.bob,
            dependant=self.alice,
            relation="other",
            basis="agreed",
            state="active",
            is_for_minor=False,
            may_book=True,
            may_read=False,
            since=timezone.now(),
            given_by=self.alice,
        )
        stranger = make_user("Sara", Role.PATIENT)
        for user, status in ((self.alice, 200), (self.bob, 200), (self.carol, 200), (stranger, 404), (self.dave, 404)):
            with self.subTest(who=user.name):
                self.assertEqual(self.ask(user).status_code, status)
        self.assertEqual(self.ask(None).status_code, 401)

    def test_it_takes_the_same_few_queries_however_many_wait(self):
        self.come(*self.visits)
        self.begin()
        with self.clock_at(on(DAY, 9)), CaptureQueriesContext(connection) as few:
            self.ask(self.alice)
        for number in range(6):
            visit = self.book(patient=make_user(f"More{number}", Role.PATIENT), at=time(11 + number))
            visit.confirm(now=timezone.now())
            self.come(visit)
        with self.clock_at(on(DAY, 9)), CaptureQueriesContext(connection) as many:
            self.ask(self.alice)
        self.assertEqual(len(many), len(few))
