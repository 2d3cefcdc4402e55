"""The page “Calendar”: what it shows by day and by week, and on days on which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import diary, services
from shs.appointment.models import Appointment
from shs.appointment.tests.test_desk import Desk, at
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.doctors import services as doctors
from shs.doctors.models import ClosedDay, DoctorAvailability, DoctorInformation, Verification
from shs.testing import make_doctor, make_user
from shs.users.models import Role


class Calendar(Desk):
    """Reads the page by its context: what it says is tested with it."""

    def calendar(self, user, query: str = "", now: datetime | None = None):
        return self.open(user, query, "diary", now)

    def items(self, answer) -> list[diary.Item]:
        rows = answer.context["table"].rows
        return [item for row in rows for cell in row.cells for item in cell.items]

    def visits(self, answer) -> list[Appointment]:
        return [item.visit for item in self.items(answer) if item.visit]

    def free(self, answer) -> list[str]:
        items = [item for item in self.items(answer) if not item.visit]
        return [f"{timezone.localtime(item.starts_at):%H:%M}" for item in items]

    def another_doctor(self, name: str = "Dr. Nadia", clinic=None) -> DoctorInformation:
        return make_doctor(make_user(name, Role.DOCTOR), clinic or self.clinic)

    def leave(self, doctor, start: datetime, end: datetime):
        return doctors.add_time_off(doctor=doctor, starts_at=start, ends_at=end)


class Day(Calendar, TestCase):
    def test_it_has_a_column_for_each_doctor_with_visits_and_free_slots(self):
        nadia = self.another_doctor()
        answer = self.calendar(self.erin, now=at(8))
        self.assertEqual([column.title for column in answer.context["table"].columns], ["Dr. Carol", "Dr. Nadia"])
        self.assertEqual(self.visits(answer), [self.todays])
        self.assertEqual(len(self.free(answer)), 23 + 24)
        self.assert_says(answer, "Alice", "Confirmed", f"view=week&amp;doctor={nadia.pk}")
        self.assert_hides(answer, "chest pain")

    def test_a_visit_leads_to_its_steps_and_a_free_slot_to_the_dialog_with_doctor_and_time(self):
        answer = self.calendar(self.erin, now=at(8))
        self.assert_says(answer, reverse("admin:appointment_appointment_steps", args=(self.todays.pk,)))
        day = timezone.localdate()
        query = f"clinic={self.clinic.pk}&amp;doctor={self.dr_carol.pk}&amp;when={day}T10%3A20"
        self.assert_says(answer, f"{reverse('admin:desk_register')}?{query}")

    def test_the_dialog_has_chosen_the_slot_also_a_far_one(self):
        for days in (1, 3, 20):
            when = f"{timezone.localdate() + timedelta(days)}T16:40"
            with self.subTest(days=days):
                query = f"?clinic={self.clinic.pk}&doctor={self.dr_carol.pk}&when={when}"
                answer = self.open(self.erin, query, "desk_register")
                form = answer.context["form"]
                self.assertEqual((form["doctor"].value(), form["when"].value()), (self.dr_carol.pk, when))
                self.assert_says(answer, when)

    def test_past_slots_are_not_offered_and_their_times_stand_there(self):
        answer = self.calendar(self.erin, now=at(12, 10))
        self.assertEqual(self.free(answer)[0], "12:20")
        cells = {row.title: row.cells[0] for row in answer.context["table"].rows}
        self.assertTrue(cells["09:00"].is_past and not cells["12:00"].is_past)
        self.assertTrue(cells["12:00"].is_now and not cells["13:00"].is_now)
        self.assertEqual(cells["10:00"].left, ["10:20", "10:40"])

    def test_cancelled_visits_are_not_shown_and_their_slots_are_free(self):
        self.todays.cancel(reason="ill")
        answer = self.calendar(self.erin, now=at(8))
        self.assertEqual(self.visits(answer), [])
        self.assertIn("10:00", self.free(answer))

    def test_each_status_is_said_in_words(self):
        self.today(self.bob, 11, confirmed=False)
        self.today(self.bob, 13).miss()
        self.todays.check_in(now=at(10))
        answer = self.calendar(self.erin)
        self.assertEqual(
            [item.progress for item in self.items(answer) if item.visit], ["checked_in", "requested", "missed"]
        )
        self.assert_says(answer, "Checked in", "Requested", "Missed")

    def test_leave_is_shaded_with_a_word_and_a_visit_in_it_is_without_a_doctor(self):
        self.leave(self.dr_carol, at(9, 30), at(12))
        services.look_again(self.dr_carol.pk, at(8))
        answer = self.calendar(self.erin, now=at(8))
        cells = {row.title: row.cells[0] for row in answer.context["table"].rows}
        self.assertEqual((cells["09:00"].shade, cells["09:00"].is_all_shaded), ("away 09:30–10:00", False))
        self.assertEqual((cells["10:00"].shade, cells["10:00"].is_all_shaded), ("away", True))
        self.assertEqual((cells["12:00"].shade, self.free(answer)[:2]), ("", ["09:00", "12:00"]))
        self.assertEqual([(item.visit, item.progress) for item in cells["10:00"].items], [(self.todays, "left")])
        self.assert_says(answer, "without a doctor")

    def test_an_extra_visit_is_marked(self):
        extra = self.walk_in(at(18))
        answer = self.calendar(self.erin, now=at(18, 5))
        self.assertIn(extra, self.visits(answer))
        self.assertIn("extra", [str(flag.text) for item in self.items(answer) for flag in item.flags])

    def test_who_has_no_hours_is_named_and_has_no_column(self):
        nadia = self.another_doctor()
        nadia.availability.filter(weekday=timezone.localdate().weekday()).delete()
        answer = self.calendar(self.erin)
        self.assertEqual([column.title for column in answer.context["table"].columns], ["Dr. Carol"])
        self.assert_says(answer, "Without working hours on this day: Dr. Nadia")

    def test_a_doctor_who_cannot_be_booked_any_more_keeps_a_column_for_the_visits_and_offers_nothing(self):
        DoctorInformation.objects.without_history("a test").filter(pk=self.dr_carol.pk).update(
            verification_status=Verification.SUSPENDED
        )
        answer = self.calendar(self.erin, now=at(8))
        self.assertEqual((self.visits(answer), self.free(answer)), ([self.todays], []))

    def test_slots_at_another_clinic_are_not_offered_here(self):
        self.dr_carol.clinics.add(self.other_clinic)
        blocks = DoctorAvailability.objects.without_history("a test").filter(doctor=self.dr_carol)
        blocks.update(clinic=self.other_clinic)
        answer = self.calendar(self.erin, now=at(8))
        self.assertEqual((self.visits(answer), self.free(answer)), ([self.todays], []))

    def test_a_day_without_anything_is_said_in_words(self):
        DoctorAvailability.objects.all().delete()
        self.assert_says(
            self.calendar(self.erin, f"?day={timezone.localdate() + timedelta(9)}"), "Nobody has working hours"
        )

    def test_slots_beyond_the_last_bookable_day_are_not_offered(self):
        answer = self.calendar(self.erin, f"?day={timezone.localdate() + timedelta(300)}")
        self.assertEqual(self.free(answer), [])
        self.assertEqual(len(answer.context["table"].rows[0].cells[0].left), 3)

    def test_invalid_parameters_are_ignored(self):
        for query in (
            "?day=x",
            "?day=0001-01-01",
            "?view=x",
            "?part=x",
            "?part=99999",
            "?part=-1",
            "?doctor=x",
            "?clinic=0",
        ):
            with self.subTest(query=query):
                answer = self.calendar(self.erin, query)
                self.assertEqual((answer.status_code, answer.context["page"].day), (200, timezone.localdate()))
        for query in (f"?doctor={'9' * 40}", "?doctor=0", "?view=week&day=9999-12-31", "?day=1900-01-01&view=week"):
            with self.subTest(query=query):
                self.assertEqual(self.calendar(self.erin, query).status_code, 200)


class Week(Calendar, TestCase):
    def of(self, doctor, user=None, **more):
        wanted = "&".join(f"{name}={value}" for name, value in more.items())
        return self.calendar(user or self.erin, f"?clinic={self.clinic.pk}&doctor={doctor.pk}&view=week&{wanted}")

    def test_a_doctors_week_has_a_column_for_each_day(self):
        answer = self.of(self.dr_carol)
        columns = answer.context["table"].columns
        self.assertEqual(len(columns), 7)
        self.assertEqual(columns[0].day.isoweekday(), 7)
        self.assertIn(timezone.localdate(), [column.day for column in columns])
        self.assertIn(self.todays, self.visits(answer))

    def test_a_link_without_a_clinic_finds_the_clinic_where_the_doctor_works(self):
        give(self.erin, self.other_clinic, "run_desk", source=ObjectGrant.Source.DESK)
        zoe = self.another_doctor("Dr. Zoe", self.other_clinic)
        for doctor, clinic in ((zoe, self.other_clinic), (self.dr_carol, self.clinic)):
            answer = self.calendar(self.erin, f"?doctor={doctor.pk}&view=week")
            if answer.status_code == 302:
                answer = self.open(self.erin, f"?{answer['Location'].partition('?')[2]}", "diary")
            with self.subTest(doctor=doctor.name):
                self.assertEqual((answer.context["page"].clinic, answer.context["page"].doctor), (clinic, doctor))

    def test_a_clinics_week_counts_visits_and_free_slots_by_doctor_and_day(self):
        nadia = self.another_doctor()
        tomorrow = timezone.localdate() + timedelta(1)
        self.book(patient=self.bob, day=tomorrow, at=time(11), now=at(0))
        self.leave(nadia, at(0, days=1), at(23, 59, days=1))
        answer = self.calendar(self.erin, f"?view=week&day={tomorrow}")
        lines = {line.name: {one.day: one for one in line.sums} for line in answer.context["lines"]}
        carol, nadia = lines["Dr. Carol"][tomorrow], lines["Dr. Nadia"][tomorrow]
        self.assertEqual((carol.visits, carol.free, carol.shade), (1, 23, ""))
        self.assertEqual((nadia.visits, nadia.free, nadia.shade), (0, 0, "away"))
        self.assert_says(
            answer, "1 visit", "23 free", f"day={tomorrow}&amp;clinic={self.clinic.pk}&amp;view=day&amp;doctor="
        )

    def test_it_counts_what_is_without_a_doctor(self):
        self.todays.lose_doctor(now=at(8))
        answer = self.calendar(self.erin, "?view=week")
        self.assertEqual(sum(one.left for line in answer.context["lines"] for one in line.sums), 1)
        self.assert_says(answer, "1 without a doctor")

    def test_a_week_without_hours_is_said_in_words(self):
        DoctorAvailability.objects.all().delete()
        answer = self.of(self.dr_carol, day=timezone.localdate() + timedelta(30))
        self.assert_says(answer, "There are no working hours and no visits in this week.")


class Clocks(Calendar, TestCase):
    """Days on which clocks are put forward or back, and hours over midnight."""

    def rows(self, zone: str, day: date, start: time, end: time) -> list[tuple[str, bool, list[str]]]:
        """The hours of a doctor's day in a zone: title, whether it is the second of that name, and the free times."""
        self.dr_carol.availability.all().delete()
        DoctorAvailability.objects.create(
            doctor=self.dr_carol, clinic=self.clinic, weekday=day.weekday(), start=start, end=end, slot_minutes=30
        )
        with self.settings(TIME_ZONE=zone), timezone.override(ZoneInfo(zone)):
            now = datetime.combine(day, time(0), ZoneInfo(zone)) - timedelta(days=1)
            answer = self.calendar(self.erin, f"?day={day}&clinic={self.clinic.pk}", now)
            table = answer.context["table"]
            return [
                (
                    row.title,
                    row.is_second,
                    [f"{item.starts_at.astimezone(ZoneInfo(zone)):%H:%M}" for item in row.cells[0].items],
                )
                for row in table.rows
            ]

    def test_the_hour_that_is_skipped_has_no_slots(self):
        found = self.rows("America/New_York", date(2027, 3, 14), time(1), time(4))
        self.assertEqual(
            [(title, times) for title, _second, times in found],
            [("01:00", ["01:00", "01:30"]), ("02:00", []), ("03:00", ["03:00", "03:30"])],
        )

    def test_of_the_hour_that_comes_twice_the_first_is_offered_and_a_visit_in_the_second_stands_in_its_own_row(self):
        day, zone = date(2027, 11, 7), ZoneInfo("America/New_York")
        found = self.rows("America/New_York", day, time(0), time(3))
        self.assertEqual([title for title, _second, _times in found], ["00:00", "01:00", "02:00"])
        with self.settings(TIME_ZONE="America/New_York"), timezone.override(zone):
            again = datetime(2027, 11, 7, 1, 30, fold=1, tzinfo=zone).astimezone(UTC)
            Appointment.objects.without_history("a test").filter(pk=self.todays.pk).update(
                starts_at=again, ends_at=again + timedelta(minutes=20)
            )
            answer = self.calendar(self.erin, f"?day={day}", again - timedelta(days=2))
        rows = answer.context["table"].rows
        self.assertEqual([(row.title, row.is_second) for row in rows][1:3], [("01:00", False), ("01:00", True)])
        self.assertEqual([item.visit for item in rows[2].cells[0].items], [self.todays])
        self.assert_says(answer, "second time")

    def test_a_slot_after_midnight_of_hours_that_began_in_the_evening_stands_on_its_own_day(self):
        day = timezone.localdate() + timedelta(2)
        self.dr_carol.availability.all().delete()
        DoctorAvailability.objects.create(
            doctor=self.dr_carol,
            clinic=self.clinic,
            weekday=day.weekday(),
            start=time(23, 30),
            end=time(0, 30),
            slot_minutes=30,
        )
        evening, morning = (
            self.calendar(self.erin, f"?day={day + timedelta(ahead)}&clinic={self.clinic.pk}") for ahead in (0, 1)
        )
        self.assertEqual((self.free(evening)[-1:], self.free(morning)), (["23:30"], ["00:00"]))

    def test_a_closed_day_of_the_clinic_is_shaded_with_a_word_and_nothing_is_free(self):
        day = timezone.localdate() + timedelta(2)
        ClosedDay.objects.create(clinic=self.clinic, first=day, last=day, reason="Victory Day", reason_bn="বিজয় দিবস")
        answer = self.calendar(self.erin, f"?day={day}&clinic={self.clinic.pk}")
        self.assertEqual(self.free(answer), [])
        self.assert_says(answer, "closed")
        self.assert_says(answer, self.dr_carol.name)

    def test_hours_in_which_nothing_is_are_left_out_with_a_word(self):
        self.dr_carol.availability.all().delete()
        day = timezone.localdate() + timedelta(1)
        for start, end in ((time(0), time(1)), (time(8), time(9)), (time(11), time(12))):
            DoctorAvailability.objects.create(
                doctor=self.dr_carol, clinic=self.clinic, weekday=day.weekday(), start=start, end=end, slot_minutes=30
            )
        answer = self.calendar(self.erin, f"?day={day}")
        titles = [row.title for row in answer.context["table"].rows]
        self.assertEqual(titles, ["00:00", "01:00–08:00", "08:00", "09:00", "10:00", "11:00"])
        self.assert_says(answer, "nothing")


class SharedStarts(Calendar, TestCase):
    def test_free_slots_that_begin_together_are_one_link_with_their_number(self):
        day = timezone.localdate() + timedelta(1)
        same = [services.Opening(at(17, days=1), at(18, days=1), serial, self.clinic.pk) for serial in (1, 2, 3)]
        column = diary.Column(self.dr_carol.pk, day, "Dr. Carol", "")

        class Ways:
            def to_visit(self, visit):
                return ""

            def to_book(self, doctor_id, slot):
                return f"book/{slot.serial}"

            def place(self, clinic_id):
                return ""

        slots = {self.dr_carol.pk: [(same[0], False), (same[1], True), (same[2], True)]}
        made = diary.table([column], visits=[], slots=slots, shades={}, ways=Ways(), now=at(9))
        (item,) = made.rows[0].cells[0].items
        self.assertEqual((item.free, item.url), (2, "book/2"))
