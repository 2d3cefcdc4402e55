"""Visits by serial: several share a window, each with its own place."""

from datetime import datetime, time, timedelta

import time_machine
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment, Status
from shs.core.errors import refusal_for
from shs.doctors import services as doctors
from shs.doctors.models import DoctorAvailability
from shs.testing import Api, TestUsers, make_user, soon
from shs.tests.prepared import prepared
from shs.users.models import Role

WINDOW = {"start": time(18), "end": time(21), "slot_minutes": 15, "capacity": 3}
DAY = 4
SEEN = services.Proof("document", "nid", "4711")


def at(days: int, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(soon(days), time(hour, minute)))


class Windows(TestUsers):
    """Dr. Carol has a window for three patients every evening, beside her fixed times."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        for weekday in range(7):
            DoctorAvailability.objects.create(doctor=cls.dr_carol, clinic=cls.clinic, weekday=weekday, **WINDOW)
        cls.others = [make_user(f"Patient{number}", Role.PATIENT) for number in range(5)]

    def take(self, patient=None, clock: str = "18:00", days: int = DAY):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(days)}", "time": clock}
        return Api(patient or self.bob).post("/appointments/", body)

    def window(self, days: int = DAY) -> dict:
        found = Api().get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{soon(days)}").json()
        return next(slot for slot in found if slot["by_serial"])


class Booking(Windows, TestCase):
    def test_a_window_is_one_entry_with_the_places_left(self):
        slots = Api().get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{soon(DAY)}").json()
        self.assertEqual(len(slots), 25)
        fixed, window = slots[0], slots[-1]
        self.assertEqual((fixed["by_serial"], fixed["capacity"], fixed["places_left"]), (False, 1, 1))
        self.assertEqual((window["time"], window["capacity"], window["places_left"]), ("18:00", 3, 3))
        self.assertTrue(window["ends_at"].startswith(f"{soon(DAY)}T21:00"))

    def test_each_patient_has_a_place_and_the_serial_follows(self):
        made = [self.take(patient).json() for patient in self.others[:3]]
        self.assertEqual([visit["serial"] for visit in made], [25, 26, 27])  # after the 24 fixed times
        self.assertEqual({(visit["time"], visit["duration_minutes"]) for visit in made}, {("18:00", 180)})
        self.assertEqual({visit["by_serial"] for visit in made}, {True})
        rows = Appointment.objects.filter(doctor=self.dr_carol, is_by_serial=True).order_by("place")
        self.assertEqual(list(rows.values_list("place", flat=True)), [1, 2, 3])
        self.assertEqual((self.window()["places_left"], self.window()["available"]), (0, False))
        refused = self.take(self.others[3])
        self.assertEqual((refused.status_code, refused.json()["type"]), (409, "urn:shs:problem:slot_taken"))

    def test_where_the_window_is_the_days_first_block_the_serial_is_the_place(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol, capacity=None).delete()
        self.assertEqual([self.take(patient).json()["serial"] for patient in self.others[:2]], [1, 2])

    def test_a_place_that_becomes_free_is_given_again(self):
        made = [self.take(patient).json()["id"] for patient in self.others[:3]]
        Api(self.others[1]).patch(f"/appointments/{made[1]}/status", {"status": "cancelled"})
        self.assertEqual(self.window()["places_left"], 1)
        self.assertEqual(Appointment.objects.get(pk=self.take(self.others[3]).json()["id"]).place, 2)

    def test_a_patient_is_in_one_place_at_a_time(self):
        self.take()
        self.assertEqual(self.take().json()["type"], "urn:shs:problem:patient_busy")

    def test_a_visit_is_moved_into_a_window_and_out_of_it(self):
        pk, caller = self.take(clock="10:00").json()["id"], Api(self.bob)
        moved = caller.post(f"/appointments/{pk}/reschedule", {"date": f"{soon(DAY)}", "time": "18:00"}).json()
        self.assertEqual((moved["serial"], moved["by_serial"]), (25, True))
        moved = caller.post(f"/appointments/{pk}/reschedule", {"date": f"{soon(DAY)}", "time": "11:00"}).json()
        self.assertEqual((moved["serial"], moved["by_serial"], self.window()["places_left"]), (7, False, 3))

    def test_time_off_in_a_window_takes_it_whole(self):
        doctors.add_time_off(doctor=self.dr_carol, starts_at=at(DAY, 19), ends_at=at(DAY, 19, 10))
        self.assertEqual((self.window()["places_left"], self.take().status_code), (0, 422))

    def test_what_the_database_holds(self):
        visit = Appointment.objects.get(pk=self.take().json()["id"])
        other = Appointment.objects.get(pk=self.take(self.others[0]).json()["id"])
        for changes in ({"place": 1}, {"place": 0}, {"is_by_serial": False, "place": 2}):
            with self.subTest(changes=changes), self.assertRaises(IntegrityError) as caught, transaction.atomic():
                for name, value in changes.items():
                    setattr(other, name, value)
                other.save()
            other.refresh_from_db()
            if changes == {"place": 1}:
                self.assertEqual(refusal_for(caught.exception).code, "slot_taken")
        visit.is_by_serial = False
        visit.save()  # one fixed time beside the visits by serial
        other.is_by_serial, other.place = False, 1
        with self.assertRaises(IntegrityError), transaction.atomic():
            other.save()

    def test_one_is_late_only_after_the_window(self):
        visit = Appointment.objects.get(pk=self.take().json()["id"])
        visit.confirm(now=timezone.now())
        self.assertEqual(visit.minutes_late(at(DAY, 20, 30)), 0)
        self.assertEqual(visit.minutes_late(at(DAY, 21, 15)), 15)

    def test_first_free_and_the_free_page_count_windows(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol, capacity=None).delete()
        with time_machine.travel(at(DAY, 12), tick=False):
            free = services.first_free(doctors=[self.dr_carol], days=2, now=timezone.now())
            self.assertEqual(free, {self.dr_carol.pk: at(0, 18)})
            self.client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
            page = self.client.get(reverse("admin:free_today"))
            self.assertContains(page, "18:00–21:00 · 3 places by serial")
            self.assertContains(page, "3 free slots today")
        with time_machine.travel(at(DAY, 19), tick=False):
            self.assertEqual(services.first_free(doctors=[self.dr_carol], days=1, now=timezone.now()), {})


class WalkIns(Windows, TestCase):
    def walk_in(self, patient) -> Appointment:
        who = {"patient": patient, "doctor_id": self.dr_carol.pk, "clinic": self.clinic}
        return services.walk_in(**who, proof=SEEN, by=self.erin, now=timezone.now())

    def test_a_walk_in_takes_the_next_place_then_an_extra_one(self):
        self.take(self.others[0])
        with time_machine.travel(at(DAY, 18, 40), tick=False):
            made = [self.walk_in(patient) for patient in self.others[1:5]]
        self.assertEqual([visit.place for visit in made], [2, 3, 4, 5])
        self.assertEqual([visit.is_extra for visit in made], [False, False, True, True])
        self.assertEqual([visit.serial for visit in made], [26, 27, 28, 29])
        self.assertEqual({(visit.starts_at, visit.is_by_serial) for visit in made}, {(at(DAY, 18), True)})

    def test_after_the_window_a_walk_in_has_an_extra_time(self):
        with time_machine.travel(at(DAY, 21, 2), tick=False):
            visit = self.walk_in(self.bob)
        self.assertEqual((visit.starts_at, visit.is_extra, visit.is_by_serial), (at(DAY, 21, 5), True, False))
        self.assertEqual((visit.ends_at - visit.starts_at, visit.serial), (timedelta(hours=1), 28))

    def test_after_midnight_it_is_still_the_evenings_working_day(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol).delete()
        night = {"start": time(22), "end": time(2), "slot_minutes": 30, "clinic": self.clinic}
        for weekday in range(7):
            DoctorAvailability.objects.create(doctor=self.dr_carol, weekday=weekday, **night)
        half_past, midnight = at(DAY, 0, 30), at(DAY + 1, 0)
        late, evening = at(DAY, 1, 40), at(DAY, 23, 40)
        with time_machine.travel(at(DAY, 0, 20), tick=False):
            visit = self.walk_in(self.bob)
            self.assertEqual((visit.starts_at, visit.serial, visit.is_extra), (half_past, 6, False))
        with time_machine.travel(late, tick=False):
            visit = self.walk_in(self.others[0])
            self.assertEqual((visit.serial, visit.is_extra), (9, True))
        with time_machine.travel(evening, tick=False):
            visit = self.walk_in(self.others[1])
            self.assertEqual((visit.starts_at, visit.serial), (midnight, 5))
            self.assertTrue(visit.waits)  # checked in before midnight for a time after it


class Planned(Windows, TestCase):
    def test_the_planner_gives_each_place_of_a_window_once(self):
        now = timezone.now()
        DoctorAvailability.objects.filter(doctor=self.dr_carol, capacity=None).exclude(
            weekday=soon(DAY).weekday()
        ).delete()
        visits = [Appointment.objects.get(pk=self.take(who, "16:40", DAY).json()["id"]) for who in self.others[:1]]
        visits += [
            Appointment.objects.get(pk=self.take(who, f"16:{m}", DAY).json()["id"])
            for who, m in zip(self.others[1:3], ("00", "20"), strict=True)
        ]
        self.take(self.others[4])
        outage = services.leave(self.dr_carol, at(DAY, 9), at(DAY, 17))
        found = services.propose(outage.hit(now), outage, now)
        places = [timezone.localtime(row.own.opening.starts_at) for row in found]
        self.assertEqual([f"{place:%d %H}" for place in places].count(f"{soon(DAY):%d} 18"), 2)
        self.assertEqual(len(places), 3)

    def test_fixed_visits_do_not_lie_in_a_window_and_the_planner_moves_them_into_it(self):
        now = timezone.now()
        visit = Appointment.objects.get(pk=self.take(clock="16:00").json()["id"])
        week = [block for block in DoctorAvailability.of_doctor(self.dr_carol.pk) if block.capacity is None]
        for block in week:
            block.capacity, block.start, block.end = 10, time(14), time(17)
        outage = services.other_hours(self.dr_carol, week)
        self.assertIn(visit, outage.hit(now))
        own = next(row.own for row in services.propose(outage.hit(now), outage, now) if row.visit == visit)
        self.assertEqual(own.opening.starts_at, at(DAY, 14))

    def test_a_smaller_capacity_hits_the_places_beyond_it(self):
        made = [Appointment.objects.get(pk=self.take(patient).json()["id"]) for patient in self.others[:3]]
        week = DoctorAvailability.of_doctor(self.dr_carol.pk)
        for block in week:
            block.capacity = 2 if block.capacity else None
        self.assertEqual(services.other_hours(self.dr_carol, week).hit(timezone.now()), [made[2]])

    def test_a_missed_visit_by_serial(self):
        made = [Appointment.objects.get(pk=self.take(patient).json()["id"]) for patient in self.others[:2]]
        for visit in made:
            visit.confirm(now=timezone.now())
        with time_machine.travel(at(DAY, 19), tick=False):
            made[0].check_in(now=timezone.now())
        with time_machine.travel(at(DAY, 23), tick=False):
            services.mark_missed(now=timezone.now())
        made[1].refresh_from_db()
        self.assertEqual(made[1].status, Status.MISSED)
