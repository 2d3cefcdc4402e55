"""What working hours come to on a day: over midnight, in periods, on closed days, over the change of clocks."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from shs.core.records.constraints import in_week, meet_in_week
from shs.doctors import services
from shs.doctors.models import ClosedDay, DoctorAvailability, DoctorInformation, HoursPeriod, PeriodBlock
from shs.doctors.timetable import Opening, Period, Timetable
from shs.testing import TestUsers, soon

MONDAY = date(2026, 12, 7)
TUESDAY = MONDAY + timedelta(days=1)


def block(weekday: int, start: str, end: str, minutes: int = 60, **fields) -> DoctorAvailability:
    times = {"start": time.fromisoformat(start), "end": time.fromisoformat(end)}
    return DoctorAvailability(weekday=weekday, slot_minutes=minutes, clinic_id=1, **times, **fields)


def told(openings: Iterable[Opening]) -> list[tuple[str, int]]:
    return [(f"{timezone.localtime(slot.starts_at):%a %H:%M}", slot.serial) for slot in openings]


class OverMidnight(SimpleTestCase):
    def test_midnight_is_the_end_of_the_day(self):
        self.assertEqual(
            told(Timetable([block(0, "22:00", "00:00")]).openings(MONDAY)), [("Mon 22:00", 1), ("Mon 23:00", 2)]
        )
        self.assertEqual(Timetable([block(0, "22:00", "00:00")]).openings(TUESDAY), [])
        self.assertEqual(len(block(0, "00:00", "00:00").clocks()), 24)

    def test_slots_after_midnight_are_of_the_next_date_with_the_serials_of_their_block(self):
        hours = Timetable([block(0, "22:00", "02:00"), block(1, "01:59", "03:59")])
        hours = Timetable([block(0, "22:00", "02:00"), block(1, "09:00", "11:00")])
        self.assertEqual(told(hours.openings(MONDAY)), [("Mon 22:00", 1), ("Mon 23:00", 2)])
        self.assertEqual(
            told(hours.openings(TUESDAY)), [("Tue 00:00", 3), ("Tue 01:00", 4), ("Tue 09:00", 1), ("Tue 10:00", 2)]
        )
        self.assertEqual([slot.day for slot in hours.openings(TUESDAY)], [MONDAY, MONDAY, TUESDAY, TUESDAY])
        self.assertEqual(hours.last_serial(MONDAY), 4)

    def test_a_slot_across_midnight_is_of_the_date_on_which_it_begins(self):
        hours = Timetable([block(0, "23:30", "02:30")])
        self.assertEqual(told(hours.openings(MONDAY)), [("Mon 23:30", 1)])
        self.assertEqual(told(hours.openings(TUESDAY)), [("Tue 00:30", 2), ("Tue 01:30", 3)])

    def test_sunday_night_runs_into_monday(self):
        self.assertEqual(told(Timetable([block(6, "23:00", "01:00")]).openings(MONDAY)), [("Mon 00:00", 2)])

    def test_ranges_of_a_week_meet_over_its_end(self):
        night = in_week(6, time(22), time(2))
        for other, meets in (
            ((0, time(1), time(3)), True),
            ((0, time(2), time(3)), False),
            ((6, time(21), time(22)), False),
            ((6, time(21), time(0)), True),
            ((5, time(23), time(0)), False),
        ):
            with self.subTest(other=other):
                self.assertEqual(meet_in_week(night, in_week(*other)), meets)
                self.assertEqual(meet_in_week(in_week(*other), night), meets)

    def test_buffers_lie_between_visits_and_not_after_the_last(self):
        self.assertEqual(
            [f"{at:%H:%M}" for at in block(0, "09:00", "11:00", 30, buffer_minutes=15).clocks()],
            ["09:00", "09:45", "10:30"],
        )

    def test_what_cannot_be_hours(self):
        for wrong, field in (
            (block(0, "09:00", "09:00"), "end"),
            (block(0, "17:00", "09:00"), "end"),  # a slip of the pen: sixteen hours
            (block(0, "06:00", "20:00", capacity=9), "end"),
            (block(0, "23:50", "00:10"), "slot_minutes"),
        ):
            with self.subTest(wrong=f"{wrong}"):
                self.assertEqual(wrong.fault()[0], field)
        for right in (block(0, "21:00", "09:00"), block(0, "00:00", "00:00"), block(0, "09:00", "00:00")):
            self.assertIsNone(right.fault())


class Periods(SimpleTestCase):
    WEEK = (block(0, "09:00", "11:00"), block(1, "09:00", "11:00"))

    def period(self, first: date, last: date, *blocks: DoctorAvailability, pk: int = 0) -> Period:
        return Period(pk, first, last, blocks)

    def test_the_hours_of_a_period_replace_the_weekly_ones(self):
        ramadan = self.period(MONDAY, MONDAY + timedelta(days=6), block(0, "20:00", "22:00"))
        hours = Timetable(self.WEEK, [ramadan])
        self.assertEqual(told(hours.openings(MONDAY)), [("Mon 20:00", 1), ("Mon 21:00", 2)])
        self.assertEqual(hours.openings(TUESDAY), [])
        self.assertEqual(told(hours.openings(MONDAY + timedelta(days=7))), [("Mon 09:00", 1), ("Mon 10:00", 2)])

    def test_the_shortest_period_decides_then_the_one_that_begins_last(self):
        ramadan = self.period(MONDAY - timedelta(days=9), MONDAY + timedelta(days=20), block(0, "20:00", "21:00"))
        day = self.period(MONDAY, MONDAY, block(0, "07:00", "08:00"))
        self.assertEqual(told(Timetable(self.WEEK, [day, ramadan]).openings(MONDAY)), [("Mon 07:00", 1)])
        early = self.period(MONDAY - timedelta(days=2), MONDAY, block(0, "05:00", "06:00"))
        late = self.period(MONDAY - timedelta(days=1), TUESDAY, block(0, "06:00", "07:00"))
        for order in ([early, late], [late, early]):
            self.assertEqual(told(Timetable(self.WEEK, order).openings(MONDAY)), [("Mon 06:00", 1)])

    def test_no_hours_on_a_day(self):
        self.assertEqual(Timetable(self.WEEK, [self.period(MONDAY, MONDAY)]).openings(MONDAY), [])

    def test_a_night_before_a_period_ends_where_the_first_hours_of_it_begin(self):
        week = [block(0, "22:00", "03:00")]
        hours = Timetable(week, [self.period(TUESDAY, TUESDAY, block(1, "01:30", "04:30"))])
        self.assertEqual(
            told(hours.openings(TUESDAY)), [("Tue 00:00", 3), ("Tue 01:30", 1), ("Tue 02:30", 2), ("Tue 03:30", 3)]
        )

    def test_changed_periods(self):
        stored = self.period(MONDAY, MONDAY, pk=7)
        hours = Timetable(self.WEEK, [stored])
        self.assertTrue(hours.without_period(7).openings(MONDAY))
        moved = hours.with_period(self.period(TUESDAY, TUESDAY, pk=7))
        self.assertEqual((len(moved.openings(MONDAY)), moved.openings(TUESDAY)), (2, []))


class ClosedDays(SimpleTestCase):
    def test_a_closed_day_takes_the_slots_of_its_date_and_no_serial(self):
        hours = Timetable([block(0, "22:00", "02:00")], closed={1: [(TUESDAY, TUESDAY)]})
        self.assertEqual(told(hours.openings(MONDAY)), [("Mon 22:00", 1), ("Mon 23:00", 2)])
        self.assertEqual(hours.openings(TUESDAY), [])
        hours = Timetable([block(0, "22:00", "02:00")], closed={1: [(MONDAY, MONDAY)]})
        self.assertEqual(told(hours.openings(TUESDAY)), [("Tue 00:00", 3), ("Tue 01:00", 4)])

    def test_another_clinic_stays_open(self):
        other = block(0, "12:00", "13:00")
        other.clinic_id = 2
        hours = Timetable([block(0, "09:00", "11:00"), other], closed={1: [(MONDAY, MONDAY)]})
        self.assertEqual(told(hours.openings(MONDAY)), [("Mon 12:00", 3)])
        self.assertTrue(hours.works_on(MONDAY))
        self.assertFalse(Timetable([block(0, "09:00", "11:00")], closed={1: [(MONDAY, MONDAY)]}).works_on(MONDAY))


class BySerial(SimpleTestCase):
    def test_a_window_is_one_slot_that_takes_as_many_serials_as_patients(self):
        hours = Timetable(
            [block(0, "09:00", "11:00"), block(0, "17:00", "20:00", capacity=12), block(0, "20:00", "21:00")]
        )
        self.assertEqual(
            told(hours.openings(MONDAY)), [("Mon 09:00", 1), ("Mon 10:00", 2), ("Mon 17:00", 3), ("Mon 20:00", 15)]
        )
        window = hours.openings(MONDAY)[2]
        self.assertEqual((window.capacity, window.ends_at - window.starts_at), (12, timedelta(hours=3)))
        self.assertEqual(hours.last_serial(MONDAY), 15)


@override_settings(TIME_ZONE="America/St_Johns")
class ChangeOfClocks(SimpleTestCase):
    """In St John's the clocks go forward on 14 March 2027 at 02:00, and back on 1 November 2026 at 02:00."""

    SPRING, AUTUMN = date(2027, 3, 14), date(2026, 11, 1)

    def setUp(self):
        timezone.activate("America/St_Johns")
        self.addCleanup(timezone.deactivate)

    def spans(self, day: date, *blocks: DoctorAvailability) -> list[tuple[str, str, int]]:
        found = Timetable(blocks).openings(day)
        return [
            (
                f"{timezone.localtime(slot.starts_at):%H:%M}",
                f"{timezone.localtime(slot.ends_at):%H:%M}",
                int((slot.ends_at.astimezone(UTC) - slot.starts_at.astimezone(UTC)).total_seconds() // 60),
            )
            for slot in found
        ]

    def test_skipped_times_are_no_slots_and_none_overlap(self):
        spans = self.spans(self.SPRING, block(5, "23:00", "04:30", 45))
        self.assertEqual(spans, [("00:30", "01:15", 45), ("01:15", "03:00", 45), ("03:30", "04:15", 45)])

    def test_a_slot_lasts_its_minutes_when_the_clocks_go_back(self):
        spans = self.spans(self.AUTUMN, block(5, "22:00", "03:00", 20))
        self.assertEqual({minutes for _start, _end, minutes in spans}, {20})
        self.assertEqual(spans[0][0], "00:00")
        self.assertEqual(spans[-1], ("02:40", "03:00", 20))

    def test_a_window_spans_the_change(self):
        window = Timetable([block(5, "23:00", "04:00", capacity=5)]).openings(self.SPRING - timedelta(days=1))[0]
        self.assertEqual(window.ends_at.astimezone(UTC) - window.starts_at.astimezone(UTC), timedelta(hours=4))


class Stored(TestUsers, TestCase):
    def test_the_database_refuses_hours_that_overlap_over_midnight_and_over_the_week(self):
        DoctorAvailability.objects.all().delete()
        night = block(6, "22:00", "02:00")
        night.doctor, night.clinic = self.dr_carol, self.clinic
        night.save()
        for wrong in (block(0, "01:00", "03:00"), block(6, "21:00", "00:00"), block(6, "23:00", "01:00")):
            wrong.doctor, wrong.clinic = self.dr_carol, self.clinic
            with self.subTest(wrong=f"{wrong}"):
                with self.assertRaises(ValidationError):
                    wrong.full_clean()
                with self.assertRaises(IntegrityError), transaction.atomic():
                    wrong.save()
        for right in (block(0, "02:00", "03:00"), block(6, "20:00", "22:00"), block(5, "22:00", "00:00")):
            right.doctor, right.clinic = self.dr_carol, self.clinic
            right.full_clean()
            right.save()
        night.end = time(2, 30)
        with self.assertRaises(IntegrityError), transaction.atomic():
            night.save()

    def test_search_and_timetable_agree_on_the_days_of_work(self):
        """`working_on` says in SQL what `Timetable.works_on` says."""
        self.give_hours()
        for day in (soon(days) for days in range(1, 12)):
            found = set(DoctorInformation.objects.working_on(day).values_list("pk", flat=True))
            said = Timetable.of_doctors([self.dr_carol.pk, self.dr_dave.pk])
            with self.subTest(day=day):
                self.assertEqual(found, {pk for pk, hours in said.items() if hours.works_on(day)})
                for pk, hours in said.items():
                    self.assertEqual(hours.openings(day), Timetable.of_doctor(pk).openings(day))

    def give_hours(self) -> None:
        """Carol: nights from the day after tomorrow on, a period, a day of her own in it, and none. Dave: at a clinic
        that is closed, and at one that is not."""
        DoctorAvailability.objects.all().delete()
        night = {"start": time(22), "end": time(1), "slot_minutes": 30}
        day = {"start": time(9), "end": time(12), "slot_minutes": 30}
        carol = {"doctor": self.dr_carol, "clinic": self.clinic}
        DoctorAvailability.objects.create(weekday=soon(2).weekday(), **night, **carol)
        DoctorAvailability.objects.create(weekday=soon(4).weekday(), **day, **carol)
        period = HoursPeriod.objects.create(doctor=self.dr_carol, first=soon(3), last=soon(9))
        PeriodBlock.objects.create(period=period, clinic=self.clinic, weekday=soon(6).weekday(), **night)
        PeriodBlock.objects.create(period=period, clinic=self.clinic, weekday=soon(8).weekday(), **day)
        HoursPeriod.objects.create(doctor=self.dr_carol, first=soon(8), last=soon(8))
        for weekday in range(7):
            clinic = self.clinic if weekday % 2 else self.other_clinic
            DoctorAvailability.objects.create(doctor=self.dr_dave, clinic=clinic, weekday=weekday, **day)
        for first, last in ((soon(4), soon(5)), (soon(11), soon(11))):
            ClosedDay.objects.create(clinic=self.clinic, first=first, last=last, reason="x", reason_bn="x")
        ClosedDay.objects.create(
            clinic=self.other_clinic,
            first=soon(6),
            last=soon(6),
            holiday=soon(6),
            closes=False,
            reason="x",
            reason_bn="x",
        )
        for doctor in (self.dr_carol, self.dr_dave):
            services.refresh_derived(doctor)

    def test_without_periods_and_closed_days_the_weekdays_of_the_row_decide(self):
        DoctorAvailability.objects.filter(doctor=self.dr_carol).delete()
        night = DoctorAvailability(doctor=self.dr_carol, clinic=self.clinic, weekday=6, start=time(22), end=time(2))
        night.save()
        services.refresh_derived(self.dr_carol)
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.weekdays, 1 << 6 | 1 << 0)

    def test_closed_days_and_periods_of_many_clinics_take_one_query(self):
        self.give_hours()
        with self.assertNumQueries(1):
            Timetable.of_doctors([self.dr_carol.pk, self.dr_dave.pk])
        with self.assertNumQueries(1):
            Timetable.of_doctor(self.dr_carol.pk)

    def test_a_holiday_on_which_the_clinic_works_closes_nothing(self):
        self.give_hours()
        hours = Timetable.of_doctor(self.dr_dave.pk)
        self.assertEqual(hours.closed.get(self.other_clinic.pk), None)

    def test_instants_are_those_of_the_clinics_zone(self):
        hours = Timetable([block(0, "09:00", "10:00")]).openings(MONDAY)
        self.assertEqual(hours[0].starts_at, datetime(2026, 12, 7, 9, tzinfo=timezone.get_default_timezone()))
