"""The page of changes: all histories in one list, for those who audit."""

from datetime import timedelta

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.audit.changes import Wanted, changes
from shs.core.reads.models import ReadLog
from shs.doctors.models import Clinic
from shs.testing import EveryModel, later, make_user
from shs.users.models import Role


class ChangesTests(EveryModel, TestCase):
    def browser(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def page(self, user=None, **query):
        return self.browser(user or self.irene).get(reverse("admin:changes"), query)

    def text(self, **query) -> str:
        response = self.page(**query)
        self.assertEqual(response.status_code, 200)
        return response.content.decode()

    def wanted(self, **asked):
        return changes(self.irene, Wanted(**asked), limit=5000)


class Order(ChangesTests):
    def test_the_newest_change_of_any_record_stands_first(self):
        self.clinic.city = "Khulna"
        with later(minutes=1):
            self.clinic.save()
        self.carol.name = "Dr. Carol Rahman"
        with later(minutes=2):
            self.carol.save()
        self.assertEqual([change.kind for change in self.wanted()[:2]], ["users.User", "doctors.Clinic"])

    def test_pages_hold_every_change_once_and_in_order(self):
        whole = self.wanted()
        found, place = [], ""
        while page := changes(self.irene, Wanted(before=place), limit=7):
            found += page
            place = page[-1].place
        self.assertEqual([(c.kind, c.line) for c in found], [(c.kind, c.line) for c in whole])
        self.assertEqual(len({(c.kind, c.line) for c in found}), len(found))

    def test_lines_of_one_instant_are_neither_lost_nor_doubled_between_pages(self):
        now = timezone.now()
        for model in (Clinic, type(self.dr_carol)):
            model.history.update(history_date=now)
        found, place = [], ""
        while page := changes(self.irene, Wanted(since=now, before=place), limit=2):
            found += page
            place = page[-1].place
        self.assertEqual(len({(c.kind, c.line) for c in found}), len(found))
        expected = Clinic.history.filter(history_date=now).count() + type(self.dr_carol).history.count()
        self.assertEqual(len([c for c in found if c.kind in {"doctors.Clinic", "doctors.DoctorInformation"}]), expected)


class Content(ChangesTests):
    def test_a_change_says_what_it_was_and_what_it_became(self):
        self.clinic.city = "Khulna"
        self.clinic._change_reason = "moved"
        with later(minutes=1):
            self.clinic.save()
        (newest, *_rest) = self.wanted()
        self.assertEqual([(f.name, was, is_) for f, was, is_ in newest.differences()], [("city", "Dhaka", "Khulna")])
        self.assertEqual(newest.reason, "moved")
        for words in ("Khulna", "moved", "Clinic"):
            self.assertTrue(words in self.text(), words)

    def test_a_deleted_record_is_shown_with_what_it_was(self):
        pk = self.time_off.pk
        self.time_off.delete()
        (line,) = self.wanted(kind="doctors.TimeOff", verb="-")
        self.assertEqual(line.row, str(pk))
        self.assertIn("family", [was for _field, was, _is in line.differences()])

    def test_neither_a_password_nor_an_address_is_shown_to_an_auditor(self):
        self.alice.email = "alice.new@example.com"
        self.alice.set_password("another lantern by the river")
        self.alice.save()
        lines = self.page(kind="users.User").context["lines"]
        said = {str(name) for line in lines for name, _was, _is in line["fields"]}
        self.assertIn("Name", said)
        self.assertFalse(said & {"E-mail address", "Password"}, said)


class Narrowing(ChangesTests):
    def test_by_who_changed_it(self):
        self.clinic._history_user = self.frank
        self.clinic.city = "Khulna"
        self.clinic.save()
        self.assertEqual({c.who for c in self.wanted(people=[self.frank.pk])}, {self.frank.pk})
        self.assertTrue("Khulna" in self.text(who="Frank"))
        self.assertTrue("Khulna" in self.text(who="FRANK@example.com"))
        self.assertTrue("No change matches" in self.text(who="nobody of this name"))

    def test_by_the_person_whom_it_is_about(self):
        found = self.wanted(subjects=[self.alice.pk])
        self.assertEqual({c.subject for c in found}, {self.alice.pk})
        self.assertLessEqual({"appointment.Appointment", "medical_record.MedicalRecord"}, {c.kind for c in found})

    def test_by_one_record(self):
        found = self.wanted(kind="appointment.Appointment", row=str(self.past_visit.pk))
        self.assertEqual({c.row for c in found}, {str(self.past_visit.pk)})
        self.assertEqual([c.verb for c in found], ["~", "~", "+"])

    def test_by_time(self):
        tomorrow = timezone.now() + timedelta(days=1)
        self.assertEqual(self.wanted(since=tomorrow), [])
        self.assertEqual(self.wanted(until=tomorrow), self.wanted())

    def test_by_request(self):
        response = self.browser(self.frank).post(
            reverse("admin:users_user_step", args=(self.bob.pk, "suspend")), {"reason": "spam"}
        )
        found = self.wanted(request=response["X-Request-ID"])
        self.assertEqual({(c.kind, c.row, c.who) for c in found}, {("users.User", str(self.bob.pk), self.frank.pk)})

    def test_odd_input_is_answered_in_words(self):
        for query in (
            {"before": "x"},
            {"before": "2026-13-45T99:99:99+00:00|a.B|1"},
            {"row": "9" * 30},
            {"row": "abc"},
            {"kind": "auth.Permission"},
            {"since": "0001-01-01"},
            {"since": "yesterday"},
            {"verb": "?"},
            {"who": "x" * 500},
            {"request": "'; drop table"},
        ):
            with self.subTest(query=query):
                self.assertEqual(self.page(**query).status_code, 200)


class Access(ChangesTests):
    def test_only_those_who_audit_and_admins_open_it(self):
        for name, user in self.people.items():
            if not user.is_authenticated or not user.uses_back_office:
                continue
            with self.subTest(who=name):
                self.assertEqual(self.page(user).status_code, 200 if name in {"frank", "irene"} else 403)

    def test_reading_the_changes_of_a_chart_is_itself_written_down(self):
        self.text(kind="medical_record.MedicalRecord")
        line = ReadLog.objects.latest("pk")
        self.assertEqual((line.what, line.reader, line.subject), ("changes", self.irene, self.alice))

    def test_an_export_asks_for_its_purpose_and_is_written_down(self):
        client, url = self.browser(self.irene), reverse("admin:changes") + "?kind=doctors.Clinic"
        self.assertNotIn("attachment", client.post(url, {}).get("Content-Disposition", ""))
        self.clinic.city = "=1+1"
        self.clinic.save()
        response = client.post(url, {"purpose": "yearly audit"})
        rows = response.content.decode().splitlines()
        self.assertEqual(len(rows), Clinic.history.count() + 1)
        self.assertEqual(ReadLog.objects.latest("pk").note, "yearly audit")

    def test_an_admin_reads_the_changes_and_does_not_take_them_out(self):
        client = self.browser(self.frank)
        self.assertEqual(client.post(reverse("admin:changes"), {"purpose": "curiosity"}).status_code, 403)


class Cost(ChangesTests):
    def test_the_page_asks_no_more_for_many_changes(self):
        client, url = self.browser(self.irene), reverse("admin:changes")

        def count() -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as found:
                client.get(url)
            return len(found)

        before = count()
        for number in range(30):
            make_user(f"Patient {number}", Role.PATIENT)
        self.assertLessEqual(count(), before)
        self.assertLessEqual(before, 12)
