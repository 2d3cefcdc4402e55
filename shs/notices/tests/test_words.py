"""The texts of notices: in the recipient's language and the clinic's time zone, without clinical text, and no secret is
stored."""

from datetime import UTC, datetime, time, timedelta

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone, translation
from icalendar import Calendar

from shs.appointment import services as visits
from shs.notices.kinds import OPTIONAL, PRIVATE, Kind
from shs.notices.letters import letter_of, message_parts
from shs.notices.models import Notice, State
from shs.notices.services import deliver, notice, notify, prefer
from shs.testing import EveryModel, TestUsers, sending, soon
from shs.users import passwords as users

DATA = {
    "number": "APT-20261125-K7QX2M",
    "serial": 4,
    "starts_at": "2026-11-25T04:00:00+00:00",
    "from_at": "2026-11-24T04:00:00+00:00",
    "doctor": "Dr. Carol",
    "patient": "Alice",
    "place": "Lakeside Clinic, Road 2",
    "changed_at": "2026-11-25T04:00:00+00:00",
    "opened_at": "2026-11-25T04:00:00+00:00",
    "ends_at": "2026-11-25T05:00:00+00:00",
    "follow_up_on": "2026-12-01",
    "expires_on": "2026-12-01",
    "days": 7,
    "status": "approved",
    "title": "Clean hands",
    "note": "The scan cannot be read.",
    "reason": "The doctor is ill.",
    "sealed_at": "2026-11-25T04:00:00+00:00",
    "digest": "5eed" * 16,
    "to_line": 1200,
    "unkeyed_to": 0,
    "what": "suspended",
    "reads_at": "2026-11-25T04:00:00+00:00",
    "closes_at": "2026-12-25T04:00:00+00:00",
    "visit_id": 1,
    "touched_at": "2026-11-25T04:00:00+00:00",
    "login_at": "2026-11-25T04:00:00+00:00",
    "minutes": 40,
    "device": "Firefox on Linux",
    "request": "address",
    "person": "Erin",
    "asked_by": "Frank",
}


class EveryKind(TestUsers, TestCase):
    def letters(self):
        for kind in Kind:
            yield kind, letter_of(Notice(user=self.alice, kind=kind, data=DATA))

    def test_has_a_one_line_subject_and_a_text(self):
        for kind, letter in self.letters():
            with self.subTest(kind=kind):
                self.assertTrue(10 < len(letter.subject) < 78)
                self.assertTrue(letter.text)
                self.assertNotIn("\n\n\n", letter.text)

    def test_has_no_name_and_no_reason_in_the_subject(self):
        for kind, letter in self.letters():
            with self.subTest(kind=kind):
                for word in ("Carol", "Alice", "Clean hands", "scan", "ill"):
                    self.assertNotIn(word, letter.subject.split())

    def test_is_available_in_both_languages(self):
        for kind in Kind:
            told = Notice(user=self.alice, kind=kind, data=DATA)
            with translation.override("bn"):
                subject = letter_of(told).subject
            with self.subTest(kind=kind):
                self.assertNotEqual(subject, letter_of(told).subject)
                self.assertTrue(any("\u0980" <= letter <= "\u09ff" for letter in subject), kind)

    def test_shows_times_in_the_clinics_zone(self):
        letter = letter_of(Notice(user=self.alice, kind=Kind.CONFIRMED, data=DATA))
        self.assertIn("25 Nov 2026, 10:00", letter.subject)
        self.assertIn(("When", "Wed 25 Nov 2026, 10:00"), letter.facts)

    def test_escapes_names_in_html(self):
        hostile = {**DATA, "note": "<script>alert(1)</script>"}
        told = Notice(user=self.alice, kind=Kind.VERIFICATION_ASKED, data=hostile)
        _subject, text, html = message_parts(told)
        self.assertIn("<script>", text)
        self.assertNotIn("<script>", html)


class VisitNotices(TestUsers, TestCase):
    def told(self, user, **where):
        return list(Notice.objects.filter(user=user, **where).order_by("pk").values_list("kind", "state"))

    def of(self, visit, *states):
        rows = Notice.objects.filter(about=f"appointment:{visit.pk}", state__in=states or State.values)
        return sorted(rows.values_list("kind", "user__name"))

    def test_a_booking_notifies_both_and_schedules_two_reminders(self):
        self.assertEqual(
            self.of(self.visit),
            [("booked", "Alice"), ("reminder_day", "Alice"), ("reminder_hour", "Alice"), ("requested", "Dr. Carol")],
        )
        due = dict(Notice.objects.filter(user=self.alice).values_list("kind", "due_at"))
        self.assertEqual(due["reminder_day"], self.visit.starts_at - timedelta(hours=24))
        self.assertEqual(due["reminder_hour"], self.visit.starts_at - timedelta(hours=1))

    def test_reminders_in_the_past_are_not_scheduled(self):
        near = self.book(patient=self.bob, day=soon(1), at=time(9), now=self.near(hours=3))
        self.assertEqual([kind for kind, name in self.of(near) if name == "Bob"], ["booked", "reminder_hour"])

    def near(self, hours):
        """The time this many hours before 09:00 tomorrow."""
        return timezone.make_aware(datetime.combine(soon(1), time(9))) - timedelta(hours=hours)

    def test_a_reminder_is_sent_once_when_due(self):
        mail.outbox = []
        for hours in (25, 23, 22):
            deliver(now=self.visit.starts_at - timedelta(hours=hours))
        self.assertEqual([message.to for message in mail.outbox], [["alice@example.com"]])

    def test_a_cancellation_withdraws_the_reminders_and_notifies_both(self):
        visits.cancel(visit=self.visit, cause=visits.Cause("doctor", "doctor_away", "the doctor is ill"))
        self.assertEqual(self.of(self.visit, State.TAKEN_BACK), [("reminder_day", "Alice"), ("reminder_hour", "Alice")])
        self.assertEqual(self.of(self.visit, State.QUEUED), [("cancelled", "Alice"), ("cancelled", "Dr. Carol")])
        deliver(now=self.visit.starts_at)
        self.assertFalse(Notice.objects.filter(kind__startswith="reminder", state=State.SENT).exists())

    def test_a_rescheduled_visit_has_reminders_for_the_new_time_only(self):
        visits.reschedule(visit=self.visit, date=soon(4), time=time(11), by=self.alice, now=timezone.now())
        waiting = Notice.objects.filter(kind=Kind.REMINDER_DAY, state=State.QUEUED)
        self.assertEqual([row.due_at for row in waiting], [self.visit.starts_at - timedelta(hours=24)])
        visits.reschedule(visit=self.visit, date=soon(2), time=time(10), by=self.alice, now=timezone.now())
        self.assertEqual(Notice.objects.filter(kind=Kind.REMINDER_DAY, state=State.QUEUED).count(), 1)

    def test_a_missed_visit_notifies_both_once(self):
        later = self.visit.ends_at + timedelta(hours=2)
        self.visit.confirm(now=timezone.now())
        there = self.book(patient=self.bob, at=time(11))
        there.confirm(now=timezone.now())
        there.check_in(now=there.starts_at)
        self.assertEqual([visits.mark_missed(now=later), visits.mark_missed(now=later)], [1, 0])
        self.assertEqual(
            [row for row in self.of(self.visit) if row[0] == "missed"], [("missed", "Alice"), ("missed", "Dr. Carol")]
        )

    def test_a_confirmation_has_the_calendar_file(self):
        visits.confirm(visit=self.visit, now=timezone.now())
        deliver(now=timezone.now())
        name, content, kind = mail.outbox[-1].attachments[0]
        self.assertEqual((name, kind), ("visit.ics", "text/calendar"))
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        self.assertEqual(event["DTSTART"].dt.astimezone(UTC), self.visit.starts_at)
        self.assertNotIn("chest", str(content))

    def test_no_mail_contains_the_reason_of_the_visit(self):
        visits.confirm(visit=self.visit, now=timezone.now())
        deliver(now=self.visit.starts_at - timedelta(minutes=30))
        self.assertTrue(mail.outbox)
        for message in mail.outbox:
            self.assertNotIn("chest pain", message.subject + message.body + str(message.alternatives))

    def test_a_second_reminder_on_the_same_day_is_not_sent(self):
        from shs.appointment.notices import remind

        now = timezone.now()
        self.assertTrue(remind(self.visit, now))
        remind(self.visit, now)
        self.assertEqual(Notice.objects.filter(kind=Kind.REMINDER).count(), 1)


class OtherNotices(EveryModel, TestCase):
    def test_a_prescription_is_announced_without_its_content(self):
        (told,) = Notice.objects.filter(kind=Kind.PRESCRIPTION_ISSUED, user=self.alice)
        words = " ".join(message_parts(told)[:2])
        for word in ("Amoxicillin", "tonsillitis", "Haemoglobin"):
            self.assertNotIn(word, words)
            self.assertNotIn(word, str(told.data))

    def test_emergency_access_notifies_the_patient_at_once(self):
        self.assertTrue(Notice.objects.filter(kind=Kind.CHART_OPENED, user=self.bob).exists())
        self.assertNotIn(Kind.CHART_OPENED, OPTIONAL)

    def test_the_link_of_a_password_reset_is_only_in_the_mail(self):
        self.empty_post()
        with sending():
            users.send_reset(self.alice)
        (message,) = mail.outbox
        token = message.body.partition("&token=")[2].split()[0]
        stored = Notice.objects.get(kind=Kind.RESET_PASSWORD)
        self.assertTrue(token)
        self.assertNotIn(token, f"{stored.data}{stored.key}{stored.error}{stored.calendar}")
        self.assertNotIn(token, letter_of(stored).url)
        self.assertIn(stored.kind, PRIVATE)

    def test_a_changed_password_notifies_its_owner(self):
        users.change_password(user=self.bob, current_password=self.password(), new_password="quite another one 9")
        self.assertEqual(Notice.objects.filter(user=self.bob, kind=Kind.PASSWORD_CHANGED).count(), 1)

    def password(self):
        from shs.testing import PASSWORD

        return PASSWORD


class Preferences(TestUsers, TestCase):
    def test_notices_turned_off_are_shown_in_the_app_only(self):
        prefer(user=self.alice, wanted={"booked": False})
        mail.outbox = []
        self.book(day=soon(3))
        deliver(now=timezone.now())
        self.assertEqual([message.to[0] for message in mail.outbox], ["carol@example.com"])
        (told,) = Notice.objects.filter(kind=Kind.BOOKED, channel=Notice.Channel.APP)
        self.assertEqual(told.state, State.SENT)
        prefer(user=self.alice, wanted={"booked": True})
        self.book(day=soon(3), at=time(12))
        deliver(now=timezone.now())
        self.assertEqual(mail.outbox[-2].to + mail.outbox[-1].to, ["alice@example.com", "carol@example.com"])

    @override_settings(LANGUAGE_CODE="en")
    def test_a_mail_is_in_the_language_of_its_recipient(self):
        self.bob.speak("bn")
        notify(notice(to=self.bob, kind=Kind.PASSWORD_CHANGED, data={"changed_at": timezone.now()}))
        mail.outbox = []
        deliver(now=timezone.now())
        html = str(mail.outbox[0].alternatives[0][0])
        self.assertIn('<html lang="bn">', html)
