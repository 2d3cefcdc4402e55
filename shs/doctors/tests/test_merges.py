"""Specializations and clinics that were merged."""

from django.test import TestCase
from django.urls import reverse

from shs.appointment.models import Appointment
from shs.core.grants.models import ObjectGrant
from shs.doctors.models import DoctorInformation, DoctorSpecialization
from shs.testing import Api, TestUsers


class MergedSpecializations(TestUsers, TestCase):
    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

    def merge(self, row, into):
        name = f"{row._meta.app_label}_{row._meta.model_name}"
        url = reverse(f"admin:{name}_step", args=(row.pk, "merge"))
        return self.client.post(url, {"into": into.pk, "reason": "the same", "seen": into.pk}, follow=True)

    def test_doctors_are_found_and_keep_their_profile_by_both_names(self):
        heart = DoctorSpecialization.objects.create(name="Heart", slug="heart")
        self.assertContains(self.merge(self.dr_carol.specializations.get(), heart), "Undo")
        self.assertEqual(list(self.dr_carol.specializations.all()), [heart])
        self.assertEqual(DoctorInformation.objects.get(pk=self.dr_carol.pk).specialty_cards[0]["name"], "Heart")
        for name in ("cardiology", "heart"):
            items = Api().get("/doctors/search", specialty=name).json()["items"]
            self.assertEqual([item["name"] for item in items], ["Dr. Carol"])
        listed = {row["slug"] for row in Api().get("/doctors/specializations").json()}
        self.assertIn("heart", listed)
        self.assertNotIn("cardiology", listed)
        answer = Api(self.dave).patch("/doctors/me", {"specializations": ["cardiology"]})
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(list(self.dr_dave.specializations.all()), [heart])

    def test_an_archived_specialization_is_kept_by_who_has_it_and_chosen_by_nobody(self):
        old = self.dr_dave.specializations.get()
        new = DoctorSpecialization.objects.create(name="Heart", slug="heart")
        self.client.post(
            reverse("admin:doctors_doctorspecialization_step", args=(old.pk, "archive")), {"reason": "no longer"}
        )
        api = Api(self.dave)
        self.assertEqual(api.patch("/doctors/me", {"specializations": [old.slug, "heart"]}).status_code, 200)
        self.assertEqual(api.patch("/doctors/me", {"specializations": ["heart"]}).status_code, 200)
        self.assertEqual(list(self.dr_dave.specializations.all()), [new])
        self.assertEqual(api.patch("/doctors/me", {"specializations": [old.slug]}).status_code, 422)

    def test_visits_and_hours_follow_a_merged_clinic_and_its_desk_does_not(self):
        self.merge(self.clinic, self.other_clinic)
        self.visit.refresh_from_db()
        self.assertEqual(self.visit.clinic, self.other_clinic)
        self.assertFalse(self.dr_carol.availability.exclude(clinic=self.other_clinic).exists())
        self.assertFalse(Appointment.objects.allowed(self.erin, "view").exists())
        self.assertEqual(ObjectGrant.objects.get(user=self.erin).object_pk, str(self.clinic.pk))
        self.client.post(reverse("admin:doctors_clinic_step", args=(self.clinic.pk, "undo_merge")))
        self.assertEqual(Appointment.objects.allowed(self.erin, "view").get(), self.visit)
