"""The doctor's own profile in the admin and by the API."""

from django.test import TestCase

from shs.doctors.models import Verification
from shs.doctors.services import waiting
from shs.testing import Api, TestUsers


class OwnProfile(TestUsers, TestCase):
    """The same rules hold in the admin and by the API."""

    def in_app(self, **changes):
        return Api(self.carol).patch("/doctors/me", changes).status_code

    def in_back_office(self, **changes):
        self.client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        form = {
            "license_number": self.dr_carol.license_number,
            "experience": "10",
            "fees": "800.00",
            "education": "MBBS",
            "location": "Dhaka",
            "languages": "Bangla, English",
            "bio": "",
            "specializations": [specialty.pk for specialty in self.dr_carol.specializations.all()],
            "clinics": [self.clinic.pk],
        }
        form |= {name: ", ".join(value) if isinstance(value, list) else value for name, value in changes.items()}
        answer = self.client.post(f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/change/", form)
        return 422 if answer.status_code == 200 else answer.status_code

    def test_an_invalid_licence_number_is_refused(self):
        for number in ("!!", "A", "-12345", "A" * 31, "লাইসেন্স", "A_1"):
            for save in (self.in_app, self.in_back_office):
                with self.subTest(number=number, save=save.__name__):
                    self.assertEqual(save(license_number=number), 422)

    def test_spellings_of_a_licence_number_are_normalized(self):
        for save in (self.in_app, self.in_back_office):
            with self.subTest(save=save.__name__):
                self.assertIn(save(license_number=f" {self.dr_carol.license_number.lower()} "), (200, 302))
                self.assertIn(save(license_number=self.dr_dave.license_number.lower()), (409, 422))
                self.dr_carol.refresh_from_db()
                self.assertEqual(self.dr_carol.verification_status, Verification.APPROVED)

    def test_verified_facts_wait_as_a_proposal(self):
        licence = self.dr_carol.license_number
        for number, save in (("B-1", self.in_app), ("B-2", self.in_back_office)):
            with self.subTest(save=save.__name__):
                self.assertIn(save(license_number=number, education="FRCS (London)", experience=60), (200, 302))
                self.dr_carol.refresh_from_db()
                kept = self.dr_carol
                self.assertEqual((kept.verification_status, kept.license_number), (Verification.APPROVED, licence))
                self.assertEqual((kept.education, kept.experience), ("MBBS", 10))
                changes = {"license_number": number, "education": "FRCS (London)", "experience": 60}
                self.assertEqual(waiting(kept).changes, changes)

    def test_a_language_that_search_cannot_filter_by_is_refused(self):
        for name in ("a|b", "7", "x" * 41):
            for save in (self.in_app, self.in_back_office):
                with self.subTest(name=name, save=save.__name__):
                    self.assertEqual(save(languages=["Bangla", name]), 422)

    def test_a_language_is_stored_once(self):
        self.assertEqual(self.in_app(languages=["Bangla", "bangla", " English "]), 200)
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.languages, ["Bangla", "English"])

    def test_posted_fields_that_are_not_in_the_form_are_ignored(self):
        self.assertEqual(
            self.in_back_office(
                verification_status="rejected", verification_note="x", rating="5", name="Dr. Else", user=self.bob.pk
            ),
            302,
        )
        self.dr_carol.refresh_from_db()
        kept = self.dr_carol
        self.assertEqual((kept.name, kept.verification_status, kept.user), ("Dr. Carol", "approved", self.carol))
        self.assertEqual((kept.verification_note, kept.rating_count), ("", 0))
