"""The page “Calendar”: who sees what, the dialog of a visit, and what it costs."""

from datetime import datetime, time
from unittest.mock import patch

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import diary, services
from shs.appointment.models import Appointment
from shs.appointment.tests.test_desk import at
from shs.appointment.tests.test_diary import Calendar
from shs.core.reads.models import ReadLog
from shs.testing import INSIDE, make_user
from shs.users.models import Role

MOST_QUERIES = 12


class Access(Calendar, TestCase):
    def test_who_opens_it_and_which_visits_they_see(self):
        expected = {"carol": 1, "dave": 0, "erin": 1, "frank": 1, "irene": 1, "grace": 403, "henry": 403}
        for name in INSIDE:
            for page in ("diary", "diary_table"):
                with self.subTest(who=name, page=page):
                    query = f"?clinic={self.clinic.pk}&view=day" if name in {"frank", "irene"} else "?view=day"
                    answer = self.open(self.people[name], query, page)
                    found = answer.status_code if answer.status_code != 200 else len(self.visits(answer))
                    self.assertEqual(found, expected[name])

    def test_a_doctor_sees_their_own_calendar_whatever_is_asked_for_and_books_nothing(self):
        nadia = self.another_doctor()
        services.book(patient=self.bob, doctor_id=nadia.pk, date=timezone.localdate(), time=time(10), now=at(0))
        for query in ("", f"?doctor={nadia.pk}&clinic={self.clinic.pk}", f"?doctor={nadia.pk}", "?view=day"):
            with self.subTest(query=query):
                answer = self.calendar(self.carol, query, at(8))
                self.assertEqual({visit.doctor_id for visit in self.visits(answer)}, {self.dr_carol.pk})
                self.assertEqual({item.url for item in self.items(answer) if not item.visit}, {""})
                self.assert_hides(answer, "Nadia", "/desk/register/")

    def test_the_calendar_of_another_clinic_cannot_be_opened_by_id(self):
        zoe = self.another_doctor("Dr. Zoe", self.other_clinic)
        services.book(patient=self.bob, doctor_id=zoe.pk, date=timezone.localdate(), time=time(10), now=at(0))
        for query in (f"?clinic={self.other_clinic.pk}&doctor={zoe.pk}", f"?doctor={zoe.pk}&view=week"):
            answer = self.calendar(self.erin, query)
            self.assertEqual(answer.context["page"].clinic, self.clinic)
            self.assert_hides(answer, "Zoe")

    def test_who_may_not_see_leave_does_not_read_of_it(self):
        self.leave(self.dr_carol, at(9), at(17))
        with patch.object(diary, "holds", return_value=False):
            self.assert_hides(self.calendar(self.erin), ">away<")

    def test_the_board_and_the_doctors_page_lead_to_it(self):
        self.assert_says(self.open(self.erin), f"{reverse('admin:diary')}?day=")
        link = f"{reverse('admin:diary')}?doctor={self.dr_carol.pk}&amp;view=week"
        page = reverse("admin:doctors_doctorinformation_change", args=(self.dr_carol.pk,))
        self.assert_says(self.as_user(self.erin).get(page), link)
        self.assert_says(self.as_user(self.carol).get(page), f"{reverse('admin:diary')}?view=week")
        self.assert_hides(self.as_user(self.grace).get(page), reverse("admin:diary"))

    def test_who_only_looks_books_nothing(self):
        answer = self.calendar(self.irene, f"?clinic={self.clinic.pk}")
        self.assert_hides(answer, "/desk/register/")
        self.assertNotEqual(self.free(answer), [])

    def test_staff_without_a_clinic_see_a_message(self):
        nora = make_user("Nora", Role.STAFF, duty="Clinic desk")
        self.assert_says(self.calendar(nora), "You are not assigned to a clinic desk yet.")

    def test_a_doctor_without_a_profile_sees_a_message(self):
        self.assert_says(self.calendar(make_user("Dr. New", Role.DOCTOR)), "You have no doctor's profile yet.")

    def test_printing_is_logged_as_an_export_and_only_for_who_may_export(self):
        self.calendar(self.erin, "?print=yes")
        line = ReadLog.objects.get(what="export appointment.appointment")
        self.assertEqual((line.reader, line.ids), (self.erin, [self.todays.pk]))
        self.assertIn("Lakeside Clinic", line.note)
        answer = self.calendar(self.irene, f"?clinic={self.clinic.pk}&print=yes")
        self.assert_hides(answer, "data-print-now", "Print…")
        self.assertEqual(ReadLog.objects.filter(what="export appointment.appointment").count(), 1)


class VisitDialog(Calendar, TestCase):
    def steps(self, user, now: datetime | None = None) -> tuple[list[str], list[str]]:
        with self.clock(now or at(9)):
            url = reverse("admin:appointment_appointment_steps", args=(self.todays.pk,))
            answer = self.as_user(user).get(url)
        if answer.status_code != 200:
            return [str(answer.status_code)], []
        return [s.name for s, _url in answer.context["at_once"]], [s.name for s, _url in answer.context["asking"]]

    def test_it_offers_what_the_status_and_the_user_allow(self):
        at_once, asking = self.steps(self.erin)
        self.assertIn("check_in", at_once)
        self.assertLessEqual({"reschedule", "cancel"}, set(asking))
        self.assertEqual(self.steps(self.irene), ([], []))
        self.assertNotIn("check_in", self.steps(self.carol)[0])
        for name in ("grace", "henry"):
            self.assertEqual(self.steps(self.people[name]), (["403"], []))

    def test_a_visit_of_another_clinic_is_not_there(self):
        zoe = self.another_doctor("Dr. Zoe", self.other_clinic)
        visit = services.book(patient=self.bob, doctor_id=zoe.pk, date=timezone.localdate(), time=time(10), now=at(0))
        url = reverse("admin:appointment_appointment_steps", args=(visit.pk,))
        self.assertEqual(self.as_user(self.erin).get(url).status_code, 404)

    def test_without_scripts_visits_and_free_slots_lead_to_pages(self):
        answer = self.calendar(self.erin, now=at(8))
        client = self.as_user(self.erin)
        with self.clock(at(8)):
            for item in (self.items(answer)[0], next(item for item in self.items(answer) if item.visit)):
                self.assert_says(client.get(item.url), "<html", "<h1")

    def test_a_step_returns_to_the_calendar(self):
        url = reverse("admin:appointment_appointment_steps", args=(self.todays.pk,))
        with self.clock(at(9)):
            client = self.as_user(self.erin)
            back = "/admin/calendar/?view=day"
            answer = client.get(url, {"next": back}, headers={"X-Dialog": "1"})
            steps = {s.name: where for s, where in answer.context["at_once"]}
            self.assertEqual(client.post(steps["check_in"]).headers["Location"], back)
            away = client.get(url, {"next": "https://evil.example/"}).context["back"]
        self.assertFalse("evil" in away)
        self.assertTrue(Appointment.objects.get(pk=self.todays.pk).waits)


class Costs(Calendar, TestCase):
    def fill(self, count: int, first: int = 1) -> None:
        for number in range(first, first + count):
            doctor = self.another_doctor(f"Dr. Many{number:02}")
            patient = make_user(f"Patient{number}", Role.PATIENT)
            services.book(patient=patient, doctor_id=doctor.pk, date=timezone.localdate(), time=time(10), now=at(0))
            self.leave(doctor, at(13), at(14))

    def queries(self, user, query: str, page: str = "diary") -> int:
        with self.clock(at(8)):
            client = self.as_user(user)
            client.get(reverse(f"admin:{page}") + query)
            with CaptureQueriesContext(connection) as found:
                self.assertEqual(client.get(reverse(f"admin:{page}") + query).status_code, 200)
        return len(found)

    def pages(self):
        doctor = f"?clinic={self.clinic.pk}&doctor={self.dr_carol.pk}"
        for query in ("", "?view=week", doctor, f"{doctor}&view=week", "?print=yes"):
            yield self.erin, query
        for query in ("?view=day", "?view=week"):
            yield self.carol, query
            yield self.frank, f"{query}&clinic={self.clinic.pk}"
            yield self.irene, f"{query}&clinic={self.clinic.pk}"

    def test_no_page_needs_more_than_twelve_queries_and_none_more_for_many_doctors_and_visits(self):
        counted = [self.queries(*page) for page in self.pages()]
        steps = reverse("admin:appointment_appointment_steps", args=(self.todays.pk,))
        with self.clock(at(8)):
            client = self.as_user(self.erin)
            client.get(steps)
            with CaptureQueriesContext(connection) as found:
                client.get(steps)
        self.assertLessEqual(max(*counted, len(found)), MOST_QUERIES)
        self.fill(14)
        self.assertEqual([self.queries(*page) for page in self.pages()], counted)
        self.assertLessEqual(self.queries(self.erin, "", "diary_table"), MOST_QUERIES)

    def test_more_than_twelve_doctors_are_shown_in_parts(self):
        self.fill(14)
        first, second = (self.calendar(self.erin, f"?part={part}") for part in (1, 2))
        self.assertEqual([len(answer.context["table"].columns) for answer in (first, second)], [12, 3])
        self.assert_says(first, "15 doctors, 12 at a time")
        self.assertEqual([len(self.visits(answer)) for answer in (first, second)], [12, 3])
        week = self.calendar(self.erin, "?view=week&part=2")
        self.assertEqual([line.name for line in week.context["lines"]], ["Dr. Many12", "Dr. Many13", "Dr. Many14"])

    def test_a_message_says_when_not_all_visits_are_shown(self):
        for hour in (11, 12):
            self.today(make_user(f"Patient{hour}", Role.PATIENT), hour)
        with patch.object(diary, "MOST_VISITS", 2):
            answer = self.calendar(self.erin)
            self.assert_says(answer, "Only the first 2 visits are shown.")
        self.assertEqual(len(self.visits(answer)), 2)
