"""The test users and a chart: Alice is in Dr. Carol's care; Dr. Wendy is a verified doctor without access."""

from datetime import timedelta
from typing import Any

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.models import MedicalRecord
from shs.testing import TestUsers, make_doctor, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role, User


class Chart(TestUsers):
    """Mixin for TestCases, in place of TestUsers."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.wendy = make_user("Dr. Wendy", Role.DOCTOR)
        cls.dr_wendy = make_doctor(cls.wendy, cls.other_clinic)
        cls.people["wendy"] = cls.wendy
        cls.visit.confirm(now=timezone.now())
        cls.entry = cls.write()

    @classmethod
    def write(cls, *, by: User | None = None, patient: User | None = None, **fields: Any) -> MedicalRecord:
        """An entry by Dr. Carol in Alice's chart."""
        said = {"kind": "allergy", "title": "Penicillin", "severity": "severe", "details": "Hives within an hour"}
        entry = MedicalRecord(patient=patient or cls.alice, **{**said, **fields})
        return services.record(entry=entry, by=by or cls.carol, now=timezone.now())

    @classmethod
    def after_care(cls) -> Any:
        """A time just after Dr. Carol's access has ended."""
        return Appointment.objects.get(pk=cls.visit.pk).ends_at + timedelta(days=30)

    def reads(self, **what: Any):
        """The lines of the read log."""
        return ReadLog.objects.filter(**what)


class BackOffice(Chart, TestCase):
    def office(self, user):
        client = Client()
        client.force_login(User.objects.get(pk=user.pk), backend="shs.users.backends.EmailBackend")
        return client

    def page(self, name, *args):
        return reverse(f"admin:medical_record_medicalrecord_{name}", args=args)

    def pages_of_the_chart(self):
        """Every address that shows some of Alice's entry."""
        version = self.entry.history.get().pk
        return [
            self.page("change", self.entry.pk),
            self.page("history", self.entry.pk),
            self.page("simple_history", self.entry.pk, version),
            self.page("step", self.entry.pk, "amend"),
            self.page("delete", self.entry.pk),
            reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,)),
        ]

    def assert_closed(self, user):
        """Assert that no page opens, and that no response contains text of the chart."""
        browser = self.office(user)
        for url in self.pages_of_the_chart():
            for method in (browser.get, browser.post):
                with self.subTest(user=user.name, url=url, method=method.__name__):
                    response = method(url)
                    self.assertIn(response.status_code, {403, 404, 405})
                    self.assertNotIn(b"Penicillin", response.content)
        for url in self.lists():
            with self.subTest(user=user.name, url=url):
                self.assertNotIn(b"Penicillin", browser.get(url).content)

    def lists(self):
        """Every address that lists or finds entries."""
        listed = self.page("changelist")
        chooser = "app_label=medical_record&model_name=medicalrecord&field_name=patient"
        return [
            listed,
            f"{listed}?tab=errors",
            f"{listed}?q=Penicilli",
            f"{listed}?recorded_by__id__exact={self.carol.pk}",
            f"{reverse('admin:search')}?s=Penicilli&extended=1",
            f"{reverse('admin:autocomplete')}?{chooser}&term=Penicilli",
            self.page("export"),
        ]
