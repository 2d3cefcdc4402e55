"""Concurrent bookings and changes, with threads that commit, on both databases."""

from collections import Counter
from datetime import time, timedelta

from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import HOLDING, Appointment, AppointmentSlot, Status
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_doctor, make_user, soon
from shs.users.models import Role

CLIENTS = 50


class Races(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def booking(self, doctor=None, at: str = "11:00") -> dict:
        return {"doctor": (doctor or self.dr_carol).pk, "date": f"{soon()}", "time": at, "reason": "fever"}

    def holding(self, **where) -> int:
        return Appointment.objects.filter(status__in=HOLDING, **where).count()

    def test_of_fifty_concurrent_bookings_of_one_slot_exactly_one_succeeds(self):
        callers = [Api(make_user(f"Patient{number}", Role.PATIENT)) for number in range(CLIENTS)]
        answers = at_once(CLIENTS, lambda number: callers[number].post("/appointments/", self.booking()).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: CLIENTS - 1})
        self.assertEqual(self.holding(doctor=self.dr_carol), 2)  # Alice has another slot

    def test_concurrent_bookings_of_a_patient_for_the_same_time_leave_one(self):
        other = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        doctors = [self.dr_carol, other] * 5
        caller = Api(self.bob)
        answers = at_once(10, lambda number: caller.post("/appointments/", self.booking(doctors[number])).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 9})
        self.assertEqual(self.holding(patient=self.bob), 1)

    def test_concurrent_bookings_of_a_patient_that_overlap_leave_one(self):
        other = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        for block in other.availability.all():
            block.start, block.slot_minutes = time(9, 10), 30
            block.save()
        wanted = [self.booking(at="11:00"), self.booking(other, at="11:10")] * 5
        caller = Api(self.bob)
        answers = at_once(10, lambda number: caller.post("/appointments/", wanted[number]).status_code)
        self.assertEqual(Counter(answers), {201: 1, 409: 9})

    def test_concurrent_rescheduling_and_booking_of_a_slot_leave_one(self):
        alice, bob = Api(self.alice), Api(self.bob)
        path, target = f"/appointments/{self.visit.pk}/reschedule", {"date": f"{soon()}", "time": "11:00"}

        def act(number: int) -> int:
            call = alice.post(path, target) if number % 2 else bob.post("/appointments/", self.booking())
            return call.status_code

        answers = Counter(at_once(10, act))
        self.assertEqual(set(answers) - {200, 201, 409}, set())
        slot = AppointmentSlot.objects.get(doctor=self.dr_carol, starts_at__gt=self.visit.starts_at)
        self.assertEqual(self.holding(slot=slot), 1)

    def test_swapping_the_slots_of_two_visits_concurrently_does_not_deadlock(self):
        theirs = self.book(patient=self.bob, at=time(11))
        calls = [
            (Api(self.alice), self.visit.pk, "11:00"),
            (Api(self.bob), theirs.pk, "10:00"),
        ]

        def swap(number: int) -> int:
            caller, pk, at = calls[number % 2]
            return caller.post(f"/appointments/{pk}/reschedule", {"date": f"{soon()}", "time": at}).status_code

        self.assertEqual(Counter(at_once(8, swap)), {409: 8})

    def test_concurrent_requests_with_one_idempotency_key_create_one_visit(self):
        caller = Api(self.bob)
        key = {"Idempotency-Key": "one-visit-please"}
        answers = at_once(10, lambda number: caller.post("/appointments/", self.booking(), **key))
        self.assertEqual(Counter(answer.status_code for answer in answers), {201: 10})
        self.assertEqual(len({answer.json()["id"] for answer in answers}), 1)
        self.assertEqual(self.holding(patient=self.bob), 1)

    def test_of_many_concurrent_confirmations_one_succeeds_with_one_history_line(self):
        caller = Api(self.carol)
        path = f"/appointments/{self.visit.pk}/status"
        answers = at_once(8, lambda number: caller.patch(path, {"status": "confirmed"}).status_code)
        self.assertEqual(Counter(answers), {200: 1, 409: 7})
        self.assertEqual(self.visit.history.filter(status=Status.CONFIRMED).count(), 1)

    def test_a_visit_cancelled_and_confirmed_concurrently_ends_cancelled(self):
        alice, carol = Api(self.alice), Api(self.carol)
        path = f"/appointments/{self.visit.pk}/status"

        def act(number: int) -> int:
            caller, status = ((alice, "cancelled"), (carol, "confirmed"))[number % 2]
            return caller.patch(path, {"status": status}).status_code

        answers = Counter(at_once(8, act))
        self.assertEqual(set(answers) - {200, 409}, set())
        self.visit.refresh_from_db()
        # A confirmed visit can still be cancelled, but a cancelled one cannot be confirmed.
        self.assertEqual(self.visit.status, Status.CANCELLED)
        self.assertLessEqual(self.visit.history.count(), 3)

    def test_concurrent_runs_of_mark_missed_mark_each_visit_once(self):
        then = timezone.now() - timedelta(days=9)
        clocks = self.dr_carol.availability.first().clocks()[:10]
        visits = [self.book(patient=self.bob, day=soon(-2), at=at, now=then) for at in clocks]
        for visit in visits:
            visit.confirm(now=then)
        self.take_place(days=2, at=time(16))
        marked = at_once(6, lambda number: services.mark_missed(now=timezone.now()))
        self.assertEqual(sum(marked), len(visits))
        for visit in visits:
            self.assertEqual(visit.history.filter(status=Status.MISSED).count(), 1)

    def test_no_booking_is_stored_after_a_concurrent_suspension_of_the_doctor(self):
        callers = [Api(make_user(f"Patient{number}", Role.PATIENT)) for number in range(8)]
        clocks = ["11:00", "11:20", "11:40", "12:00", "12:20", "12:40", "13:00", "13:20"]

        def act(number: int) -> int:
            if number == 8:
                self.dr_carol.suspend(reason="a complaint", now=timezone.now())
                return 0
            return callers[number].post("/appointments/", self.booking(at=clocks[number])).status_code

        answers = Counter(at_once(9, act))
        self.assertEqual(set(answers) - {0, 201, 404}, set())
        suspended = self.dr_carol.history.filter(verification_status="suspended").get().history_date
        late = self.dr_carol.appointments.filter(created_at__gt=suspended)
        self.assertFalse(late.exists())
