"""Prescriptions of a dependant: what a guardian reads, and what a teenager's doctor keeps confidential."""

from datetime import time

from django.test import TestCase
from django.utils import timezone

from shs.core.errors import Invalid
from shs.notices.models import Notice
from shs.prescription import services
from shs.prescription.models import Prescription
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api
from shs.tests.prepared import prepared
from shs.users.tests.test_families import Family


class OfDependants(Family, Surgery, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.of_teo = cls.confirmed_visit(patient=cls.teo, at=time(13), minutes_ago=60)
        cls.of_tara = cls.confirmed_visit(patient=cls.tara, at=time(14), minutes_ago=120)

    def listed(self, reader, patient) -> list[int]:
        return [row["id"] for row in Api(reader).get(f"/prescriptions/patient/{patient.pk}").json()["items"]]

    def assert_hidden(self, issued: Prescription) -> None:
        bob, patient = Api(self.bob), issued.patient
        self.assertEqual(self.listed(self.bob, patient), [])
        for path in ("", "/pdf", "?version=1"):
            self.assertEqual(bob.get(f"/prescriptions/{issued.public_id}{path}").status_code, 404, path)
        self.assertFalse(self.bob.has_perm("prescription.view_prescription", issued))
        exported = bob.get(f"/medical-records/{patient.pk}/export")
        self.assertNotContains(exported, "Amoxicillin")
        summary = bob.get("/summary", patient=patient.pk).json()["patient"]
        self.assertEqual((summary["running_prescriptions"], summary["follow_ups"]["items"]), ([], []))
        self.assertFalse(Notice.objects.filter(user=self.bob, kind="prescription_issued").exists())

    def test_a_guardian_reads_them_and_is_told(self):
        issued = self.prescribe(self.of_tara, is_confidential=False)
        self.assertEqual(self.listed(self.bob, self.tara), [issued.pk])
        for path in ("", "/pdf"):
            self.assertEqual(Api(self.bob).get(f"/prescriptions/{issued.pk}{path}").status_code, 200)
        running = Api(self.bob).get("/summary", patient=self.tara.pk).json()["patient"]["running_prescriptions"]
        self.assertEqual([one["id"] for one in running], [issued.pk])
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="prescription_issued").exists())
        services.cancel(prescription=issued, by=self.carol, reason="wrong patient", now=timezone.now())
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="paper_cancelled").exists())
        self.link.end(now=issued.issued_at, reason="moved away")
        self.assertEqual(Api(self.bob).get(f"/prescriptions/{issued.pk}").status_code, 404)

    def test_a_confidential_one_is_hidden_on_every_way(self):
        issued = self.prescribe(self.of_teo, is_confidential=True)
        self.assertEqual(self.listed(self.teo, self.teo), [issued.pk])
        self.assert_hidden(issued)

    def test_an_amendment_that_does_not_say_stays_confidential(self):
        issued = self.prescribe(self.of_teo, is_confidential=True)
        amended = Api(self.carol).put(f"/prescriptions/{issued.pk}", BODY)
        self.assertTrue(amended.json()["is_confidential"], amended.content)
        self.assert_hidden(Prescription.objects.latest().get(patient=self.teo))

    def test_what_becomes_confidential_is_hidden_in_its_first_version_too(self):
        issued = self.prescribe(self.of_teo, is_confidential=False)
        Notice.objects.all().delete()
        amended = Api(self.carol).put(f"/prescriptions/{issued.pk}", {**BODY, "is_confidential": True})
        self.assertEqual(amended.status_code, 200, amended.content)
        self.assert_hidden(Prescription.objects.latest().get(patient=self.teo))

    def test_only_of_teenagers(self):
        with self.assertRaises(Invalid):
            self.prescribe(self.of_tara, is_confidential=True)
