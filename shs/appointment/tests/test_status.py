"""What happens to a visit after it was booked."""

from datetime import UTC, datetime, time, timedelta
from io import StringIO

import icalendar
import time_machine
from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment, Status
from shs.testing import Api, EveryModel, TestUsers, soon


class Changing(TestUsers, TestCase):
    def set(self, user, status: str, visit: Appointment | None = None, **fields):
        path = f"/appointments/{(visit or self.visit).pk}/status"
        return Api(user if user.is_authenticated else None).patch(path, {"status": status, **fields})

    def put_in(self, status: str, *, begun: bool = False) -> Appointment:
        """The visit of Alice in a state, in two days or (begun) ten minutes ago; told to the database directly."""
        start = timezone.now() - timedelta(minutes=10) if begun else timezone.now() + timedelta(days=2)
        rows = Appointment.objects.without_history("a state to start from").filter(pk=self.visit.pk)
        rows.update(status=status, starts_at=start, ends_at=start + timedelta(minutes=20))
        return Appointment.objects.get(pk=self.visit.pk)


class TheTable(Changing):
    """api.md: who may take a visit where, from where, and when."""

    BEFORE = {
        # From, to: what alice, carol and frank get before the visit begins.
        ("pending", "confirmed"): (403, 200, 200),
        ("pending", "completed"): (403, 409, 409),
        ("pending", "cancelled"): (200, 200, 200),
        ("pending", "missed"): (403, 403, 403),
        ("confirmed", "confirmed"): (403, 409, 409),
        ("confirmed", "completed"): (403, 409, 409),
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

    def test_to_others_the_visit_is_not_there(self):
        for name, status in (("bob", 404), ("dave", 404), ("erin", 403), ("grace", 403), ("nobody", 401)):
            with self.subTest(who=name):
                self.assertEqual(self.set(self.people[name], "cancelled").status_code, status)

    def test_what_is_over_cannot_be_confirmed_any_more(self):
        self.put_in("pending", begun=True)
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            self.assertEqual(Appointment.objects.get(pk=self.visit.pk).status, "pending")
            answer = self.set(self.carol, "confirmed")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:too_late"))


class NotesAndHistory(Changing):
    def test_the_doctor_writes_notes_and_the_patient_reads_them(self):
        self.assertEqual(self.set(self.carol, "confirmed", notes="Come fasting.").json()["notes"], "Come fasting.")
        self.assertEqual(Api(self.alice).get(f"/appointments/{self.visit.pk}").json()["notes"], "Come fasting.")

    def test_a_patient_writes_no_notes_and_then_nothing_is_done(self):
        self.assertEqual(self.set(self.alice, "cancelled", notes="x").status_code, 403)
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.notes), ("pending", ""))

    def test_each_step_is_one_line_with_its_user_reason_and_request(self):
        answer = self.set(self.carol, "confirmed")
        newest, first = self.visit.history.all()
        self.assertEqual((first.status, newest.status), ("pending", "confirmed"))
        self.assertEqual((newest.history_user, newest.history_change_reason), (self.carol, "confirmed"))
        self.assertEqual((newest.history_request, newest.history_address), (answer["X-Request-ID"], "127.0.0.1"))

    def test_a_refused_step_leaves_no_line(self):
        before = self.visit.history.count()
        self.set(self.carol, "completed")
        self.assertEqual(self.visit.history.count(), before)


class FreeingTheSlot(Changing):
    def ask(self, at: str = "10:00"):
        return Api(self.bob).post("/appointments/", {"doctor": self.dr_carol.pk, "date": f"{soon()}", "time": at})

    def test_a_cancelled_visit_frees_its_slot_and_its_patient(self):
        self.assertEqual(self.ask().status_code, 409)
        self.set(self.alice, "cancelled")
        self.assertEqual(self.ask().status_code, 201)

    def move(self, user, **fields):
        body = {"date": f"{soon()}", "time": "11:00", **fields}
        return Api(user).post(f"/appointments/{self.visit.pk}/reschedule", body)

    def test_a_visit_that_is_moved_keeps_its_id_and_frees_the_old_slot(self):
        answer = self.move(self.alice)
        self.assertEqual((answer.status_code, answer.json()["id"]), (200, self.visit.pk))
        self.assertEqual((answer.json()["time"], answer.json()["serial"]), ("11:00", 7))
        self.assertEqual(self.ask("10:00").status_code, 201)
        self.assertEqual(self.visit.history.first().history_change_reason, "rescheduled")

    def test_moving_is_refused_as_booking_is(self):
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

    def test_to_the_time_where_it_already_is_it_may_be_moved(self):
        self.assertEqual(self.move(self.alice, time="10:00").status_code, 200)

    def test_its_doctor_moves_it_too_and_a_stranger_does_not(self):
        self.assertEqual(self.move(self.bob).status_code, 404)
        self.assertEqual(self.move(self.dave).status_code, 404)
        self.assertEqual(self.move(self.carol).status_code, 200)

    def test_what_is_over_with_or_has_begun_is_not_moved(self):
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

    def test_others_read_it_as_one_event_at_the_right_time(self):
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

    def test_odd_letters_survive_and_no_line_is_too_long(self):
        self.clinic.name = "ঢাকা ক্লিনিক; Block, \\ A " * 4
        self.clinic.address = "Road 2\nEND:VEVENT"
        self.clinic.save()
        event, content = self.event()
        self.assertEqual(str(event["location"]), f"{self.clinic.name}, {self.clinic.address}")
        self.assertTrue(all(len(line) <= 75 for line in content.split(b"\r\n")))

    def test_it_says_nothing_of_the_reason(self):
        self.assertNotIn(b"chest pain", self.event()[1])

    def test_a_stranger_gets_none(self):
        self.assertEqual(Api(self.bob).get(f"/appointments/{self.visit.pk}/calendar.ics").status_code, 404)


class MarkMissed(EveryModel, TestCase):
    def setUp(self):
        then = timezone.now() - timedelta(days=9)
        self.unattended = self.book(patient=self.bob, day=soon(-2), at=time(11), now=then)
        self.confirmed = self.book(patient=self.bob, day=soon(-2), at=time(12), now=then)
        self.confirmed.confirm(now=then)
        self.cancelled = self.book(patient=self.bob, day=soon(-2), at=time(13), now=then)
        self.cancelled.cancel()

    def run_command(self, **options) -> str:
        out = StringIO()
        call_command("run_due", only="mark_missed", stdout=out, **options)
        return out.getvalue()

    def states(self) -> dict[int, str]:
        return dict(Appointment.objects.values_list("pk", "status"))

    def test_it_marks_what_nobody_attended_and_touches_and_deletes_nothing_else(self):
        before = self.states()
        self.assertIn("mark_missed: 2", self.run_command())
        missed = {self.unattended.pk: "missed", self.confirmed.pk: "missed"}
        self.assertEqual(self.states(), {**before, **missed})
        self.assertEqual(self.states()[self.past_visit.pk], "completed")

    def test_a_dry_run_counts_and_changes_nothing(self):
        before = self.states()
        self.assertIn("mark_missed: 2", self.run_command(dry_run=True))
        self.assertEqual(self.states(), before)

    def test_a_second_run_finds_nothing(self):
        self.run_command()
        self.assertIn("mark_missed: 0", self.run_command())

    def test_it_waits_an_hour_after_the_end(self):
        end = self.unattended.ends_at
        self.assertEqual(services.mark_missed(now=end + timedelta(minutes=59)), 0)
        self.assertEqual(services.mark_missed(now=end + timedelta(minutes=61), dry_run=True), 1)

    def test_each_line_says_why(self):
        self.run_command()
        line = self.unattended.history.first()
        self.assertEqual((line.history_change_reason, line.history_user), ("nobody came", None))

    def test_a_missed_visit_frees_its_slot_and_stays(self):
        self.run_command()
        self.unattended.refresh_from_db()
        self.assertEqual(self.unattended.status, Status.MISSED)
        then = datetime.combine(soon(-9), time(1), tzinfo=UTC)
        self.assertEqual(self.book(patient=self.alice, day=soon(-2), at=time(11), now=then).status, Status.PENDING)


class TookPlaceAfterAll(Changing):
    """A missed visit can be completed for a day, with a reason, in the office and by the API."""

    def setUp(self):
        self.put_in("missed", begun=True)
        self.visit.refresh_from_db()
        self.missed_at = self.visit.ends_at + timedelta(minutes=60)

    def at(self, **after):
        """The clock, so long after the visit was to be missed."""
        return time_machine.travel(self.missed_at + timedelta(**after), tick=False)

    def status(self) -> str:
        self.visit.refresh_from_db()
        return self.visit.status

    def test_the_doctor_says_so_with_a_reason_which_the_history_keeps(self):
        with self.at(hours=23, minutes=59):
            answer = self.set(self.carol, "completed", reason="The line was down.", notes="Rest.")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "completed"))
        line = self.visit.history.filter(history_change_reason="The line was down.").get()
        self.assertEqual((line.status, line.history_user), ("completed", self.carol))

    def test_without_a_reason_nothing_is_done(self):
        with self.at(hours=1):
            answer = self.set(self.carol, "completed")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "reason"))
        self.assertEqual(self.status(), "missed")

    def test_a_day_later_it_is_refused_in_words(self):
        with self.at(hours=24, minutes=1):
            answer = self.set(self.carol, "completed", reason="The line was down.")
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:too_late"))
        self.assertIn("more than 24 hours ago", answer.json()["detail"])
        self.assertEqual(self.status(), "missed")

    def test_no_one_else_says_so(self):
        for name, status in (("alice", 403), ("bob", 404), ("dave", 404)):
            with self.subTest(who=name), self.at(hours=1):
                self.assertEqual(self.set(self.people[name], "completed", reason="x").status_code, status)

    def step(self, user, **data):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client.post(f"/admin/appointment/appointment/{self.visit.pk}/step/amend/", data, follow=True)

    def test_the_back_office_asks_for_the_reason_too(self):
        with self.at(hours=1):
            self.assertTrue("This field is required" in self.step(self.carol).content.decode())
            self.assertEqual(self.status(), "missed")
            self.step(self.carol, reason="The line was down.")
        self.assertEqual(
            (self.status(), self.visit.history.first().history_change_reason), ("completed", "The line was down.")
        )

    def test_the_back_office_refuses_it_a_day_later_and_to_the_desk(self):
        with self.at(hours=25):
            self.step(self.carol, reason="The line was down.")
        with self.at(hours=1):
            self.assertEqual(self.step(self.erin, reason="x").status_code, 403)
        self.assertEqual(self.status(), "missed")

    def test_where_somebody_else_has_the_time_by_now_it_stays_missed(self):
        rows = Appointment.objects.without_history("a rival").filter(pk=self.book(patient=self.bob, at=time(11)).pk)
        rows.update(starts_at=self.visit.starts_at, ends_at=self.visit.ends_at)
        with self.at(hours=1):
            self.assertEqual(self.set(self.carol, "completed", reason="x").status_code, 409)
        self.assertEqual(self.status(), "missed")
