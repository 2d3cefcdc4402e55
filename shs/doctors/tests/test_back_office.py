"""Working hours and time off in the admin."""

from django.test import TestCase

from shs.doctors.models import DoctorAvailability, TimeOff
from shs.testing import TestUsers, soon

WEEKDAY = 3
"""How many days after today: not the day of the visit of TestUsers, because hours with visits are not deleted."""


class AdminForms(TestUsers, TestCase):
    HOURS = "/admin/doctors/doctoravailability/add/"
    ABSENCE = "/admin/doctors/timeoff/add/"

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        DoctorAvailability.objects.all().delete()

    def add_hours(self, **changes):
        weekday = soon(WEEKDAY).weekday()
        form = {"doctor": self.dr_carol.pk, "clinic": "", "weekday": weekday, "start": "09:00", "end": "12:00"}
        return self.client.post(self.HOURS, {**form, "slot_minutes": "20", **changes})

    def add_absence(self, first: str, last: str):
        form = {"starts_at_0": first, "starts_at_1": "00:00", "ends_at_0": last, "ends_at_1": "00:00"}
        return self.client.post(self.ABSENCE, {"doctor": self.dr_carol.pk, **form})

    def test_hours_without_a_clinic_get_the_doctors_only_clinic(self):
        self.assertEqual(self.add_hours().status_code, 302)
        self.assertEqual(DoctorAvailability.objects.get().clinic, self.clinic)

    def test_hours_at_another_clinic_are_a_form_error(self):
        answer = self.add_hours(clinic=self.other_clinic.pk)
        self.assertContains(answer, "The doctor does not work at this clinic.")
        self.assertFalse(DoctorAvailability.objects.exists())

    def test_overlapping_hours_are_a_form_error(self):
        self.add_hours()
        self.assertContains(self.add_hours(start="11:00", end="14:00"), "These working hours overlap others")

    def test_an_impossible_year_is_a_form_error(self):
        for first, last in (("0001-01-01", "2026-01-01"), ("2026-01-01", "9999-12-31")):
            with self.subTest(first=first, last=last):
                self.assertContains(self.add_absence(first, last), "The year must be between 1900 and 2100.")
        self.assertFalse(TimeOff.objects.exists())

    def test_deleted_hours_are_restored_with_what_search_knows_of_them(self):
        self.add_hours()
        hours = DoctorAvailability.objects.get()
        self.client.post(f"/admin/doctors/doctoravailability/{hours.pk}/delete/", {"post": "yes"})
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.weekdays, 0)
        self.client.post(f"/admin/deleted/doctors/doctoravailability/{hours.pk}/")
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.weekdays, 1 << soon(WEEKDAY).weekday())

    def test_deleted_hours_that_others_overlap_by_now_are_not_restored(self):
        self.add_hours()
        hours = DoctorAvailability.objects.get()
        self.client.post(f"/admin/doctors/doctoravailability/{hours.pk}/delete/", {"post": "yes"})
        self.add_hours(start="11:00", end="14:00")
        undo = self.client.post(f"/admin/deleted/doctors/doctoravailability/{hours.pk}/", follow=True)
        self.assertContains(undo, "These working hours overlap others")
        self.assertFalse(DoctorAvailability.objects.filter(pk=hours.pk).exists())

    def test_time_off_that_ends_before_it_starts_is_a_form_error(self):
        self.assertContains(
            self.add_absence("2026-12-02", "2026-12-01"), "The end of the time off must be after its start."
        )
