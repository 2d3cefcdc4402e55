"""Other doctors that look like the one whose application is checked."""

from django.test import TestCase
from django.utils import timezone

from shs.credentialing import casework
from shs.doctors.models import DoctorInformation
from shs.testing import TestUsers, make_doctor, make_user
from shs.tests.plans import Plans, as_with_a_million_rows
from shs.users.contacts import set_phone
from shs.users.models import Role


class Duplicates(TestUsers, TestCase):
    def alike(self):
        return {row.doctor.name: row.why for row in casework.alike(self.dr_dave)}

    def test_different_doctors_are_no_duplicates(self):
        self.assertEqual(self.alike(), {})

    def test_they_are_found_by_indexes(self):
        as_with_a_million_rows()
        with Plans() as plans:
            self.alike()
        self.assertEqual(plans.faults, {})

    def test_a_similar_name_is_shown(self):
        made = [make_doctor(make_user(name, Role.DOCTOR), None) for name in ("Dr. Abdur Rahman", "Dr. Abdur Rohoman")]
        self.assertEqual([(row.doctor, row.why) for row in casework.alike(made[0])], [(made[1], "similar name")])

    def test_same_name_similar_number_and_same_phone_are_shown(self):
        twin = make_user("Dave Dr.", Role.DOCTOR, email="twin@example.com")
        make_doctor(twin, None, license_number="Z-1")
        number = make_user("Dr. Number", Role.DOCTOR)
        make_doctor(number, None, license_number=self.dr_dave.license_number.replace("A-", "A"))
        for user in (self.dave, number):
            set_phone(person=user, text="+8801712345678", now=timezone.now())
        self.dr_dave = DoctorInformation.objects.get(pk=self.dr_dave.pk)
        self.assertEqual(self.alike(), {"Dave Dr.": "same name", "Dr. Number": "same phone, same number"})
