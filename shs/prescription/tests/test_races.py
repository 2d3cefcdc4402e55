"""Concurrent issuing and amending."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shs.prescription.models import Dispensing, Prescription, Status
from shs.prescription.services.dispensing import code_for
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api, CommittedTestCase


class Races(Surgery, CommittedTestCase):
    def setUp(self):
        self.make_people()

    def at_once(self, call, times: int) -> list[int]:
        """The statuses of `times` simultaneous calls, each in a thread with its own database connection."""
        start = Barrier(times)

        def run(at: int) -> int:
            try:
                start.wait()
                return call(at).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(times) as pool:
            return sorted(pool.map(run, range(times)))

    def test_of_two_concurrent_issues_for_one_visit_one_is_201_and_one_409(self):
        callers = [Api(self.carol) for _ in range(2)]
        body = {"appointment": self.begun.pk, **BODY}
        self.assertEqual(self.at_once(lambda at: callers[at].post("/prescriptions/", body), 2), [201, 409])
        self.assertEqual(Prescription.objects.filter(status=Status.ISSUED).count(), 1)

    def test_two_concurrent_issues_with_one_key_return_the_same_201(self):
        callers = [Api(self.carol) for _ in range(2)]
        body, key = {"appointment": self.begun.pk, **BODY}, {"Idempotency-Key": "one"}
        self.assertEqual(self.at_once(lambda at: callers[at].post("/prescriptions/", body, **key), 2), [201, 201])
        self.assertEqual(Prescription.objects.count(), 1)

    def test_after_two_concurrent_amendments_one_version_is_valid(self):
        issued = self.prescribe()
        callers = [Api(self.carol) for _ in range(2)]
        statuses = self.at_once(lambda at: callers[at].put(f"/prescriptions/{issued.pk}", BODY), 2)
        self.assertIn(statuses, ([200, 200], [200, 409]))
        self.assertEqual(Prescription.objects.filter(status=Status.ISSUED).count(), 1)

    def test_of_two_pharmacies_with_one_code_one_is_refused(self):
        found = self.prescribe()
        address = reverse("rx", args=(found.code,))
        body = {"pharmacy": "Lake Pharmacy", "code": code_for(found, timezone.now()), "do": "dispense"}
        body |= {f"extent_{line.pk}": "all" for line in found.lines.all()}
        clients = [Client() for _ in range(2)]
        self.assertEqual(self.at_once(lambda at: clients[at].post(address, body), 2), [302, 422])
        self.assertEqual(Dispensing.objects.count(), 1)

    def test_a_pharmacy_and_an_amendment_at_once_leave_no_medicine_given_on_what_no_longer_counts(self):
        found = self.prescribe()
        address = reverse("rx", args=(found.code,))
        body = {"pharmacy": "Lake Pharmacy", "code": code_for(found, timezone.now()), "do": "dispense"}
        body |= {f"extent_{line.pk}": "all" for line in found.lines.all()}
        calls = [
            lambda: Client().post(address, body),
            lambda: Api(self.carol).put(f"/prescriptions/{found.pk}", BODY),
        ]
        statuses = self.at_once(lambda at: calls[at](), 2)
        self.assertIn(statuses, ([200, 302], [200, 409]))
        self.assertEqual(Dispensing.objects.count(), statuses.count(302))
