"""The desk board: its columns, cards and walk-in form, and the printed day list."""

from datetime import time, timedelta
from unittest.mock import patch

from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import board, services
from shs.appointment.models import Appointment
from shs.appointment.tests.test_desk import Desk, at
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.medical_record import services as charts
from shs.medical_record.models import MedicalRecord
from shs.testing import make_doctor, make_user
from shs.users.contacts import set_phone
from shs.users.models import Role


class DeskBoard(Desk, TestCase):
    def card_count(self, answer) -> dict[str, int]:
        return {part["column"].key: len(part["cards"]) for part in answer.context["columns"]}

    def flags(self, answer) -> list[str]:
        (card,) = [card for part in answer.context["columns"] for card in part["cards"]]
        return [str(flag.text) for flag in card["flags"]]

    def test_each_visit_is_in_the_column_of_its_status(self):
        self.today(self.bob, 11, confirmed=False)
        self.today(self.bob, 12).cancel(reason="ill")
        done = self.today(self.bob, 9)
        done.check_in(now=at(9))
        done.complete(now=at(9, 10))
        self.today(self.bob, 13).miss()
        answer = self.open(self.erin)
        counts = {"requested": 1, "confirmed": 1, "checked_in": 0, "completed": 1, "missed": 1}
        self.assertEqual(self.card_count(answer), counts)
        self.assertEqual(len(answer.context["cancelled"]["cards"]), 1)
        self.todays.check_in(now=at(10, 5))
        self.assertEqual(self.card_count(self.open(self.erin)), {**counts, "confirmed": 0, "checked_in": 1})

    def test_which_users_open_the_board_and_which_visits_they_see(self):
        for name, user in self.people.items():
            if name in {"nobody", "suspended"}:
                continue
            expected = {"carol": 1, "erin": 1, "frank": 1, "irene": 1, "dave": 0, "grace": 403, "henry": 403}
            for page in ("desk", "desk_cards"):
                with self.subTest(who=name, page=page):
                    clinic = f"?clinic={self.clinic.pk}" if name in {"frank", "irene"} else ""
                    answer = self.open(user, clinic, page)
                    found = answer.status_code
                    if found == 200:
                        found = sum(self.card_count(answer).values())
                    self.assertEqual(found, expected.get(name, 302))

    def test_the_board_of_another_clinic_cannot_be_opened_by_id(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        day = timezone.localdate()
        services.book(patient=self.bob, doctor_id=zoe.pk, date=day, time=time(10), now=at(0))
        answer = self.open(self.erin, f"?clinic={self.other_clinic.pk}&doctor={zoe.pk}")
        self.assertEqual(answer.context["page"].clinic, self.clinic)
        self.assert_hides(answer, "Zoe")

    def test_staff_of_two_clinics_can_choose_clinic_and_doctor(self):
        give(self.erin, self.other_clinic, "run_desk", source=ObjectGrant.Source.DESK)
        answer = self.open(self.erin, f"?clinic={self.clinic.pk}&doctor={self.dr_carol.pk}")
        self.assertEqual(answer.context["page"].doctor, self.dr_carol)
        self.assert_says(answer, "Hill Clinic")
        self.assertEqual(self.card_count(self.open(self.erin, f"?clinic={self.other_clinic.pk}"))["confirmed"], 0)

    def test_staff_without_a_clinic_see_a_message(self):
        nora = make_user("Nora", Role.STAFF, duty="Clinic desk")
        self.assert_says(self.open(nora), "You are not assigned to a clinic desk yet.")

    def test_an_invalid_day_shows_today(self):
        for words in ("x", "2026-13-01", "0001-01-01", "9999-12-31", "%00", "9" * 50):
            with self.subTest(day=words):
                if words == "%00":
                    self.assertEqual(self.open(self.erin, f"?day={words}").status_code, 400)
                else:
                    self.assertEqual(self.open(self.erin, f"?day={words}").context["page"].day, timezone.localdate())
        self.assertEqual(self.open(self.erin, f"?day={timezone.localdate() + timedelta(2)}").status_code, 200)

    def test_a_card_shows_how_late_the_patient_is_or_how_long_they_wait(self):
        self.assert_says(self.open(self.erin, now=at(10, 12)), "12 min late")
        self.todays.check_in(now=at(10, 12))
        answer = self.open(self.erin, now=at(10, 20))
        self.assert_says(answer, "waiting 8 min")
        self.assert_hides(answer, "min late")

    def test_who_is_inside_does_not_wait(self):
        self.todays.check_in(now=at(10, 12))
        session = services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room="", now=at(10, 15))
        services.call_next(session=session, now=at(10, 15))
        answer = self.open(self.erin, now=at(10, 20))
        self.assertEqual(self.flags(answer), ["inside"])

    def test_who_was_seen_does_not_wait_until_they_are_checked_in_again(self):
        self.todays.check_in(now=at(10, 12))
        session = services.begin_session(doctor=self.dr_carol, clinic=self.clinic, room="", now=at(10, 15))
        services.call_next(session=session, now=at(10, 15))
        services.end_session(session=session, now=at(10, 25))
        self.assertEqual(self.flags(self.open(self.erin, now=at(10, 30))), ["seen"])
        Appointment.objects.without_history("again").filter(pk=self.todays.pk).update(checked_in_at=at(10, 31))
        self.assertEqual(self.flags(self.open(self.erin, now=at(10, 33))), ["waiting 2 min"])

    def test_buttons_are_the_steps_that_the_status_and_the_user_allow(self):
        def names(user):
            page = self.open(user, f"?clinic={self.clinic.pk}")
            (card,) = [card for part in page.context["columns"] for card in part["cards"]]
            return [step.name for step, _url in (*card["at_once"], *card["asking"])]

        self.assertEqual(names(self.erin), ["check_in", "cancel"])
        self.assertEqual(names(self.carol), ["complete", "cancel"])
        self.assertEqual(names(self.irene), [])
        self.todays.check_in(now=at(10))
        self.assertEqual(names(self.erin), ["undo_check_in", "cancel", "put_first"])

    def test_a_step_needs_post_and_returns_to_the_board(self):
        url = reverse("admin:appointment_appointment_step", args=(self.todays.pk, "check_in"))
        with self.clock(at(10)):
            client = self.as_user(self.erin)
            client.get(url)
            self.assertIsNone(Appointment.objects.get(pk=self.todays.pk).checked_in_at)
            answer = client.post(f"{url}?next=/admin/desk/%3Fday%3D2026-01-01")
        self.assertEqual(answer.headers["Location"], "/admin/desk/?day=2026-01-01")
        self.assertTrue(Appointment.objects.get(pk=self.todays.pk).waits)
        self.assertEqual(self.todays.history.latest("history_id").history_user, self.erin)

    def test_a_post_without_csrf_token_is_refused(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:appointment_appointment_step", args=(self.todays.pk, "check_in"))
        self.assertEqual(client.post(url).status_code, 403)
        self.assertEqual(client.post(reverse("admin:desk_register"), {"person": self.alice.pk}).status_code, 403)

    def test_only_the_doctor_sees_the_allergy_flag_and_it_is_written_to_the_read_log(self):
        cache.clear()
        entry = MedicalRecord(patient=self.alice, kind="allergy", title="Penicillin", severity="severe")
        charts.record(entry=entry, by=self.carol, now=at(9))
        for user in (self.erin, self.frank, self.irene):
            with self.subTest(who=user.name):
                self.assert_hides(self.open(user, f"?clinic={self.clinic.pk}"), "Allergy")
        for _again in range(3):
            self.assert_says(self.open(self.carol), "Allergy")
        lines = ReadLog.objects.filter(what="allergy flag")
        self.assertEqual(
            [(line.reader, line.subject, line.ids) for line in lines], [(self.carol, self.alice, [entry.pk])]
        )

    def test_only_the_doctor_sees_critical_vital_signs_of_the_day(self):
        cache.clear()
        for signs, hours in (({"spo2_percent": 98}, 7), ({"spo2_percent": 70}, 8)):
            entry = MedicalRecord(patient=self.alice, kind="vital_signs", vital_signs=signs)
            charts.record(entry=entry, by=self.carol, now=at(hours))
        for user in (self.erin, self.frank, self.irene):
            with self.subTest(who=user.name):
                self.assert_hides(self.open(user, f"?clinic={self.clinic.pk}"), "Oxygen")
        for _again in range(2):
            self.assert_says(self.open(self.carol), "Critical: Oxygen saturation 70 %")
        (line,) = ReadLog.objects.filter(what="vital signs flag")
        self.assertEqual((line.reader, line.ids), (self.carol, [entry.pk]))
        entry = MedicalRecord(patient=self.alice, kind="vital_signs", vital_signs={"spo2_percent": 97})
        charts.record(entry=entry, by=self.carol, now=at(9))
        self.assert_hides(self.open(self.carol), "Critical")

    def test_the_board_shows_no_clinical_text(self):
        for user in (self.erin, self.carol):
            self.assert_hides(self.open(user), "chest pain")

    def test_sixty_visits_need_no_more_queries_than_five(self):
        def fill(count: int, first: int):
            for number in range(first, first + count):
                doctor = make_doctor(make_user(f"Dr. Many{number}", Role.DOCTOR), self.clinic)
                patient = make_user(f"Patient{number}", Role.PATIENT)
                visit = services.book(
                    patient=patient, doctor_id=doctor.pk, date=timezone.localdate(), time=time(10), now=at(0)
                )
                visit.confirm(now=at(0))
                if number % 2:
                    visit.check_in(now=at(9))

        def count(page) -> int:
            with self.clock(at(10, 30)):
                client = self.as_user(self.erin)
                client.get(reverse(page))
                with CaptureQueriesContext(connection) as found:
                    self.assertEqual(client.get(reverse(page)).status_code, 200)
            return len(found)

        fill(4, 1)
        pages = ("admin:desk", "admin:desk_cards", "admin:desk_print")
        before = [count(page) for page in pages]
        fill(55, 5)
        self.assertEqual([count(page) for page in pages], before)
        self.assertLessEqual(max(before), 20)

    def test_a_message_says_when_not_all_visits_are_shown(self):
        self.today(self.bob, 11)
        with patch.object(board, "MOST_CARDS", 1):
            answer = self.open(self.erin)
        self.assert_says(answer, "Only the first 1 visits")
        self.assertEqual(sum(self.card_count(answer).values()), 1)


class DayList(Desk, TestCase):
    def test_it_has_one_table_per_doctor_with_masked_phones_and_nothing_clinical(self):
        set_phone(person=self.alice, text="+8801712345678", now=timezone.now())
        answer = self.open(self.erin, page="desk_print")
        self.assert_says(answer, "Dr. Carol", "Alice", "10:00", "••• 678")
        self.assert_hides(answer, "01712345", "chest pain", "alice@example.com")

    def test_printing_is_logged_as_an_export(self):
        self.open(self.erin, page="desk_print")
        line = ReadLog.objects.get(what="export appointment.appointment")
        self.assertEqual((line.reader, line.ids), (self.erin, [self.todays.pk]))
        self.assertIn("Lakeside Clinic", line.note)

    def test_which_users_can_print_it(self):
        expected = {"carol": 200, "dave": 200, "erin": 200, "frank": 200, "grace": 403, "henry": 403, "irene": 403}
        for name, status in expected.items():
            with self.subTest(who=name):
                self.assertEqual(self.open(self.people[name], page="desk_print").status_code, status)

    def test_phones_are_printed_whole_for_those_who_may_call(self):
        set_phone(person=self.alice, text="+8801712345678", now=timezone.now())
        self.assert_says(self.open(self.erin, page="desk_print"), "phones=1")
        self.assert_hides(self.open(self.carol, page="desk_print"), "phones=1")
        answer = self.open(self.erin, "?phones=1", page="desk_print")
        self.assert_says(answer, "+8801712345678", "800", "Fee (BDT)", "Notes")
        self.assert_hides(answer, "chest pain")
        self.assertIn("with phones", ReadLog.objects.filter(what="export appointment.appointment").last().note)
        for user in (self.carol, self.irene):
            self.assertEqual(self.open(user, "?phones=1", page="desk_print").status_code, 403)

    def test_the_slip_of_each_visit_of_today_is_one_click_from_the_board(self):
        done = self.today(self.bob, 9)
        done.check_in(now=at(9))
        done.complete(now=at(9, 10))
        slip = reverse("admin:appointment_appointment_slip", args=(done.pk,))
        self.assert_says(self.open(self.erin), f'href="{slip}#print"')
        self.assert_says(self.as_user(self.erin).get(slip), "#1", "Bob")
        self.assert_hides(self.open(self.erin, f"?day={timezone.localdate() - timedelta(1)}"), "/slip/")
