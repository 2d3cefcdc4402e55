"""The Changes page: the histories of all models in one list, for auditors."""

import re
from datetime import timedelta
from html import unescape

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client, RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from shs.audit.changes import Change, Wanted, changes, number_of, of_request
from shs.audit.entries import PAGE_SIZE, entries
from shs.audit.naming import title_field
from shs.blog.models import Tag
from shs.core.admin.wording import json_in_words
from shs.core.ages import Birth
from shs.core.context import RequestContext, current
from shs.core.dates import show_datetime
from shs.core.grants.models import UserShare
from shs.core.reads.models import ReadLog
from shs.doctors.models import Clinic, TimeOff
from shs.medical_record import services
from shs.medical_record.models import MedicalRecord
from shs.testing import Api, EveryModel, later, make_user, soon
from shs.users import families
from shs.users.models import Role, User


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


class Sorting(ChangesTests):
    def in_parts(self, limit: int, **asked) -> list[Change]:
        """The changes of all pages of this length. The rights of the reader are remembered, as in a request."""
        self.addCleanup(current.reset, current.set(RequestContext(RequestFactory().get("/"))))
        found, place = [], ""
        while page := changes(self.irene, Wanted(before=place, **asked), limit=limit):
            found += page
            place = page[-1].place
        return found

    def test_the_newest_change_of_any_model_is_first(self):
        self.clinic.city = "Khulna"
        with later(minutes=1):
            self.clinic.save()
        self.carol.name = "Dr. Carol Rahman"
        with later(minutes=2):
            self.carol.save()
        self.assertEqual([change.kind for change in self.wanted()[:2]], ["users.User", "doctors.Clinic"])

    def test_the_pages_together_show_every_change_once_and_in_order(self):
        whole, found = self.wanted(), self.in_parts(7)
        self.assertEqual([(c.kind, c.line) for c in found], [(c.kind, c.line) for c in whole])
        self.assertEqual(len({(c.kind, c.line) for c in found}), len(found))

    def test_changes_with_the_same_time_are_neither_lost_nor_repeated_between_pages(self):
        now = timezone.now()
        for model in (Clinic, type(self.dr_carol)):
            model.history.update(history_date=now)
        found = self.in_parts(2, since=now)
        self.assertEqual(len({(c.kind, c.line) for c in found}), len(found))
        expected = Clinic.history.filter(history_date=now).count() + type(self.dr_carol).history.count()
        self.assertEqual(len([c for c in found if c.kind in {"doctors.Clinic", "doctors.DoctorInformation"}]), expected)


class Content(ChangesTests):
    def test_a_change_shows_the_old_and_the_new_value(self):
        self.clinic.city = "Khulna"
        self.clinic._change_reason = "moved"
        with later(minutes=1):
            self.clinic.save()
        (newest, *_rest) = self.wanted()
        self.assertEqual([(f.name, was, is_) for f, was, is_ in newest.differences()], [("city", "Dhaka", "Khulna")])
        self.assertEqual(newest.reason, "moved")
        for words in ("Khulna", "moved", "Clinic"):
            self.assertTrue(words in self.text(), words)

    def test_a_deletion_shows_the_last_values(self):
        pk = self.time_off.pk
        self.time_off.delete()
        (line,) = self.wanted(kind="doctors.TimeOff", verb="-")
        self.assertEqual(line.row, str(pk))
        self.assertIn("family", [was for _field, was, _is in line.differences()])

    def test_auditors_see_no_password_hashes_and_no_email_addresses(self):
        self.alice.email = "alice.new@example.com"
        self.alice.set_password("another lantern by the river")
        self.alice.save()
        entries = self.page(kind="users.User").context["entries"]
        said = {str(name) for entry in entries for line in entry.lines for name, _was, _is in line.fields}
        self.assertIn("Name", said)
        self.assertFalse(said & {"E-mail address", "Password"}, said)


class Sentences(ChangesTests):
    def said(self, kind: str) -> list[str]:
        page = self.page(kind=kind)
        return [unescape(strip_tags(line.sentence)) for entry in page.context["entries"] for line in entry.lines]

    def test_a_guardianship_is_a_sentence_that_names_both(self):
        link = families.open_dependant(
            guardian=self.alice,
            name="Nila",
            birth=Birth(timezone.localdate() - timedelta(days=900)),
            gender="",
            relation="mother",
            now=timezone.now(),
        )
        families.end(link=link, by=self.alice, reason="moved away", now=timezone.now())
        said = self.said("users.Guardianship")
        self.assertIn("Alice acts for Nila (Mother, book, read the chart)", said)
        self.assertIn("Alice no longer acts for Nila (Mother, book, read the chart)", said)

    def test_a_consent_is_a_sentence_with_links(self):
        until = timezone.now() + timedelta(days=5)
        grant = services.open_chart(
            patient=self.alice, doctor_id=self.dr_carol.pk, expires_at=until, now=timezone.now()
        )
        consent = "Dr. Carol may read the chart of Alice, by the patient's consent, given by Alice"
        expected = f"{consent}, until {show_datetime(until)}"
        self.assertIn(expected, self.said("core.ObjectGrant"))
        link = reverse("admin:users_user_change", args=(self.alice.pk,))
        self.assertContains(self.page(kind="core.ObjectGrant"), f'<a class="shs-link" href="{link}">Alice</a>')
        services.close_chart(grant=grant, reason="asked by the patient")
        taken = "Dr. Carol may no longer read the chart of Alice by the patient's consent, given by Alice"
        self.assertIn(taken, self.said("core.ObjectGrant"))

    def test_each_kind_of_right_names_the_person_and_the_object(self):
        said = self.said("core.ObjectGrant")
        self.assertIn(f"Erin works at the desk of {self.clinic.name}, given by Frank", said)
        for sentence in said:
            self.assertNotIn("#", sentence)

    def test_what_an_admin_shares_names_the_right_the_giver_and_the_end(self):
        until = timezone.now() + timedelta(days=5)
        permission = Permission.objects.get(codename="change_clinic")
        kind = ContentType.objects.get_for_model(Clinic)
        shared = {"permission": permission, "content_type": kind, "object_pk": str(self.clinic.pk)}
        UserShare(user=self.grace, granted_by=self.frank, ends_at=until, reason="holidays", **shared).save()
        self.assertIn(
            f"Shared with Grace: {self.clinic.name} (change it), given by Frank, until {show_datetime(until)}",
            self.said("core.UserShare"),
        )

    def test_what_json_holds_is_shown_in_words(self):
        held = {"pulse_bpm": 72, "flags": [], "of": {"is_new": True, "why_so": None}}
        self.assertEqual(json_in_words(held), "Pulse: 72; flags: –; of: is new: Yes; why so: –")
        self.assertEqual(json_in_words([["a", "b"], ["c"]]), "a, b, c")
        MedicalRecord.objects.create(
            patient=self.alice, kind="vital_signs", title="Vital signs", vital_signs={"pulse_bpm": 72},
            source="doctor", recorded_by=self.carol,
        )  # fmt: skip
        self.assertContains(self.page(kind="medical_record.MedicalRecord"), "Pulse: 72")

    def test_a_list_of_texts_is_shown_in_words_on_the_page_in_changes_and_in_versions(self):
        self.dr_carol.languages = ["Bangla", "English"]
        with later(minutes=1):
            self.dr_carol.save()
        version = self.dr_carol.history.first()
        for url in (
            f"{reverse('admin:changes')}?kind=doctors.DoctorInformation",
            reverse("admin:doctors_doctorinformation_change", args=(self.dr_carol.pk,)),
            reverse("admin:doctors_doctorinformation_simple_history", args=(self.dr_carol.pk, version.history_id)),
        ):
            page = self.browser(self.irene).get(url)
            with self.subTest(url=url):
                self.assertContains(page, "Bangla, English")
                self.assertNotContains(page, "&quot;Bangla&quot;")

    def test_a_foreign_key_shows_the_name_of_the_row_with_a_link(self):
        other = Clinic.objects.create(name="Padma Clinic", city="Dhaka")
        self.visit.clinic = other
        self.visit.save()
        link = reverse("admin:doctors_clinic_change", args=(other.pk,))
        page = self.page(kind="appointment.Appointment", row=str(self.visit.pk))
        self.assertContains(page, f'<a class="shs-link" href="{link}">Padma Clinic</a>')
        self.assertContains(page, f"Appointment {self.visit.number}")

    def test_titles_of_charts_are_not_among_the_names(self):
        self.assertEqual([title_field(model) for model in (MedicalRecord, Clinic, User)], ["", "name", "name"])

    def test_the_export_says_the_same_in_plain_text(self):
        url = reverse("admin:changes") + "?kind=core.ObjectGrant"
        text = self.browser(self.irene).post(url, {"purpose": "yearly audit"}).content.decode()
        self.assertIn(f"Erin works at the desk of {self.clinic.name}", text)


class Together(ChangesTests):
    def entries(self, **query):
        return self.page(**query).context["entries"]

    def test_a_request_is_one_entry_that_unfolds(self):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(8)}", "time": "10:00"}
        response = Api(self.bob).post("/appointments/", body)
        self.assertEqual(response.status_code, 201, response.content)
        request = response["X-Request-ID"]
        (entry,) = [entry for entry in self.entries(who="Bob") if entry.first.change.request == request]
        self.assertEqual(entry.total, number_of(self.irene, Wanted(request=request)))
        self.assertGreater(entry.total, 1)
        self.assertIn("Appointment added", entry.summary)
        self.assertContains(self.page(who="Bob"), f"{entry.total} changes")

    def test_of_a_long_request_the_newest_are_shown_and_the_next_page_leaves_it_out(self):
        before = [entry.first.change for entry in self.entries()]
        for number in range(60):
            Tag.objects.create(name=f"Long {number}", slug=f"long-{number}")
        soonest = timezone.now() + timedelta(minutes=1)
        Tag.history.filter(name__startswith="Long").update(history_request="ab12", history_date=soonest)
        page = self.page()
        long = page.context["entries"][0]
        self.assertEqual((long.total, len(long.lines), long.more), (60, PAGE_SIZE, 60 - PAGE_SIZE))
        following = [entry.first.change for entry in page.context["entries"][1:]]
        self.assertEqual([(c.kind, c.line) for c in following], [(c.kind, c.line) for c in before[: len(following)]])
        older = self.browser(self.irene).get(f"{reverse('admin:changes')}?{page.context['older']}")
        requests = {line.change.request for entry in older.context["entries"] for line in entry.lines}
        self.assertNotIn("ab12", requests)
        self.assertEqual(len(self.entries(request="ab12")), PAGE_SIZE)

    def test_the_pages_together_show_every_entry_once(self):
        whole = {(change.kind, change.line) for change in self.wanted()}
        found, older = entries(self.irene, Wanted())
        seen = [change for entry in found for change in entry.lines]
        while older:
            found, older = entries(self.irene, older)
            seen += [change for entry in found for change in entry.lines]
        self.assertEqual(len(seen), len({(change.kind, change.line) for change in seen}))
        self.assertLessEqual({(change.kind, change.line) for change in seen}, whole)


class Filters(ChangesTests):
    def test_by_user(self):
        self.clinic._history_user = self.frank
        self.clinic.city = "Khulna"
        self.clinic.save()
        self.assertEqual({c.who for c in self.wanted(people=[self.frank.pk])}, {self.frank.pk})
        self.assertTrue("Khulna" in self.text(who="Frank"))
        self.assertTrue("Khulna" in self.text(who="FRANK@example.com"))
        self.assertTrue("No change matches" in self.text(who="nobody of this name"))

    def test_by_the_person_concerned(self):
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

    def test_deletions_and_requests_are_searched_for_31_days_unless_a_day_is_entered(self):
        self.time_off.delete()
        line = TimeOff.history.get(history_type="-")
        TimeOff.history.filter(pk=line.pk).update(history_date=line.history_date - timedelta(days=40))
        day = f"{timezone.localdate() - timedelta(days=41)}"
        for query in ({"verb": "-"}, {"request": "5ad0"}):
            TimeOff.history.filter(pk=line.pk).update(history_request="5ad0")
            self.assertIn("Only the last 31 days", self.text(**query))
            self.assertEqual(self.page(**query).context["entries"], [])
            found = self.page(**query, since=day)
            self.assertNotContains(found, "Only the last 31 days")
            self.assertEqual([entry.first.change.line for entry in found.context["entries"]], [line.pk])

    def test_the_link_to_the_other_changes_of_an_old_request_finds_them(self):
        self.clinic.city = "Khulna"
        self.clinic.save()
        lines = Clinic.history.filter(history_type="~")
        lines.update(history_date=timezone.now() - timedelta(days=300), history_request="5ad0")
        links = re.findall(r'href="\?(request=5ad0[^"]*)"', self.text(kind="doctors.Clinic"))
        (entry,) = self.browser(self.irene).get(f"{reverse('admin:changes')}?{unescape(links[0])}").context["entries"]
        self.assertEqual(entry.first.change.line, lines.get().pk)

    def test_the_number_of_changes_of_a_request_is_counted_around_its_time(self):
        with CaptureQueriesContext(connection) as asked:
            number_of(self.irene, of_request(Wanted(), "5ad0", timezone.now()))
        (sql,) = [query["sql"] for query in asked.captured_queries if "history_request" in query["sql"]]
        self.assertEqual(sql.count("history_date >="), sql.count("history_request ="))

    def test_invalid_input_shows_a_message(self):
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
    def test_only_auditors_and_admins_can_open_it(self):
        for name, user in self.people.items():
            if not user.is_authenticated or not user.uses_back_office:
                continue
            with self.subTest(who=name):
                self.assertEqual(self.page(user).status_code, 200 if name in {"frank", "irene"} else 403)

    def test_reading_the_changes_of_a_chart_is_written_to_the_read_log(self):
        self.text(kind="medical_record.MedicalRecord")
        line = ReadLog.objects.latest("pk")
        self.assertEqual((line.what, line.reader, line.subject), ("changes", self.irene, self.alice))

    def test_an_export_needs_a_purpose_and_is_written_to_the_read_log(self):
        client, url = self.browser(self.irene), reverse("admin:changes") + "?kind=doctors.Clinic"
        self.assertNotIn("attachment", client.post(url, {}).get("Content-Disposition", ""))
        self.clinic.city = "=1+1"
        self.clinic.save()
        response = client.post(url, {"purpose": "yearly audit"})
        rows = response.content.decode().splitlines()
        self.assertEqual(len(rows), Clinic.history.count() + 1)
        self.assertEqual(ReadLog.objects.latest("pk").note, "yearly audit")

    def test_an_admin_can_read_but_not_export(self):
        client = self.browser(self.frank)
        self.assertEqual(client.post(reverse("admin:changes"), {"purpose": "curiosity"}).status_code, 403)


class Cost(ChangesTests):
    def test_the_page_needs_no_more_queries_for_many_changes(self):
        client, url = self.browser(self.irene), reverse("admin:changes")

        def count() -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as found:
                client.get(url)
            return len(found)

        self.assertLessEqual(count(), 12)
        for number in range(30):
            make_user(f"Patient {number}", Role.PATIENT)
        many = count()
        for number in range(60):
            make_user(f"Patient {30 + number}", Role.PATIENT)
        self.assertLessEqual(count(), many)
        self.assertLessEqual(many, 12)
