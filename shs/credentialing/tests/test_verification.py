"""The verification of a doctor: its steps, permissions and consequences."""

from datetime import timedelta

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from shs.core.errors import StepRefused
from shs.core.grants.held import holders
from shs.core.grants.models import ObjectGrant
from shs.doctors.errors import AlreadyClaimed
from shs.doctors.models import DoctorInformation, Verification
from shs.testing import Api, TestUsers, later, pass_checks, sending


class Decisions(TestUsers, TestCase):
    def decide(self, decision: str, reason: str = "", *, user=None, doctor=None):
        doctor = doctor or self.dr_dave
        path = f"/doctors/verify/{doctor.pk}"
        doctor.refresh_from_db()
        if decision == "approve" and doctor.verification_status == "pending":
            pass_checks(doctor, self.frank)
        with sending():
            return Api(user or self.frank).patch(path, {"decision": decision, "reason": reason})

    def test_an_approved_doctor_is_found_at_once_and_notified(self):
        answer = self.decide("approve")
        self.assertEqual((answer.status_code, answer.json()["verification_status"]), (200, "approved"))
        self.assertEqual(Api().get("/doctors/search", q="dave").json()["count"], 1)
        (message,) = mail.outbox
        self.assertEqual(message.to, ["dave@example.com"])
        self.assertIn("approved", message.subject)

    def test_a_rejected_doctor_can_read_the_reason(self):
        answer = self.decide("reject", "The scan is illegible.")
        self.assertEqual(answer.json()["verification_status"], "rejected")
        self.assertEqual(Api(self.dave).get("/doctors/me").json()["verification_note"], "The scan is illegible.")
        self.assertIn("illegible", mail.outbox[0].body)

    def test_rejecting_without_a_reason_is_422(self):
        answer = self.decide("reject")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "reason"))
        self.assertEqual(mail.outbox, [])

    def test_steps_that_the_status_does_not_allow_are_409(self):
        self.decide("approve")
        for decision, reason in (("approve", ""), ("reject", "late")):
            self.assertEqual(self.decide(decision, reason).status_code, 409)
        self.assertEqual(self.decide("reject", "x", doctor=self.dr_carol).status_code, 409)
        self.assertEqual(len(mail.outbox), 1)

    def test_only_admins_can_decide_by_the_api(self):
        for name, status in (("alice", 403), ("carol", 403), ("dave", 403), ("erin", 403), ("grace", 403)):
            with self.subTest(who=name):
                self.assertEqual(self.decide("approve", user=self.people[name]).status_code, status)
        self.assertEqual(Api().patch(f"/doctors/verify/{self.dr_dave.pk}", {"decision": "approve"}).status_code, 401)

    def test_an_unknown_doctor_is_404(self):
        self.assertEqual(Api(self.frank).patch("/doctors/verify/999999", {"decision": "approve"}).status_code, 404)

    def test_the_history_records_user_reason_and_request(self):
        with later(minutes=1):
            answer = self.decide("reject", "expired")
        line = self.dr_dave.history.first()
        self.assertEqual((line.history_user, line.history_change_reason), (self.frank, "expired"))
        self.assertEqual(line.history_request, answer["X-Request-ID"])
        self.assertEqual(line.prev_record.verification_status, "pending")


class Steps(TestUsers, TestCase):
    def test_each_status_allows_exactly_its_steps(self):
        now = timezone.now()
        steps = {
            Verification.APPROVED: lambda doctor: doctor.approve(now=now),
            Verification.REJECTED: lambda doctor: doctor.reject(reason="x", now=now),
            Verification.NEEDS_INFO: lambda doctor: doctor.ask(question="x", now=now),
            Verification.SUSPENDED: lambda doctor: doctor.suspend(reason="x", now=now),
            Verification.EXPIRED: lambda doctor: doctor.expire(note="x", now=now),
            Verification.PENDING: lambda doctor: doctor.resubmit(reason="x", now=now),
        }
        allowed = {
            "pending": "approved rejected needs_info",
            "in_review": "approved rejected needs_info pending",
            "needs_info": "pending rejected",
            "approved": "suspended expired pending",
            "rejected": "pending",
            "suspended": "pending",
            "expired": "pending",
        }
        for present in Verification:
            for wanted, step in steps.items():
                with self.subTest(present=present, wanted=wanted):
                    self.dr_dave.verification_status = Verification.PENDING
                    self.dr_dave.save()
                    pass_checks(self.dr_dave, self.frank)
                    ended = timezone.localdate(now) - timedelta(days=1) if wanted == Verification.EXPIRED else None
                    self.dr_dave.verification_status, self.dr_dave.license_expires_on = present, ended
                    self.dr_dave.save()
                    doctor = DoctorInformation.objects.get(pk=self.dr_dave.pk)
                    if wanted in allowed[present].split():
                        step(doctor)
                        self.assertEqual(doctor.verification_status, wanted)
                    else:
                        with self.assertRaises(StepRefused):
                            step(doctor)
                        doctor.refresh_from_db()
                        self.assertEqual(doctor.verification_status, present)


class Claims(TestUsers, TestCase):
    def test_a_claim_assigns_the_case_for_two_hours(self):
        now = timezone.now()
        self.dr_dave.claim(by=self.grace, now=now)
        self.assertEqual(self.dr_dave.verification_status, Verification.IN_REVIEW)
        grant = self.dr_dave.reviewer()
        self.assertEqual((grant.user, grant.expires_at), (self.grace, now + timedelta(hours=2)))
        self.assertEqual((grant.source, grant.reason), (ObjectGrant.Source.CLAIM, "claimed"))

    def test_working_on_a_case_extends_the_claim(self):
        now = timezone.now()
        self.dr_dave.claim(by=self.grace, now=now)
        self.dr_dave.claim(by=self.grace, now=now + timedelta(hours=1))
        self.assertEqual(self.dr_dave.reviewer().expires_at, now + timedelta(hours=3))

    def test_other_officers_see_who_holds_the_case(self):
        self.dr_dave.claim(by=self.grace, now=timezone.now())
        with self.assertRaisesMessage(AlreadyClaimed, "Grace"):
            self.dr_dave.claim(by=self.frank, now=timezone.now())

    def test_a_decision_ends_the_claim(self):
        self.dr_dave.claim(by=self.grace, now=timezone.now())
        pass_checks(self.dr_dave, self.grace)
        self.dr_dave.approve(now=timezone.now())
        self.assertFalse(holders(self.dr_dave, "review").exists())
        self.assertFalse(self.grace.has_perm("doctors.suspend_doctorinformation", self.dr_dave))

    def test_the_grant_has_a_history(self):
        self.dr_dave.claim(by=self.grace, now=timezone.now())
        pass_checks(self.dr_dave, self.grace)
        self.dr_dave.approve(now=timezone.now())
        kinds = ObjectGrant.history.filter(user=self.grace).values_list("history_type", flat=True)
        self.assertEqual(sorted(kinds), ["+", "-"])
