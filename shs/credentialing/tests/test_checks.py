"""Checks of an application, the register, overrides by a second officer, duplicates, and who holds a case."""

from datetime import timedelta

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.core.context import forget
from shs.core.errors import Invalid, StepRefused
from shs.credentialing import casework, services
from shs.credentialing.errors import ChecksMissing, SecondPersonNeeded
from shs.credentialing.models import CheckKind, RegisterEntry, VerificationCheck
from shs.credentialing.register import Registered
from shs.credentialing.timeline import events
from shs.doctors import services as doctors
from shs.doctors.errors import AlreadyClaimed, OwnCase
from shs.doctors.models import DoctorInformation, Verification
from shs.testing import Api, TestUsers, make_doctor, make_user, pass_checks
from shs.tests.prepared import prepared
from shs.users.models import Duty, Role


def other_register(license_number):
    """A register adapter for another country."""
    today = timezone.localdate()
    return Registered(license_number, "Dave Elsewhere", "MBBS", "active", True, None, "Elsewhere", today)


class Case(TestUsers, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.gina = make_user("Gina", Role.STAFF, duty=Duty.VERIFICATION)
        cls.entry = RegisterEntry.objects.create(
            license_number=cls.dr_dave.license_number,
            name="Dave",
            degree="MBBS",
            valid_until=timezone.localdate() + timedelta(days=400),
            source="Register of the tests",
            as_of=timezone.localdate() - timedelta(days=1),
        )

    def setUp(self):
        self.now = timezone.now()

    def check(self, kind, result="pass", *, by=None, note=""):
        return casework.record_check(
            doctor=self.dr_dave, kind=kind, result=result, note=note, by=by or self.grace, now=self.now
        )

    def approve(self, by=None):
        services.decide(doctor=self.dr_dave, decision="approve", reason="", by=by or self.grace, now=self.now)


class PassingTheRest(Case):
    def url(self, page: str) -> str:
        return reverse(f"admin:doctors_doctorinformation_{page}", args=(self.dr_dave.pk,))

    def setUp(self):
        super().setUp()
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.client.force_login(self.grace, backend="shs.users.backends.EmailBackend")

    def test_one_button_passes_what_is_left_and_then_approve_is_offered(self):
        self.assertNotContains(self.client.get(self.url("change")), "step/approve/")
        self.client.post(self.url("check"), {"kind": "rest", "result": "pass"})
        made = {check.kind: check.result for check in self.dr_dave.checks.current()}
        self.assertEqual(made, dict.fromkeys(settings.REQUIRED_CHECKS, "pass"))
        self.assertEqual(self.dr_dave.checks.current().get(kind="register").source, "Register of the tests")
        self.assertContains(self.client.get(self.url("change")), "step/approve/")
        self.approve()

    def test_what_failed_stays_failed(self):
        self.check("degree", "fail", note="another year")
        casework.pass_rest(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.assertRaises(ChecksMissing, self.approve)
        self.assertNotContains(self.client.get(self.url("change")), "step/approve/")

    def test_a_licence_that_is_not_in_the_register_does_not_pass(self):
        RegisterEntry.objects.filter(license_number=self.dr_dave.license_number).without_history("a test").update(
            license_number="X-1"
        )
        casework.pass_rest(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.assertEqual(self.dr_dave.checks.current().get(kind="register").result, "fail")

    def test_only_the_reviewer_passes_checks(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.client.post(self.url("check"), {"kind": "rest", "result": "pass"})
        self.assertEqual(self.dr_dave.checks.current().count(), 0)


class Approving(Case):
    def test_without_the_required_checks_admin_and_api_refuse_with_a_message(self):
        self.check("register")
        self.check("degree", "fail", note="another year")
        with self.assertRaises(ChecksMissing) as refused:
            self.approve()
        self.assertIn("Degree (fail)", str(refused.exception.detail))
        self.assertIn("In good standing (not done)", str(refused.exception.detail))
        answer = Api(self.frank).patch(f"/doctors/verify/{self.dr_dave.pk}", {"decision": "approve"})
        self.assertEqual(answer.status_code, 409)
        self.assertIn("Degree (fail)", answer.json()["detail"])
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.client.force_login(self.grace, backend="shs.users.backends.EmailBackend")
        page = self.client.post(f"/admin/doctors/doctorinformation/{self.dr_dave.pk}/step/approve/", {"text": ""})
        self.assertContains(page, "Degree (fail)")
        self.dr_dave.refresh_from_db()
        self.assertEqual(self.dr_dave.verification_status, Verification.IN_REVIEW)

    def test_an_optional_check_does_not_block_approval(self):
        pass_checks(self.dr_dave, self.grace)
        self.check("photo", "fail", note="no photograph")
        self.approve()
        self.assertTrue(self.dr_dave.is_approved)

    @override_settings(REQUIRED_CHECKS=["photo"])
    def test_the_required_checks_are_a_setting(self):
        self.assertEqual([kind for kind, _how in self.dr_dave.checks.missing()], ["photo"])
        self.check("photo")
        self.approve()
        self.assertTrue(self.dr_dave.is_approved)

    def test_not_applicable_does_not_count_as_passed(self):
        pass_checks(self.dr_dave, self.grace)
        self.check("degree", "not_applicable")
        self.assertRaises(ChecksMissing, self.approve)

    def test_the_api_accepts_the_checks_with_the_approval(self):
        path, required = f"/doctors/verify/{self.dr_dave.pk}", dict.fromkeys(CheckKind.values, "pass")
        body = {"decision": "approve", "checks": {**required, "degree": "horoscope"}}
        self.assertEqual(Api(self.frank).patch(path, body).status_code, 422)
        answer = Api(self.frank).patch(path, {"decision": "approve", "checks": required})
        self.assertEqual((answer.status_code, answer.json()["verification_status"]), (200, "approved"))
        self.assertEqual({check.by for check in self.dr_dave.checks.current()}, {self.frank})

    def test_a_resubmitted_case_must_be_checked_again(self):
        pass_checks(self.dr_dave, self.grace)
        services.ask(doctor=self.dr_dave, question="Your degree?", by=self.grace, now=self.now)
        doctors.change(doctor=self.dr_dave, changes={"education": "MBBS, MD"}, now=self.now)
        self.assertEqual(self.dr_dave.verification_status, Verification.PENDING)
        self.assertEqual(self.dr_dave.checks.current().count(), 0)
        self.assertEqual(self.dr_dave.checks.count(), len(CheckKind))
        self.assertRaises(ChecksMissing, self.approve)

    def test_approval_takes_the_expiry_date_from_the_register(self):
        pass_checks(self.dr_dave, self.grace)
        casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.approve()
        self.assertEqual(self.dr_dave.license_expires_on, self.entry.valid_until)

    def test_an_expired_licence_cannot_be_approved(self):
        self.entry.valid_until = timezone.localdate() - timedelta(days=1)
        self.entry.save()
        pass_checks(self.dr_dave, self.grace)
        casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)
        with self.assertRaisesMessage(ChecksMissing, "The licence expired on"):
            self.approve()


class Checking(Case):
    def test_a_failed_check_needs_a_note(self):
        self.assertRaises(Invalid, self.check, "degree", "fail")

    def test_a_second_result_replaces_the_first_which_is_kept_in_the_history(self):
        self.check("degree", "fail", note="cut off")
        self.check("degree", "pass", by=self.grace)
        check = self.dr_dave.checks.get()
        self.assertEqual((check.result, check.note), ("pass", ""))
        self.assertEqual([line.result for line in check.history.order_by("history_id")], ["fail", "pass"])

    def test_the_database_refuses_two_current_checks_of_a_kind(self):
        self.check("degree")
        with self.assertRaises(IntegrityError), transaction.atomic():
            VerificationCheck.objects.create(
                doctor=self.dr_dave, kind="degree", result="pass", by=self.grace, at=self.now
            )

    def test_a_decided_case_cannot_be_checked(self):
        services.decide(doctor=self.dr_dave, decision="reject", reason="no", by=self.frank, now=self.now)
        self.assertRaises(StepRefused, self.check, "degree")

    def test_only_the_holder_can_work_on_a_case_and_others_see_who_and_until_when(self):
        self.dr_dave.claim(by=self.grace, now=self.now)
        until = f"{timezone.localtime(self.now + timedelta(hours=2)):%H:%M}"
        for work in (
            lambda: self.check("degree", by=self.gina),
            lambda: casework.add_note(doctor=self.dr_dave, text="x", by=self.gina, now=self.now),
            lambda: casework.release(doctor=self.dr_dave, by=self.frank, now=self.now),
            lambda: services.decide(doctor=self.dr_dave, decision="reject", reason="x", by=self.frank, now=self.now),
            lambda: services.ask(doctor=self.dr_dave, question="x", by=self.frank, now=self.now),
        ):
            with self.assertRaisesMessage(AlreadyClaimed, f"Grace has claimed this case until {until}."):
                work()

    def test_working_on_a_case_extends_the_claim(self):
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.now += timedelta(hours=1)
        self.check("degree")
        self.assertEqual(self.dr_dave.reviewer().expires_at, self.now + timedelta(hours=2))

    def test_a_released_case_keeps_its_position_and_checks(self):
        since = self.dr_dave.submitted_at
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.check("degree")
        casework.release(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.dr_dave.refresh_from_db()
        self.assertEqual((self.dr_dave.verification_status, self.dr_dave.submitted_at), ("pending", since))
        self.assertIsNone(self.dr_dave.reviewer())
        self.assertEqual(self.dr_dave.checks.current().count(), 1)

    def test_the_timeline_shows_who_did_what(self):
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.check("degree", "fail", note="another year")
        services.ask(doctor=self.dr_dave, question="Which year?", by=self.grace, now=self.now, code="other")
        told = {(event.what, event.who.name if event.who else "", event.detail) for event in events(self.dr_dave)}
        self.assertIn(("Degree: Fail", "", "another year"), told)
        self.assertIn(("Case claimed", "Grace", ""), told)
        self.assertTrue(any(what.startswith("E-mail: ") for what, _who, _detail in told))
        self.assertIn(("Message to the doctor", "", "Which year?"), told)


class Overriding(Case):
    def setUp(self):
        super().setUp()
        pass_checks(self.dr_dave, self.grace)
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.check("degree", "fail", note="another year")
        self.ask("degree")

    def ask(self, kind, by=None):
        casework.ask_override(
            doctor=self.dr_dave, kind=kind, reason="a slip of the pen", by=by or self.grace, now=self.now
        )

    def confirm(self, by):
        return casework.confirm_overrides(doctor=self.dr_dave, reason="seen the original", by=by, now=self.now)

    def test_a_second_officer_confirms_while_the_first_holds_the_case_who_then_approves(self):
        self.assertRaises(ChecksMissing, self.approve)
        self.assertEqual(self.confirm(self.gina), 1)
        self.approve()
        check = self.dr_dave.checks.get(kind="degree")
        self.assertEqual((check.result, check.override_asked_by, check.overridden_by), ("fail", self.grace, self.gina))

    def test_the_officer_who_requests_an_override_cannot_confirm_it(self):
        self.assertRaises(SecondPersonNeeded, self.confirm, self.grace)

    def test_the_database_refuses_the_same_officer_for_both(self):
        check = self.dr_dave.checks.get(kind="degree")
        check.overridden_by, check.overridden_at = self.grace, self.now
        with self.assertRaises(IntegrityError), transaction.atomic():
            check.save()

    def test_the_doctor_cannot_confirm(self):
        self.assertRaises(OwnCase, self.confirm, self.dave)
        self.assertFalse(self.dave.has_perm("doctors.confirm_doctorinformation", self.dr_dave))

    def test_every_other_officer_and_admin_may_confirm(self):
        may = [
            user.name
            for user in (self.grace, self.gina, self.frank, self.henry, self.irene, self.carol, self.erin)
            if user.has_perm("doctors.confirm_doctorinformation", self.dr_dave)
        ]
        self.assertEqual(may, ["Gina", "Frank"])

    def test_a_new_result_ends_the_override(self):
        self.confirm(self.gina)
        self.check("degree", "fail", note="still another year")
        self.assertRaises(ChecksMissing, self.approve)

    def test_only_a_failed_check_can_be_overridden_and_once(self):
        self.assertRaises(StepRefused, self.ask, "register")
        self.confirm(self.gina)
        self.assertRaises(StepRefused, self.confirm, self.gina)

    def test_by_the_admin(self):
        self.client.force_login(self.gina, backend="shs.users.backends.EmailBackend")
        url = f"/admin/doctors/doctorinformation/{self.dr_dave.pk}"
        page = self.client.get(f"{url}/change/")
        self.assertContains(page, "Grace has claimed this case")
        self.assertContains(page, "Confirm the override…")
        self.assertNotContains(page, "step/approve/")
        self.assertContains(self.client.get(f"{url}/step/confirm/"), "a slip of the pen")
        self.assertContains(self.client.post(f"{url}/step/confirm/"), "This field is required")
        answer = self.client.post(f"{url}/step/confirm/", {"reason": "seen the original"})
        self.assertEqual(answer.status_code, 302)
        check = self.dr_dave.checks.get(kind="degree")
        self.assertEqual((check.overridden_by, check.second_reason), (self.gina, "seen the original"))
        self.assertContains(self.client.get(f"{url}/change/"), "seen the original")

    def test_the_second_officer_reads_the_documents_while_an_override_waits(self):
        document = services.add_document(
            doctor=self.dr_dave, kind="degree", upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7\n%%EOF"), now=self.now
        )
        self.assertTrue(self.gina.has_perm("credentialing.read_doctordocument", document))
        self.confirm(self.gina)
        forget()
        self.assertFalse(self.gina.has_perm("credentialing.read_doctordocument", document))

    def test_a_second_officer_needs_a_reason(self):
        with self.assertRaises(Invalid):
            casework.confirm_overrides(doctor=self.dr_dave, reason=" ", by=self.gina, now=self.now)


class OwnApplications(Case):
    def test_an_admin_who_is_a_doctor_cannot_decide_their_own_application(self):
        DoctorInformation.objects.without_history("a trick").filter(pk=self.dr_dave.pk).update(user=self.frank)
        self.dr_dave.refresh_from_db()
        for action in ("claim", "decide", "suspend"):
            self.assertFalse(self.frank.has_perm(f"doctors.{action}_doctorinformation", self.dr_dave))
        answer = Api(self.frank).patch(f"/doctors/verify/{self.dr_dave.pk}", {"decision": "reject", "reason": "x"})
        self.assertEqual(answer.status_code, 404)
        self.assertRaises(OwnCase, self.check, "degree", by=self.frank)
        self.assertRaises(OwnCase, self.approve, self.frank)
        self.assertRaises(OwnCase, self.dr_dave.claim, by=self.frank, now=self.now)


class RegisterLookup(Case):
    def look_up(self):
        return casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)

    def test_the_check_stores_source_date_and_registered_name(self):
        check = self.look_up()
        self.assertEqual((check.result, check.registered_name), ("pass", "Dave"))
        self.assertEqual((check.source, check.source_date), ("Register of the tests", self.entry.as_of))

    def test_an_unknown_licence_number_fails(self):
        RegisterEntry.objects.all().delete()
        check = self.look_up()
        self.assertEqual(check.result, "fail")
        self.assertIn(self.dr_dave.license_number, check.note)

    def flags(self):
        found = casework.look_up(self.dr_dave.license_number)
        lines = casework.compare(self.dr_dave, found, today=timezone.localdate())
        return {str(line.label): str(line.flag) for line in lines if line.flag}

    def test_titles_and_word_order_are_ignored_in_names(self):
        self.dr_dave.license_expires_on = self.entry.valid_until
        self.assertEqual(self.flags(), {})

    def test_differences_are_flagged(self):
        self.dr_dave.license_expires_on = self.entry.valid_until + timedelta(days=9)
        self.entry.name, self.entry.degree, self.entry.standing = "David", "BDS", "suspended"
        self.entry.save()
        expected = {
            "Name": "differs",
            "Degree": "differs",
            "Valid until": "differs",
            "Standing": "not in good standing",
        }
        self.assertEqual(self.flags(), expected)
        self.entry.valid_until = timezone.localdate() - timedelta(days=1)
        self.entry.save()
        self.assertEqual(self.flags()["Valid until"], "has ended")

    @override_settings(DOCTOR_REGISTER="shs.credentialing.tests.test_checks.other_register")
    def test_another_register_can_be_configured(self):
        self.assertEqual(self.look_up().registered_name, "Dave Elsewhere")


class NextCase(Case):
    def test_the_next_case_is_the_longest_waiting_one_that_nobody_else_holds(self):
        waiting = []
        for number in range(3):
            user = make_user(f"Dr. Wait{number}", Role.DOCTOR)
            since = self.now - timedelta(days=10 - number)
            waiting.append(make_doctor(user, None, status=Verification.PENDING, submitted_at=since))
        waiting[0].claim(by=self.gina, now=self.now)
        self.assertEqual(casework.next_case(self.grace), waiting[1])
        self.assertEqual(casework.next_case(self.grace, after=waiting[1]), waiting[2])
        self.assertEqual(casework.next_case(self.gina), waiting[0])

    def test_a_doctor_never_gets_their_own_case(self):
        DoctorInformation.objects.without_history("a trick").filter(pk=self.dr_dave.pk).update(user=self.grace)
        self.assertIsNone(casework.next_case(self.grace))
