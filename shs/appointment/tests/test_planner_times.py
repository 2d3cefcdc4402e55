"""The planner's other times: a visit whose doctor is away is moved to a slot that the desk chooses."""

import re
from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Status
from shs.appointment.tests.test_planner import DAY, Planning, on
from shs.core.dates import show_datetime
from shs.doctors.models import TimeOff
from shs.testing import soon

RADIO = re.compile(r'<input type="radio" name="decide_(\d+)" value="([^"]*)"[^>]*?(disabled|checked)?>')


class OtherTimes(Planning, TestCase):
    def setUp(self):
        TimeOff.objects.create(doctor=self.dr_carol, starts_at=on(DAY), ends_at=on(DAY + 1))
        services.find_without_doctor(now=timezone.now())
        self.states()
        self.url = reverse("admin:desk_plan") + f"?clinic={self.clinic.pk}"

    def look(self, value: str = "", **more):
        posted = {"planned": "yes", f"look_{self.visit.pk}": value, **more}
        return self.office(self.erin).post(self.url, posted)

    def radios(self, page) -> list[str]:
        found = RADIO.findall(page.content.decode())
        self.assertEqual({int(pk) for pk, _value, _state in found}, {self.visit.pk})
        return [value for _pk, value, state in found if state != "disabled"]

    def test_asking_for_other_times_decides_nothing_and_keeps_what_was_chosen(self):
        page = self.look(**{f"decide_{self.second.pk}": "cancel"})
        self.assertEqual((page.status_code, self.states()), (200, ["left"] * 3))
        rows = {row.visit: [choice.value for choice in row.choices if choice.is_chosen] for row in page.context["rows"]}
        self.assertEqual(rows[self.second], ["cancel"])

    def test_it_shows_the_days_after_the_absence_and_the_first_time_of_each_colleague(self):
        values = self.radios(self.look())
        own = [value for value in values if value.startswith(f"move:{self.dr_carol.pk}:")]
        self.assertTrue(own)
        self.assertTrue(all(f"{soon(DAY)}T" not in value for value in own), own)
        self.assertTrue(any(value.startswith(f"move:{self.dr_wendy.pk}:") for value in values))
        self.assertEqual(values[-2:], ["cancel", "keep"])

    def test_a_chosen_slot_of_a_colleague_is_kept_and_carried_out(self):
        page = self.look(f"{self.dr_wendy.pk}|{soon(DAY)}")
        chosen = next(
            value for value in self.radios(page) if f"move:{self.dr_wendy.pk}:" in value and "T15:40" in value
        )
        again = self.look(f"{self.dr_wendy.pk}|{soon(DAY + 1)}", **{f"decide_{self.visit.pk}": chosen})
        self.assertTrue(f"To Dr. Wendy, {show_datetime(on(DAY, 15, 40))}" in again.content.decode())
        posted = {f"decide_{pk}": "keep" for pk in (self.second.pk, self.asked.pk)}
        self.office(self.erin).post(self.url, {"planned": "yes", f"decide_{self.visit.pk}": chosen, **posted})
        self.assertEqual(self.states(), ["confirmed", "left", "left"])
        self.assertEqual((self.visit.doctor, self.visit.starts_at), (self.dr_wendy, on(DAY, 15, 40)))
        self.assertEqual(self.visit.status, Status.CONFIRMED)

    def test_a_doctor_who_cannot_be_booked_any_more_is_not_offered(self):
        self.dr_carol.suspend(reason="x", now=timezone.now())
        values = self.radios(self.look())
        self.assertFalse(any(value.startswith(f"move:{self.dr_carol.pk}:") for value in values))

    def test_times_within_an_absence_that_is_not_stored_yet_are_not_offered(self):
        TimeOff.objects.all().delete()
        services.look_again(self.dr_carol.pk, timezone.now())
        first, last = timezone.localtime(on(DAY)), timezone.localtime(on(DAY + 1))
        leave = {"doctor": self.dr_carol.pk, "reason": "a course", "starts_at_0": f"{first:%Y-%m-%d}"}
        leave |= {"starts_at_1": "00:00", "ends_at_0": f"{last:%Y-%m-%d}", "ends_at_1": "00:00", "_save": "Save"}
        url = reverse("admin:doctors_timeoff_add")
        page = self.office(self.erin).post(url, {**leave, "planned": "yes", f"look_{self.visit.pk}": ""})
        self.assertEqual((page.status_code, TimeOff.objects.count()), (200, 0))
        self.assertEqual(dict(page.context["hidden"])["reason"], "a course")
        own = [value for value in self.radios(page) if value.startswith(f"move:{self.dr_carol.pk}:")]
        self.assertTrue(own)
        self.assertFalse([value for value in own if f"{soon(DAY)}T" in value])

    def test_strange_requests_are_no_error(self):
        for value in ("x", "9" * 60, "s1|", f"{self.dr_wendy.pk}|9999-12-31", "|2028-02-30", "\x00"):
            with self.subTest(value=value):
                self.assertLess(self.look(value).status_code, 500)
        answer = self.office(self.erin).post(self.url, {"planned": "yes", "look_x": "", f"look_{'9' * 40}": ""})
        self.assertEqual((answer.status_code, self.states()), (200, ["left"] * 3))
        self.assertEqual(self.office(self.grace).post(self.url, {"look_1": ""}).status_code, 403)

    def test_later_days_of_the_doctor(self):
        following = soon(DAY) + timedelta(days=20)
        values = self.radios(self.look(f"{self.dr_carol.pk}|{following}"))
        own = [value for value in values if f"move:{self.dr_carol.pk}:" in value]
        self.assertTrue(any(f"{following}T" in value for value in own))
