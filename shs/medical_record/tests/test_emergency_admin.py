"""Emergency access to a chart, in the admin."""

from datetime import date
from unittest.mock import patch

from django.urls import reverse
from django.utils import timezone

from shs.medical_record import emergency
from shs.medical_record.models import BreakGlass
from shs.medical_record.tests.chart import BackOffice
from shs.testing import make_user
from shs.users import contacts
from shs.users.models import Role

REASON = "unconscious in the emergency room"


class Emergency(BackOffice):
    def open(self, user, **fields):
        form = {"who": "Alice@Example.com", "reason": REASON, **fields}
        return self.office(user).post(reverse("admin:medical_record_breakglass_add"), form)

    def test_a_doctor_opens_a_chart_and_sees_the_patient_page(self):
        page = reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,))
        self.assertRedirects(self.open(self.wendy), page)
        self.assertTrue(self.reads(reader=self.wendy, what="patient page", basis="break_glass").exists())

    def test_a_second_use_waits_for_the_auditors_review(self):
        self.open(self.wendy)
        row = BreakGlass.objects.get()
        self.assertContains(self.open(self.wendy, who="bob@example.com"), "has not been reviewed yet")
        url = reverse("admin:medical_record_breakglass_step", args=(row.pk, "justify"))
        for user, status in ((self.wendy, 403), (self.frank, 403), (self.erin, 404)):
            self.assertEqual(self.office(user).post(url, {"reason": "fine"}).status_code, status)
        self.assertEqual(self.office(self.irene).post(url, {"reason": "admitted at 3 am"}).status_code, 302)
        row.refresh_from_db()
        self.assertEqual((row.status, row.reviewed_by, row.finding), ("justified", self.irene, "admitted at 3 am"))
        self.assertEqual(self.open(self.wendy, who="bob@example.com").status_code, 302)

    def test_who_is_found_by_a_name_or_phone_is_chosen_by_what_tells_them_apart(self):
        for name, phone in (("Md. Abdur Rahman", "01712345678"), ("Mohammad Abdul Rahman", "01898765432")):
            person = make_user(name, Role.PATIENT, email=f"{phone}@example.com")
            contacts.set_phone(person=person, text=phone, now=timezone.now())
            person.profile.gender = "male"
            person.profile.save()
        page = self.open(self.wendy, who="Muhammad Rohoman")
        self.assertContains(page, "••• 678")
        self.assertContains(page, "••• 432")
        self.assertEqual(self.reads(reader=self.wendy, what="emergency search").count(), 2)
        self.assertEqual(self.open(self.wendy, who="Muhammad Rohoman", chosen=self.bob.pk).status_code, 200)
        self.assertFalse(BreakGlass.objects.exists())
        self.assertEqual(self.open(self.wendy, who="+8801898765432", chosen=person.pk).status_code, 302)
        self.assertEqual(BreakGlass.objects.get().patient, person)

    def test_nobody_browses_through_patients(self):
        for text, words in (
            ("Alice", "two words"),
            ("1712", "whole phone"),
            ("0000011", "whole phone"),
            ("nobody here", "Nobody was found"),
        ):
            with self.subTest(text=text):
                self.assertContains(self.open(self.wendy, who=text), words)
        with patch.object(emergency, "MOST_SHOWN", 0):
            self.alice.profile.date_of_birth = date(1980, 5, 12)
            self.alice.profile.save()
            self.assertContains(self.open(self.wendy, who="12/5/1980"), "More than five")
        self.assertNotContains(self.open(self.wendy, who="12/5/1980", reason="urgent"), self.alice.name)
        self.assertNotContains(self.open(self.dave, who="12/5/1980"), self.alice.name)

    def test_other_users_are_refused(self):
        self.assertContains(self.open(self.dave), "verified doctors")
        for user in (self.erin, self.frank, self.irene):
            self.assertEqual(self.open(user).status_code, 403)
        self.assertContains(self.open(self.wendy, reason="urgent"), "20")
        self.assertFalse(BreakGlass.objects.exists())
