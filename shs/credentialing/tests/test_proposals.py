"""What was verified of a doctor is changed by proposals only; until an officer accepts one, the public sees the facts
as they were verified."""

from datetime import timedelta

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import StepRefused
from shs.credentialing import services
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, DoctorSpecialization, FactProposal
from shs.prescription.services import parties
from shs.testing import Api, TestUsers, make_doctor, make_user, pass_checks, sending
from shs.tests.prepared import prepared
from shs.users.models import Role, User

GRAND = {
    "education": "FRCS (London), Professor",
    "experience": 60,
    "specializations": ["cardiology", "neurology"],
    "license_number": "Z-99",
}


class Base(TestUsers, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        DoctorSpecialization.objects.get_or_create(slug="neurology", defaults={"name": "Neurology"})

    def office(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def stored(self) -> DoctorInformation:
        return DoctorInformation.objects.get(pk=self.dr_carol.pk)

    def step(self, by: User, name: str, **data):
        page = reverse("admin:doctors_doctorinformation_step", args=(self.dr_carol.pk, name))
        with sending():
            return self.office(by).post(page, data)

    def propose(self, **changes):
        return Api(self.carol).patch("/doctors/me", changes or GRAND)


class WaitingTests(Base):
    def test_the_public_and_the_prescription_show_what_was_verified(self):
        body = self.propose().json()
        self.assertEqual(body["proposal"]["changes"], GRAND)
        self.assertEqual((body["education"], body["experience"]), ("MBBS", 10))
        shown = Api().get(f"/doctors/{self.dr_carol.pk}").json()
        self.assertEqual((shown["education"], shown["experience"], len(shown["specializations"])), ("MBBS", 10, 1))
        for query in ({"q": "professor"}, {"specialty": "neurology"}, {"min_experience": 20}):
            self.assertEqual(Api().get("/doctors/search", **query).json()["count"], 0)
        printed = parties(self.stored(), None, self.alice)["doctor"]
        self.assertEqual((printed["education"], printed["specializations"]), ("MBBS", ["Cardiology"]))

    def test_the_name_waits_too_whether_the_office_or_the_api_sends_it(self):
        answer = Api(self.carol).patch("/auth/profile", {"name": "Prof. Carol", "city": "Dhaka"})
        self.assertEqual((answer.json()["name"], answer.json()["city"]), ("Dr. Carol", "Dhaka"))
        page = reverse("admin:users_user_change", args=(self.carol.pk,))
        self.office(self.frank).post(page, {"name": "Sir Carol", "seen": ""})
        self.assertEqual(User.objects.get(pk=self.carol.pk).name, "Dr. Carol")
        self.assertEqual(FactProposal.objects.get().changes, {"name": "Sir Carol"})
        self.step(self.grace, "claim")
        self.step(self.grace, "accept_changes", text="")
        self.assertEqual(User.objects.get(pk=self.carol.pk).name, "Sir Carol")
        self.assertEqual(self.stored().name, "Sir Carol")

    def test_patients_and_doctors_who_are_not_verified_change_their_name_at_once(self):
        for user in (self.alice, self.dave):
            answer = Api(user).patch("/auth/profile", {"name": "Somebody"})
            self.assertEqual(answer.json()["name"], "Somebody")
        self.assertFalse(FactProposal.objects.exists())

    def test_fees_languages_and_the_rest_stay_free(self):
        body = self.propose(fees="650", languages=["Bangla"], bio="Listens.", location="Khulna").json()
        self.assertEqual((body["fees"], body["bio"], body["location"]), ("650.00", "Listens.", "Khulna"))
        self.assertIsNone(body["proposal"])

    def test_an_admin_changes_no_verified_fact_alone_either(self):
        form = {
            "license_number": self.dr_carol.license_number,
            "experience": "61",
            "fees": "900.00",
            "education": "Professor",
            "location": "Dhaka",
            "languages": "Bangla, English",
            "bio": "",
            "specializations": list(DoctorSpecialization.objects.filter(slug="neurology").values_list("pk", flat=True)),
            "clinics": [self.clinic.pk],
        }
        page = f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/change/"
        self.assertEqual(self.office(self.frank).post(page, form).status_code, 302)
        kept = self.stored()
        self.assertEqual((kept.education, kept.experience, str(kept.fees)), ("MBBS", 10, "900.00"))
        self.assertEqual([row.slug for row in kept.specializations.all()], ["cardiology"])
        changes = FactProposal.objects.get().changes
        self.assertEqual(changes, {"experience": 61, "education": "Professor", "specializations": ["neurology"]})

    def test_one_proposal_waits_and_is_completed_or_withdrawn(self):
        self.propose(education="FRCS")
        self.propose(experience=12, fees="100")
        self.assertEqual(FactProposal.objects.get().changes, {"education": "FRCS", "experience": 12})
        self.propose(education="MBBS")
        self.assertEqual(FactProposal.objects.get().changes, {"education": "FRCS", "experience": 12})
        self.assertEqual(Api(self.carol).delete("/doctors/me/proposal").status_code, 204)
        self.assertEqual(Api(self.carol).delete("/doctors/me/proposal").status_code, 404)
        self.assertIsNone(Api(self.carol).get("/doctors/me").json()["proposal"])

    def test_what_cannot_be_is_refused_at_once(self):
        taken = self.dr_dave.license_number
        past = f"{timezone.localdate() - timedelta(days=1)}"
        for wrong, status in (
            ({"license_number": taken}, 409),
            ({"license_number": "!!!"}, 422),
            ({"specializations": ["astrology"]}, 422),
            ({"license_expires_on": past}, 422),
        ):
            with self.subTest(wrong=wrong):
                self.assertEqual(self.propose(**wrong).status_code, status)
        self.assertFalse(FactProposal.objects.exists())


class DecidingTests(Base):
    def setUp(self):
        super().setUp()
        self.propose()

    def test_an_officer_who_has_claimed_the_case_sees_both_and_accepts(self):
        upload = SimpleUploadedFile("frcs.pdf", b"%PDF-1.4\n%%EOF\n")
        document = services.add_document(doctor=self.stored(), kind="degree", upload=upload, now=timezone.now())
        self.assertEqual(document.proposal, FactProposal.objects.get())
        self.assertEqual(self.step(self.grace, "accept_changes").status_code, 403)
        queue = self.office(self.grace).get("/admin/doctors/doctorinformation/?tab=changes")
        self.assertContains(queue, "Dr. Carol")
        self.assertEqual(self.step(self.grace, "claim").status_code, 302)
        page = self.office(self.grace).get(f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/change/")
        self.assertContains(page, "FRCS (London), Professor")
        self.assertEqual(self.step(self.grace, "accept_changes", text="Congratulations").status_code, 302)
        doctor = self.stored()
        self.assertEqual(
            (doctor.education, doctor.experience, doctor.license_number),
            (
                "FRCS (London), Professor",
                60,
                "Z-99",
            ),
        )
        self.assertEqual(Api().get("/doctors/search", specialty="neurology").json()["count"], 1)
        self.assertEqual(doctor.verification_status, "approved")
        (message,) = [message for message in mail.outbox if message.to == ["carol@example.com"]]
        self.assertIn("Congratulations", message.body)
        self.assertIsNone(doctor.reviewer())

    def test_a_refusal_needs_a_reason_and_changes_nothing(self):
        self.step(self.grace, "claim")
        self.assertEqual(self.step(self.grace, "refuse_changes", reason="").status_code, 200)
        self.assertEqual(self.step(self.grace, "refuse_changes", reason="No document.").status_code, 302)
        self.assertEqual(self.stored().education, "MBBS")
        (message,) = [message for message in mail.outbox if message.to == ["carol@example.com"]]
        self.assertIn("No document.", message.body)
        self.assertEqual(self.step(self.grace, "accept_changes").status_code, 403)

    def test_nobody_else_decides_and_no_doctor_for_themselves(self):
        for user in (self.carol, self.dave, self.erin, self.henry, self.irene, self.alice):
            with self.subTest(who=user.name):
                self.assertIn(self.step(user, "accept_changes").status_code, {302, 403, 404})
        self.assertEqual(self.stored().education, "MBBS")

    def test_a_licence_that_somebody_else_got_meanwhile_is_refused(self):
        make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.clinic, license_number="Z-99")
        self.step(self.grace, "claim")
        self.assertContains(self.step(self.grace, "accept_changes"), "licence")
        self.assertEqual(self.stored().education, "MBBS")

    def test_it_joins_the_application_of_a_doctor_who_is_no_longer_verified(self):
        doctor = self.stored()
        doctor.suspend(reason="a complaint", now=timezone.now())
        with self.assertRaises(StepRefused):
            doctors.accept(doctor=doctor, note="", by=self.frank, now=timezone.now())
        services.reopen(doctor=doctor, by=self.frank, now=timezone.now())
        self.assertEqual(self.stored().education, "FRCS (London), Professor")
        self.assertFalse(FactProposal.objects.waiting().exists())

    def test_a_renewed_licence_that_waits_when_the_old_one_ends_goes_to_the_queue(self):
        today = timezone.localdate()
        DoctorInformation.objects.without_history("time passes").filter(pk=self.dr_carol.pk).update(
            license_expires_on=today - timedelta(days=1)
        )
        self.propose(license_expires_on=f"{today + timedelta(days=365)}")
        services.expire_licences(now=timezone.now())
        doctor = self.stored()
        self.assertEqual(
            (doctor.verification_status, doctor.license_expires_on), ("pending", today + timedelta(days=365))
        )
        pass_checks(doctor, self.frank)
        doctor.approve(now=timezone.now())
