"""Status changes, rescheduling, calendar files, and completing missed visits."""

from datetime import UTC, time, timedelta

import icalendar
import time_machine
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.doctors.models import DoctorInformation
from shs.notices.models import Notice
from shs.testing import Api, TestUsers, soon


class Changing(TestUsers, TestCase):
    def set(self, user, status: str, visit: Appointment | None = None, **fields):
        path = f"/appointments/{(visit or self.visit).pk}/status"
        return Api(user if user.is_authenticated else None).patch(path, {"status": status, **fields})

    def put_in(self, status: str, *, begun: bool = False) -> Appointment:
        """Alice's visit with this status, set directly in the database; it starts in two days, or started ten minutes
        ago."""
        start = timezone.now() - timedelta(minutes=10) if begun else timezone.now() + timedelta(days=2)
        rows = Appointment.objects.without_history("a state to start from").filter(pk=self.visit.pk)
        rows.update(
            status=status, starts_at=start, ends_at=start + timedelta(minutes=20), cancelled_by="", cancel_code=""
        )
        return Appointment.objects.get(pk=self.visit.pk)


class StatusTable(Changing):
    """Which status changes the API allows, for whom and when."""

    BEFORE = {
        # (from, to) → the responses to alice, carol and frank before the visit begins.
        ("pending", "confirmed"): (403, 200, 200),
        ("pending", "completed"): (403, 409, 409),
        ("pending", "cancelled"): (200, 200, 200),
        ("pending", "missed"): (403, 409, 409),
        ("confirmed", "confirmed"): (403, 409, 409),
        ("confirmed", "completed"): (403, 409, 409),
        ("confirmed", "missed"): (403, 409, 409),
        ("confirmed", "cancelled"): (200, 200, 200),
        ("confirmed", "pending"): (409, 409, 409),
        ("completed", "cancelled"): (409, 409, 409),
        ("completed", "confirmed"): (403, 409, 409),
        ("cancelled", "confirmed"): (403, 409, 409),
        ("cancelled", "cancelled"): (409, 409, 409),
        ("cancelled", "pending"): (409, 409, 409),
        ("missed", "completed"): (403, 409, 409),
        ("missed", "cancelled"): (409, 409, 409),
    }
    BEGUN = {
        ("pending", "confirmed"): (403, 200, 200),
        ("pending", "completed"): (403, 409, 409),
        ("pending", "cancelled"): (409, 200, 200),
        ("confirmed", "completed"): (403, 200, 200),
        ("confirmed", "cancelled"): (409, 200, 200),
    }

    def assert_table(self, table: dict, *, begun: bool) -> None:
        for (present, wanted), statuses in table.items():
            for user, status in zip((self.alice, self.carol, self.frank), statuses, strict=True):
                with self.subTest(present=present, wanted=wanted, who=user.name, begun=begun):
                    self.put_in(present, begun=begun)
                    answer = self.set(user, wanted)
                    self.assertEqual(answer.status_code, status, answer.content)
                    self.visit.refresh_from_db()
                    self.assertEqual(self.visit.status, wanted if status == 200 else present)

    def test_before_the_visit_begins(self):
        self.assert_table(self.BEFORE, begun=False)

    def test_once_it_has_begun(self):
        self.assert_table(self.BEGUN, begun=True)

    def test_other_users_get_404(self):
        for name, status in (("bob", 404), ("dave", 404), ("erin", 404), ("grace", 404), ("nobody", 401)):
            with self.subTest(who=name):
                self.assertEqual(self.set(self.people[name], "cancelled").status_code, status)

    def test_a_past_visit_cannot_be_confirmed(self):
        self.put_in("pending", begun=True)
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            self.assertEqual(Appointment.objects.get(pk=self.visit.pk).status, "pending")
            answer = self.set(self.carol, "confirmed")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:too_late"))


class Notes(Changing):
    def test_the_doctor_writes_notes_and_the_patient_reads_them(self):
        self.assertEqual(self.set(self.carol, "confirmed", notes="Come fasting.").json()["notes"], "Come fasting.")
        self.assertEqual(Api(self.alice).get(f"/appointments/{self.visit.pk}").json()["notes"], "Come fasting.")

    def test_a_patient_cannot_write_notes_and_the_status_stays(self):
        self.assertEqual(self.set(self.alice, "cancelled", notes="x").status_code, 403)
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.notes), ("pending", ""))

    def test_each_step_adds_a_history_line_with_user_reason_and_request(self):
        answer = self.set(self.carol, "confirmed")
        newest, first = self.visit.history.all()
        self.assertEqual((first.status, newest.status), ("pending", "confirmed"))
        self.assertEqual((newest.history_user, newest.history_change_reason), (self.carol, "confirmed"))
        self.assertEqual((newest.history_request, newest.history_address), (answer["X-Request-ID"], "127.0.0.1"))

    def test_a_refused_step_adds_no_history_line(self):
        before = self.visit.history.count()
        self.set(self.carol, "completed")
        self.assertEqual(self.visit.history.count(), before)


class FreeingTheSlot(Changing):
    def ask(self, at: str = "10:00"):
        return Api(self.bob).post("/appointments/", {"doctor": self.dr_carol.pk, "date": f"{soon()}", "time": at})

    def test_cancelling_frees_the_slot_and_the_patients_time(self):
        self.assertEqual(self.ask().status_code, 409)
        self.set(self.alice, "cancelled")
        self.assertEqual(self.ask().status_code, 201)

    def move(self, user, **fields):
        body = {"date": f"{soon()}", "time": "11:00", **fields}
        return Api(user).post(f"/appointments/{self.visit.pk}/reschedule", body)

    def test_rescheduling_keeps_the_id_and_frees_the_old_slot(self):
        answer = self.move(self.alice)
        self.assertEqual((answer.status_code, answer.json()["id"]), (200, self.visit.pk))
        self.assertEqual((answer.json()["time"], answer.json()["serial"]), ("11:00", 7))
        self.assertEqual(self.ask("10:00").status_code, 201)
        self.assertEqual(self.visit.history.first().history_change_reason, "rescheduled")

    def test_rescheduling_has_the_same_refusals_as_booking(self):
        self.book(patient=self.bob, at=time(11))
        for fields, status in (
            ({}, 409),
            ({"time": "11:10"}, 422),
            ({"date": f"{soon(-1)}"}, 422),
            ({"date": f"{soon(400)}"}, 422),
            ({"doctor": self.dr_dave.pk}, 422),
        ):
            with self.subTest(fields=fields):
                self.assertEqual(self.move(self.alice, **fields).status_code, status)
        self.visit.refresh_from_db()
        self.assertEqual(timezone.localtime(self.visit.starts_at).hour, 10)

    def test_a_move_to_the_same_time_is_no_move(self):
        self.visit.confirm(now=timezone.now())
        before, lines = Notice.objects.count(), self.visit.history.count()
        answer = self.move(self.alice, time="10:00")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "confirmed"))
        self.assertEqual((Notice.objects.count(), self.visit.history.count()), (before, lines))
        page = self.office(self.erin, "reschedule", date=f"{soon()}", time="10:00")
        self.assertTrue("The visit is at that time already." in page, "the office says that it was moved")

    def office(self, user, name: str, **data: object) -> str:
        """The page after a step in the office."""
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        path = f"/admin/appointment/appointment/{self.visit.pk}/step/{name}/"
        return self.client.post(path, data, follow=True).content.decode()

    def test_who_moves_it_decides_whether_it_waits_to_be_confirmed_again(self):
        for user, auto, expected in (
            (self.alice, False, "pending"),
            (self.alice, True, "confirmed"),
            (self.carol, False, "confirmed"),
        ):
            with self.subTest(who=user.name, auto=auto):
                DoctorInformation.objects.without_history("a setting").filter(pk=self.dr_carol.pk).update(
                    auto_confirms=auto
                )
                self.put_in("confirmed")
                number = self.visit.number
                answer = self.move(user, time=f"{12 + auto}:00", date=f"{soon(4 + (user == self.carol))}").json()
                self.assertEqual((answer["status"], answer["number"]), (expected, number))
                self.visit.refresh_from_db()
                is_open = self.visit.opens_until is not None
                self.assertEqual(is_open, expected == "confirmed")
                told = Notice.objects.filter(kind="rescheduled", user=self.alice).latest("pk")
                self.assertEqual(told.data["is_request"], expected == "pending")

    def test_a_doctor_who_wants_it_confirms_by_itself_unless_the_patient_stayed_away(self):
        own = Api(self.carol).patch("/doctors/me", {"auto_confirms": True}).json()
        self.assertTrue(own["auto_confirms"])
        self.assertEqual(self.ask("11:00").json()["status"], "confirmed")
        for days in (5, 6):
            then = timezone.now() - timedelta(days=20)
            missed = self.book(patient=self.bob, day=soon(-days), now=then)
            if missed.status == "pending":
                missed.confirm(now=then)
            missed.miss()
        with override_settings(MISSED_IN_A_ROW=0, MAX_OPEN_VISITS=50, MISSED_VISITS_LIMIT=0):
            self.assertEqual(self.again(4), "confirmed")
        with override_settings(MISSED_IN_A_ROW=2, MAX_OPEN_VISITS=50, MISSED_VISITS_LIMIT=0):
            self.assertEqual(self.again(5), "pending")

    def again(self, days: int) -> str:
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(days)}", "time": "15:00"}
        return Api(self.bob).post("/appointments/", body).json()["status"]

    def test_the_number_carries_the_day_of_booking(self):
        self.assertEqual(self.visit.number[4:12], f"{timezone.localdate(self.visit.created_at):%Y%m%d}")

    def test_the_doctor_can_reschedule_and_other_users_cannot(self):
        self.assertEqual(self.move(self.bob).status_code, 404)
        self.assertEqual(self.move(self.dave).status_code, 404)
        self.assertEqual(self.move(self.carol).status_code, 200)

    def test_finished_and_begun_visits_cannot_be_rescheduled(self):
        for status in ("cancelled", "completed", "missed"):
            self.put_in(status)
            self.assertEqual(self.move(self.alice).status_code, 409)
        for status in ("pending", "confirmed"):
            self.put_in(status, begun=True)
            self.assertEqual(self.move(self.alice).status_code, 409)


class CalendarFile(TestUsers, TestCase):
    def event(self, user=None):
        answer = Api(user or self.alice).get(f"/appointments/{self.visit.pk}/calendar.ics")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer["Content-Type"].startswith("text/calendar"))
        self.assertIn("attachment", answer["Content-Disposition"])
        (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        return event, answer.content

    def test_icalendar_reads_it_as_one_event_at_the_right_time(self):
        event, _content = self.event()
        self.assertEqual(event.decoded("dtstart"), self.visit.starts_at.astimezone(UTC))
        self.assertEqual(event.decoded("dtend"), self.visit.ends_at.astimezone(UTC))
        self.assertEqual(str(event["summary"]), "Visit to Dr. Carol")
        self.assertEqual(str(event["location"]), "Lakeside Clinic, Road 2")
        self.assertEqual(str(event["status"]), "TENTATIVE")

    def test_its_status_follows_the_visit(self):
        self.visit.confirm(now=timezone.now())
        self.assertEqual(str(self.event()[0]["status"]), "CONFIRMED")
        self.visit.cancel()
        self.assertEqual(str(self.event()[0]["status"]), "CANCELLED")

    def test_special_characters_are_kept_and_lines_are_folded(self):
        self.clinic.name = "ঢাকা ক্লিনিক; Block, \\ A " * 4
        self.clinic.address = "Road 2\nEND:VEVENT"
        self.clinic.save()
        event, content = self.event()
        self.assertEqual(str(event["location"]), f"{self.clinic.name}, {self.clinic.address}")
        self.assertTrue(all(len(line) <= 75 for line in content.split(b"\r\n")))

    def test_it_does_not_contain_the_reason(self):
        self.assertNotIn(b"chest pain", self.event()[1])

    def test_other_users_get_no_calendar_file(self):
        self.assertEqual(Api(self.bob).get(f"/appointments/{self.visit.pk}/calendar.ics").status_code, 404)


class CompletingMissedVisits(Changing):
    """A missed visit can be completed within a day, with a reason, in the admin and by the API."""

    def setUp(self):
        self.put_in("missed", begun=True)
        self.visit.refresh_from_db()
        self.missed_at = self.visit.ends_at + timedelta(minutes=60)

    def at(self, **after):
        """A clock set to this long after the visit was marked as missed."""
        return time_machine.travel(self.missed_at + timedelta(**after), tick=False)

    def status(self) -> str:
        self.visit.refresh_from_db()
        return self.visit.status

    def test_the_doctor_completes_it_with_a_reason_that_is_stored_in_the_history(self):
        with self.at(hours=23, minutes=59):
            answer = self.set(self.carol, "completed", reason="The line was down.", notes="Rest.")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "completed"))
        line = self.visit.history.filter(history_change_reason="The line was down.").get()
        self.assertEqual((line.status, line.history_user), ("completed", self.carol))

    def test_a_reason_is_required(self):
        with self.at(hours=1):
            answer = self.set(self.carol, "completed")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "reason"))
        self.assertEqual(self.status(), "missed")

    def test_after_a_day_it_is_refused_with_a_message(self):
        with self.at(hours=24, minutes=1):
            answer = self.set(self.carol, "completed", reason="The line was down.")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:too_late"))
        self.assertIn("more than 24 hours ago", answer.json()["detail"])
        self.assertEqual(self.status(), "missed")

    def test_patients_and_other_doctors_cannot_complete_it(self):
        for name, status in (("alice", 403), ("bob", 404), ("dave", 404)):
            with self.subTest(who=name), self.at(hours=1):
                self.assertEqual(self.set(self.people[name], "completed", reason="x").status_code, status)

    def step(self, user, **data):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client.post(f"/admin/appointment/appointment/{self.visit.pk}/step/amend/", data, follow=True)

    def test_the_admin_asks_for_the_reason(self):
        with self.at(hours=1):
            self.assertTrue("This field is required" in self.step(self.carol).content.decode())
            self.assertEqual(self.status(), "missed")
            self.step(self.carol, reason="The line was down.")
        self.assertEqual(
            (self.status(), self.visit.history.first().history_change_reason), ("completed", "The line was down.")
        )

    def test_the_admin_refuses_it_after_a_day_and_to_the_desk(self):
        with self.at(hours=25):
            self.step(self.carol, reason="The line was down.")
        with self.at(hours=1):
            self.assertEqual(self.step(self.erin, reason="x").status_code, 403)
        self.assertEqual(self.status(), "missed")

    def test_it_stays_missed_if_the_slot_has_been_booked_again(self):
        rows = Appointment.objects.without_history("a rival").filter(pk=self.book(patient=self.bob, at=time(11)).pk)
        rows.update(starts_at=self.visit.starts_at, ends_at=self.visit.ends_at)
        with self.at(hours=1):
            self.assertEqual(self.set(self.carol, "completed", reason="x").status_code, 409)
        self.assertEqual(self.status(), "missed")
