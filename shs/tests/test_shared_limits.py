"""What is shared opens one row for one action, and nothing that hangs on it."""

from datetime import timedelta

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.grants.shares import share
from shs.doctors.models import Clinic, TimeOff
from shs.testing import Api, EveryModel, make_doctor, make_user
from shs.users.models import Role


class Limits(EveryModel, TestCase):
    def setUp(self):
        hill = Clinic.objects.create(name="Hill Clinic", slug="hill-clinic", city="Sylhet")
        self.dr_hill = make_doctor(make_user("Dr. Hill", Role.DOCTOR), hill)

    def share(self, row, action, to) -> None:
        until = timezone.now() + timedelta(days=5)
        share(row, action, to=to, ends_at=until, reason="a test", by=self.frank)

    def office(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def change_url(self, row) -> str:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,))

    def test_a_doctor_who_is_shared_with_the_desk_cannot_be_chosen_in_its_forms(self):
        self.share(self.dr_hill, "view", self.erin)
        office, start = self.office(self.erin), timezone.localtime() + timedelta(days=1)
        end = start + timedelta(days=300)
        form = {"doctor": self.dr_hill.pk, "reason": "x"}
        for name, moment in (("starts_at", start), ("ends_at", end)):
            form |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M}"}
        before = TimeOff.objects.count()
        answer = office.post(reverse("admin:doctors_timeoff_add"), form)
        self.assertEqual((answer.status_code, TimeOff.objects.count()), (200, before))
        visit = {"name": self.bob.email, "person": self.bob.pk, "doctor": self.dr_hill.pk}
        visit["when"] = f"{start:%Y-%m-%d}T10:00"
        self.assertEqual(office.post(reverse("admin:appointment_appointment_add"), visit).status_code, 200)

    def test_the_reason_of_a_visit_needs_its_own_right_on_that_visit(self):
        self.visit.reason = "chest pain"
        self.visit.save()
        self.share(self.visit, "view", self.wendy)
        office = self.office(self.wendy)
        history = reverse("admin:appointment_appointment_history", args=(self.visit.pk,))
        for url in (self.change_url(self.visit), history):
            page = office.get(url)
            self.assertEqual(page.status_code, 200)
            self.assertNotContains(page, "chest pain")
        self.assertEqual(Api(self.wendy).get(f"/appointments/{self.visit.pk}").json()["reason"], "")
        self.share(self.visit, "read_reason", self.wendy)
        self.assertContains(self.office(self.wendy).get(self.change_url(self.visit)), "chest pain")
        self.assertEqual(Api(self.wendy).get(f"/appointments/{self.visit.pk}").json()["reason"], "chest pain")
        own = Api(self.carol).get(f"/appointments/{self.visit.pk}").json()
        self.assertEqual(own["reason"], "chest pain")

    def test_a_shared_account_shows_no_more_than_its_name(self):
        self.share(self.frank, "view", self.wendy)
        page = self.office(self.wendy).get(self.change_url(self.frank))
        self.assertContains(page, "Frank")
        self.assertNotContains(page, "f•••@")

    def test_relations_of_a_row_whose_change_is_shared_stay_as_they_are(self):
        clinics = set(self.dr_hill.clinics.values_list("pk", flat=True))
        self.assertTrue(clinics)
        for who in (self.erin, self.carol):
            for action in ("view", "change"):
                self.share(self.dr_hill, action, who)
            office, url = self.office(who), self.change_url(self.dr_hill)
            form = office.get(url).context["adminform"].form
            self.assertNotIn("clinics", form.fields)
            data = {name: form[name].value() or "" for name in form.fields}
            office.post(url, {**data, "bio": f"by {who.name}", "clinics": [self.clinic.pk]})
            self.dr_hill.refresh_from_db()
            with self.subTest(who=who.name):
                self.assertEqual(self.dr_hill.bio, f"by {who.name}")
                self.assertEqual(set(self.dr_hill.clinics.values_list("pk", flat=True)), clinics)
