"""A doctor who is late shifts what is expected of the visits of today."""

from datetime import datetime, time, timedelta

import time_machine
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.admin.reception import where_to
from shs.appointment.models import Appointment, Lateness
from shs.appointment.tests.test_planner import DAY, Planning, on
from shs.core.errors import Forbidden
from shs.notices.letters import letter_of
from shs.notices.models import Notice
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, soon
from shs.users.models import Role


class Late(Planning, TestCase):
    def setUp(self):
        self.now = on(DAY, 10, 10)
        self.visit.check_in(now=on(DAY, 9, 50))

    def late(self, minutes: int, user=None) -> int:
        return services.say_late(
            doctor_id=self.dr_carol.pk, clinic_id=self.clinic.pk, minutes=minutes, by=user or self.erin, now=self.now
        )

    def test_it_shifts_what_is_expected_and_tells_who_waits_or_comes_once(self):
        over = self.book(patient=make_user("Yara", Role.PATIENT), at=time(9))
        self.assertEqual(self.late(40), 3)
        self.assertEqual(self.late(40), 0)
        self.assertEqual(self.late(45), 3)
        over.refresh_from_db()
        self.assertIsNone(over.expected_at)
        mine = Api(self.bob).get(f"/appointments/{self.second.pk}").json()
        self.assertEqual(mine["expected_at"], timezone.localtime(on(DAY, 11, 45)).isoformat())
        self.assertEqual(mine["time"], "11:00")
        self.assertEqual(self.late(0), 3)
        last = Notice.objects.filter(kind="doctor_late", user=self.bob).latest("pk")
        self.assertIn("on time", letter_of(last).subject)

    def test_nobody_is_missed_before_the_shifted_end(self):
        self.late(120)
        self.second.refresh_from_db()
        self.assertEqual(services.mark_missed(now=on(DAY, 13)), 0)
        self.assertEqual(services.mark_missed(now=on(DAY, 14, 21)), 1)

    def test_the_board_says_it_and_others_may_not(self):
        with self.assertRaises(Forbidden):
            self.late(40, self.grace)
        with self.clock_at(self.now):
            client = self.office(self.erin)
            url = reverse("admin:desk_late") + f"?clinic={self.clinic.pk}"
            self.assertEqual(client.get(url).status_code, 200)
            client.post(url, {"doctor": self.dr_carol.pk, "minutes": 40})
            page = client.get(reverse("admin:desk") + f"?clinic={self.clinic.pk}").content.decode()
            for words in ("Dr. Carol is 40 minutes late", "expected 11:40"):
                self.assertTrue(words in page, f"the board does not say {words!r}")
            self.assertEqual(self.office(self.irene).post(url).status_code, 403)
            own = self.office(self.carol).post(reverse("admin:desk_late"), {"doctor": self.dr_carol.pk, "minutes": 0})
            self.assertEqual(own.status_code, 302)
        self.second.refresh_from_db()
        self.assertIsNone(self.second.expected_at)

    def clock_at(self, when: datetime):
        return time_machine.travel(when, tick=False)


class BookedAfterwards(Planning, TestCase):
    """Visits that are booked, moved and taken in after the doctor was said to be late."""

    def setUp(self):
        self.midnight = on(DAY)
        travelled = time_machine.travel(self.at(10, 10), tick=False)
        travelled.start()
        self.addCleanup(travelled.stop)
        self.yara = make_user("Yara", Role.PATIENT)

    def at(self, hour: int, minute: int = 0, days: int = 0) -> datetime:
        """A time of the day that is today in these tests, or of one after it."""
        return self.midnight + timedelta(days=days, hours=hour, minutes=minute)

    def say(self, minutes: int, by=None, **more) -> int:
        said = {"doctor_id": self.dr_carol.pk, "clinic_id": self.clinic.pk, "now": timezone.now(), **more}
        return services.say_late(minutes=minutes, by=by or self.erin, **said)

    def call(self, at: str, days: int = 0, user=None) -> dict:
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(days)}", "time": at}
        answer = Api(user or self.yara).post("/appointments/", body)
        self.assertEqual(answer.status_code, 201, answer.content)
        return answer.json()

    def test_they_are_shifted_too_and_the_confirmation_tells_the_expected_time(self):
        self.say(40)
        today = self.call("14:00")
        self.assertEqual(today["expected_at"], timezone.localtime(self.at(14, 40)).isoformat())
        told = Notice.objects.get(kind="booked", user=self.yara)
        self.assertIn("14:40", letter_of(told).text)
        visit = Appointment.objects.get(pk=today["id"])
        services.confirm(visit=visit, now=timezone.now())
        self.assertIn("14:40", letter_of(Notice.objects.get(kind="confirmed", user=self.yara)).text)
        self.assertIsNone(self.call("12:20", days=1, user=self.bob)["expected_at"])

    def test_a_walk_in_is_shifted_and_the_desk_reads_it_out(self):
        self.say(40)
        visit = services.walk_in(
            patient=self.yara,
            doctor_id=self.dr_carol.pk,
            clinic=self.clinic,
            proof=services.Proof("none", reason="came without papers"),
            by=self.erin,
            now=timezone.now(),
        )
        self.assertEqual(visit.expected_at, visit.starts_at + timedelta(minutes=40))
        self.assertIn("who is late: expected", where_to(visit))

    def test_moving_to_another_day_ends_it_and_moving_to_today_shifts(self):
        self.say(40)
        move = {"by": self.erin, "now": timezone.now()}
        moved = services.reschedule(visit=self.asked, date=soon(1), time=time(12), **move)
        self.assertIsNone(moved.expected_at)
        moved = services.reschedule(visit=moved, date=soon(0), time=time(13), **move)
        self.assertEqual(moved.expected_at, self.at(13, 40))
        self.assertIn(
            "13:40", letter_of(Notice.objects.filter(kind="rescheduled", user=moved.patient).latest("pk")).text
        )

    def test_no_longer_late_takes_it_back_and_the_day_ends_it(self):
        self.say(40)
        self.assertEqual(self.say(0), 3)
        self.assertIsNone(self.call("14:00")["expected_at"])
        self.say(30)
        with time_machine.travel(self.at(8, days=1), tick=False):
            more = {"date": soon(0), "time": time(9), "now": timezone.now()}
            visit = services.book(patient=self.bob, doctor_id=self.dr_carol.pk, source="staff", **more)
        self.assertIsNone(visit.expected_at)

    def test_what_was_said_last_counts_for_its_clinic(self):
        lateness, day = Lateness.objects, timezone.localdate()
        self.say(40, clinic_id=None, by=self.carol)
        self.say(0, clinic_id=self.clinic.pk)
        self.assertEqual(lateness.delays(day, self.clinic.pk), {})
        self.assertEqual(lateness.delays(day, self.other_clinic.pk), {self.dr_carol.pk: timedelta(minutes=40)})
        self.assertEqual(lateness.longest(day), {self.dr_carol.pk: timedelta(minutes=40)})
        self.say(0, clinic_id=None, by=self.carol)
        self.assertEqual(lateness.longest(day), {})

    def test_the_doctor_and_the_desk_say_it_in_the_office_and_take_it_back_with_one_button(self):
        url, desk = reverse("admin:desk_late"), reverse("admin:desk")
        self.assertNotContains(self.office(self.carol).get(url), "No longer late")
        self.office(self.carol).post(url, {"doctor": self.dr_carol.pk, "minutes": 25})
        for user in (self.carol, self.erin):
            page = self.office(user).get(desk)
            self.assertContains(page, "Dr. Carol is 25 minutes late")
            self.assertContains(page, reverse("admin:desk_late"))
            self.assertNotContains(self.office(user).get(f"{desk}?day={soon(1)}"), "minutes late")
        self.assertContains(self.office(self.erin).get(f"{url}?clinic={self.clinic.pk}"), "No longer late")
        self.office(self.erin).post(
            f"{url}?clinic={self.clinic.pk}", {"doctor": self.dr_carol.pk, "minutes": ["", "0"]}
        )
        self.assertNotContains(self.office(self.erin).get(desk), "minutes late")
        self.second.refresh_from_db()
        self.assertIsNone(self.second.expected_at)


class AtOnce(TestUsers, CommittedTestCase):
    def test_no_booking_of_today_is_left_out_when_the_lateness_is_said_at_the_same_time(self):
        self.make_people()
        now = on(2, 8)
        callers = [make_user(f"Caller{number}", Role.PATIENT) for number in range(4)]

        def act(number: int) -> None:
            if number == len(callers):
                late = {"doctor_id": self.dr_carol.pk, "clinic_id": self.clinic.pk, "minutes": 40}
                services.say_late(by=self.erin, now=now, **late)
                return
            when = {"date": soon(2), "time": time(11 + number), "now": now}
            services.book(patient=callers[number], doctor_id=self.dr_carol.pk, source="staff", **when)

        at_once(len(callers) + 1, act)
        rows = Appointment.objects.filter(doctor=self.dr_carol)
        self.assertEqual(rows.count(), len(callers) + 1)
        for visit in rows:
            self.assertEqual(visit.expected_at, visit.starts_at + timedelta(minutes=40))
