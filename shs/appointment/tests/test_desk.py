"""The desk: check-in, walk-ins, lateness, and bulk actions."""

from datetime import datetime, time, timedelta
from unittest.mock import patch

from django.core import mail
from django.db import transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.errors import NotASlot, TooEarly, TooLate
from shs.appointment.models import Appointment, Status
from shs.core.errors import Invalid, Refused, StepRefused
from shs.doctors import services as doctors
from shs.doctors.models import DoctorAvailability
from shs.notices.services import deliver
from shs.testing import CommittedTestCase, TestUsers, at_once, make_doctor, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A local time of today in the clinic's time zone."""
    day = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


SEEN = services.Proof("document", "nid", "4711")
"""What the desk says of a patient whose identity card it has seen."""


class Desk(TestUsers):
    """The test users on a day on which Alice has a visit at 10:00."""

    @classmethod
    def moment(cls) -> datetime:
        return at(9)

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.todays = cls.today(cls.alice, 10)

    @classmethod
    def today(cls, patient, hour: int, minute: int = 0, *, confirmed: bool = True) -> Appointment:
        visit = cls.book(patient=patient, day=timezone.localdate(), at=time(hour, minute), now=at(0))
        if confirmed:
            visit.confirm(now=at(0))
        return visit

    def walk_in(self, now: datetime, patient=None, **more) -> Appointment:
        wanted = {"patient": patient or self.bob, "doctor_id": self.dr_carol.pk, "clinic": self.clinic, "proof": SEEN}
        wanted |= {"by": self.erin, **more}
        return services.walk_in(**wanted, now=now)

    def as_user(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def clock(self, now: datetime):
        """Patch the clock so that pages and routes see `now`."""
        return patch("django.utils.timezone.now", return_value=now)

    def open(self, user, query: str = "", page: str = "desk", now: datetime | None = None):
        with self.clock(now or at(10, 30)):
            return self.as_user(user).get(reverse(f"admin:{page}") + query)

    def assert_says(self, answer, *words: str) -> None:
        text = answer.content.decode()
        for word in words:
            self.assertTrue(word in text, f"the page does not say {word!r}")

    def assert_hides(self, answer, *words: str) -> None:
        text = answer.content.decode()
        for word in words:
            self.assertFalse(word in text, f"the page says {word!r}")


class CheckIn(Desk, TestCase):
    def test_a_confirmed_patient_is_checked_in_on_the_day_and_it_is_in_the_history(self):
        self.todays.check_in(now=at(9, 50))
        self.assertEqual(self.todays.checked_in_at, at(9, 50))
        self.assertEqual(self.todays.status, Status.CONFIRMED)
        self.assertEqual(self.todays.history.latest("history_id").history_change_reason, "checked in")

    def test_a_check_in_can_be_undone_and_repeated(self):
        self.todays.check_in(now=at(9, 50))
        self.todays.undo_check_in()
        self.assertIsNone(self.todays.checked_in_at)
        self.assertEqual(self.todays.history.latest("history_id").history_change_reason, "check-in undone")
        self.todays.check_in(now=at(9, 55))
        self.assertTrue(self.todays.waits)

    def test_a_second_check_in_and_a_second_undo_are_refused(self):
        self.todays.check_in(now=at(9, 50))
        with self.assertRaises(StepRefused):
            self.todays.check_in(now=at(9, 51))
        self.todays.undo_check_in()
        with self.assertRaises(StepRefused):
            self.todays.undo_check_in()

    def test_pending_and_cancelled_visits_cannot_be_checked_in(self):
        asked = self.today(self.bob, 11, confirmed=False)
        with self.assertRaises(StepRefused):
            asked.check_in(now=at(9, 50))
        self.todays.cancel(reason="ill")
        with self.assertRaises(StepRefused):
            self.todays.check_in(now=at(9, 50))

    def test_check_in_is_refused_on_another_day(self):
        with self.assertRaises(TooEarly):
            self.todays.check_in(now=at(23, days=-1))
        with self.assertRaises(TooLate):
            self.todays.check_in(now=at(0, 1, days=1))
        self.assertFalse(self.todays.can_be_checked_in(at(23, days=-1)))
        self.assertTrue(self.todays.can_be_checked_in(at(9)))

    def test_a_checked_in_visit_is_not_marked_as_missed(self):
        self.todays.check_in(now=at(9, 50))
        services.mark_missed(now=at(16))
        self.todays.refresh_from_db()
        self.assertEqual(self.todays.status, Status.CONFIRMED)
        self.todays.undo_check_in()
        self.today(self.bob, 11).check_in(now=at(10, 50))
        services.mark_missed(now=at(16))
        self.todays.refresh_from_db()
        self.assertEqual(self.todays.status, Status.MISSED)

    def test_a_check_in_cannot_be_undone_after_the_visit(self):
        self.todays.check_in(now=at(9, 50))
        self.todays.complete(now=at(10, 5))
        self.assertFalse(self.todays.waits)
        with self.assertRaises(StepRefused):
            self.todays.undo_check_in()
        self.assertEqual(self.todays.checked_in_at, at(9, 50))

    def test_rescheduling_removes_the_check_in(self):
        self.todays.check_in(now=at(9, 40))
        services.reschedule(visit=self.todays, date=timezone.localdate(), time=time(12), by=self.erin, now=at(9, 45))
        self.assertIsNone(self.todays.checked_in_at)

    def test_minutes_late_count_until_the_check_in_and_minutes_waiting_after_it(self):
        self.assertEqual(self.todays.minutes_late(at(9, 59)), 0)
        self.assertEqual(self.todays.minutes_late(at(10, 12)), 12)
        self.assertIsNone(self.todays.minutes_waiting(at(10, 12)))
        self.assertEqual(self.todays.minutes_late(at(10, days=1)), 0)
        self.todays.check_in(now=at(10, 12))
        self.assertEqual(self.todays.minutes_late(at(10, 20)), 0)
        self.assertEqual(self.todays.minutes_waiting(at(10, 20)), 8)
        self.assertIsNone(self.todays.minutes_waiting(at(10, 20, days=1)))

    def test_the_database_refuses_a_check_in_of_an_unconfirmed_visit(self):
        asked = self.today(self.bob, 11, confirmed=False)
        asked.checked_in_at = at(9)
        with self.assertRaisesMessage(Exception, "appointment_expected_before_checked_in"), transaction.atomic():
            asked.save()


class WalkIns(Desk, TestCase):
    def test_a_walk_in_gets_the_next_free_slot_and_is_confirmed_and_checked_in(self):
        visit = self.walk_in(at(9, 50))
        self.assertEqual((visit.starts_at, visit.serial), (at(10, 20), 5))  # Alice has 10:00
        self.assertEqual((visit.status, visit.source), (Status.CONFIRMED, "walk_in"))
        self.assertEqual((visit.checked_in_at, visit.is_extra), (at(9, 50), False))

    def test_the_serial_is_the_number_of_the_slot_in_the_day(self):
        self.assertEqual(self.todays.serial, 4)
        first, last = self.today(self.bob, 9), self.today(self.bob, 16, 40)
        self.assertEqual((first.serial, last.serial), (1, 24))
        first.cancel(reason="ill")
        self.assertEqual(Appointment.objects.get(pk=self.todays.pk).serial, 4)

    def test_without_a_free_slot_an_extra_one_is_added_after_the_last(self):
        self.today(self.alice, 16, 40)
        extra = self.walk_in(at(16, 33))
        self.assertEqual((extra.starts_at, extra.ends_at), (at(17), at(17, 20)))
        self.assertEqual((extra.is_extra, extra.serial), (True, 25))
        another = self.walk_in(at(16, 34), make_user("Zara", Role.PATIENT))
        self.assertEqual((another.starts_at, another.serial), (at(17, 20), 26))

    def test_an_extra_slot_fits_between_two_blocks_of_working_hours(self):
        block = self.dr_carol.availability.get(weekday=timezone.localdate().weekday())
        block.end = time(13)
        block.save()
        DoctorAvailability.objects.create(
            doctor=self.dr_carol,
            clinic=self.clinic,
            weekday=block.weekday,
            start=time(14),
            end=time(14, 20),
            slot_minutes=20,
        )
        self.today(self.alice, 14)
        extra = self.walk_in(at(12, 58))
        self.assertEqual((extra.starts_at, extra.is_extra, extra.serial), (at(13), True, 14))

    def test_the_serial_of_a_cancelled_extra_visit_is_not_reused(self):
        self.walk_in(at(17, 1)).cancel(reason="left")
        self.assertEqual(self.walk_in(at(17, 1), make_user("Zara", Role.PATIENT)).serial, 26)

    def test_an_extra_visit_begins_at_a_multiple_of_five_minutes(self):
        self.assertEqual(self.walk_in(at(17, 3)).starts_at, at(17, 5))

    def test_a_slot_during_another_visit_of_the_patient_is_skipped(self):
        other = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        self.today(self.bob, 9)
        visit = services.walk_in(
            patient=self.bob, doctor_id=other.pk, clinic=self.clinic, proof=SEEN, by=self.erin, now=at(8, 55)
        )
        self.assertEqual(visit.starts_at, at(9, 20))

    def test_no_extra_slot_during_time_off_at_another_clinic_or_after_midnight(self):
        doctors.add_time_off(doctor=self.dr_carol, starts_at=at(9), ends_at=at(18), reason="")
        self.assertEqual(self.walk_in(at(9)).starts_at, at(18))
        with self.assertRaises(NotASlot):
            self.walk_in(at(9), clinic=self.other_clinic)
        with self.assertRaises(NotASlot):
            self.walk_in(at(23, 45), make_user("Zara", Role.PATIENT))

    def test_a_walk_in_needs_a_patient_and_a_doctor_who_can_be_booked(self):
        with self.assertRaises(Invalid):
            self.walk_in(at(9), self.frank)
        self.dr_carol.suspend(reason="a complaint", now=at(9))
        with self.assertRaises(Refused):
            self.walk_in(at(9))

    def test_an_extra_visit_rescheduled_to_a_slot_is_no_longer_extra(self):
        extra = self.walk_in(at(17))
        services.reschedule(
            visit=extra, date=timezone.localdate() + timedelta(days=1), time=time(9), by=self.erin, now=at(16)
        )
        self.assertEqual((extra.is_extra, extra.serial), (False, 1))


class BulkActions(Desk, TestCase):
    def send(self, user, action: str, visits, **data):
        data |= {"action": action, "_selected_action": [visit.pk for visit in visits]}
        if "decided" not in data:
            data["index"] = "0"  # the action form has an index; the confirmation form has none
        with self.clock(at(9)):
            client = self.as_user(user)
            return client.post(reverse("admin:appointment_appointment_changelist") + "?tab=all", data, follow=True)

    def test_the_preview_lists_the_visits_to_be_cancelled(self):
        done = self.take_place()
        answer = self.send(self.erin, "cancel_chosen", [self.todays, self.visit, done])
        self.assert_says(answer, "2 visits will be cancelled")
        self.assert_says(answer, "These visits are not changed")
        self.assertEqual(Appointment.objects.filter(status=Status.CANCELLED).count(), 0)

    def test_a_reason_is_required_and_stored_in_each_history(self):
        chosen = [self.todays, self.visit]
        why = {"by_whom": "doctor", "code": "other", "decided": "yes"}
        for left in ({"reason": " "}, {"reason": "x", "by_whom": ""}, {"reason": "x", "code": ""}, {"code": "died"}):
            self.send(self.erin, "cancel_chosen", chosen, **{**why, "reason": "", **left})
        self.assertEqual(Appointment.objects.filter(status=Status.CANCELLED).count(), 0)
        answer = self.send(self.erin, "cancel_chosen", chosen, **why, reason="the doctor is ill")
        self.assert_says(answer, "2 visits were cancelled.")
        for visit in chosen:
            self.assertEqual(visit.history.latest("history_id").history_change_reason, "the doctor is ill")

    def test_visits_of_another_clinic_are_not_cancelled(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        other = services.book(patient=self.bob, doctor_id=zoe.pk, date=timezone.localdate(), time=time(12), now=at(0))
        why = {"by_whom": "doctor", "code": "doctor_away", "decided": "yes"}
        self.send(self.erin, "cancel_chosen", [other], **why)
        done, refused = services.cancel_all([other, self.todays], self.erin, cause=services.Cause("clinic"))
        self.assertEqual((done, len(refused)), (1, 1))
        other.refresh_from_db()
        self.assertEqual(other.status, Status.PENDING)

    def test_an_action_without_its_permission_changes_nothing(self):
        self.send(self.irene, "cancel_chosen", [self.todays], decided="yes", reason="a try")
        self.send(self.carol, "remind_chosen", [self.todays])
        self.todays.refresh_from_db()
        self.assertEqual((self.todays.status, len(mail.outbox)), (Status.CONFIRMED, 0))

    def test_a_reminder_names_time_place_and_serial_and_is_sent_once_a_day(self):
        visit = self.today(self.bob, 16)
        self.empty_post()
        self.assert_says(self.send(self.erin, "remind_chosen", [visit]), "1 patient was reminded.")
        self.assert_says(self.send(self.erin, "remind_chosen", [visit]), "No reminder for 1 visit")
        deliver(now=at(9))
        (sent,) = [mail for mail in mail.outbox if mail.subject.startswith("Reminder")]
        self.assertEqual(sent.to, ["bob@example.com"])
        for words in ("16:00", "Serial: 22", "Lakeside Clinic", "Dr. Carol"):
            self.assertTrue(words in sent.body, f"the mail does not say {words!r}")
        self.assertFalse("chest pain" in sent.body, "the mail says why")

    def test_past_and_cancelled_visits_get_no_reminder(self):
        self.assertEqual(services.remind([self.todays], self.erin, now=at(11)), 0)
        self.todays.cancel(reason="ill")
        self.assertEqual(services.remind([self.todays], self.erin, now=at(9)), 0)

    def test_the_list_shows_serial_source_and_flags_and_filters_by_clinic(self):
        self.walk_in(at(17))
        answer = self.open(self.erin, f"?tab=all&clinic={self.clinic.pk}", "appointment_appointment_changelist")
        self.assert_says(answer, "#4", "#25", "Walk-in", "extra", "30 min late")
        hidden = self.open(self.erin, f"?clinic={self.other_clinic.pk}", "appointment_appointment_changelist")
        self.assertEqual(hidden.status_code, 200)


class ConcurrentCheckIns(Desk, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def test_of_many_concurrent_check_ins_one_succeeds_with_one_history_line(self):
        def act(_number: int) -> bool:
            try:
                Appointment.objects.get(pk=self.todays.pk).check_in(now=at(9, 50))
            except StepRefused:
                return False
            return True

        self.assertEqual(sum(at_once(6, act)), 1)
        self.assertEqual(self.todays.history.filter(history_change_reason="checked in").count(), 1)

    def test_concurrent_walk_ins_get_different_times_and_serials(self):
        people = [make_user(f"Patient{number}", Role.PATIENT) for number in range(6)]

        def act(number: int) -> tuple:
            visit = self.walk_in(at(16, 35) if number % 2 else at(17), people[number])
            return visit.starts_at, visit.serial

        found = at_once(6, act)
        self.assertEqual(len({starts_at for starts_at, _serial in found}), 6)
        self.assertEqual(len({serial for _starts_at, serial in found}), 6)
