"""Doctors whose account and profile the office opens for them."""

import re

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from shs.core.dates import show_datetime
from shs.core.errors import Refused
from shs.credentialing import services
from shs.credentialing.timeline import events
from shs.doctors.errors import OpenedCase
from shs.doctors.models import DoctorInformation, Verification
from shs.testing import PASSWORD, TestUsers, make_user, pass_checks, sending
from shs.users import practising
from shs.users.links import practising_token
from shs.users.models import Role, User

ADD = "/admin/doctors/doctorinformation/add/"
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF"


class Opening(TestUsers, TestCase):
    def setUp(self):
        self.log_in(self.grace)
        self.form = {
            "name": "Dr. Nadia",
            "email": "Nadia@example.com",
            "license_number": "a-77777",
            "experience": "4",
            "fees": "500",
            "education": "MBBS",
            "location": "Khulna",
            "specializations": [self.dr_carol.specializations.get().pk],
            "languages": "Bangla",
        }

    def log_in(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")

    def open(self) -> DoctorInformation:
        with sending(), self.captureOnCommitCallbacks(execute=True):
            answer = self.client.post(ADD, self.form)
        self.assertEqual(answer.status_code, 302, answer.content)
        return DoctorInformation.objects.get(license_number="A-77777")

    def test_an_officer_opens_account_and_profile_and_the_doctor_is_invited(self):
        doctor = self.open()
        self.assertEqual(doctor.verification_status, Verification.PENDING)
        self.assertEqual(
            (doctor.name, doctor.user.name, doctor.user.email), ("Dr. Nadia",) * 2 + ("nadia@example.com",)
        )
        self.assertFalse(doctor.user.has_usable_password())
        self.assertEqual([letter.to for letter in mail.outbox], [["nadia@example.com"]])
        self.assertIn("has opened an account for you", mail.outbox[0].subject)
        self.assertNotIn("asked to reset", mail.outbox[0].body)
        self.assertEqual(doctor.specialty_cards[0]["slug"], "cardiology")
        self.assertEqual(doctor.languages, ["Bangla"])

    def test_what_is_taken_or_malformed_is_a_form_error_and_nothing_is_stored(self):
        taken = {"email": "dave@example.com"}, {"license_number": self.dr_dave.license_number}, {"license_number": "?"}
        for wrong in taken:
            answer = self.client.post(ADD, {**self.form, **wrong})
            self.assertEqual(answer.status_code, 200)
            self.assertContains(answer, "errornote")
        self.assertFalse(DoctorInformation.objects.filter(name="Dr. Nadia").exists())

    def test_a_profile_is_opened_on_the_account_of_a_doctor_who_has_none_and_its_owner_is_told(self):
        owner = make_user("Dr. Nadia", Role.DOCTOR)
        password = owner.password
        self.form["email"] = owner.email
        doctor = self.open()
        owner.refresh_from_db()
        self.assertEqual((doctor.user, owner.password), (owner, password))
        self.assertIn("profile", mail.outbox[0].subject)
        self.assertEqual([letter.to for letter in mail.outbox], [[owner.email]])
        self.assertFalse(self.grace.has_perm("doctors.claim_doctorinformation", doctor))
        with self.assertRaises(OpenedCase):
            doctor.claim(by=self.grace, now=timezone.now())
        again = self.client.post(ADD, {**self.form, "license_number": "A-88888"})
        self.assertContains(again, "has a profile already")

    def test_nobodys_account_becomes_a_doctors_by_opening_a_profile(self):
        for user in (self.erin, self.frank):
            answer = self.client.post(ADD, {**self.form, "email": user.email})
            self.assertContains(answer, "ask an admin to change its role")
            role = user.role
            user.refresh_from_db()
            self.assertEqual(user.role, role)
        self.assertEqual(mail.outbox, [])
        new = make_user("Dr. Nadia", Role.DOCTOR)
        for changes, words in (({"is_verified": False}, "has not confirmed"), ({"is_active": False}, "is suspended")):
            User.objects.without_history("a test").filter(pk=new.pk).update(**changes)
            with self.subTest(words=words):
                self.assertContains(self.client.post(ADD, {**self.form, "email": new.email}), words)
        self.assertFalse(DoctorInformation.objects.filter(user__in=[self.erin, self.frank, new]).exists())

    def test_a_patient_agrees_by_a_link_before_a_profile_is_opened_on_their_account(self):
        self.form["email"] = self.alice.email
        for _time in range(2):  # asked once, however often the form is sent
            with sending(), self.captureOnCommitCallbacks(execute=True):
                answer = self.client.post(ADD, self.form)
            self.assertContains(answer, "once they have agreed, save it again")
            self.assertContains(answer, "Khulna")
        self.assertEqual([letter.to for letter in mail.outbox], [[self.alice.email]])
        self.assertFalse(DoctorInformation.objects.filter(name="Dr. Nadia").exists())
        link = re.search(r"/account/practise\?\S+", mail.outbox[0].body).group()
        visitor = Client()
        self.assertContains(visitor.get(link), "Your own chart and past visits stay")
        self.alice.refresh_from_db()
        self.assertEqual(self.alice.role, Role.PATIENT)
        with self.settings(PASSWORD_RESET_TIMEOUT=-1):
            self.assertEqual(visitor.post(link).status_code, 422)
        self.assertContains(visitor.post(link), "Thank you")
        self.assertContains(visitor.get(link), "no longer valid", status_code=422)
        self.alice.refresh_from_db()
        self.assertEqual(self.alice.role, Role.DOCTOR)
        self.assertTrue(self.alice.takes_two)
        doctor = self.open()
        self.assertContains(self.client.get("/admin/"), "The account has the name Alice already, which is kept.")
        self.assertEqual(doctor.user, self.alice)
        self.assertTrue(doctor.user.check_password(PASSWORD))
        self.assertFalse(self.grace.has_perm("doctors.claim_doctorinformation", doctor))

    def test_the_link_does_not_work_for_others_and_not_after_the_account_has_changed(self):
        token = practising_token.make_token(self.alice)
        uid = urlsafe_base64_encode(str(self.bob.pk).encode())
        with self.assertRaises(Refused):
            practising.agree(uid=uid, token=token, now=timezone.now())
        uid = urlsafe_base64_encode(str(self.alice.pk).encode())
        for changes in ({"is_active": False}, {"is_verified": False}, {"role": Role.STAFF}):
            User.objects.without_history("a test").filter(pk=self.alice.pk).update(**changes)
            with self.subTest(changes=changes), self.assertRaises(Refused):
                practising.agree(uid=uid, token=token, now=timezone.now())
            User.objects.without_history("a test").filter(pk=self.alice.pk).update(
                is_active=True, is_verified=True, role=Role.PATIENT
            )
        practising.agree(uid=uid, token=token, now=timezone.now())

    def test_who_has_opened_the_account_does_not_decide_and_others_do(self):
        doctor, now = self.open(), timezone.now()
        self.assertContains(self.client.get(reverse("admin:doctors_doctorinformation_change", args=(doctor.pk,))),
                            "another officer has to verify them")  # fmt: skip
        for action in ("claim", "decide", "confirm"):
            self.assertFalse(self.grace.has_perm(f"doctors.{action}_doctorinformation", doctor))
        with self.assertRaises(OpenedCase):
            doctor.claim(by=self.grace, now=now)
        with self.assertRaises(Refused):
            services.decide(doctor=doctor, decision="approve", reason="", by=self.grace, now=now)
        doctor.claim(by=self.frank, now=now)
        pass_checks(doctor, self.frank)
        services.decide(doctor=doctor, decision="approve", reason="", by=self.frank, now=now)
        self.assertTrue(doctor.is_approved)

    def test_the_office_uploads_what_the_doctor_brought(self):
        doctor = self.open()
        url = reverse("admin:credentialing_doctordocument_add")
        page = self.client.get(reverse("admin:doctors_doctorinformation_change", args=(doctor.pk,)))
        self.assertContains(page, f"{url}?doctor={doctor.pk}")
        self.assertContains(self.client.get(url, {"doctor": doctor.pk}), "Dr. Nadia")
        form = {"doctor": doctor.pk, "kind": "license", "expires_on": ""}
        bad = SimpleUploadedFile("a.pdf", b"not a PDF")
        self.assertContains(self.client.post(url, {**form, "file": bad}), "Send a PDF, a JPEG or a PNG.")
        over = {**form, "expires_on": "1999-01-01", "file": SimpleUploadedFile("a.pdf", PDF)}
        self.assertContains(self.client.post(url, over), "This document has expired")
        answer = self.client.post(url, {**form, "file": SimpleUploadedFile("a.pdf", PDF)})
        self.assertEqual(answer.status_code, 302)
        stored = doctor.documents.get()
        self.assertEqual((stored.original_name, stored.content_type), ("a.pdf", "application/pdf"))
        self.assertEqual(stored.history.get().history_user, self.grace)
        self.assertIn((self.grace, "Document sent"), [(event.who, event.what) for event in events(doctor)])
        self.log_in(self.irene)
        page = self.client.get(reverse("admin:doctors_doctorinformation_change", args=(doctor.pk,)))
        self.assertContains(page, "by Grace")
        self.assertContains(self.client.get(reverse("admin:credentialing_doctordocument_change", args=(stored.pk,))),
                            f"{show_datetime(stored.created_at)}, by Grace")  # fmt: skip

    def test_an_applicant_uploads_what_was_asked_for_and_only_for_themselves(self):
        services.ask(doctor=self.dr_dave, question="Please send the degree.", by=self.frank, now=timezone.now())
        self.log_in(self.dave)
        url = reverse("admin:credentialing_doctordocument_add")
        page = self.client.get(reverse("admin:doctors_doctorinformation_change", args=(self.dr_dave.pk,)))
        self.assertContains(page, url)
        form = {"doctor": self.dr_carol.pk, "kind": "degree", "file": SimpleUploadedFile("degree.pdf", PDF)}
        answer = self.client.post(url, form)
        self.assertRedirects(answer, reverse("admin:doctors_doctorinformation_change", args=(self.dr_dave.pk,)))
        self.assertEqual(self.dr_carol.documents.filter(original_name="degree.pdf").count(), 0)
        self.assertEqual(self.dr_dave.documents.get(original_name="degree.pdf").history.get().history_user, self.dave)
        self.dr_dave.refresh_from_db()
        self.assertEqual(self.dr_dave.verification_status, Verification.PENDING)

    def test_nobody_else_opens_accounts_or_uploads(self):
        for user in (self.carol, self.erin, self.henry, self.irene):
            self.log_in(user)
            self.assertEqual(self.client.get(ADD).status_code, 403, user)
        for user in (self.erin, self.henry, self.irene):
            self.log_in(user)
            url = reverse("admin:credentialing_doctordocument_add")
            self.assertEqual(self.client.get(url).status_code, 403, user)
