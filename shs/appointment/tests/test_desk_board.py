"""The desk board: its columns and cards, walk-ins on it, and the printed day list."""

from datetime import datetime, time, timedelta
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
from shs.users.models import Role


class TheBoard(Desk, TestCase):
    def card_count(self, answer) -> dict[str, int]:
        return {part["column"].key: len(part["cards"]) for part in answer.context["columns"]}

    def test_each_visit_stands_in_the_column_of_its_state(self):
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

    def test_who_opens_it_and_whose_visits_they_find_there(self):
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

    def test_a_clinic_of_others_is_not_opened_by_its_number(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        day = timezone.localdate()
        services.book(patient=self.bob, doctor_id=zoe.pk, date=day, time=time(10), now=at(0))
        answer = self.open(self.erin, f"?clinic={self.other_clinic.pk}&doctor={zoe.pk}")
        self.assertEqual(answer.context["page"].clinic, self.clinic)
        self.assert_hides(answer, "Zoe")

    def test_a_desk_of_two_clinics_chooses_one_and_a_doctor(self):
        give(self.erin, self.other_clinic, "run_desk", source=ObjectGrant.Source.DESK)
        answer = self.open(self.erin, f"?clinic={self.clinic.pk}&doctor={self.dr_carol.pk}")
        self.assertEqual(answer.context["page"].doctor, self.dr_carol)
        self.assert_says(answer, "Hill Clinic")
        self.assertEqual(self.card_count(self.open(self.erin, f"?clinic={self.other_clinic.pk}"))["confirmed"], 0)

    def test_a_desk_without_a_clinic_is_told_so(self):
        nora = make_user("Nora", Role.STAFF, duty="Clinic desk")
        self.assert_says(self.open(nora), "You are not assigned to a clinic desk yet.")

    def test_a_day_that_is_none_is_today(self):
        for words in ("x", "2026-13-01", "0001-01-01", "9999-12-31", "%00", "9" * 50):
            with self.subTest(day=words):
                if words == "%00":
                    self.assertEqual(self.open(self.erin, f"?day={words}").status_code, 400)
                else:
                    self.assertEqual(self.open(self.erin, f"?day={words}").context["page"].day, timezone.localdate())
        self.assertEqual(self.open(self.erin, f"?day={timezone.localdate() + timedelta(2)}").status_code, 200)

    def test_a_card_says_how_late_and_since_when_somebody_waits(self):
        self.assert_says(self.open(self.erin, now=at(10, 12)), "12 min late")
        self.todays.check_in(now=at(10, 12))
        answer = self.open(self.erin, now=at(10, 20))
        self.assert_says(answer, "waiting 8 min")
        self.assert_hides(answer, "min late")

    def test_the_buttons_are_the_legal_steps_of_this_user(self):
        def names(user):
            page = self.open(user, f"?clinic={self.clinic.pk}")
            (card,) = [card for part in page.context["columns"] for card in part["cards"]]
            return [step.name for step, _url in (*card["at_once"], *card["asking"])]

        self.assertEqual(names(self.erin), ["check_in", "cancel"])
        self.assertEqual(names(self.carol), ["complete", "cancel"])
        self.assertEqual(names(self.irene), [])
        self.todays.check_in(now=at(10))
        self.assertEqual(names(self.erin), ["undo_check_in", "cancel"])

    def test_a_step_is_taken_by_post_alone_and_leads_back_to_the_board(self):
        url = reverse("admin:appointment_appointment_step", args=(self.todays.pk, "check_in"))
        with self.clock(at(10)):
            client = self.as_user(self.erin)
            client.get(url)
            self.assertIsNone(Appointment.objects.get(pk=self.todays.pk).checked_in_at)
            answer = client.post(f"{url}?next=/admin/desk/%3Fday%3D2026-01-01")
        self.assertEqual(answer.headers["Location"], "/admin/desk/?day=2026-01-01")
        self.assertTrue(Appointment.objects.get(pk=self.todays.pk).waits)
        self.assertEqual(self.todays.history.latest("history_id").history_user, self.erin)

    def test_without_the_token_of_the_page_nothing_is_taken(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:appointment_appointment_step", args=(self.todays.pk, "check_in"))
        self.assertEqual(client.post(url).status_code, 403)
        self.assertEqual(client.post(reverse("admin:desk"), {"patient": self.alice.pk}).status_code, 403)

    def test_only_the_doctor_of_the_visit_sees_the_allergy_flag_and_the_patient_finds_it_in_the_log(self):
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

    def test_no_clinical_word_stands_on_the_board(self):
        for user in (self.erin, self.carol):
            self.assert_hides(self.open(user), "chest pain")

    def test_it_asks_no_more_for_sixty_visits_than_for_five(self):
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

    def test_a_board_with_more_than_it_shows_says_so(self):
        self.today(self.bob, 11)
        with patch.object(board, "MOST_CARDS", 1):
            answer = self.open(self.erin)
        self.assert_says(answer, "Only the first 1 visits")
        self.assertEqual(sum(self.card_count(answer).values()), 1)


class WalkInsOnTheBoard(Desk, TestCase):
    def send(self, user, now: datetime, query: str = "", **data):
        with self.clock(now):
            client = self.as_user(user)
            return client.post(reverse("admin:desk") + query, {"doctor": self.dr_carol.pk, **data}, follow=True)

    def test_the_desk_takes_in_a_patient_whom_it_knows_and_one_by_address(self):
        answer = self.send(self.erin, at(9), patient=self.alice.pk)
        self.assert_says(answer, "Alice: at 09:00, serial 1, to Dr. Carol.")
        answer = self.send(self.erin, at(17), patient_email="bob@example.com")
        self.assert_says(answer, "Bob: an extra visit at 17:00, serial 25, to Dr. Carol.")
        self.assertEqual(Appointment.objects.filter(source="walk_in").count(), 2)

    def test_a_stranger_is_not_chosen_by_number_nor_a_colleague_by_address(self):
        for data in ({"patient": self.bob.pk}, {"patient_email": "henry@example.com"}, {}):
            with self.subTest(data=data):
                self.assertEqual(self.send(self.erin, at(9), **data).status_code, 200)
        self.assertFalse(Appointment.objects.filter(source="walk_in").exists())

    def test_a_doctor_of_another_clinic_is_not_offered(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        self.assert_says(self.send(self.erin, at(9), patient=self.alice.pk, doctor=zoe.pk), "Select a valid choice")

    def test_who_may_not_add_visits_takes_nobody_in(self):
        for user in (self.carol, self.irene):
            self.send(user, at(9), patient=self.alice.pk)
        self.send(self.erin, at(9), f"?day={timezone.localdate() + timedelta(days=1)}", patient=self.alice.pk)
        self.assertFalse(Appointment.objects.filter(source="walk_in").exists())

    def test_a_refusal_stands_on_the_form_in_words(self):
        answer = self.send(self.erin, at(23, 50), patient=self.alice.pk)
        self.assert_says(answer, "The doctor has no free slots left today.")

    def test_the_chooser_of_patients_is_cut_to_those_of_the_clinic(self):
        query = {"app_label": "appointment", "model_name": "appointment", "field_name": "patient"}
        names = {
            hit["text"] for hit in self.as_user(self.erin).get(reverse("admin:autocomplete"), query).json()["results"]
        }
        self.assertEqual(names, {"Alice"})


class TheDayList(Desk, TestCase):
    def test_it_has_a_table_a_doctor_and_masked_phones_and_nothing_clinical(self):
        self.alice.profile.save_phone("+8801712345678")
        answer = self.open(self.erin, page="desk_print")
        self.assert_says(answer, "Dr. Carol", "Alice", "10:00", "••• 678")
        self.assert_hides(answer, "01712345", "chest pain", "alice@example.com")

    def test_it_is_logged_as_an_export(self):
        self.open(self.erin, page="desk_print")
        line = ReadLog.objects.get(what="export appointment.appointment")
        self.assertEqual((line.reader, line.ids), (self.erin, [self.todays.pk]))
        self.assertIn("Lakeside Clinic", line.note)

    def test_who_prints_it(self):
        expected = {"carol": 200, "dave": 200, "erin": 200, "frank": 200, "grace": 403, "henry": 403, "irene": 403}
        for name, status in expected.items():
            with self.subTest(who=name):
                self.assertEqual(self.open(self.people[name], page="desk_print").status_code, status)
