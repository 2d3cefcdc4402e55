"""A visit that the desk books or takes in opens the chart only after a proof of identity, and the patient is told."""

from datetime import time, timedelta

from django.core import mail
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services as visits
from shs.appointment.models import Appointment, IdentityCheck
from shs.core.errors import Invalid, StepRefused, TooMany
from shs.core.reads.models import ReadLog
from shs.medical_record.access import who_can_see
from shs.medical_record.models import MedicalRecord
from shs.medical_record.permissions import may_read_chart, may_write_chart
from shs.medical_record.services import record
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.prescription.models import Prescription
from shs.testing import Api, TestUsers, later, make_user, sending, soon
from shs.tests.prepared import prepared
from shs.users.models import Role, User, UserProfile

SEEN = visits.Proof("document", "nid", "4711")
NONE = visits.Proof("none", reason="unconscious, brought by neighbours")


class Base(TestUsers, TestCase):
    @classmethod
    def moment(cls):
        return timezone.localtime().replace(hour=9, minute=5, second=0, microsecond=0)

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.zara = make_user("Zara", Role.PATIENT)
        for kind, title in (("allergy", "Penicillin"), ("medication", "Paracetamol"), ("condition", "Old secret")):
            entry = MedicalRecord(patient=cls.zara, kind=kind, title=title)
            record(entry=entry, by=cls.zara, now=timezone.now())

    def walk_in(self, proof=SEEN, patient=None, **more) -> Appointment:
        with sending():
            return visits.walk_in(
                patient=patient or self.zara,
                doctor_id=self.dr_carol.pk,
                clinic=self.clinic,
                proof=proof,
                by=self.erin,
                now=timezone.now(),
                **more,
            )

    def reads(self, patient=None, now=None):
        return may_read_chart(self.carol, patient or self.zara, now or timezone.now())

    def office(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def step(self, visit: Appointment, name: str, **data):
        page = reverse("admin:appointment_appointment_step", args=(visit.pk, name))
        with sending():
            return self.office(self.erin).post(page, data)

    def told(self, subject: str) -> list[str]:
        return [message.body for message in mail.outbox if message.subject == subject]


class WindowTests(Base):
    """From when until when a visit opens the chart."""

    def confirmed(self, days: int) -> Appointment:
        visit = self.book(patient=self.zara, day=soon(days), at=time(11))
        visit.confirm(now=timezone.now())
        return visit

    def test_it_opens_seven_days_before_the_visit(self):
        visit = self.confirmed(20)
        self.assertIsNone(self.reads())
        for before, expected in ((timedelta(days=7, seconds=1), None), (timedelta(days=7), "care")):
            self.assertEqual(self.reads(now=visit.starts_at - before), expected)
        with override_settings(RECORD_ACCESS_BEFORE_DAYS=30):
            self.assertEqual(self.reads(), "care")

    def test_a_visit_to_which_nobody_came_opens_nothing_once_it_is_overdue(self):
        visit = self.confirmed(3)
        self.assertEqual(self.reads(now=visit.ends_at + timedelta(minutes=59)), "care")
        self.assertIsNone(self.reads(now=visit.ends_at + timedelta(minutes=60)))

    def test_a_doctor_does_not_keep_the_chart_open_by_moving_the_visit(self):
        visit = self.confirmed(2)
        stored = visit.opens_until
        for days in (30, 60, 88):
            answer = Api(self.carol).post(
                f"/appointments/{visit.pk}/reschedule", {"date": f"{soon(days)}", "time": "11:00"}
            )
            self.assertEqual(answer.status_code, 200)
            self.assertIsNone(self.reads())
        visit.refresh_from_db()
        self.assertEqual(visit.opens_until, stored)
        self.assertIsNone(self.reads(now=visit.starts_at))

    def test_patient_and_desk_make_it_later(self):
        visit = self.confirmed(2)
        moved = Api(self.zara).post(f"/appointments/{visit.pk}/reschedule", {"date": f"{soon(60)}", "time": "11:00"})
        self.assertEqual(moved.status_code, 200)
        visit.refresh_from_db()
        visit.confirm(now=timezone.now())  # it waits to be confirmed again
        self.assertEqual(visit.opens_until, visit.ends_at + timedelta(days=30))
        Api(self.carol).post(f"/appointments/{visit.pk}/reschedule", {"date": f"{soon(89)}", "time": "11:00"})
        visit.refresh_from_db()
        visit.check_in(now=visit.starts_at)
        self.assertEqual(visit.opens_until, visit.ends_at + timedelta(days=30))

    def test_a_later_setting_does_not_change_what_was_stored(self):
        visit = self.walk_in()
        with override_settings(RECORD_ACCESS_DAYS=3650):
            self.assertIsNone(self.reads(now=visit.ends_at + timedelta(days=30)))

    def test_the_confirmation_tells_the_patient_who_may_read_and_until_when(self):
        visit = self.book(patient=self.zara, day=soon(20), at=time(11))
        with sending():
            visits.confirm(visit=visit, now=timezone.now())
        (body,) = [message.body for message in mail.outbox if "confirmed" in message.subject]
        self.assertIn("Dr. Carol can read your medical record from", body)


class ProofTests(Base):
    def test_a_walk_in_without_a_word_about_identity_is_refused_at_desk_and_service(self):
        client = self.office(self.erin)
        page = reverse("admin:desk_register")
        data = {"name": "zara@example.com", "person": self.zara.pk, "doctor": self.dr_carol.pk}
        data["when"] = "now"
        answer = client.post(page, data)
        self.assertContains(answer, "Choose how the patient proved who they are.")
        for wrong in (
            visits.Proof("none", reason="x"),
            visits.Proof("document", "nid", "47"),
            visits.Proof("document", "library card", "4711"),
            visits.Proof("code"),
            visits.Proof(""),
        ):
            with self.subTest(proof=wrong), self.assertRaises(Invalid):
                self.walk_in(wrong)
        self.assertFalse(Appointment.objects.filter(patient=self.zara).exists())
        posted = client.post(page, {**data, "how": "document", "document": "nid", "last_four": "47ab"})
        self.assertEqual(posted.status_code, 302)
        check = IdentityCheck.objects.get()
        self.assertEqual((check.document, check.last_four, check.by), ("nid", "47AB", self.erin))

    def test_a_document_opens_the_chart_and_the_patient_is_told_who_until_when(self):
        visit = self.walk_in()
        self.assertEqual(self.reads(), "care")
        (body,) = self.told("Your visit, and who can read your chart")
        self.assertIn("Dr. Carol can read your medical record until", body)
        self.assertIn("/visits/not-me?token=", body)
        listed = Api(self.zara).get("/notifications/").json()["items"]
        self.assertNotIn("not-me", str(listed))
        self.assertEqual(visit.identity, "document")

    def test_a_code_that_was_sent_opens_it_and_is_stored_nowhere(self):
        visit = self.walk_in(NONE)
        self.assertEqual(self.step(visit, "send_code").status_code, 302)
        (body,) = self.told("Your code for the front desk")
        code = next(word for word in body.split() if len(word) == 6 and word.isdigit())
        self.assertNotIn(code, str(list(Notice.objects.filter(kind=Kind.IDENTITY_CODE).values())))
        self.assertNotIn("identity_code", str(Api(self.zara).get("/notifications/").json()))
        self.assertContains(self.step(visit, "prove", how="code", code="000000"), "wrong or too old")
        self.assertIsNone(self.reads())
        self.assertEqual(self.step(visit, "prove", how="code", code=code).status_code, 302)
        self.assertEqual(self.reads(), "care")
        self.assertEqual(self.step(visit, "prove", how="code", code=code).status_code, 200)

    def test_a_code_ends_after_fifteen_minutes_and_after_five_wrong_ones(self):
        visit = self.walk_in(NONE)
        self.step(visit, "send_code")
        with self.assertRaises(TooMany):
            visits.send_code(visit=visit, now=timezone.now())
        code = next(w for w in self.told("Your code for the front desk")[0].split() if len(w) == 6 and w.isdigit())
        with later(minutes=15), self.assertRaises(Invalid):
            visits.prove(visit=visit, proof=visits.Proof("code", code=code), by=self.erin, now=timezone.now())
        for _attempt in range(4):
            with self.assertRaises(Invalid):
                visits.prove(visit=visit, proof=visits.Proof("code", code="1"), by=self.erin, now=timezone.now())
        with self.assertRaises(TooMany):
            visits.prove(visit=visit, proof=visits.Proof("code", code=code), by=self.erin, now=timezone.now())

    def test_no_code_is_sent_to_an_address_that_nobody_has_confirmed(self):
        User.objects.without_history("as registered").filter(pk=self.zara.pk).update(is_verified=False)
        visit = self.walk_in(NONE)
        self.assertContains(self.step(visit, "send_code"), "no confirmed address")

    def test_a_visit_that_the_desk_booked_opens_nothing_until_it_is_taken_in(self):
        visit = visits.book(
            patient=self.zara,
            doctor_id=self.dr_carol.pk,
            date=timezone.localdate(),
            time=time(11),
            now=timezone.now(),
            source=Appointment.Source.DESK,
        )
        visits.confirm(visit=visit, now=timezone.now())
        self.assertIsNone(self.reads())
        self.assertEqual(Api(self.carol).get(f"/medical-records/{self.zara.pk}").status_code, 404)
        self.assertEqual(self.step(visit, "check_in").status_code, 200)
        with self.assertRaises(Invalid):
            visits.check_in(visit=visit, by=self.erin, now=timezone.now())
        answer = self.step(visit, "receive", how="document", document="passport", last_four="99AB")
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(self.reads(), "care")
        self.assertEqual(len(self.told("Your visit, and who can read your chart")), 1)

    def test_a_visit_that_the_desk_booked_is_told_also_if_the_doctor_completes_it_without_a_check_in(self):
        visit = visits.book(
            patient=self.zara,
            doctor_id=self.dr_carol.pk,
            date=timezone.localdate(),
            time=time(11),
            now=timezone.now(),
            source=Appointment.Source.DESK,
        )
        visits.confirm(visit=visit, now=timezone.now())
        with later(hours=2), sending():
            answer = Api(self.carol).patch(f"/appointments/{visit.pk}/status", {"status": "completed"})
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(IdentityCheck.objects.get().how, "none")
        self.assertEqual(len(self.told("Your visit, and who can read your chart")), 1)
        self.assertIsNone(self.reads())

    def test_contact_details_are_for_the_desk_only_after_a_proof(self):
        visit = self.walk_in(NONE)
        mine = UserProfile.objects.allowed(self.erin, "view")
        self.assertFalse(mine.filter(user=self.zara).exists())
        self.assertFalse(self.erin.has_perm("users.readdress_user", self.zara))
        visits.prove(visit=visit, proof=SEEN, by=self.erin, now=timezone.now())
        self.assertTrue(mine.filter(user=self.zara).exists())


class WithoutProofTests(Base):
    def setUp(self):
        super().setUp()
        self.walked = self.walk_in(NONE)

    def test_the_doctor_writes_for_this_visit_and_sees_that_alone(self):
        now = timezone.now()
        self.assertIsNone(self.reads())
        self.assertIsNone(may_write_chart(self.carol, self.zara, now))
        caller = Api(self.carol)
        written = caller.post("/medical-records/", {"patient": self.zara.pk, "kind": "condition", "title": "Fracture"})
        self.assertEqual(written.status_code, 201, written.content)
        rows = caller.get(f"/medical-records/{self.zara.pk}").json()["items"]
        self.assertEqual([row["title"] for row in rows], ["Fracture"])
        page = self.office(self.carol).get(reverse("admin:medical_record_medicalrecord_patient", args=(self.zara.pk,)))
        self.assertContains(page, "Earlier entries stay closed")
        self.assertContains(page, "Fracture")
        for secret in ("Penicillin", "Old secret", "Paracetamol"):
            self.assertNotContains(page, secret)
        old = MedicalRecord.objects.get(title="Old secret")
        change = "admin:medical_record_medicalrecord_change"
        self.assertEqual(self.office(self.carol).get(reverse(change, args=(old.pk,))).status_code, 404)
        new = MedicalRecord.objects.get(title="Fracture")
        self.assertEqual(self.office(self.carol).get(reverse(change, args=(new.pk,))).status_code, 200)
        bases = set(ReadLog.objects.filter(reader=self.carol, subject=self.zara).values_list("basis", flat=True))
        self.assertEqual(bases, {"visit", "denied"})
        listed = self.office(self.carol).get(reverse("admin:medical_record_medicalrecord_changelist"))
        self.assertNotContains(listed, "Old secret")

    def test_checks_before_prescribing_use_the_whole_chart_and_name_the_medicine_alone(self):
        names = ("Penicillin", "Paracetamol")
        body = {
            "appointment": self.walked.pk,
            "diagnosis": "fracture",
            "medications": [{"name": n, "dosage": "1", "frequency": "1+0+1", "duration_days": 3} for n in names],
        }
        stopped = Api(self.carol).post("/prescriptions/", body)
        self.assertEqual(stopped.status_code, 422, stopped.content)
        keys = [warning["warning"] for warning in stopped.json()["warnings"]]
        answer = Api(self.carol).post("/prescriptions/", {**body, "acknowledge": dict.fromkeys(keys, "she agrees")})
        self.assertEqual(answer.status_code, 201, answer.content)
        kinds = {warning["kind"]: str(warning) for warning in answer.json()["warnings"]}
        self.assertIn("Ask the patient", kinds["allergy"])
        self.assertIn("a medicine with the same substance", str(kinds))
        entries = MedicalRecord.objects.filter(patient=self.zara)
        for key in Prescription.objects.get().warnings.values_list("key", flat=True):
            self.assertFalse([pk for pk in entries.values_list("pk", flat=True) if f":{pk}:" in key])
        found = Api(self.carol).get(f"/prescriptions/patient/{self.zara.pk}").json()["items"]
        self.assertEqual(len(found), 1)
        self.assertEqual(Api(self.carol).get(f"/prescriptions/{found[0]['id']}").status_code, 200)

    def test_auditors_and_the_patient_see_it(self):
        listed = self.office(self.irene).get(reverse("admin:appointment_identitycheck_changelist"))
        self.assertContains(listed, "Zara")
        self.assertContains(self.office(self.irene).get("/admin/"), "Visits without proof, and objections")
        self.assertEqual(
            self.office(self.erin).get(reverse("admin:appointment_identitycheck_changelist")).status_code, 403
        )
        (body,) = self.told("Your visit, and who can read your chart")
        self.assertIn("without proof of identity", body)
        (line,) = who_can_see(self.zara, now=timezone.now())
        self.assertEqual((line.person, line.basis), (self.carol, "visit"))

    def test_it_ends_with_the_visits_days(self):
        with later(days=31):
            self.assertEqual(Api(self.carol).get(f"/medical-records/{self.zara.pk}").status_code, 404)


class NotMeTests(Base):
    def link(self) -> str:
        (body,) = self.told("Your visit, and who can read your chart")
        return "/visits/not-me" + body.partition("/visits/not-me")[2].split()[0]

    def test_the_link_closes_the_chart_at_once_and_opens_a_case(self):
        self.walk_in()
        link = self.link()
        self.assertContains(Client().get(link), "Dr. Carol")
        self.assertEqual(self.reads(), "care")
        self.assertContains(Client().post(link), "has ended")
        self.assertIsNone(self.reads())
        self.assertEqual(Api(self.carol).get(f"/medical-records/{self.zara.pk}").status_code, 404)
        case = IdentityCheck.objects.get(how="objected")
        self.assertEqual(case.status, "waiting")
        Client().post(link)
        self.assertEqual(IdentityCheck.objects.filter(how="objected").count(), 1)
        page = reverse("admin:appointment_identitycheck_step", args=(case.pk, "reject"))
        self.assertEqual(self.office(self.irene).post(page, {"reason": "the desk was asked"}).status_code, 302)

    def missed(self) -> Appointment:
        """A visit of today that Zara has booked, and that was marked as missed."""
        visit = self.book(patient=self.zara, day=timezone.localdate(), at=time(11))
        visits.confirm(visit=visit, now=timezone.now())
        with later(hours=4), sending():
            visits.miss(visit)
        return visit

    def say_it_took_place(self, visit: Appointment, by: str):
        body = {"status": "completed", "reason": "the patient came late"}
        with later(hours=5), sending():
            if by == "api":
                answer = Api(self.carol).patch(f"/appointments/{visit.pk}/status", body)
                self.assertEqual(answer.status_code, 200, answer.content)
                return
            page = reverse("admin:appointment_appointment_step", args=(visit.pk, "amend"))
            self.assertEqual(self.office(self.carol).post(page, {"reason": body["reason"]}).status_code, 302)

    def test_a_missed_visit_that_the_doctor_completes_is_told_and_listed_by_office_and_api(self):
        for by in ("api", "office"):
            with self.subTest(by=by):
                mail.outbox = []
                IdentityCheck.objects.all().delete()
                visit = self.missed()
                self.say_it_took_place(visit, by)
                (body,) = self.told("Your visit, and who can read your chart")
                self.assertIn("had been marked as missed", body)
                self.assertIn("Dr. Carol can read your medical record until", body)
                check = IdentityCheck.objects.get()
                self.assertEqual((check.how, check.status, check.by), ("none", "waiting", self.carol))
                self.assertIn("the patient came late", check.reason)
                listed = self.office(self.irene).get(reverse("admin:appointment_identitycheck_changelist"))
                self.assertContains(listed, visit.number)
                self.assertEqual(self.reads(), "care")
                self.assertContains(Client().post(self.link()), "has ended")
                self.assertIsNone(self.reads())
                self.assertEqual(Api(self.zara).post(f"/appointments/{visit.pk}/not-me").status_code, 204)
                Appointment.objects.without_history("test").filter(pk=visit.pk).update(status="cancelled")

    def test_the_patient_has_no_objection_to_a_visit_that_they_booked_and_that_was_not_missed(self):
        visit = self.book(patient=self.zara, day=timezone.localdate(), at=time(11))
        visits.confirm(visit=visit, now=timezone.now())
        with later(hours=3):
            Api(self.carol).patch(f"/appointments/{visit.pk}/status", {"status": "completed"})
            self.assertEqual(Api(self.zara).post(f"/appointments/{visit.pk}/not-me").status_code, 409)
        self.assertFalse(IdentityCheck.objects.exists())

    def test_the_app_has_a_route_for_it_for_the_patient_alone(self):
        visit = self.walk_in(NONE)
        self.assertEqual(Api(self.bob).post(f"/appointments/{visit.pk}/not-me").status_code, 404)
        self.assertEqual(Api(self.zara).post(f"/appointments/{visit.pk}/not-me").status_code, 204)
        self.assertEqual(Api(self.carol).get(f"/medical-records/{self.zara.pk}").status_code, 404)
        self.assertEqual(Api(self.alice).post(f"/appointments/{self.visit.pk}/not-me").status_code, 409)

    def test_a_document_counts_no_more_until_an_auditor_has_decided(self):
        first = self.walk_in()
        visits.object_to(visit=first, by=self.zara, now=timezone.now())
        with self.assertRaises(StepRefused):
            visits.prove(visit=first, proof=SEEN, by=self.erin, now=timezone.now())
        with self.assertRaises(StepRefused):
            self.walk_in()
        case = IdentityCheck.objects.get(how="objected")
        case.review("justified", finding="it was her sister", by=self.irene, now=timezone.now())
        self.walk_in()
        self.assertEqual(self.reads(), "care")

    def test_a_wrong_link_is_refused(self):
        for token in ("", "x", "1:x:y"):
            self.assertEqual(Client().post(f"/visits/not-me?token={token}").status_code, 404)
