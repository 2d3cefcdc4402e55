"""Working hours and times off, as a desk types them."""

from django.test import TestCase

from shs.doctors.models import DoctorAvailability, TimeOff
from shs.testing import TestUsers


class Typed(TestUsers, TestCase):
    HOURS = "/admin/doctors/doctoravailability/add/"
    ABSENCE = "/admin/doctors/timeoff/add/"

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        DoctorAvailability.objects.all().delete()

    def add_hours(self, **changes):
        form = {"doctor": self.dr_carol.pk, "clinic": "", "weekday": "0", "start": "09:00", "end": "12:00"}
        return self.client.post(self.HOURS, {**form, "slot_minutes": "20", **changes})

    def add_absence(self, first: str, last: str):
        form = {"starts_at_0": first, "starts_at_1": "00:00", "ends_at_0": last, "ends_at_1": "00:00"}
        return self.client.post(self.ABSENCE, {"doctor": self.dr_carol.pk, **form})

    def test_hours_without_a_clinic_are_at_the_only_one_of_the_doctor(self):
        self.assertEqual(self.add_hours().status_code, 302)
        self.assertEqual(DoctorAvailability.objects.get().clinic, self.clinic)

    def test_hours_at_a_clinic_where_the_doctor_does_not_work_are_an_error_on_the_form(self):
        answer = self.add_hours(clinic=self.other_clinic.pk)
        self.assertContains(answer, "The doctor does not work at this clinic.")
        self.assertFalse(DoctorAvailability.objects.exists())

    def test_hours_that_overlap_are_an_error_on_the_form(self):
        self.add_hours()
        self.assertContains(self.add_hours(start="11:00", end="14:00"), "These working hours overlap others")

    def test_a_year_beyond_reach_is_an_error_on_the_form(self):
        for first, last in (("0001-01-01", "2026-01-01"), ("2026-01-01", "9999-12-31")):
            with self.subTest(first=first, last=last):
                self.assertContains(self.add_absence(first, last), "The year must be between 1900 and 2100.")
        self.assertFalse(TimeOff.objects.exists())

    def test_a_time_off_that_ends_before_it_starts_is_an_error_on_the_form(self):
        self.assertContains(
            self.add_absence("2026-12-02", "2026-12-01"), "The end of the time off must be after its start."
        )
