"""Whatever takes a doctor or a clinic away asks what becomes of the visits, or lists them in the same transaction."""

from collections.abc import Callable
from datetime import time, timedelta
from functools import partial
from io import BytesIO
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import FileField
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from shs.appointment import services
from shs.appointment.tests.test_planner import DAY, Planning
from shs.credentialing import services as credentialing
from shs.doctors.models import DoctorInformation
from shs.testing import make_user, soon
from shs.users import services as users
from shs.users import two_admins
from shs.users.models import Role


class WaysToBeAway(Planning, TestCase):
    def suspension(self) -> tuple[str, dict[str, str]]:
        self.dr_carol.claim(by=self.grace, now=timezone.now())
        url = f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/step/suspend/"
        return url, {"reason": "sanction", "text": "by the council"}

    def test_a_suspension_asks_what_becomes_of_each_visit_and_stores_all_at_once(self):
        url, asked = self.suspension()
        for headers in ({}, {"X-Dialog": "1"}):
            page = self.office(self.grace).post(url, asked, headers=headers)
            self.assertEqual([row.visit for row in page.context["rows"]], self.visits())
            self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])
        first = page.context["rows"][0]
        self.assertEqual([choice.value.partition(":")[0] for choice in first.choices], ["move", "cancel", "keep"])
        self.assertTrue(first.choices[0].value.startswith(f"move:{self.dr_wendy.pk}:"), "the doctor has no own slot")
        self.assertNotContains(page, "Alice")  # an officer does not see whose the visits are
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        for row, choice in zip(page.context["rows"], (0, 1, 2), strict=True):
            posted[row.name] = row.choices[choice].value
        answer = self.office(self.grace).post(page.context["action"], posted, headers={"X-Dialog": "1"})
        self.assertIn("go", answer.json())
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.verification_status, "suspended")
        self.assertEqual(self.states(), ["confirmed", "cancelled", "left"])
        self.assertEqual((self.visit.doctor, self.second.cancelled_by), (self.dr_wendy, "doctor"))
        self.assertIn("rescheduled", self.told(self.visit))

    def test_a_refused_plan_suspends_nobody(self):
        url, asked = self.suspension()
        page = self.office(self.grace).post(url, asked)
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        posted |= {row.name: row.choices[0].value for row in page.context["rows"]}
        now = timezone.now()
        yara = make_user("Yara", Role.PATIENT)
        services.book(patient=yara, doctor_id=self.dr_wendy.pk, date=soon(DAY), time=time(11), now=now)
        again = self.office(self.grace).post(url, posted)
        self.assertTrue("no longer free" in again.content.decode(), "the page does not say why")
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.verification_status, "approved")
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])

    def test_whom_nobody_decides_about_is_listed_in_the_transaction_that_takes_the_doctor_away(self):
        now, back = timezone.now(), ["confirmed", "confirmed", "pending"]

        def suspend() -> None:
            credentialing.suspend(doctor=self.dr_carol, reason="x", by=self.frank, now=now)

        def expire() -> None:
            rows = DoctorInformation.objects.without_history("it has ended").filter(pk=self.dr_carol.pk)
            rows.update(license_expires_on=timezone.localdate() - timedelta(days=1))
            self.assertEqual(credentialing.expire_licences(now=now), 1)

        def approve() -> None:
            rows = DoctorInformation.objects.without_history("as before").filter(pk=self.dr_carol.pk)
            rows.update(verification_status="pending", license_expires_on=None)
            self.dr_carol.refresh_from_db()
            with mock.patch.object(type(self.dr_carol.checks), "require_passed", create=True):
                self.dr_carol.approve(now=now)

        reinstate = partial(users.reinstate, user=self.carol, reason="x", by=self.frank, now=now)
        ways = {
            "suspension": (suspend, approve),
            "the licence ends": (expire, approve),
            "the account": (
                partial(users.suspend, user=self.carol, reason="x", until=None, by=self.frank, now=now),
                reinstate,
            ),
            "until a day": (
                partial(users.suspend, user=self.carol, reason="x", until=now, by=self.frank, now=now),
                partial(users.reinstate_due, now=now),
            ),
            "the role": (self.role(Role.PATIENT), self.role(Role.DOCTOR)),
            "death": (
                partial(users.note_death, user=self.carol, day=timezone.localdate(), told_by="x", reason="x", now=now),
                partial(users.undo_death, user=self.carol, reason="x", now=now),
            ),
        }
        for name, (take, give) in ways.items():
            with self.subTest(by=name):
                take()
                self.assertEqual(self.states(), ["left"] * 3)
                give()
                self.assertEqual(self.states(), back)

    def role(self, role: Role) -> Callable[[], object]:
        more = {"duties": [], "reason": "x", "by": self.frank, "now": timezone.now()}
        return partial(two_admins.change_role, user=self.carol, role=role, **more)

    def test_a_licence_that_has_ended_lists_the_visits_until_it_is_renewed(self):
        rows = DoctorInformation.objects.without_history("a state").filter(pk=self.dr_carol.pk)
        for status, states in (("expired", ["left"] * 3), ("approved", ["confirmed", "confirmed", "pending"])):
            rows.update(verification_status=status)
            services.find_without_doctor(now=timezone.now())
            self.assertEqual(self.states(), states)
            self.assertEqual(services.find_without_doctor(now=timezone.now()), 0)

    def clinic_form(self, client, **changed: object) -> tuple[str, dict[str, object]]:
        url = reverse("admin:doctors_clinic_change", args=(self.clinic.pk,))
        form = client.get(url).context["adminform"].form
        # A browser sends no file of its own accord.
        posted = [bound for bound in form if not isinstance(bound.field, FileField)]
        fields = {bound.html_name: bound.value() for bound in posted if bound.value() not in (None, False)}
        return url, {**fields, "_save": "Save"} | changed

    def test_closing_a_clinic_asks_and_nothing_is_offered_there_until_it_opens_again(self):
        client = self.office(self.frank)
        url, posted = self.clinic_form(client)
        del posted["is_active"]
        page = client.post(url, posted)
        self.assertEqual([row.visit for row in page.context["rows"]], self.visits())
        self.clinic.refresh_from_db()
        self.assertTrue(self.clinic.is_active)
        for row in page.context["rows"]:
            self.assertEqual([choice.value for choice in row.choices], ["cancel", "keep"])
        decided = {**dict(page.context["hidden"]), "planned": "yes"}
        decided |= dict(zip((row.name for row in page.context["rows"]), ("cancel", "keep", "keep"), strict=True))
        self.assertEqual(client.post(url, decided).status_code, 302)
        self.assertEqual(self.states(), ["cancelled", "left", "left"])
        self.assertEqual((self.visit.cancelled_by, self.visit.cancel_code), ("clinic", "clinic_closed"))
        free = services.slots_of(doctor_id=self.dr_carol.pk, first=soon(DAY), last=soon(DAY), now=timezone.now())
        self.assertEqual(free, [])
        self.assertEqual(services.first_free(doctors=[self.dr_carol], days=7, now=timezone.now()), {})
        services.carry_out(
            outage=services.undecided(clinic=self.clinic.pk),
            decisions={self.second.pk: services.CANCEL, self.asked.pk: services.KEEP},
            by=self.frank,
            now=timezone.now(),
        )
        self.assertEqual(self.states(), ["cancelled", "cancelled", "left"])
        self.assertEqual((self.second.cancelled_by, self.second.cancel_code), ("clinic", "clinic_closed"))
        url, posted = self.clinic_form(client, is_active="on")
        self.assertEqual(client.post(url, posted).status_code, 302)
        self.assertEqual(self.states(), ["cancelled", "cancelled", "pending"])
        self.assertTrue(services.first_free(doctors=[self.dr_carol], days=7, now=timezone.now()))

    def test_a_new_logo_is_not_lost_while_a_clinic_is_closed_and_the_present_one_stays(self):
        client = self.office(self.frank)
        image = BytesIO()
        Image.new("RGB", (8, 8), "teal").save(image, "PNG")
        url, posted = self.clinic_form(client)
        client.post(url, {**posted, "logo": SimpleUploadedFile("sign.png", image.getvalue(), "image/png")})
        self.clinic.refresh_from_db()
        logo = self.clinic.logo.name
        self.assertTrue(logo)
        del posted["is_active"]
        page = client.post(url, {**posted, "logo": SimpleUploadedFile("new.png", image.getvalue(), "image/png")})
        self.assertContains(page, "Save the new logo first")
        page = client.post(url, posted)
        decided = {**dict(page.context["hidden"]), "planned": "yes"}
        decided |= {row.name: "keep" for row in page.context["rows"]}
        self.assertEqual(client.post(url, decided).status_code, 302)
        self.clinic.refresh_from_db()
        self.assertEqual((self.clinic.logo.name, self.clinic.is_active), (logo, False))

    def test_without_visits_a_clinic_is_closed_together_with_its_new_logo(self):
        image = BytesIO()
        Image.new("RGB", (8, 8), "teal").save(image, "PNG")
        for visit in self.visits():
            visit.cancel()
        client = self.office(self.frank)
        url, posted = self.clinic_form(client)
        del posted["is_active"]
        client.post(url, {**posted, "logo": SimpleUploadedFile("sign.png", image.getvalue(), "image/png")})
        self.clinic.refresh_from_db()
        self.assertEqual((bool(self.clinic.logo), self.clinic.is_active), (True, False))

    def test_a_clinic_with_visits_is_not_deleted_nor_taken_from_a_doctor_with_hours_there(self):
        client = self.office(self.frank)
        client.post(reverse("admin:doctors_clinic_delete", args=(self.clinic.pk,)), {"post": "yes"})
        url = reverse("admin:doctors_doctorinformation_change", args=(self.dr_carol.pk,))
        form = client.get(url).context["adminform"].form
        # A browser sends no file of its own accord.
        posted = [bound for bound in form if not isinstance(bound.field, FileField)]
        fields = {bound.html_name: bound.value() for bound in posted if bound.value() not in (None, False)}
        page = client.post(url, {**fields, "clinics": [], "_save": "Save"})
        self.assertContains(page, "Delete the working hours there first: Lakeside Clinic.")
        self.assertEqual([*self.dr_carol.clinics.all()], [self.clinic])
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])
