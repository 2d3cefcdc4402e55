"Licences about to expire: what that takes back, by the clock, and the way back."

from datetime import UTC, date, datetime, timedelta

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.utils import timezone

from shs.core.due.registry import jobs
from shs.core.errors import Invalid, StepRefused
from shs.credentialing import services
from shs.credentialing.casework import CASE_SECTIONS
from shs.credentialing.tasks import expire_licences
from shs.doctors.models import Verification
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, sending, soon

LAST = date(2026, 11, 20)
EVENING = datetime(2026, 11, 20, 17, 59, tzinfo=UTC)  # 23:59 in Dhaka
MIDNIGHT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


class Expiring(TestUsers, TestCase):
    def end(self, day: date = LAST) -> None:
        self.dr_carol.license_expires_on = day
        self.dr_carol.save()

    def expire(self, now: datetime = MIDNIGHT) -> int:
        with sending():
            count = expire_licences(now=now)
        self.dr_carol.refresh_from_db()
        return count

    def test_a_licence_is_valid_until_the_end_of_its_last_day_in_the_clinics_zone(self):
        self.end()
        self.assertEqual(self.expire(EVENING), 0)
        self.assertTrue(self.dr_carol.is_approved)
        self.assertEqual(self.expire(MIDNIGHT), 1)
        self.assertEqual(self.dr_carol.verification_status, Verification.EXPIRED)

    def test_a_licence_without_an_end_does_not_expire(self):
        self.assertEqual(self.expire(), 0)

    def test_a_dry_run_only_counts(self):
        self.end()
        self.assertEqual(expire_licences(now=MIDNIGHT, dry_run=True), 1)
        self.dr_carol.refresh_from_db()
        self.assertTrue(self.dr_carol.is_approved)

    def test_it_runs_as_a_scheduled_job(self):
        self.assertIn("expire_licences", jobs())

    def test_expiry_ends_search_booking_prescribing_and_publishing_and_notifies_the_doctor(self):
        self.end()
        self.expire()
        self.assertEqual(Api().get("/doctors/search", q="carol").json()["count"], 0)
        self.assertEqual(Api().get(f"/doctors/{self.dr_carol.pk}").status_code, 404)
        visit = {"doctor": self.dr_carol.pk, "date": f"{soon(3)}", "time": "09:00", "reason": "cough"}
        self.assertEqual(Api(self.alice).post("/appointments/", visit).status_code, 404)
        self.assertFalse(self.carol.has_perm("appointment.confirm_appointment", self.visit))
        self.assertIn(
            Api(self.carol).post("/blogs/", {"title": "Salt", "content": "<p>Less.</p>"}).status_code, (403, 404, 409)
        )
        (message,) = mail.outbox
        self.assertEqual(message.to, ["carol@example.com"])
        self.assertIn("has expired", message.body)

    def test_the_page_lists_affected_visits_without_patients_for_officers(self):
        self.end()
        self.expire()
        (section,) = CASE_SECTIONS
        rows = section.find(self.dr_carol, self.grace, timezone.now())
        self.assertEqual([(row.visit, row.patient) for row in rows], [(self.visit, "")])
        rows = section.find(self.dr_carol, self.frank, timezone.now())
        self.assertEqual([row.patient for row in rows], ["Alice"])
        self.client.force_login(self.grace, backend="shs.users.backends.EmailBackend")
        page = self.client.get(f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/details/")
        self.assertContains(page, self.visit.number)
        self.assertNotContains(page, "Alice")

    def test_a_new_expiry_date_or_number_resubmits_the_application(self):
        for change in ({"license_expires_on": f"{soon(300)}"}, {"license_number": "B-777"}):
            with self.subTest(change=change):
                self.end()
                self.dr_carol.verification_status = Verification.APPROVED
                self.dr_carol.save()
                self.expire()
                answer = Api(self.carol).patch("/doctors/me", change)
                self.assertEqual((answer.status_code, answer.json()["verification_status"]), (200, "pending"))

    def test_the_renewed_licence_resubmits_the_application_and_no_other_document_does(self):
        for expires_on, end in ((None, LAST), (soon(300), soon(300))):
            self.end()
            self.dr_carol.verification_status = Verification.APPROVED
            self.dr_carol.save()
            self.expire()
            for kind, status in (("degree", Verification.EXPIRED), ("license", Verification.PENDING)):
                with self.subTest(expires_on=expires_on, kind=kind):
                    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF")
                    fields = {"kind": kind, "upload": upload, "expires_on": expires_on}
                    services.add_document(doctor=self.dr_carol, **fields, now=timezone.now())
                    self.dr_carol.refresh_from_db()
                    self.assertEqual(self.dr_carol.verification_status, status)
            self.assertEqual(self.dr_carol.license_expires_on, end)

    def test_other_changes_leave_it_expired(self):
        self.end()
        self.expire()
        self.assertEqual(Api(self.carol).patch("/doctors/me", {"bio": "x"}).json()["verification_status"], "expired")

    def test_an_expiry_date_in_the_past_is_422(self):
        answer = Api(self.carol).patch("/doctors/me", {"license_expires_on": f"{soon(-1)}"})
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "license_expires_on"))

    def test_a_put_without_expiry_date_keeps_it(self):
        self.end(soon(300))
        fields = {
            "license_number": self.dr_carol.license_number,
            "specializations": ["cardiology"],
            "experience": 10,
            "education": "MBBS",
            "location": "Dhaka",
            "fees": "800.00",
        }
        answer = Api(self.carol).put("/doctors/me", fields).json()
        self.assertEqual((answer["license_expires_on"], answer["verification_status"]), (f"{soon(300)}", "approved"))

    def test_an_officer_can_extend_the_licence_without_a_new_verification(self):
        self.end(soon(5))
        now = timezone.now()
        self.dr_carol.claim(by=self.grace, now=now)
        services.renew_licence(doctor=self.dr_carol, expires_on=soon(700), by=self.grace, now=now)
        self.dr_carol.refresh_from_db()
        self.assertEqual((self.dr_carol.license_expires_on, self.dr_carol.is_approved), (soon(700), True))
        with self.assertRaises(Invalid):
            services.renew_licence(doctor=self.dr_carol, expires_on=soon(-1), by=self.grace, now=now)

    def test_a_valid_licence_is_not_expired(self):
        self.end(soon(5))
        with self.assertRaises(StepRefused):
            self.dr_carol.expire(note="x", now=timezone.now())


class ConcurrentRuns(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        self.dr_carol.license_expires_on = timezone.localdate() - timedelta(days=1)
        self.dr_carol.save()

    def test_of_two_concurrent_runs_one_expires_the_licence(self):
        counts = at_once(2, lambda number: expire_licences(now=timezone.now()))
        self.assertEqual(sorted(counts), [0, 1])
        self.assertEqual(self.dr_carol.history.filter(verification_status="expired").count(), 1)
