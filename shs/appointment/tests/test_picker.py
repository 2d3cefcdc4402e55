"""Slots to click: which ones are shown, who may ask for them, and what each page does with them."""

import re
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from django.core.exceptions import ValidationError
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.admin.picker import DAYS, MOST_DOCTORS, Look, first_of_each, read_look, read_slot, times_of
from shs.appointment.models import Appointment, Identity, Status
from shs.appointment.tests.test_desk import Desk, at
from shs.core.admin.forms import ClockField
from shs.core.dates import read_time, show_datetime, show_weekday
from shs.doctors.models import DoctorAvailability, DoctorSpecialization, TimeOff
from shs.doctors.services import refresh_derived
from shs.testing import make_doctor, make_user
from shs.users.models import Role

INPUT = re.compile(r'<input type="radio" name="\w+" value="([^"]*)"([^>]*)>')


def shown(answer) -> dict[str, str]:
    """Value of each radio button of a picker → "", "disabled" or "checked"."""
    states = {}
    for value, rest in INPUT.findall(answer.content.decode()):
        states[value] = next((state for state in ("disabled", "checked") if state in rest), "")
    return states


class Typed(SimpleTestCase):
    def test_a_time_is_read_as_people_write_it(self):
        for text in ("18:20", "18.20", "6:20 pm", "6.20PM", "6:20 p.m.", "১৮:২০", " 6:20pm ", "18:20:00"):
            with self.subTest(text=text):
                self.assertEqual(read_time(text), time(18, 20))
        self.assertEqual([read_time(text) for text in ("12 am", "12 pm", "7 am")], [time(0), time(12), time(7)])

    def test_anything_else_is_refused_with_a_sentence(self):
        for text in ("18", "25:00", "18:60", "13 pm", "0:10 am", "half six", "6:2", "9" * 60, "-1:00"):
            with self.subTest(text=text), self.assertRaisesMessage(ValidationError, "for example 18:20 or 6:20 pm"):
                read_time(text)
        self.assertIsNone(ClockField(required=False).clean(" "))

    def test_what_a_button_asks_for_is_read_again_and_nothing_breaks_it(self):
        for look in (Look(), Look(doctor=7), Look(specialty=3), Look(doctor=7, first=date(2028, 2, 29))):
            self.assertEqual(read_look(str(look)), look)
        for text in ("", "|", "x|y", "s|", "9" * 80, "7|2028-02-30", "٣|1", "\x00"):
            self.assertIsInstance(read_look(text), Look)

    def test_a_slot_is_a_time_without_a_zone(self):
        self.assertEqual(read_slot("2028-02-29T10:20"), datetime.fromisoformat("2028-02-29T10:20"))
        for text in ("", "now", "2028-02-29", "2028-02-30T10:00", "2028-02-29T10:20:30", "2028-02-29T10:20+06:00"):
            self.assertIsNone(read_slot(text), text)


class Shown(Desk, TestCase):
    def ask(self, user=None, *, now: datetime | None = None, **query):
        with self.clock(now or at(9, 30)):
            return self.as_user(user or self.erin).get(reverse("admin:desk_slots"), {"clinic": self.clinic.pk, **query})

    def second(self, name: str, **more):
        return make_doctor(make_user(name, Role.DOCTOR), self.clinic, **more)

    def test_seven_days_with_a_free_slot_full_ones_greyed_and_named(self):
        full = at(0, days=1).date()
        TimeOff.objects.create(doctor=self.dr_carol, starts_at=at(0, days=1), ends_at=at(0, days=2))
        answer = self.ask(doctor=self.dr_carol.pk)
        found = shown(answer)
        days = {value[:10] for value in found if "T" in value}
        today = timezone.localdate()
        self.assertEqual(len(days), DAYS)
        self.assertNotIn(f"{full}", days)
        self.assertEqual(found[f"{today}T10:00"], "disabled")  # Alice's
        self.assertEqual(found[f"{today}T09:40"], "checked")
        self.assertNotIn(f"{today}T09:20", found)
        self.assert_says(answer, "Today, 10:00, serial 4: full", "Today, 10:20, serial 5", "#5", "21 free")
        self.assertEqual(next(iter(found)), "now")
        self.assertEqual(list(found)[-1], "")

    def test_later_days_follow_and_lead_back(self):
        first = shown(self.ask(doctor=self.dr_carol.pk))
        last = max(value[:10] for value in first if "T" in value)
        following = date.fromisoformat(last) + timedelta(days=1)
        answer = self.ask(doctor=self.dr_carol.pk, look=str(Look(doctor=self.dr_carol.pk, first=following)))
        self.assertEqual(min(value[:10] for value in shown(answer) if "T" in value), f"{following}")
        self.assert_says(answer, "From today", "Later days")

    def test_the_last_day_that_can_be_booked_ends_them_and_strange_days_break_nothing(self):
        now = at(9)
        for first in (date.min, date.max, date(9999, 1, 1), timezone.localdate() + timedelta(days=88)):
            times = times_of(self.dr_carol.pk, self.clinic.pk, now, first=first)
            latest = services.latest_start(now)
            self.assertTrue(all(slot.starts_at < latest for day in times.days().values() for slot, free in day if free))
            if first > timezone.localdate():
                self.assertEqual(times.later(), "")
        for look in ("x", f"{'9' * 30}|2028-01-01", "|9999-12-31", "s99|", f"{self.dr_dave.pk}|"):
            self.assertEqual(self.ask(look=look).status_code, 200)

    def test_a_doctor_without_hours_offers_the_registration_only(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol).delete()
        answer = self.ask()
        self.assertEqual(shown(answer), {"now": "disabled", "": ""})
        self.assert_says(answer, "No free time in the next weeks.", "doctor not here today")

    def test_a_slot_of_several_places_says_how_many_are_left(self):
        class Several(services.Opening):
            places_left = 3

        slot = Several(at(11), at(12), 5, self.clinic.pk)
        with patch.object(services, "slots_of", return_value=[(slot, False), (slot, True), (slot, False)]):
            (row,) = times_of(self.dr_carol.pk, self.clinic.pk, at(9)).rows()
        self.assertEqual([(one.is_free, one.note) for one in row.choices], [(True, "#5 · 3 places")])

    def test_a_specialty_shows_who_is_free_first_at_this_clinic(self):
        other = DoctorSpecialization.objects.create(name="Dermatology", slug="skin")
        zoe, yusuf = self.second("Dr. Zoe"), self.second("Dr. Yusuf")
        yusuf.specializations.set([other])
        refresh_derived(yusuf)
        TimeOff.objects.create(doctor=zoe, starts_at=at(9), ends_at=at(11))
        DoctorAvailability.objects.create(
            doctor=zoe, clinic=self.other_clinic, weekday=at(9).weekday(), start=time(7), end=time(8), slot_minutes=20
        )
        card = zoe.specialty_cards[0]["id"]
        answer = self.ask(specialty=card, doctor=yusuf.pk, now=at(7, 5))
        today = timezone.localdate()
        found = [f"{today}T09:00@{self.dr_carol.pk}", f"{today}T11:00@{zoe.pk}", ""]
        self.assertEqual(list(shown(answer)), found)
        self.assert_hides(answer, "Dr. Yusuf")
        all_times = self.ask(doctor=yusuf.pk, look=str(Look(doctor=zoe.pk)), now=at(7, 5))
        self.assertEqual(shown(all_times)[f"{today}T09:00@{zoe.pk}"], "disabled")
        self.assertEqual(shown(all_times)[f"{today}T11:00@{zoe.pk}"], "checked")

    def test_many_doctors_of_a_specialty_do_not_cost_more_and_twenty_are_shown(self):
        client, costs = self.as_user(self.erin), []
        card = self.dr_carol.specialty_cards[0]["id"]
        for count in (2, 25):
            for number in range(count):
                self.second(f"Dr. Many{count}x{number}")
            for query in ({"specialty": card}, {"doctor": self.dr_carol.pk}):
                query["clinic"] = self.clinic.pk
                client.get(reverse("admin:desk_slots"), query)
                with CaptureQueriesContext(connection) as caught:
                    answer = client.get(reverse("admin:desk_slots"), query)
                costs.append(len(caught))
                if count == 25 and "specialty" in query:
                    self.assertEqual(len(shown(answer)), MOST_DOCTORS + 1)
        self.assertEqual(costs[:2], costs[2:])
        self.assertLessEqual(max(costs), 8)

    def test_who_may_not_book_there_sees_no_times(self):
        for name, status in {"carol": 403, "dave": 403, "grace": 403, "henry": 403, "irene": 403, "frank": 200}.items():
            with self.subTest(who=name):
                self.assertEqual(self.ask(self.people[name]).status_code, status)
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        answer = self.ask(clinic=self.other_clinic.pk, doctor=zoe.pk, look=f"{zoe.pk}|")
        self.assert_hides(answer, "Zoe", f"@{zoe.pk}")

    def test_first_of_each_reads_other_clinics_for_nobody(self):
        hours = DoctorAvailability.objects.without_history("a test").filter(doctor=self.dr_carol)
        hours.update(clinic=self.other_clinic)
        rows = first_of_each([self.dr_carol], self.clinic.pk, at(9), value=lambda who, at: "")
        self.assertEqual(rows, [])


class NewVisit(Desk, TestCase):
    def send(self, **data):
        typed = {"once": "0b0f9f0e-1111-4222-8333-444455556666", "doctor": self.dr_carol.pk, **data}
        with self.clock(at(9)):
            return self.as_user(self.erin).post(reverse("admin:desk_register"), typed, follow=True)

    def known(self, **data):
        return self.send(name="Alice", person=self.alice.pk, **data)

    def test_it_ends_confirmed_and_says_what_is_read_out(self):
        day = timezone.localdate() + timedelta(days=1)
        answer = self.known(when=f"{day}T10:20")
        said = (
            f"Alice: on {show_weekday(day)} at 10:20, serial 5, to Dr. Carol. Confirmed. Lakeside Clinic, fee BDT 800."
        )
        self.assert_says(answer, said)
        self.assertEqual(Appointment.objects.latest("pk").status, Status.CONFIRMED)

    def test_a_slot_of_another_doctor_of_the_specialty_is_booked_with_them(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic)
        self.known(when=f"{timezone.localdate()}T10:20@{zoe.pk}")
        self.assertEqual(Appointment.objects.latest("pk").doctor, zoe)
        elsewhere = make_doctor(make_user("Dr. Yara", Role.DOCTOR), self.other_clinic)
        count = Appointment.objects.count()
        for key in (elsewhere.pk, 0, "x", "9" * 30, ""):
            with self.subTest(key=key):
                self.known(when=f"{timezone.localdate()}T10:40@{key}", once=f"0b0f9f0e-1111-4222-8333-{key!s:0>12.12}")
        self.assertLessEqual(Appointment.objects.exclude(doctor=self.dr_carol).count(), 1)
        self.assertEqual(Appointment.objects.count(), count + 1)  # the last one names no other doctor

    def test_a_taken_time_is_refused_with_the_nearest_free_ones_and_nothing_else_is_chosen(self):
        today = timezone.localdate()
        answer = self.send(name="Zara", phone="01812345678", birth="30", gender="female", when=f"{today}T10:00")
        self.assert_says(
            answer, "That time is no longer free. Nearest free times: Today"[:28], "09:40", "10:20", "10:40"
        )
        self.assertEqual([value for value, state in shown(answer).items() if state == "checked"], [])
        self.assertEqual(Appointment.objects.filter(patient__name="Zara").count(), 0)

    def test_a_form_without_a_choice_registers_nobody(self):
        answer = self.send(name="Zara", phone="01812345678", birth="30", gender="female")
        self.assert_says(answer, "Choose one of the times.")

    def test_other_days_without_a_script_keep_what_was_typed_and_complain_about_nothing(self):
        following = timezone.localdate() + timedelta(days=7)
        answer = self.send(name="Zara", birth="", when="now", look=str(Look(doctor=self.dr_carol.pk, first=following)))
        self.assert_says(answer, 'value="Zara"', f"{following}T09:00")
        self.assert_hides(answer, "Enter the age", 'role="alert"')
        self.assertEqual(shown(answer)["now"], "checked")

    def test_a_walk_in_to_who_is_not_here_today_is_offered_the_first_later_slot(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol, weekday=timezone.localdate().weekday()).delete()
        with self.clock(at(9)):
            answer = self.as_user(self.erin).get(reverse("admin:desk_register"), {"when": "now"})
        tomorrow = timezone.localdate() + timedelta(days=1)
        self.assertEqual([v for v, state in shown(answer).items() if state == "checked"], [f"{tomorrow}T09:00"])
        self.assertEqual(shown(answer)["now"], "disabled")

    def test_a_walk_in_on_a_full_day_is_said_to_be_an_extra_visit(self):
        with self.clock(at(16, 50)):
            answer = self.as_user(self.erin).get(reverse("admin:desk_register"), {"when": "now"})
        self.assert_says(answer, "extra visit: no slot is left today")
        self.assertEqual(shown(answer)["now"], "checked")


class OtherTimes(Desk, TestCase):
    """The dialogs of a visit that choose a time."""

    def step(self, name: str, user=None, visit=None, now=None, **data):
        visit = visit or self.todays
        url = reverse("admin:appointment_appointment_step", args=(visit.pk, name))
        with self.clock(now or at(9, 10)):
            client = self.as_user(user or self.erin)
            return client.post(url, data, follow=True) if data else client.get(url)

    def test_a_visit_is_moved_to_the_slot_that_is_clicked(self):
        day = timezone.localdate() + timedelta(days=1)
        found = shown(self.step("reschedule"))
        self.assertEqual({state for state in found.values()}, {"", "disabled"})
        answer = self.step("reschedule", slot=f"{day}T11:20")
        self.assert_says(answer, "The visit has been moved.", f"Alice: on {show_weekday(day)} at 11:20, serial 8")
        self.todays.refresh_from_db()
        self.assertEqual((self.todays.starts_at, self.todays.serial), (at(11, 20, days=1), 8))

    def test_date_and_time_are_also_typed(self):
        day = timezone.localdate() + timedelta(days=1)
        for hour, (typed, clock) in enumerate(
            ((f"{day:%d/%m/%Y}", "2:20 pm"), (f"{day}", "15:20"), (f"{day}", "১৬:২০"))
        ):
            self.step("reschedule", date=typed, time=clock)
            self.todays.refresh_from_db()
            self.assertEqual(self.todays.starts_at, at(14 + hour, 20, days=1))

    def test_what_is_typed_wrongly_is_said_and_nearest_times_are_named(self):
        day = timezone.localdate() + timedelta(days=1)
        cases = [
            ({"date": f"{day}", "time": "10:10"}, ["Nearest free times", "10:00", "10:20"]),
            ({"date": f"{timezone.localdate()}", "time": "08:00"}, ["This time has passed. Nearest free times"]),
            ({"date": f"{day}", "time": ""}, ["Enter the time, too."]),
            ({"date": "", "time": "10:20"}, ["Enter the date, too."]),
            ({"date": "soon", "time": "10:20"}, ["Write the date as day/month/year"]),
            ({"date": f"{day}", "time": "tea"}, ["Write the time as hours and minutes"]),
            ({"slot": "tea"}, ["Choose one of the times."]),
            ({"slot": ""}, ["Choose one of the times."]),
            ({"slot": f"{timezone.localdate()}T10:00"}, ["The visit is at that time already."]),
        ]
        for data, words in cases:
            with self.subTest(**data):
                self.assert_says(self.step("reschedule", **data), *words)
        self.todays.refresh_from_db()
        self.assertEqual(self.todays.starts_at, at(10))

    def test_other_days_without_a_script(self):
        first = timezone.localdate() + timedelta(days=9)
        answer = self.step("reschedule", look=str(Look(doctor=self.dr_carol.pk, first=first)), date="soon")
        self.assert_says(answer, f"{first}T09:00", 'value="soon"')
        self.assert_hides(answer, "Write the date")

    def test_the_picker_of_a_visit_is_for_those_who_may_move_it(self):
        url, query = reverse("admin:visit_slots"), {"visit": self.todays.pk}
        expected = {"carol": 200, "dave": 404, "erin": 200, "frank": 200, "grace": 403, "henry": 403, "irene": 403}
        for name, status in expected.items():
            with self.subTest(who=name):
                self.assertEqual(self.as_user(self.people[name]).get(url, query).status_code, status)
        for key in ("", "x", "9" * 40, "0"):
            self.assertEqual(self.as_user(self.erin).get(url, {"visit": key}).status_code, 404)

    def test_the_picker_of_a_visit_takes_eight_queries(self):
        client, query = self.as_user(self.erin), {"visit": self.todays.pk}
        query["look"] = f"|{timezone.localdate() + timedelta(days=3)}"
        client.get(reverse("admin:visit_slots"), query)
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("admin:visit_slots"), query)
        self.assertLessEqual(len(caught), 8)

    def test_desk_and_doctor_book_the_next_visit_confirmed(self):
        day = timezone.localdate() + timedelta(days=30)
        self.todays.check_in(now=at(9, 50))
        self.todays.complete(now=at(10, 15))
        for user, name, clock in ((self.erin, "come_again", "09:20"), (self.carol, "follow_up", "09:40")):
            with self.subTest(who=user.name):
                answer = self.step(name, user, now=at(10, 30), slot=f"{day}T{clock}")
                self.assert_says(answer, "The next visit is booked.", f"Alice: on {show_weekday(day)} at {clock}")
                booked = Appointment.objects.latest("pk")
                self.assertEqual((booked.status, booked.identity), (Status.CONFIRMED, Identity.NONE))
                self.assertEqual(booked.history.latest("history_id").history_user, user)
        self.assertTrue(any(m.level_tag == "warning" for m in answer.context["messages"]), "two on a day: no warning")

    def test_the_first_free_slot_is_chosen_for_the_next_visit(self):
        found = shown(self.step("come_again", now=at(10, 30)))
        self.assertEqual([v for v, s in found.items() if s == "checked"], [f"{timezone.localdate()}T10:40"])

    def test_the_next_visit_is_not_booked_from_one_that_has_not_begun_or_was_cancelled_nor_by_others(self):
        for user in (self.carol, self.dave, self.grace, self.irene):
            with self.subTest(who=user.name):
                self.assertIn(self.step("come_again", user, now=at(11)).status_code, (403, 404))
        for user in (self.erin, self.dave, self.frank):
            with self.subTest(who=user.name):
                self.assertIn(self.step("follow_up", user, now=at(11)).status_code, (403, 404))
        early = self.step("come_again", now=at(9))
        self.assert_says(early, "this may no longer be possible")

    def test_every_dialog_of_a_visit_names_patient_time_and_doctor_first(self):
        from shs.appointment.admin import AppointmentScreen

        for name in AppointmentScreen.steps():
            answer = self.step(name, self.frank)
            if answer.status_code == 200:
                with self.subTest(step=name):
                    facts = answer.content.decode().partition('id="shs-step-about"')[2].partition("</dl>")[0]
                    for word in ("Alice", show_datetime(self.todays.starts_at), "Dr. Carol"):
                        self.assertIn(word, facts)
