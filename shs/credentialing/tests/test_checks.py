"""Checks of an application, the register, overrides by a second person, and who holds a case."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

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
from shs.users.models import Duty, Role, UserProfile


def other_register(license_number):
    """A register that another installation might ask."""
    today = timezone.localdate()
    return Registered(license_number, "Dave Elsewhere", "MBBS", "active", True, None, "Elsewhere", today)


class Case(TestUsers, TestCase):
    @classmethod
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


class Approving(Case):
    def test_without_the_required_checks_it_is_refused_in_words_by_office_and_api(self):
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

    def test_a_check_that_is_not_required_keeps_nobody_out(self):
        pass_checks(self.dr_dave, self.grace)
        self.check("photo", "fail", note="no photograph")
        self.approve()
        self.assertTrue(self.dr_dave.is_approved)

    @override_settings(REQUIRED_CHECKS=["photo"])
    def test_which_checks_are_required_is_a_setting(self):
        self.assertEqual([kind for kind, _how in self.dr_dave.checks.missing()], ["photo"])
        self.check("photo")
        self.approve()
        self.assertTrue(self.dr_dave.is_approved)

    def test_not_applicable_is_no_pass(self):
        pass_checks(self.dr_dave, self.grace)
        self.check("degree", "not_applicable")
        self.assertRaises(ChecksMissing, self.approve)

    def test_an_api_client_may_say_in_the_same_call_what_was_checked(self):
        path, required = f"/doctors/verify/{self.dr_dave.pk}", dict.fromkeys(CheckKind.values, "pass")
        body = {"decision": "approve", "checks": {**required, "degree": "horoscope"}}
        self.assertEqual(Api(self.frank).patch(path, body).status_code, 422)
        answer = Api(self.frank).patch(path, {"decision": "approve", "checks": required})
        self.assertEqual((answer.status_code, answer.json()["verification_status"]), (200, "approved"))
        self.assertEqual({check.by for check in self.dr_dave.checks.current()}, {self.frank})

    def test_a_case_that_comes_back_is_checked_anew(self):
        pass_checks(self.dr_dave, self.grace)
        services.ask(doctor=self.dr_dave, question="Your degree?", by=self.grace, now=self.now)
        doctors.change(doctor=self.dr_dave, changes={"education": "MBBS, MD"}, now=self.now)
        self.assertEqual(self.dr_dave.verification_status, Verification.PENDING)
        self.assertEqual(self.dr_dave.checks.current().count(), 0)
        self.assertEqual(self.dr_dave.checks.count(), len(CheckKind))
        self.assertRaises(ChecksMissing, self.approve)

    def test_the_end_that_the_register_names_counts(self):
        pass_checks(self.dr_dave, self.grace)
        casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.approve()
        self.assertEqual(self.dr_dave.license_expires_on, self.entry.valid_until)

    def test_a_licence_that_has_expired_is_not_approved(self):
        self.entry.valid_until = timezone.localdate() - timedelta(days=1)
        self.entry.save()
        pass_checks(self.dr_dave, self.grace)
        casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)
        with self.assertRaisesMessage(ChecksMissing, "The licence expired on"):
            self.approve()


class Checking(Case):
    def test_a_failed_check_says_what_is_wrong(self):
        self.assertRaises(Invalid, self.check, "degree", "fail")

    def test_a_second_verdict_replaces_the_first_which_stays_in_the_history(self):
        self.check("degree", "fail", note="cut off")
        self.check("degree", "pass", by=self.grace)
        check = self.dr_dave.checks.get()
        self.assertEqual((check.result, check.note), ("pass", ""))
        self.assertEqual([line.result for line in check.history.order_by("history_id")], ["fail", "pass"])

    def test_two_current_checks_of_a_kind_cannot_be_stored(self):
        self.check("degree")
        with self.assertRaises(IntegrityError), transaction.atomic():
            VerificationCheck.objects.create(
                doctor=self.dr_dave, kind="degree", result="pass", by=self.grace, at=self.now
            )

    def test_a_decided_case_is_checked_no_more(self):
        services.decide(doctor=self.dr_dave, decision="reject", reason="no", by=self.frank, now=self.now)
        self.assertRaises(StepRefused, self.check, "degree")

    def test_only_the_holder_works_on_a_case_and_the_others_read_who_and_until_when(self):
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

    def test_work_renews_the_claim(self):
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.now += timedelta(hours=1)
        self.check("degree")
        self.assertEqual(self.dr_dave.reviewer().expires_at, self.now + timedelta(hours=2))

    def test_a_case_that_is_given_back_keeps_its_place_and_its_checks(self):
        since = self.dr_dave.submitted_at
        self.dr_dave.claim(by=self.grace, now=self.now)
        self.check("degree")
        casework.release(doctor=self.dr_dave, by=self.grace, now=self.now)
        self.dr_dave.refresh_from_db()
        self.assertEqual((self.dr_dave.verification_status, self.dr_dave.submitted_at), ("pending", since))
        self.assertIsNone(self.dr_dave.reviewer())
        self.assertEqual(self.dr_dave.checks.current().count(), 1)

    def test_the_timeline_tells_who_did_what(self):
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
        return casework.confirm_overrides(doctor=self.dr_dave, by=by, now=self.now)

    def test_a_second_officer_confirms_while_the_first_holds_the_case_who_then_approves(self):
        self.assertRaises(ChecksMissing, self.approve)
        self.assertEqual(self.confirm(self.gina), 1)
        self.approve()
        check = self.dr_dave.checks.get(kind="degree")
        self.assertEqual((check.result, check.override_asked_by, check.overridden_by), ("fail", self.grace, self.gina))

    def test_who_asks_does_not_confirm(self):
        self.assertRaises(SecondPersonNeeded, self.confirm, self.grace)

    def test_the_database_itself_refuses_one_person_for_both(self):
        check = self.dr_dave.checks.get(kind="degree")
        check.overridden_by, check.overridden_at = self.grace, self.now
        with self.assertRaises(IntegrityError), transaction.atomic():
            check.save()

    def test_the_doctor_does_not_confirm(self):
        self.assertRaises(OwnCase, self.confirm, self.dave)
        self.assertFalse(self.dave.has_perm("doctors.confirm_doctorinformation", self.dr_dave))

    def test_the_right_to_confirm_is_everybodys_who_verifies_but_the_first_persons(self):
        may = [
            user.name
            for user in (self.grace, self.gina, self.frank, self.henry, self.irene, self.carol, self.erin)
            if user.has_perm("doctors.confirm_doctorinformation", self.dr_dave)
        ]
        self.assertEqual(may, ["Gina", "Frank"])

    def test_a_new_verdict_ends_the_override(self):
        self.confirm(self.gina)
        self.check("degree", "fail", note="still another year")
        self.assertRaises(ChecksMissing, self.approve)

    def test_only_what_stands_in_the_way_is_overridden(self):
        self.assertRaises(StepRefused, self.ask, "register")
        self.confirm(self.gina)
        self.assertRaises(StepRefused, self.confirm, self.gina)

    def test_by_the_back_office(self):
        self.client.force_login(self.gina, backend="shs.users.backends.EmailBackend")
        url = f"/admin/doctors/doctorinformation/{self.dr_dave.pk}"
        page = self.client.get(f"{url}/change/")
        self.assertContains(page, "Grace has claimed this case")
        self.assertContains(page, "Confirm the override…")
        self.assertNotContains(page, "step/approve/")
        self.assertContains(self.client.get(f"{url}/step/confirm/"), "a slip of the pen")
        self.assertEqual(self.client.post(f"{url}/step/confirm/").status_code, 302)
        self.assertEqual(self.dr_dave.checks.get(kind="degree").overridden_by, self.gina)


class OwnApplications(Case):
    def test_an_admin_who_is_a_doctor_decides_nothing_of_themselves(self):
        DoctorInformation.objects.without_history("a trick").filter(pk=self.dr_dave.pk).update(user=self.frank)
        self.dr_dave.refresh_from_db()
        for action in ("claim", "decide", "suspend"):
            self.assertFalse(self.frank.has_perm(f"doctors.{action}_doctorinformation", self.dr_dave))
        answer = Api(self.frank).patch(f"/doctors/verify/{self.dr_dave.pk}", {"decision": "reject", "reason": "x"})
        self.assertEqual(answer.status_code, 404)
        self.assertRaises(OwnCase, self.check, "degree", by=self.frank)
        self.assertRaises(OwnCase, self.approve, self.frank)
        self.assertRaises(OwnCase, self.dr_dave.claim, by=self.frank, now=self.now)


class Registering(Case):
    def look_up(self):
        return casework.check_register(doctor=self.dr_dave, by=self.grace, now=self.now)

    def test_the_check_keeps_the_source_its_day_and_the_name_as_on_the_register(self):
        check = self.look_up()
        self.assertEqual((check.result, check.registered_name), ("pass", "Dave"))
        self.assertEqual((check.source, check.source_date), ("Register of the tests", self.entry.as_of))

    def test_a_number_that_the_register_does_not_know_fails(self):
        RegisterEntry.objects.all().delete()
        check = self.look_up()
        self.assertEqual(check.result, "fail")
        self.assertIn(self.dr_dave.license_number, check.note)

    def flags(self):
        found = casework.look_up(self.dr_dave.license_number)
        lines = casework.compare(self.dr_dave, found, today=timezone.localdate())
        return {str(line.label): str(line.flag) for line in lines if line.flag}

    def test_titles_and_order_make_no_difference_of_names(self):
        self.dr_dave.license_expires_on = self.entry.valid_until
        self.assertEqual(self.flags(), {})

    def test_what_differs_is_flagged(self):
        self.dr_dave.license_expires_on = self.entry.valid_until + timedelta(days=9)
        self.entry.name, self.entry.degree, self.entry.standing = "David", "BDS", "suspended"
        self.entry.save()
        expected = {"Name": "differs", "Degree": "differs", "Valid until": "differs", "Standing": "not good"}
        self.assertEqual(self.flags(), expected)
        self.entry.valid_until = timezone.localdate() - timedelta(days=1)
        self.entry.save()
        self.assertEqual(self.flags()["Valid until"], "has ended")

    @override_settings(DOCTOR_REGISTER="shs.credentialing.tests.test_checks.other_register")
    def test_another_register_can_be_plugged_in(self):
        self.assertEqual(self.look_up().registered_name, "Dave Elsewhere")


class Duplicates(Case):
    def alike(self):
        return {row.doctor.name: row.why for row in casework.alike(self.dr_dave)}

    def test_nobody_is_alike_without_a_reason(self):
        self.assertEqual(self.alike(), {})

    def test_the_same_name_in_another_order_nearly_the_same_number_and_the_same_phone_are_shown(self):
        twin = make_user("Dave Dr.", Role.DOCTOR, email="twin@example.com")
        make_doctor(twin, None, license_number="Z-1")
        number = make_user("Dr. Number", Role.DOCTOR)
        make_doctor(number, None, license_number=self.dr_dave.license_number.replace("A-", "A"))
        for user in (self.dave, number):
            UserProfile.objects.update_or_create(user=user, defaults={"phone": "+8801712345678"})
        self.dr_dave = DoctorInformation.objects.get(pk=self.dr_dave.pk)
        self.assertEqual(self.alike(), {"Dave Dr.": "same name", "Dr. Number": "same phone, same number"})


class Next(Case):
    def test_the_next_case_is_who_has_waited_longest_of_those_that_nobody_else_holds(self):
        waiting = []
        for number in range(3):
            user = make_user(f"Dr. Wait{number}", Role.DOCTOR)
            since = self.now - timedelta(days=10 - number)
            waiting.append(make_doctor(user, None, status=Verification.PENDING, submitted_at=since))
        waiting[0].claim(by=self.gina, now=self.now)
        self.assertEqual(casework.next_case(self.grace), waiting[1])
        self.assertEqual(casework.next_case(self.grace, after=waiting[1]), waiting[2])
        self.assertEqual(casework.next_case(self.gina), waiting[0])

    def test_the_doctor_is_never_their_own_next_case(self):
        DoctorInformation.objects.without_history("a trick").filter(pk=self.dr_dave.pk).update(user=self.grace)
        self.assertIsNone(casework.next_case(self.grace))
