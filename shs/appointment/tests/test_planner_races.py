"""The planner against bookings, and against itself: nobody is booked twice."""

from collections import Counter
from datetime import datetime, time, timedelta
from itertools import pairwise

from django.db import connection
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import HOLDING, Appointment
from shs.core.errors import Refused
from shs.doctors import services as doctors
from shs.doctors.models import TimeOff
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_doctor, make_user, soon
from shs.users.models import Role


class PlannerRaces(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        self.dr_wendy = make_doctor(make_user("Dr. Wendy", Role.DOCTOR), self.clinic)
        self.patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(6)]
        self.hit = [
            self.book(patient=person, at=time(11, 20 * (n % 3)) if n < 3 else time(12, 20 * (n % 3)))
            for n, person in enumerate(self.patients)
        ]
        self.first = timezone.make_aware(datetime.combine(soon(2), time(0)))
        self.outage = services.leave(self.dr_carol, self.first, self.first + timedelta(days=1))

    def plan(self, decisions, others: str = services.KEEP) -> int:
        """Store the leave as the desk; the status of the answer."""
        period = {"starts_at": self.outage.starts_at, "ends_at": self.outage.ends_at}
        try:
            services.carry_out(
                outage=self.outage,
                decisions=decisions,
                store=lambda: doctors.add_time_off(doctor=self.dr_carol, **period),
                by=self.erin,
                now=timezone.now(),
                others=others,
            )
        except Refused as refusal:
            return refusal.status
        return 200

    def assert_nobody_is_booked_twice(self) -> None:
        rows = Appointment.objects.filter(status__in=HOLDING)
        for field in ("doctor", "patient"):
            times = list(rows.order_by(field, "starts_at").values_list(field, "starts_at", "ends_at"))
            for (who, _start, end), (other, start, _end) in pairwise(times):
                self.assertTrue(who != other or end <= start, (field, who, start))

    def test_planner_against_bookings_of_the_slots_that_it_gives(self):
        now = timezone.now()
        decisions = services.accepted(self.outage.hit(now), self.outage, now)
        wanted = [timezone.localtime(move.starts_at) for move in decisions.values()]
        callers = [Api(make_user(f"Caller{number}", Role.PATIENT)) for number in range(len(wanted))]

        def act(number: int) -> int:
            if number == len(wanted):
                return self.plan(decisions)
            at = wanted[number]
            body = {"doctor": self.dr_carol.pk, "date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}
            return callers[number].post("/appointments/", body).status_code

        answers = at_once(len(wanted) + 1, act)
        self.assertEqual(set(answers) - {200, 201, 409}, set(), answers)
        self.assert_nobody_is_booked_twice()
        is_planned = answers[-1] == 200
        self.assertEqual(TimeOff.objects.exists(), is_planned)
        moved = sum(visit.starts_at >= self.outage.ends_at for visit in self.again())
        self.assertEqual(moved, len(self.hit) + 1 if is_planned else 0)

    def again(self) -> list[Appointment]:
        return list(Appointment.objects.filter(pk__in=[self.visit.pk, *(visit.pk for visit in self.hit)]))

    def test_leave_against_bookings_in_it_leaves_no_visit_that_nobody_knows_of(self):
        callers = [Api(make_user(f"Caller{number}", Role.PATIENT)) for number in range(6)]

        def act(number: int) -> int:
            if number == 6:
                return self.plan({})
            body = {"doctor": self.dr_carol.pk, "date": f"{soon(2)}", "time": f"14:{20 * (number % 3):02}"}
            return callers[number].post("/appointments/", body).status_code

        answers = Counter(at_once(7, act))
        self.assertEqual(set(answers) - {200, 201, 409, 422}, set(), answers)
        lost = Appointment.objects.live().filter(doctor=self.dr_carol, without_doctor_since=None)
        self.assertFalse(lost.filter(starts_at__lt=self.outage.ends_at, ends_at__gt=self.first).exists())

    def test_two_desks_with_the_same_plan_move_each_visit_once(self):
        now = timezone.now()
        decisions = services.accepted(self.outage.hit(now), self.outage, now)
        answers = at_once(4, lambda number: self.plan(decisions))
        self.assertIn(200, answers)
        self.assertEqual(set(answers) - {200, 409, 422}, set(), answers)
        self.assert_nobody_is_booked_twice()
        for visit in self.hit:
            self.assertEqual(visit.history.filter(history_change_reason__startswith="moved").count(), 1)
        connection.close()
