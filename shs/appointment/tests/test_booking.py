"""Booking a visit, and reading it."""

from datetime import UTC, datetime, time, timedelta
from unittest import mock

import time_machine
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from shs.appointment.models import Appointment, AppointmentSlot, Status
from shs.core.api.models import KeptAnswer
from shs.core.errors import refusal_for
from shs.doctors import services as doctors
from shs.doctors.models import DoctorAvailability
from shs.doctors.models.hours import at_wall_clock
from shs.testing import Api, TestUsers, make_doctor, make_user, soon
from shs.users.models import Role


class Booking(TestUsers, TestCase):
    def ask(self, user=None, key: str = "", **fields):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "11:00", "reason": "fever", **fields}
        return Api(user or self.bob).post("/appointments/", body, **({"Idempotency-Key": key} if key else {}))

    def assert_refused(self, answer, status: int, code: str = "", field: str = "") -> None:
        problem = answer.json()
        self.assertEqual(answer.status_code, status, problem)
        if code:
            self.assertEqual(problem["type"], f"urn:shs:problem:{code}")
        if field:
            self.assertEqual(problem["errors"][0]["field"], field)


class BookingRules(Booking):
    def test_booking_a_free_slot_creates_a_pending_visit(self):
        answer = self.ask()
        self.assertEqual(answer.status_code, 201)
        visit = answer.json()
        self.assertEqual((visit["status"], visit["date"], visit["time"]), ("pending", f"{soon(3)}", "11:00"))
        self.assertEqual((visit["duration_minutes"], visit["serial"], visit["reason"]), (20, 7, "fever"))
        self.assertEqual((visit["doctor"]["name"], visit["patient"]["name"]), ("Dr. Carol", "Bob"))
        self.assertRegex(visit["number"], rf"^APT-{soon(0):%Y%m%d}-[A-Z2-9]{{6}}$")
        self.assertTrue(visit["starts_at"].endswith("+06:00"))

    def test_the_answer_to_a_booking_is_that_of_the_stored_visit(self):
        visit = self.ask().json()
        self.assertEqual(Api(self.bob).get("/appointments/my-appointments").json()["items"], [visit])

    def test_booking_a_taken_slot_is_409(self):
        self.assert_refused(self.ask(date=f"{soon()}", time="10:00"), 409, "slot_taken")

    def test_a_patient_cannot_book_two_visits_at_the_same_time(self):
        other = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        self.ask()
        self.assert_refused(self.ask(doctor=other.pk), 409, "patient_busy")

    def test_a_patient_cannot_book_visits_that_overlap_by_minutes(self):
        other = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        for block in other.availability.all():
            block.start, block.slot_minutes = time(9, 10), 30
            block.save()
        self.ask()
        self.assert_refused(self.ask(doctor=other.pk, time="11:10"), 409, "patient_busy")
        self.assertEqual(self.ask(doctor=other.pk, time="11:40").status_code, 201)

    def test_a_time_outside_the_slots_is_422(self):
        for at in ("11:10", "08:40", "17:00", "00:00"):
            with self.subTest(at=at):
                self.assert_refused(self.ask(time=at), 422, "not_a_slot", "time")

    def test_a_day_without_working_hours_is_422(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol, weekday=soon(3).weekday()).delete()
        self.assert_refused(self.ask(), 422, "not_a_slot", "time")

    def test_dates_in_the_past_or_too_far_ahead_are_422(self):
        for day in (soon(-1), soon(91), soon(400)):
            with self.subTest(day=day):
                self.assert_refused(self.ask(date=f"{day}"), 422, "invalid", "date")
        self.assertEqual(self.ask(date=f"{soon(90)}").status_code, 201)

    def test_a_slot_of_today_is_bookable_until_it_begins(self):
        morning = timezone.make_aware(datetime.combine(soon(5), time(11)))
        today = f"{soon(5)}"
        with time_machine.travel(morning.astimezone(UTC) - timedelta(seconds=1), tick=False):
            self.assertEqual(self.ask(date=today).status_code, 201)
        with time_machine.travel(morning.astimezone(UTC), tick=False):
            self.assert_refused(self.ask(self.alice, date=today), 422, "invalid", "date")

    def test_a_slot_during_time_off_is_422(self):
        start = timezone.make_aware(datetime.combine(soon(3), time(11, 10)))
        doctors.add_time_off(doctor=self.dr_carol, starts_at=start, ends_at=start + timedelta(minutes=5))
        self.assert_refused(self.ask(), 422, "not_a_slot", "time")
        self.assertEqual(self.ask(time="11:20").status_code, 201)

    def test_an_unverified_or_unknown_doctor_is_404(self):
        self.assert_refused(self.ask(doctor=self.dr_dave.pk), 404)
        self.assert_refused(self.ask(doctor=999999), 404)

    def test_only_patients_book_and_staff_for_themselves(self):
        for name in ("carol", "frank"):
            with self.subTest(who=name):
                self.assert_refused(self.ask(self.people[name]), 403)
        booked = self.ask(self.erin)
        self.assertEqual((booked.status_code, booked.json()["patient"]["id"]), (201, self.erin.pk))
        self.assertEqual(Api().post("/appointments/", {}).status_code, 401)

    def test_fee_and_status_cannot_be_set_by_the_caller(self):
        for smuggled in ({"fee": "1"}, {"status": "confirmed"}, {"notes": "x"}, {"serial": 1}):
            with self.subTest(smuggled=smuggled):
                self.assert_refused(self.ask(**smuggled), 422, "invalid", next(iter(smuggled)))

    def test_nobody_books_for_a_stranger(self):
        self.assertEqual(self.ask(patient=self.alice.pk).status_code, 404)
        self.assertFalse(self.alice.appointments.filter(starts_at__date=soon(3)).exists())

    def test_a_refused_booking_stores_nothing(self):
        counts = [model.objects.count() for model in (Appointment, AppointmentSlot)]
        self.ask(date=f"{soon()}", time="10:00")
        self.ask(time="11:10")
        self.assertEqual([model.objects.count() for model in (Appointment, AppointmentSlot)], counts)

    def test_the_fee_is_fixed_at_booking(self):
        pk = self.ask().json()["id"]
        Api(self.carol).patch("/doctors/me", {"fees": "9999.00"})
        self.assertEqual(Appointment.objects.get(pk=pk).fee, 800)

    def test_the_serial_does_not_change_when_others_book_or_cancel(self):
        mine = self.ask(time="11:00").json()
        Api(self.alice).post("/appointments/", {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "09:00"})
        again = Api(self.bob).get(f"/appointments/{mine['id']}").json()
        self.assertEqual((mine["serial"], again["serial"]), (7, 7))

    def test_the_history_records_user_reason_and_request(self):
        answer = self.ask()
        line = Appointment.objects.get(pk=answer.json()["id"]).history.get()
        self.assertEqual((line.history_user, line.history_change_reason), (self.bob, "booked"))
        self.assertEqual(line.history_request, answer["X-Request-ID"])


class DatabaseConstraints(Booking):
    """The database's constraints refuse what no service should write, and their names map to error codes."""

    def assert_violates(self, code: str, **changes) -> None:
        visit = Appointment.objects.get(pk=self.visit.pk)
        visit.pk, visit.number = None, f"APT-X-{code[:12]}"
        for name, value in changes.items():
            setattr(visit, name, value)
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            visit.save(force_insert=True)
        self.assertEqual(refusal_for(caught.exception).code, code)

    def other_slot(self) -> AppointmentSlot:
        at = self.visit.starts_at + timedelta(minutes=5)
        return AppointmentSlot.objects.create(doctor=self.dr_carol, starts_at=at, ends_at=at + timedelta(minutes=20))

    def test_a_slot_holds_one_visit(self):
        self.assert_violates("slot_taken", patient=self.bob)

    def test_visits_of_a_doctor_do_not_overlap(self):
        self.assert_violates("slot_taken", patient=self.bob, slot=self.other_slot())

    def test_visits_of_a_patient_do_not_overlap(self):
        slot = self.other_slot()
        self.assert_violates("patient_busy", doctor=self.dr_dave, slot=slot)

    def test_an_unknown_status_and_an_end_before_the_start_are_refused(self):
        self.assert_violates("appointment_status_known", status="later", patient=self.bob)
        end = self.visit.starts_at - timedelta(minutes=1)
        self.assert_violates("appointment_ends_after_start", ends_at=end, status=Status.CANCELLED)

    def test_cancelled_and_missed_visits_do_not_block_their_slot(self):
        for status in (Status.CANCELLED, Status.MISSED):
            visit = Appointment.objects.get(pk=self.visit.pk)
            visit.pk, visit.number, visit.status = None, f"APT-X-{status}", status
            visit.save(force_insert=True)
        self.assertEqual(Appointment.objects.filter(slot=self.visit.slot).count(), 3)

    def test_a_violated_constraint_is_409_with_its_code(self):
        with mock.patch("shs.appointment.services.booking.free_place", return_value=1):
            answer = self.ask(date=f"{soon()}", time="10:00")
        self.assert_refused(answer, 409, "slot_taken")


class IdempotencyKeys(Booking):
    def test_the_same_key_and_body_return_the_first_response(self):
        first, again = self.ask(key="k1"), self.ask(key="k1")
        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(Appointment.objects.filter(patient=self.bob).count(), 1)

    def test_the_same_key_with_another_body_is_422(self):
        self.ask(key="k1")
        self.assert_refused(self.ask(key="k1", time="12:00"), 422, "invalid", "Idempotency-Key")

    def test_two_users_may_use_the_same_key(self):
        self.ask(key="k1")
        self.assert_refused(self.ask(self.alice, key="k1"), 409, "slot_taken")

    def test_a_refused_request_can_be_retried_with_the_same_key(self):
        self.assert_refused(self.ask(key="k1", date=f"{soon()}", time="10:00"), 409)
        self.assertFalse(KeptAnswer.objects.exists())
        self.visit.cancel()
        self.assertEqual(self.ask(key="k1", date=f"{soon()}", time="10:00").status_code, 201)

    def test_a_key_expires_after_a_day(self):
        self.ask(key="k1")
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
        self.assert_refused(self.ask(key="k1"), 409, "slot_taken")

    def test_without_a_key_no_response_is_stored(self):
        self.ask()
        self.assertFalse(KeptAnswer.objects.exists())


class Reading(TestUsers, TestCase):
    def test_patient_doctor_and_admins_read_a_visit_and_others_get_404(self):
        for name, user in self.people.items():
            expected = {"alice": 200, "carol": 200, "frank": 200, "nobody": 401, "suspended": 401, "judy": 401}
            caller = Api(user if user.is_authenticated else None)
            with self.subTest(who=name):
                status = caller.get(f"/appointments/{self.visit.pk}").status_code
                self.assertEqual(status, expected.get(name, 404))

    def test_my_appointments_lists_only_the_callers(self):
        self.assertEqual(Api(self.alice).get("/appointments/my-appointments").json()["count"], 1)
        self.assertEqual(Api(self.bob).get("/appointments/my-appointments").json()["count"], 0)
        self.assertEqual(Api(self.carol).get("/appointments/my-appointments").status_code, 403)

    def test_a_doctors_list_has_only_their_appointments(self):
        self.assertEqual(Api(self.carol).get("/appointments/doctor-appointments").json()["count"], 1)
        self.assertEqual(Api(self.dave).get("/appointments/doctor-appointments").json()["count"], 0)
        self.assertEqual(Api(self.alice).get("/appointments/doctor-appointments").status_code, 403)

    def test_each_filter_narrows_my_appointments(self):
        past = self.take_place()
        later = self.book(day=soon(4))
        for query, expected in (
            ({}, [later, self.visit, past]),
            ({"when": "upcoming"}, [self.visit, later]),
            ({"when": "past"}, [past]),
            ({"status": "completed"}, [past]),
            ({"status": "pending", "when": "past"}, []),
            ({"page_size": 1, "page": 2}, [self.visit]),
            ({"status": "", "when": ""}, [later, self.visit, past]),
        ):
            with self.subTest(query=query):
                body = Api(self.alice).get("/appointments/my-appointments", **query).json()
                self.assertEqual([item["id"] for item in body["items"]], [visit.pk for visit in expected])

    def test_each_filter_narrows_a_doctors_appointments(self):
        early = self.book(patient=self.bob, at=time(9))
        later = self.book(day=soon(4))
        for query, expected in (
            ({}, [later, self.visit, early]),
            ({"date": f"{soon()}"}, [early, self.visit]),
            ({"from": f"{soon(3)}"}, [later]),
            ({"to": f"{soon(3)}"}, [self.visit, early]),
            ({"from": f"{soon(2)}", "to": f"{soon(2)}"}, [self.visit, early]),
            ({"status": "confirmed"}, []),
        ):
            with self.subTest(query=query):
                body = Api(self.carol).get("/appointments/doctor-appointments", **query).json()
                self.assertEqual([item["id"] for item in body["items"]], [visit.pk for visit in expected])


class Slots(TestUsers, TestCase):
    def slots(self, **query):
        return Api().get(f"/doctors/{self.dr_carol.pk}/slots", **query)

    def test_the_slots_of_a_day_are_its_working_hours_without_booked_ones(self):
        found = self.slots(date=f"{soon()}").json()
        self.assertEqual(len(found), 24)
        self.assertEqual([slot["time"] for slot in found if not slot["available"]], ["10:00"])
        self.visit.cancel()
        self.assertEqual([slot["time"] for slot in self.slots(date=f"{soon()}").json() if not slot["available"]], [])

    def test_exactly_the_slots_shown_as_free_can_be_booked(self):
        for number, slot in enumerate(self.slots(date=f"{soon()}").json()[2:6]):
            body = {"doctor": self.dr_carol.pk, "date": slot["date"], "time": slot["time"]}
            patient = make_user(f"Patient{number}", Role.PATIENT)
            status = Api(patient).post("/appointments/", body).status_code
            self.assertEqual(status, 201 if slot["available"] else 409)

    def test_a_week_is_shown_by_default_and_at_most_31_days(self):
        self.assertEqual(len({slot["date"] for slot in self.slots().json()}), 7)
        self.assertEqual(self.slots(**{"from": f"{soon(1)}", "to": f"{soon(31)}"}).status_code, 200)
        self.assertEqual(self.slots(**{"from": f"{soon(1)}", "to": f"{soon(32)}"}).status_code, 422)
        self.assertEqual(self.slots(**{"from": f"{soon(5)}", "to": f"{soon(4)}"}).status_code, 422)

    def test_days_in_the_past_or_too_far_ahead_have_no_free_slot(self):
        for day in (soon(-2), soon(91)):
            self.assertEqual({slot["available"] for slot in self.slots(date=f"{day}").json()}, {False})

    def test_a_remainder_shorter_than_a_slot_is_not_offered(self):
        self.dr_carol.availability.all().delete()
        DoctorAvailability.objects.create(
            doctor=self.dr_carol, weekday=soon().weekday(), start=time(9), end=time(10), slot_minutes=25
        )
        self.assertEqual([slot["time"] for slot in self.slots(date=f"{soon()}").json()], ["09:00", "09:25"])


class DaylightSaving(TestCase):
    """In Asia/Dhaka clocks went forward on 19 June 2009 at 23:00, and back on 31 December 2009 from 24:00 to 23:00."""

    def test_a_local_time_that_does_not_exist_is_none(self):
        day = datetime(2009, 6, 19, tzinfo=UTC).date()
        self.assertIsNone(at_wall_clock(day, time(23, 30)))
        self.assertIsNotNone(at_wall_clock(day, time(22, 59)))

    def test_of_an_ambiguous_local_time_the_first_is_taken(self):
        day = datetime(2009, 12, 31, tzinfo=UTC).date()
        self.assertEqual(at_wall_clock(day, time(23, 30)).astimezone(UTC), datetime(2009, 12, 31, 16, 30, tzinfo=UTC))

    def test_on_other_days_the_offset_is_six_hours(self):
        day = datetime(2026, 11, 25, tzinfo=UTC).date()
        self.assertEqual(at_wall_clock(day, time(9)).astimezone(UTC), datetime(2026, 11, 25, 3, tzinfo=UTC))
