"""Temporary hours and single days, closed days, public holidays, notice and the last minute to cancel."""

from datetime import datetime, time, timedelta
from unittest import mock

import time_machine
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from shs.appointment import services
from shs.appointment.holidays import not_confirmed
from shs.appointment.models import Appointment
from shs.doctors import holidays
from shs.doctors.models import ClosedDay, DoctorAvailability, HoursPeriod, PeriodBlock
from shs.notices.models import Notice
from shs.testing import Api, TestUsers, soon

DAY = 2
"""Alice's visit is so many days from now."""


def at(days: int, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(soon(days), time(hour, minute)))


class Office(TestUsers):
    def office(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client

    def slots(self, days: int) -> list[str]:
        found = Api().get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{soon(days)}").json()
        return [slot["time"] for slot in found if slot["available"]]


class Periods(Office, TestCase):
    def body(self, first: int, last: int, *blocks: dict) -> dict:
        return {"first": f"{soon(first)}", "last": f"{soon(last)}", "reason": "Ramadan", "hours": list(blocks)}

    def block(self, days: int, **fields) -> dict:
        return {"weekday": soon(days).weekday(), "start": "10:00", "end": "11:00", "slot_minutes": 30, **fields}

    def test_a_doctor_adds_changes_and_deletes_hours_of_a_period(self):
        carol = Api(self.carol)
        made = carol.post(
            "/doctors/me/periods", self.body(5, 6, self.block(5), self.block(6, start="22:00", end="01:00"))
        )
        self.assertEqual(made.status_code, 201, made.json())
        self.assertEqual([block["clinic"] for block in made.json()["hours"]], [self.clinic.pk] * 2)
        self.assertEqual((self.slots(5), self.slots(6)), (["10:00", "10:30"], ["22:00", "22:30", "23:00", "23:30"]))
        self.assertEqual(self.slots(7)[:3], ["00:00", "00:30", "09:00"])
        self.assertEqual(carol.get("/doctors/me/periods").json(), [made.json()])
        path = f"/doctors/me/periods/{made.json()['id']}"
        self.assertEqual(carol.put(path, self.body(6, 6)).json()["hours"], [])
        self.assertEqual((len(self.slots(5)), self.slots(6)), (24, []))
        self.assertEqual(carol.delete(path).status_code, 204)
        self.assertEqual(len(self.slots(6)), 24)
        self.assertEqual(HoursPeriod.history.filter(history_type="-").count(), 1)

    def test_others_have_no_part_in_it(self):
        pk = Api(self.carol).post("/doctors/me/periods", self.body(5, 6)).json()["id"]
        for user, status in ((self.alice, 403), (self.dave, 404), (self.erin, 403)):
            self.assertEqual(Api(user).delete(f"/doctors/me/periods/{pk}").status_code, status)

    def test_what_is_refused_changes_nothing(self):
        for body, field in (
            (self.body(6, 5), "last"),
            (self.body(5, 500), "last"),
            (self.body(5, 5, self.block(6)), "hours.0.weekday"),
            (self.body(5, 5, self.block(5), self.block(5)), "1.start"),
            (self.body(5, 5, self.block(5, end="10:00")), "0.end"),
            (self.body(5, 5, self.block(5, clinic=self.other_clinic.pk)), "0.clinic"),
        ):
            with self.subTest(field=field):
                answer = Api(self.carol).post("/doctors/me/periods", body)
                self.assertEqual(answer.status_code, 422)
                self.assertEqual(answer.json()["errors"][0]["field"], field)
        self.assertFalse(HoursPeriod.objects.exists())
        Api(self.carol).post("/doctors/me/periods", self.body(5, 6))
        self.assertEqual(Api(self.carol).post("/doctors/me/periods", self.body(5, 6)).status_code, 422)

    def test_visits_that_are_affected_are_decided_first(self):
        carol, body = Api(self.carol), self.body(DAY, DAY, self.block(DAY, start="14:00", end="15:00"))
        refused = carol.post("/doctors/me/periods", body)
        self.assertEqual((refused.status_code, len(refused.json()["visits"])), (409, 1))
        self.assertFalse(HoursPeriod.objects.exists())
        made = carol.post("/doctors/me/periods?affected=keep", body)
        self.assertEqual(made.status_code, 201)
        self.visit.refresh_from_db()
        self.assertIsNotNone(self.visit.without_doctor_since)
        carol.delete(f"/doctors/me/periods/{made.json()['id']}")
        self.visit.refresh_from_db()
        self.assertIsNone(self.visit.without_doctor_since)

    def form(self, first: int, last: int, **blocks) -> dict:
        empty = {"blocks-TOTAL_FORMS": "1", "blocks-INITIAL_FORMS": "0", "blocks-0-slot_minutes": "20"}
        empty |= {"blocks-0-buffer_minutes": "0"}
        dates = {"first": f"{soon(first):%d/%m/%Y}", "last": f"{soon(last):%d/%m/%Y}"}
        return {"doctor": self.dr_carol.pk, "reason": "", **dates, **empty, **blocks}

    def test_the_desk_adds_hours_of_one_day_without_a_weekday(self):
        page = self.office(self.erin)
        add = reverse("admin:doctors_hoursperiod_add")
        self.assertContains(page.get(add), "00:00 is the end of the day")
        times = {"blocks-0-start": "12:00", "blocks-0-end": "13:00", "blocks-0-buffer_minutes": ""}
        answer = page.post(add, self.form(5, 5, **times))
        context = answer.context or {}
        forms = [form.errors for inline in context.get("inline_admin_formsets", ()) for form in inline.formset.forms]
        self.assertEqual(answer.status_code, 302, [context.get("errors"), forms])
        stored = PeriodBlock.objects.get()
        self.assertEqual((stored.weekday, stored.clinic, stored.buffer_minutes), (soon(5).weekday(), self.clinic, 0))
        self.assertEqual(self.slots(5), ["12:00", "12:20", "12:40"])
        self.assertContains(page.get(reverse("admin:doctors_hoursperiod_changelist")), "12:00–13:00")

    def test_the_office_shows_the_visits_that_are_affected_before_it_is_stored(self):
        page, add = self.office(self.erin), reverse("admin:doctors_hoursperiod_add")
        shown = page.post(add, self.form(DAY, DAY))
        self.assertContains(shown, "1 booked visit is affected")
        self.assertFalse(HoursPeriod.objects.exists())
        chosen = {"planned": "yes", f"decide_{self.visit.pk}": "cancel"}
        self.assertEqual(page.post(add, {**self.form(DAY, DAY), **chosen}).status_code, 302)
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, HoursPeriod.objects.count()), ("cancelled", 1))
        period = HoursPeriod.objects.get()
        gone = page.post(reverse("admin:doctors_hoursperiod_delete", args=(period.pk,)), {"post": "yes"})
        self.assertEqual((gone.status_code, HoursPeriod.objects.count()), (302, 0))

    def test_blocks_that_cannot_be_are_form_errors(self):
        page, add = self.office(self.erin), reverse("admin:doctors_hoursperiod_add")
        times = {"blocks-0-start": "12:00", "blocks-0-end": "13:00"}
        self.assertContains(page.post(add, self.form(5, 6, **times)), "Choose the weekday of each")
        wrong = {**times, "blocks-0-weekday": soon(8).weekday()}
        self.assertContains(page.post(add, self.form(5, 6, **wrong)), "does not occur in the period")
        wrong = {**times, "blocks-0-clinic": self.other_clinic.pk}
        self.assertEqual(page.post(add, self.form(5, 5, **wrong)).status_code, 200)
        self.assertFalse(HoursPeriod.objects.exists())


class ClosedClinic(Office, TestCase):
    def form(self, first: int, last: int, **fields) -> dict:
        dates = {"first": f"{soon(first):%d/%m/%Y}", "last": f"{soon(last):%d/%m/%Y}"}
        words = {"reason": "Painting", "reason_bn": "রঙের কাজ", "closes": "on"}
        return {"clinic": self.clinic.pk, **dates, **words, **fields}

    def test_the_desk_closes_its_clinic_after_deciding_about_the_visits(self):
        page, add = self.office(self.erin), reverse("admin:doctors_closedday_add")
        self.assertContains(page.post(add, self.form(DAY, DAY)), "1 booked visit is affected")
        self.assertFalse(ClosedDay.objects.exists())
        chosen = {"planned": "yes", f"decide_{self.visit.pk}": "cancel"}
        self.assertEqual(page.post(add, {**self.form(DAY, DAY), **chosen}).status_code, 302)
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.status, self.visit.cancelled_by), ("cancelled", "clinic"))
        self.assertEqual(self.visit.cancel_code, "clinic_closed")
        self.assertEqual(self.visit.history.first().history_change_reason, "Painting / রঙের কাজ")
        self.assertTrue(Notice.objects.filter(user=self.alice, about=f"appointment:{self.visit.pk}").exists())
        self.assertEqual(self.slots(DAY), [])

    def test_undecided_visits_come_back_when_the_clinic_opens_again(self):
        page, add = self.office(self.erin), reverse("admin:doctors_closedday_add")
        page.post(add, {**self.form(DAY, DAY), "planned": "yes", f"decide_{self.visit.pk}": "keep"})
        self.visit.refresh_from_db()
        self.assertIsNotNone(self.visit.without_doctor_since)
        row = ClosedDay.objects.get()
        change = reverse("admin:doctors_closedday_change", args=(row.pk,))
        opened = page.get(change).context["adminform"].form
        answer = page.post(change, {**self.form(9, 9), "edit_version": opened.initial.get("edit_version", "")})
        if answer.status_code != 302:
            page.post(reverse("admin:doctors_closedday_delete", args=(row.pk,)), {"post": "yes"})
        self.visit.refresh_from_db()
        self.assertIsNone(self.visit.without_doctor_since)

    def test_the_planner_proposes_a_time_on_a_day_that_is_open(self):
        ClosedDay.objects.create(clinic=self.clinic, first=soon(3), last=soon(4), reason="x", reason_bn="x")
        outage = services.closed_on(self.clinic.pk, [(soon(DAY), soon(DAY))])
        found = services.propose(outage.hit(timezone.now()), outage, timezone.now())
        self.assertEqual(timezone.localdate(found[0].own.opening.starts_at), soon(5))

    def test_patients_see_when_and_why_in_both_languages(self):
        ClosedDay.objects.create(
            clinic=self.clinic, first=soon(3), last=soon(4), reason="Painting", reason_bn="রঙের কাজ"
        )
        ClosedDay.objects.create(clinic=self.other_clinic, first=soon(3), last=soon(4), reason="x", reason_bn="x")
        shown = Api().get(f"/doctors/{self.dr_carol.pk}/closed-days").json()
        days = {"first": f"{soon(3)}", "last": f"{soon(4)}"}
        self.assertEqual(shown, [{"clinic": self.clinic.pk, **days, "reason": "Painting", "reason_bn": "রঙের কাজ"}])
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "11:00"}
        refused = Api(self.bob).post("/appointments/", body)
        self.assertEqual((refused.status_code, refused.json()["type"]), (422, "urn:shs:problem:not_a_slot"))
        self.assertIn("closed on that day: Painting", str(refused.json()))
        bangla = Api(self.bob)
        bangla.headers["Accept-Language"] = "bn"
        self.assertIn("রঙের কাজ", str(bangla.post("/appointments/", body).json()))
        self.assertEqual(Api().get("/doctors/search", available_on=f"{soon(3)}").json()["count"], 0)
        self.assertEqual(Api().get("/doctors/search", available_on=f"{soon(5)}").json()["count"], 1)

    def test_a_desk_closes_its_own_clinic_only(self):
        add = reverse("admin:doctors_closedday_add")
        answer = self.office(self.erin).post(add, self.form(5, 5, clinic=self.other_clinic.pk))
        self.assertEqual((answer.status_code, ClosedDay.objects.count()), (200, 0))

    def test_the_job_finds_visits_at_closed_clinics(self):
        ClosedDay.objects.create(clinic=self.clinic, first=soon(DAY), last=soon(DAY), reason="x", reason_bn="x")
        ClosedDay.objects.create(clinic=self.clinic, first=soon(DAY + 1), last=soon(DAY + 1), reason="x", reason_bn="x")
        other = self.book(patient=self.bob, day=soon(DAY + 5))
        self.assertEqual(services.find_without_doctor(now=timezone.now()), 1)
        for visit in (self.visit, other):
            visit.refresh_from_db()
        self.assertEqual([bool(self.visit.without_doctor_since), bool(other.without_doctor_since)], [True, False])

    def test_a_visit_until_midnight_is_not_hit_by_the_next_day(self):
        DoctorAvailability.objects.create(
            doctor=self.dr_carol,
            clinic=self.clinic,
            weekday=soon(4).weekday(),
            start=time(23),
            end=time(0),
            slot_minutes=60,
        )
        late = self.book(patient=self.bob, day=soon(4), at=time(23))
        ClosedDay.objects.create(clinic=self.clinic, first=soon(5), last=soon(5), reason="x", reason_bn="x")
        self.assertEqual(services.find_without_doctor(now=timezone.now()), 0)
        self.assertEqual(services.closed_on(self.clinic.pk, [(soon(5), soon(5))]).hit(timezone.now()), [])
        self.assertEqual(late.ends_at, at(5, 0))


class PublicHolidays(Office, TestCase):
    def setUp(self):
        found = [
            holidays.Holiday(soon(DAY), "Eid al-Fitr", "ঈদুল ফিতর", is_estimated=True),
            holidays.Holiday(soon(9), "Victory Day", "বিজয় দিবস", is_estimated=False),
        ]
        patch = mock.patch("shs.doctors.holidays.coming", return_value=found)
        patch.start()
        self.addCleanup(patch.stop)
        self.url = reverse("admin:public_holidays")

    def test_without_an_answer_nothing_is_closed_and_the_dashboard_says_so(self):
        self.assertEqual(len(self.slots(9)), 24)
        self.assertEqual(not_confirmed(self.erin, soon(0)), 2)
        page = self.office(self.erin)
        self.assertContains(page.get(self.url), "not confirmed: the clinic counts as open", count=2)
        self.assertContains(page.get(reverse("admin:index")), "2 public holidays are not confirmed")

    def test_each_clinic_answers_once_a_year(self):
        page = self.office(self.erin)
        page.post(self.url, {f"on_{soon(9)}": "closed"})
        row = ClosedDay.objects.get()
        self.assertEqual(
            (row.clinic, row.first, row.reason, row.reason_bn), (self.clinic, soon(9), "Victory Day", "বিজয় দিবস")
        )
        self.assertEqual(row.history.get().history_change_reason, "public holiday")
        self.assertEqual((self.slots(9), not_confirmed(self.erin, soon(0))), ([], 1))
        page.post(self.url, {f"on_{soon(DAY)}": "open", f"on_{soon(9)}": "open"})
        self.assertEqual((not_confirmed(self.erin, soon(0)), ClosedDay.objects.closing().count()), (0, 1))
        self.assertEqual(len(self.slots(DAY)), 23)
        self.assertNotContains(page.get(reverse("admin:index")), "not confirmed")

    def test_visits_that_are_affected_are_shown_before_it_is_stored(self):
        page = self.office(self.erin)
        self.assertContains(page.post(self.url, {"every": "closed"}), "1 booked visit is affected")
        self.assertFalse(ClosedDay.objects.exists())
        chosen = {"every": "closed", "planned": "yes", f"decide_{self.visit.pk}": "cancel"}
        self.assertRedirects(page.post(self.url, chosen), f"{self.url}?clinic={self.clinic.pk}")
        self.visit.refresh_from_db()
        self.assertEqual((self.visit.cancel_code, ClosedDay.objects.count()), ("clinic_closed", 2))

    def test_other_clinics_and_other_people_are_not_asked(self):
        page = self.office(self.erin).post(f"{self.url}?clinic={self.other_clinic.pk}", {f"on_{soon(9)}": "closed"})
        self.assertFalse(ClosedDay.objects.filter(clinic=self.other_clinic).exists(), page)
        for who in ("carol", "irene", "henry"):
            self.assertEqual(self.office(self.people[who]).get(self.url).status_code, 403)

    def test_a_closed_holiday_cannot_be_answered_twice(self):
        made = {"clinic": self.clinic, "first": soon(9), "last": soon(9), "reason": "x", "reason_bn": "x"}
        ClosedDay.objects.create(**made, holiday=soon(9))
        self.office(self.erin).post(self.url, {f"on_{soon(9)}": "closed"})
        self.assertEqual(ClosedDay.objects.count(), 1)


class TheLibrary(TestCase):
    def test_the_holidays_of_bangladesh_have_both_names(self):
        found = holidays.coming(datetime(2026, 11, 29, tzinfo=timezone.get_default_timezone()).date())
        victory = next(row for row in found if row.name == "Victory Day")
        self.assertEqual((f"{victory.day}", victory.name_bn, victory.is_estimated), ("2026-12-16", "বিজয় দিবস", False))
        eid = next(row for row in found if row.name == "Eid al-Fitr")
        self.assertEqual((eid.is_estimated, eid.name_bn), (True, "ঈদুল ফিতর"))
        self.assertEqual(found, sorted(found))
        with translation.override("bn"):
            self.assertEqual(victory.shown_name, "বিজয় দিবস")

    @override_settings(HOLIDAY_COUNTRY="")
    def test_without_a_country_none_are_suggested(self):
        self.assertEqual(holidays.coming(soon()), [])

    def test_a_year_from_29_february(self):
        self.assertTrue(holidays.coming(datetime(2028, 2, 29, tzinfo=timezone.get_default_timezone()).date()))


class InTime(Office, TestCase):
    def set(self, **fields) -> None:
        answer = Api(self.carol).patch("/doctors/me", fields)
        self.assertEqual(answer.status_code, 200, answer.json())
        self.dr_carol.refresh_from_db()

    def test_patients_book_with_notice_and_the_desk_without(self):
        self.set(notice_minutes=120)
        body, day, eleven = {"doctor": self.dr_carol.pk, "date": f"{soon(4)}", "time": "11:00"}, soon(4), at(4, 11, 20)
        with time_machine.travel(at(4, 9, 10), tick=False):
            self.assertEqual(self.slots(0)[0], "11:20")
            refused = Api(self.bob).post("/appointments/", body)
            self.assertEqual((refused.status_code, refused.json()["errors"][0]["field"]), (422, "time"))
            self.assertIn("2 hours ahead", str(refused.json()))
            free = services.first_free(doctors=[self.dr_carol], days=1, now=timezone.now())
            self.assertEqual(free[self.dr_carol.pk], eleven)
            asked = {"patient": self.bob, "doctor_id": self.dr_carol.pk, "date": day, "time": time(9, 20)}
            made = services.book(**asked, now=timezone.now(), source="desk")
            self.assertEqual(timezone.localtime(made.starts_at).time(), time(9, 20))

    def test_notice_holds_for_a_move_by_the_patient_only(self):
        self.set(notice_minutes=60)
        target = {"date": f"{soon(DAY)}", "time": "09:20"}
        with time_machine.travel(at(DAY, 9), tick=False):
            path = f"/appointments/{self.visit.pk}/reschedule"
            self.assertEqual(Api(self.alice).post(path, target).status_code, 422)
            self.assertEqual(Api(self.carol).post(path, target).status_code, 200)

    def cancel(self, user):
        return Api(user).patch(f"/appointments/{self.visit.pk}/status", {"status": "cancelled"})

    def test_patients_cancel_and_move_until_the_last_minute(self):
        self.set(cancel_minutes=180)
        with time_machine.travel(at(DAY, 7, 1), tick=False):
            refused = self.cancel(self.alice)
            self.assertEqual((refused.status_code, refused.json()["type"]), (409, "urn:shs:problem:too_late_to_cancel"))
            self.assertIn("call the clinic", str(refused.json()))
            target = {"date": f"{soon(DAY)}", "time": "14:00"}
            moved = Api(self.alice).post(f"/appointments/{self.visit.pk}/reschedule", target)
            self.assertEqual(moved.status_code, 409)
            self.visit.refresh_from_db()
            self.assertEqual(self.visit.status, "pending")
            self.assertEqual(self.cancel(self.carol).status_code, 200)

    def test_in_time_it_is_cancelled(self):
        self.set(cancel_minutes=180)
        with time_machine.travel(at(DAY, 7), tick=False):
            self.assertEqual(self.cancel(self.alice).status_code, 200)

    def test_the_clinic_decides_where_the_doctor_says_nothing(self):
        self.clinic.cancel_minutes = 24 * 60
        self.clinic.save()
        with time_machine.travel(at(DAY - 1, 12), tick=False):
            self.assertEqual(self.cancel(self.alice).status_code, 409)
        self.set(cancel_minutes=0)
        with time_machine.travel(at(DAY, 9, 59), tick=False):
            self.assertEqual(self.cancel(self.alice).status_code, 200)

    def test_the_settings_stay_when_a_profile_is_replaced_without_them(self):
        self.set(notice_minutes=30, cancel_minutes=60)
        profile = {"license_number": self.dr_carol.license_number, "specializations": ["cardiology"], "experience": 10}
        profile |= {"education": "MBBS", "location": "Dhaka", "fees": "800.00"}
        body = Api(self.carol).put("/doctors/me", profile).json()
        self.assertEqual((body["notice_minutes"], body["cancel_minutes"]), (30, 60))
        for wrong in (-1, 43_201, "x"):
            self.assertEqual(Api(self.carol).patch("/doctors/me", {"notice_minutes": wrong}).status_code, 422)

    def test_a_visit_that_has_begun_says_so(self):
        self.set(cancel_minutes=60)
        with time_machine.travel(at(DAY, 10, 1), tick=False):
            self.assertEqual(self.cancel(self.alice).json()["type"], "urn:shs:problem:too_late")

    def test_spans_are_told_in_words(self):
        told = [f"{services.show_minutes(timedelta(minutes=minutes))}" for minutes in (1, 90, 60, 120, 1440, 2880)]
        self.assertEqual(told, ["1 minute", "90 minutes", "1 hour", "2 hours", "1 day", "2 days"])


class CheckInAroundMidnight(Office, TestCase):
    def test_hours_before_and_after_midnight(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol).delete()
        DoctorAvailability.objects.create(
            doctor=self.dr_carol,
            clinic=self.clinic,
            weekday=soon(4).weekday(),
            start=time(22),
            end=time(2),
            slot_minutes=60,
        )
        visit = self.book(patient=self.bob, day=soon(5), at=time(0))
        visit.confirm(now=timezone.now())
        self.assertFalse(visit.can_be_checked_in(at(4, 20)))
        self.assertTrue(visit.can_be_checked_in(at(4, 22)))
        visit.check_in(now=at(4, 23, 30))
        self.assertEqual(visit.minutes_waiting(at(5, 0, 10)), 40)
        self.assertEqual((visit.serial, Appointment.objects.get(pk=visit.pk).starts_at), (3, at(5, 0)))
