"""Letters of a dependant: what a guardian reads, and what stays between a teenager and the doctor."""

from datetime import time

from django.test import TestCase

from shs.letters.models import Letter
from shs.letters.tests.scenes import Desk
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

    def test_a_guardian_reads_them(self):
        found = self.issue("referral", self.referral(), visit=self.of_teo)
        self.assertEqual(self.listed(self.bob), [found.pk])
        self.assertEqual(self.statuses(self.bob, found), [200, 200])

    def test_those_of_a_confidential_visit_are_hidden(self):
        self.prescribe(self.of_teo, is_confidential=True)
        found = self.issue("referral", self.referral(), visit=self.of_teo)
        self.assertEqual(self.listed(self.teo), [found.pk])
        self.assertEqual(self.listed(self.bob), [])
        self.assertEqual(self.statuses(self.bob, found), [404, 404])
        self.assertFalse(self.bob.has_perm("letters.view_letter", found))
