"""Letters of a dependant: what a guardian reads, and what stays between a teenager and the doctor."""

from base64 import b64decode
from datetime import time

from django.test import TestCase
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from shs.letters import services
from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
from shs.notices.models import Notice
from shs.testing import Api
from shs.tests.prepared import prepared
from shs.users.tests.test_families import Family


class OfDependants(Family, Desk, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.of_teo = cls.confirmed_visit(patient=cls.teo, at=time(13), minutes_ago=60)

    def statuses(self, reader, found: Letter) -> list[int]:
        return [Api(reader).get(f"/letters/{found.pk}{path}").status_code for path in ("", "/pdf")]

    def listed(self, reader) -> list[int]:
        return [row["id"] for row in Api(reader).get(f"/letters/patient/{self.teo.pk}").json()["items"]]

    def exported(self, reader=None) -> list[dict]:
        content = Api(reader or self.bob).get(f"/medical-records/{self.teo.pk}/export").content
        entries = [entry["resource"] for entry in Bundle.model_validate_json(content).model_dump()["entry"]]
        return [row for row in entries if row["resourceType"] == "DocumentReference"]

    def test_the_export_holds_the_text_of_what_counts(self):
        found = self.issue("referral", self.referral(reason="please advise"), visit=self.of_teo)
        (row,) = self.exported(self.teo)
        pdf, text = (one["attachment"] for one in row["content"])
        self.assertEqual((row["status"], pdf["url"]), ("current", f"/api/v1/letters/{found.pk}/pdf"))
        self.assertIn("please advise", b64decode(text["data"]).decode())
        services.cancel(letter=found, by=self.carol, reason="another patient", now=timezone.now())
        (row,) = self.exported(self.teo)
        self.assertEqual((row["status"], row["description"]), ("entered-in-error", "another patient"))
        self.assertEqual(len(row["content"]), 1)

    def test_a_guardian_reads_them(self):
        found = self.issue("referral", self.referral(), visit=self.of_teo)
        self.assertEqual(self.listed(self.bob), [found.pk])
        self.assertEqual(self.statuses(self.bob, found), [200, 200])
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="letter_issued").exists())
        self.assertEqual([row["type"]["text"] for row in self.exported()], ["Referral letter"])

    def test_those_of_a_confidential_visit_are_hidden(self):
        self.prescribe(self.of_teo, is_confidential=True)
        found = self.issue("referral", self.referral(), visit=self.of_teo)
        self.assertEqual(self.listed(self.teo), [found.pk])
        self.assertEqual(self.listed(self.bob), [])
        self.assertFalse(Notice.objects.filter(user=self.bob, kind="letter_issued").exists())
        self.assertEqual(self.exported(), [])
        self.assertEqual(self.statuses(self.bob, found), [404, 404])
        self.assertFalse(self.bob.has_perm("letters.view_letter", found))
