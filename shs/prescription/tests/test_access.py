"""Access to a prescription by every page and route."""

from datetime import timedelta

from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.medical_record import services as charts
from shs.prescription import services
from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api, make_doctor, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role

EXPORT = {"resource": "", "format": "0", "purpose": "a try by the tests", "export_items": "1"}


class Addresses(Surgery):
    """Every page and route of one prescription."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.mallory = make_user("Dr. Mallory", Role.DOCTOR)
        cls.dr_mallory = make_doctor(cls.mallory, cls.clinic)

    def setUp(self):
        self.found = self.prescribe(diagnosis="a secret illness")

    def by_api(self, user, found: Prescription) -> dict[str, int]:
        """The status of each route."""
        caller, path = Api(user), f"/prescriptions/{found.public_id}"
        return {
            "detail": caller.get(path).status_code,
            "version": caller.get(path, version=found.version).status_code,
            "pdf": caller.get(f"{path}/pdf").status_code,
            "list": caller.get(f"/prescriptions/patient/{found.patient_id}").status_code,
            "put": caller.put(path, BODY).status_code,
        }

    def by_admin(self, user, found: Prescription) -> dict[str, int]:
        """The status of each page, for GET and POST."""
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        version = found.history.first().history_id
        args = {name: (found.pk,) for name in ("change", "history", "pdf", "delete")}
        args |= {"simple_history": (found.pk, version), "step": (found.pk, "cancel")}
        pages = {name: reverse(f"admin:prescription_prescription_{name}", args=keys) for name, keys in args.items()}
        pages["patient page"] = reverse("admin:medical_record_medicalrecord_patient", args=(found.patient_id,))
        got = {name: browser.get(url).status_code for name, url in pages.items()}
        posted = {f"post {name}": browser.post(url, {"reason": "x"}).status_code for name, url in pages.items()}
        return {**got, **posted}

    def assert_closed(self, user, found: Prescription | None = None) -> None:
        found = found or self.found
        if user.uses_api:
            for page, status in self.by_api(user, found).items():
                with self.subTest(who=user.name, page=f"API {page}"):
                    self.assertIn(status, {403, 404})
        if user.uses_back_office:
            for page, status in self.by_admin(user, found).items():
                with self.subTest(who=user.name, page=f"admin {page}"):
                    self.assertIn(status, {302, 403, 404, 405} if page.startswith("post") else {403, 404})
            self.assert_not_listed(user)
        found.refresh_from_db()
        self.assertNotEqual(found.status, Status.CANCELLED)
        self.assertFalse(Prescription.objects.allowed(user, "view").filter(pk=found.pk).exists())
        self.assertFalse(PrescriptionLine.objects.allowed(user, "view").filter(prescription=found).exists())

    def assert_not_listed(self, user) -> None:
        browser = Client()
        browser.force_login(user, backend="shs.users.backends.EmailBackend")
        page = reverse("admin:prescription_prescription_changelist")
        for url in (page, f"{page}?tab=all", f"{page}?q=secret", f"{page}?tab=all&diagnosis__startswith=a"):
            answer = browser.get(url)
            with self.subTest(who=user.name, page=url):
                self.assertIn(answer.status_code, {200, 302, 400, 403})
                self.assertNotIn(self.begun.number, answer.content.decode())
                self.assertNotIn("Amoxicillin", answer.content.decode())
        search = browser.get(reverse("admin:search"), {"s": "Alice", "extended": "1"}).content.decode()
        self.assertNotIn(f"/prescription/prescription/{self.found.pk}/", search)
        export = browser.post(reverse("admin:prescription_prescription_export"), EXPORT)
        self.assertNotIn(b"a secret illness", export.getvalue())


@tag("any_database")
class NoAccess(Addresses, TestCase):
    def test_other_patients_doctors_and_staff_have_no_access(self):
        for user in (self.bob, self.dave, self.mallory, self.erin, self.grace, self.henry):
            self.assert_closed(user)

    def test_anonymous_users_have_no_access(self):
        for method, path in (("GET", ""), ("GET", "/pdf"), ("PUT", "")):
            self.assertEqual(Api().call(method, f"/prescriptions/{self.found.pk}{path}").status_code, 401)
        page = reverse("admin:prescription_prescription_pdf", args=(self.found.pk,))
        self.assertEqual(Client().get(page).status_code, 302)

    def test_the_doctors_access_ends_with_their_access_to_the_chart(self):
        long_ago = timezone.now() - timedelta(days=40)
        rows = Appointment.objects.without_history("time passes").filter(patient=self.alice)
        for at, visit in enumerate(rows.order_by("pk")):
            starts_at = long_ago + timedelta(hours=at)
            ends_at = starts_at + timedelta(minutes=20)
            until = ends_at + timedelta(days=30)
            rows.filter(pk=visit.pk).update(starts_at=starts_at, ends_at=ends_at, opens_until=until)
        self.assert_closed(self.carol)

    def test_the_doctors_access_ends_with_the_verification(self):
        self.dr_carol.suspend(reason="licence withdrawn", now=timezone.now())
        self.assert_closed(self.carol)

    def test_consent_gives_read_access_until_it_is_revoked(self):
        now = timezone.now()
        grant = charts.open_chart(patient=self.alice, doctor_id=self.dr_mallory.pk, expires_at=None, now=now)
        opened = self.by_api(self.mallory, self.found)
        self.assertEqual({opened[page] for page in ("detail", "version", "pdf", "list")}, {200})
        self.assertEqual(opened["put"], 403)
        charts.close_chart(grant=grant)
        self.assert_closed(self.mallory)

    def test_an_expired_consent_gives_no_access(self):
        charts.open_chart(
            patient=self.alice,
            doctor_id=self.dr_mallory.pk,
            expires_at=timezone.now() + timedelta(1),
            now=timezone.now(),
        )
        ObjectGrant.objects.without_history("time passes").filter(user=self.mallory).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        self.assert_closed(self.mallory)

    def test_emergency_access_allows_reading_only(self):
        charts.break_glass(
            doctor=self.mallory, patient=self.alice, reason="unconscious in the casualty ward", now=timezone.now()
        )
        opened = self.by_api(self.mallory, self.found)
        self.assertEqual((opened["detail"], opened["put"]), (200, 403))
        self.assertEqual(ReadLog.objects.filter(reader=self.mallory).last().basis, "break_glass")

    def test_drafts_are_visible_to_their_doctor_and_auditors_only(self):
        later = self.confirmed_visit(minutes_ago=120, days=6)
        draft = services.begin(draft=Prescription(diagnosis="x"), visit=later, by=self.carol, now=timezone.now())
        charts.open_chart(patient=self.alice, doctor_id=self.dr_mallory.pk, expires_at=None, now=timezone.now())
        seen = {
            name for name, user in self.people.items() if Prescription.objects.allowed(user, "view").filter(pk=draft.pk)
        }
        self.assertEqual(seen, {"carol", "frank", "irene"})
        self.assertFalse(Prescription.objects.allowed(self.mallory, "view").filter(pk=draft.pk).exists())
        for user in (self.alice, self.carol, self.frank):
            self.assertEqual(Api(user).get(f"/prescriptions/{draft.pk}").status_code, 404)


class Permissions(Addresses, TestCase):
    def test_check_and_filter_agree(self):
        actions = ["view", "add", "change", "issue", "amend", "cancel", "export", "delete"]
        for name, user in self.people.items():
            for action in actions:
                with self.subTest(who=name, action=action):
                    self.assertEqual(
                        Prescription.objects.allowed(user, action).filter(pk=self.found.pk).exists(),
                        user.has_perm(f"prescription.{action}_prescription", self.found),
                    )

    def test_the_permissions_of_each_user_on_an_issued_one(self):
        expected = {
            "alice": {"view"},
            "carol": {"view", "amend", "cancel"},
            "frank": {"view", "export"},
            "irene": {"view"},
        }
        for name, user in self.people.items():
            actions = {
                action
                for action in ("view", "change", "issue", "amend", "cancel", "export", "delete")
                if user.has_perm(f"prescription.{action}_prescription", self.found)
            }
            with self.subTest(who=name):
                self.assertEqual(actions, expected.get(name, set()))

    def test_a_doctor_can_read_prescriptions_they_got_as_a_patient(self):
        visit = self.confirmed_visit(patient=self.dave, minutes_ago=120, days=6)
        found = self.prescribe(visit)
        self.assertEqual(Api(self.dave).get(f"/prescriptions/{found.pk}").status_code, 200)
