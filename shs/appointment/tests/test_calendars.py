"""Calendar files of visits, as two readers see them: invitations in mails, and the file to download."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

from django.core import mail
from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase
from django.utils import timezone, translation
from icalendar import Calendar

from shs.appointment import services
from shs.appointment.calendar import Row, Told, written
from shs.appointment.models import Appointment
from shs.appointment.tests.readers import READERS, by_icalendar, by_vobject, kept
from shs.core.names import initials
from shs.core.records.merge import merge
from shs.core.records.transitions import save_with_reason
from shs.notices.invitations import addressed
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, sending, soon
from shs.users import families

AT = datetime(2026, 11, 29, 4, tzinfo=UTC)
"""10:00 in Dhaka, and before sunrise in New York."""


def a_row(**changed) -> Row:
    fields = {
        "pk": 1,
        "number": "APT-20261129-K7QX2M",
        "sequence": 3,
        "serial": 4,
        "status": "confirmed",
        "starts_at": AT,
        "ends_at": AT + timedelta(minutes=20),
        "updated_at": AT - timedelta(days=1),
        "doctor": "Dr. Carol",
        "location": "Dhaka",
        "clinic": "Lakeside Clinic",
        "address": "Road 2",
        "patient_id": 1234,
        "patient": "Alice Rahman",
    }
    return Row(**{**fields, **changed})


class Written(SimpleTestCase):
    """Files from plain values."""

    def test_two_readers_find_the_same_instant_in_every_zone_of_a_clinic_and_in_summer_and_winter(self):
        half_an_hour_after_clocks_went_forward = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
        for zone in ("Asia/Dhaka", "America/New_York", "Asia/Kathmandu", "Europe/London", "UTC"):
            for at in (AT, datetime(2026, 7, 1, 4, tzinfo=UTC), half_an_hour_after_clocks_went_forward):
                with self.settings(TIME_ZONE=zone):
                    content = written("PUBLISH", [a_row(starts_at=at, ends_at=at + timedelta(hours=1))], Told.PATIENT)
                for read in READERS:
                    with self.subTest(zone=zone, at=at, read=read.__name__):
                        (event,) = read(content)
                        self.assertEqual(event.starts_at.astimezone(UTC), at)
                        self.assertEqual(event.ends_at.astimezone(UTC), at + timedelta(hours=1))
                        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                        self.assertEqual(event.starts_at.replace(tzinfo=None), wall)

    def test_the_rules_of_a_zone_name_the_time_before_the_clocks_change(self):
        with self.settings(TIME_ZONE="America/New_York"):
            content = written("PUBLISH", [a_row()], Told.PATIENT)
        self.assertIn(b"BEGIN:DAYLIGHT\r\nDTSTART:20250309T020000\r\nRDATE:20260308T020000,", content)
        self.assertIn(b"BEGIN:STANDARD\r\nDTSTART:20251102T020000\r\n", content)

    def test_hostile_names_stay_in_their_fields_and_add_no_line(self):
        hostile = 'A;B,C:\\ "D"\r\nEND:VEVENT\r\nBEGIN:VEVENT\nUID:x\x07\x00\u2028y'
        for told in Told:
            row = a_row(doctor=hostile, clinic=hostile, address=hostile, patient=hostile)
            content = written("REQUEST", [row], told, name=hostile)
            self.assertEqual(content.count(b"\r\nBEGIN:VEVENT\r\n"), 1)
            self.assertNotIn(b"\x07", content)
            self.assertNotIn(b"\n", content.replace(b"\r\n", b""))
            invited = addressed(content.decode(), "alice@example.com").content.encode()
            for read in READERS:
                with self.subTest(told=told, read=read.__name__):
                    for event in (read(content), read(invited)):
                        self.assertEqual([one.uid for one in event], ["APT-20261129-K7QX2M@shs"])
                        self.assertTrue(event[0].location.startswith('A;B,C:\\ "D"\nEND:VEVENT'))
                        self.assertNotIn("\n", event[0].summary)

    def test_long_bangla_lines_are_folded_at_75_octets_between_letters(self):
        name = "ঢাকা মেডিকেল কলেজ হাসপাতাল ও ক্যান্সার গবেষণা ইনস্টিটিউট " * 4
        with translation.override("bn"):
            content = written("PUBLISH", [a_row(clinic=name.strip(), doctor=name.strip())], Told.PATIENT, name=name)
        lines = content.split(b"\r\n")
        self.assertLessEqual(max(map(len, lines)), 75)
        for line in lines:
            line.decode()  # raises within a letter
        found = [read(content)[0] for read in READERS]
        self.assertEqual(*[event.location for event in found])
        self.assertEqual(*[event.summary for event in found])
        self.assertEqual(found[0].location, f"{name.strip()}, Road 2")
        self.assertIn(name.strip(), found[0].summary)

    def test_desks_and_doctors_are_told_patients_by_initials_and_number(self):
        for told, words in (
            (Told.PATIENT, "Visit to Dr. Carol"),
            (Told.GUARDIAN, "Visit of Alice Rahman to Dr. Carol"),
            (Told.DOCTOR, "#4 A. R. · 001-2340"),
            (Told.CLINIC, "#4 Dr. Carol · A. R. · 001-2340"),
        ):
            self.assertEqual(by_icalendar(written("PUBLISH", [a_row()], told))[0].summary, words)
        gone = by_icalendar(written("PUBLISH", [a_row(status="cancelled")], Told.DOCTOR))[0]
        self.assertEqual((gone.summary, gone.status), ("Cancelled: #4 A. R. · 001-2340", "CANCELLED"))

    def test_initials_are_those_of_any_script(self):
        for name, short in (
            ("Alice", "A."),
            ("রহিম উদ্দিন", "র. উ."),
            ("Dr. A. K. M. Fazlul Huq", "A. K. M."),
            ("(7) ’Abdul", "A."),
            ("7", "–"),
            ("", "–"),
        ):
            self.assertEqual(initials(name), short)


class Mails(TestUsers, TestCase):
    """What a patient's calendar has after the mails about a visit."""

    def invitations(self, to: str = "alice@example.com") -> list[bytes]:
        """The calendar part of each mail, as it is sent."""
        found = []
        for message in mail.outbox:
            for part in message.message().walk():
                if part.get_content_type() == "text/calendar" and part.get_filename() is None and to in message.to:
                    content = part.get_payload(decode=True)
                    self.assertEqual(part.get_param("method"), str(Calendar.from_ical(content)["method"]))
                    self.assertEqual(part.get_content_charset(), "utf-8")
                    found.append(content)
        return found

    def send(self, path: str, body: dict, user=None) -> None:
        with sending():
            call = Api(user or self.alice)
            answer = (call.patch if path.endswith("/status") else call.post)(path, body)
        self.assertLess(answer.status_code, 300, answer.content)

    def test_after_book_confirm_move_move_cancel_one_event_is_left_and_it_is_cancelled(self):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "09:00"}
        self.send("/appointments/", body)
        visit = Appointment.objects.latest("pk")
        path = f"/appointments/{visit.pk}"
        self.send(f"{path}/status", {"status": "confirmed"}, self.carol)
        self.send(f"{path}/reschedule", {"date": f"{soon(3)}", "time": "11:00"})
        self.send(f"{path}/reschedule", {"date": f"{soon(4)}", "time": "09:20"})
        self.send(f"{path}/status", {"status": "cancelled"})
        files = self.invitations()
        self.assertEqual(len(files), 5)
        visit.refresh_from_db()
        for read in READERS:
            seen = [read(content)[0] for content in files]
            self.assertEqual([event.method for event in seen], ["REQUEST"] * 4 + ["CANCEL"])
            self.assertEqual([event.sequence for event in seen], [0, 1, 2, 3, 4])
            self.assertEqual(
                [event.status for event in seen], ["TENTATIVE", "CONFIRMED", "TENTATIVE", "TENTATIVE", "CANCELLED"]
            )
            self.assertEqual(seen[-1].starts_at, visit.starts_at)
            for order in permutations(files):  # mails overtake each other
                (event,) = kept(read, order).values()
                self.assertEqual(
                    (event.status, event.method, event.uid), ("CANCELLED", "CANCEL", f"{visit.number}@shs")
                )

    def test_the_invitation_names_organizer_and_recipient_and_is_also_attached(self):
        with sending():
            services.confirm(visit=self.visit, now=timezone.now())
        (content,) = self.invitations()
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        self.assertEqual(str(event["attendee"]), "mailto:alice@example.com")
        self.assertEqual(
            (event["attendee"].params["PARTSTAT"], event["attendee"].params["RSVP"]), ("ACCEPTED", "FALSE")
        )
        self.assertEqual(event["organizer"].params["CN"], "Lakeside Clinic")
        self.assertTrue(str(event["organizer"]).startswith("mailto:"))
        self.assertIn("visit.ics", [part.get_filename() for part in mail.outbox[0].message().walk()])
        self.assertNotIn(b"chest pain", content)

    def test_each_reader_gets_their_own_language_whatever_the_office_speaks(self):
        child = families.open_dependant(
            guardian=self.bob, name="Zara", birth=self.birth(), gender="female", relation="father", now=timezone.now()
        ).dependant
        self.alice.speak("en")
        self.bob.speak("bn")
        theirs = self.book(patient=child, at=time(12))
        self.empty_post()
        for language in ("bn", "en"):
            with translation.override(language), sending():
                for visit in (self.visit, theirs):
                    visit.refresh_from_db()
                    (services.confirm if language == "bn" else self.cancel)(visit=visit, now=timezone.now())
        for read in READERS:
            english = [read(content)[0].summary for content in self.invitations()]
            bangla = [read(content)[0].summary for content in self.invitations("bob@example.com")]
            self.assertEqual(english, ["Visit to Dr. Carol"] * 2)
            with translation.override("bn"):
                words = translation.gettext("Visit of %(patient)s to %(doctor)s")
            self.assertEqual(bangla, [words % {"patient": "Zara", "doctor": "Dr. Carol"}] * 2)
            self.assertTrue(any("\u0980" <= letter <= "\u09ff" for letter in bangla[-1]))

    def cancel(self, *, visit, now):
        services.cancel(visit=visit, cause=services.cause(visit, self.erin, now, by_whom="clinic", code="other"))

    def birth(self):
        return families.Birth(timezone.localdate() - timedelta(days=5 * 366))


class Download(TestUsers, TestCase):
    def file(self, user, **headers) -> bytes:
        answer = Api(user).call("GET", f"/appointments/{self.visit.pk}/calendar.ics", **headers)
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def test_it_is_published_in_the_callers_language_else_in_that_of_the_request(self):
        bangla = {"Accept-Language": "bn"}
        self.assertNotIn("Visit to", by_vobject(self.file(self.alice, **bangla))[0].summary)
        self.alice.speak("en")
        (event,) = by_vobject(self.file(self.alice, **bangla))
        self.assertEqual((event.method, event.summary), ("PUBLISH", "Visit to Dr. Carol"))
        self.assertNotIn(b"ATTENDEE", self.file(self.alice))

    def test_the_doctor_does_not_put_the_patients_name_into_a_calendar(self):
        content = self.file(self.carol)
        self.assertNotIn(b"Alice", content)
        self.assertIn(f"A. · {self.alice.patient_number}", by_icalendar(content)[0].summary)


class Sequence(TestUsers, TestCase):
    """Every way in which a visit changes is counted."""

    def count(self) -> int:
        return Appointment.objects.values_list("sequence", flat=True).get(pk=self.visit.pk)

    def test_time_place_doctor_and_status_count_and_what_no_calendar_shows_does_not(self):
        now = timezone.now()
        steps = [
            (lambda v: v.annotate("Rest."), 0),
            (lambda v: v.confirm(now=now), 1),
            (lambda v: services.reschedule(visit=v, date=soon(), time=time(11), by=self.alice, now=now), 2),
            (lambda v: v.identify("document"), 2),
            (lambda v: self.move_to(v, clinic=self.other_clinic), 3),
            (lambda v: self.move_to(v, clinic_id=self.other_clinic.pk), 3),
            (lambda v: Appointment.objects.without_history("test").filter(pk=v.pk).update(serial=9), 4),
            (lambda v: Appointment.objects.without_history("test").filter(pk=v.pk).update(notes="x"), 4),
            (lambda v: self.bulk(v), 5),
            (lambda v: v.cancel(), 6),
        ]
        for number, (change, expected) in enumerate(steps):
            with self.subTest(step=number):
                change(Appointment.objects.get(pk=self.visit.pk))
                self.assertEqual(self.count(), expected)

    def move_to(self, visit: Appointment, **place) -> None:
        for name, value in place.items():
            setattr(visit, name, value)
        visit.save(update_fields=["clinic"])

    def bulk(self, visit: Appointment) -> None:
        visit.doctor = self.dr_dave
        Appointment.objects.update_with_history([visit], ["doctor"], reason="test")

    def test_a_merge_of_clinics_counts_for_each_visit(self):
        merge(self.clinic, self.other_clinic, by=self.frank, reason="the same place", now=timezone.now())
        self.assertEqual(self.count(), 1)

    def test_refused_changes_and_partly_read_rows_are_counted_right(self):
        visit = Appointment.objects.only("notes").get(pk=self.visit.pk)
        visit.notes = "y"
        visit.save(update_fields=["notes"])
        self.assertEqual(self.count(), 0)
        visit = Appointment.objects.defer("status").get(pk=self.visit.pk)
        visit.status = "confirmed"
        save_with_reason(visit, "test")
        self.assertEqual((self.count(), visit.sequence), (1, 1))
        visit.refresh_from_db()
        visit.starts_at, unsaved = visit.ends_at + timedelta(hours=1), visit.starts_at
        with self.assertRaises(IntegrityError), transaction.atomic():
            visit.save()  # it would end before it starts
        self.assertEqual(visit.sequence, 1)
        visit.refresh_from_db(fields=["notes"])
        visit.ends_at = visit.starts_at + timedelta(minutes=20)
        visit.save()
        self.assertEqual(self.count(), 2)
        self.assertNotEqual(visit.starts_at, unsaved)


class SequenceAtOnce(TestUsers, CommittedTestCase):
    def test_of_changes_at_once_each_is_counted(self):
        self.make_people()

        def act(number: int) -> int:
            if number:
                body = {"date": f"{soon()}", "time": "11:00"}
                return Api(self.alice).post(f"/appointments/{self.visit.pk}/reschedule", body).status_code
            return Api(self.carol).patch(f"/appointments/{self.visit.pk}/status", {"status": "confirmed"}).status_code

        self.assertEqual(at_once(2, act), [200, 200])
        self.assertEqual(Appointment.objects.get(pk=self.visit.pk).sequence, 2)
