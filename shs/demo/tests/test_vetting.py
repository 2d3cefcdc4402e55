"""The demo register, the checks of applications, and licences that expire."""

from django.test import TestCase

from shs.credentialing.models import CheckKind, RegisterEntry
from shs.demo.tests.network import Network
from shs.doctors.demo.stages import ENDED, ENDS_SOON, licence_days
from shs.doctors.models import DoctorInformation, Verification
from shs.doctors.models.doctor import EXPIRING_DAYS
from shs.users.seeding import account


class VettingTests(Network, TestCase):
    """What verification officers see."""

    def test_the_register_contains_the_doctors_with_number_and_name(self):
        self.assertEqual(self.made["register entries"], DoctorInformation.objects.count())
        for doctor in DoctorInformation.objects.all():
            entry = RegisterEntry.objects.get(license_number=doctor.license_number)
            self.assertEqual(f"Dr. {entry.name}", doctor.name)

    def test_verified_doctors_were_checked_by_the_officer_who_decided(self):
        for doctor in DoctorInformation.objects.listed():
            with self.subTest(doctor.name):
                self.assertEqual({check.kind for check in doctor.checks.current()}, set(CheckKind.values))
                self.assertEqual(doctor.checks.missing(), [])
                self.assertEqual({check.by for check in doctor.checks.all()}, {account("verification1")})

    def test_the_case_in_review_waits_for_another_officer(self):
        case = DoctorInformation.objects.get(verification_status=Verification.IN_REVIEW)
        self.assertEqual((case.checks.count(), case.checks.disputed().count(), case.case_notes.count()), (4, 1, 1))
        self.assertTrue(account("verification1").has_perm("doctors.confirm_doctorinformation", case))
        self.assertFalse(account("verification2").has_perm("doctors.confirm_doctorinformation", case))

    def test_some_licences_expire_soon_and_one_has_expired(self):
        days = {number: licence_days(number) for number in range(1, 41)}
        self.assertEqual({number for number, left in days.items() if left < 0}, set(ENDED))
        self.assertEqual({number for number, left in days.items() if 0 <= left <= EXPIRING_DAYS}, set(ENDS_SOON))
