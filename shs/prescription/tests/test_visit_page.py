"""The page of a visit: who may open it, drafts, signing with the prescription, taking over, and its queries."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.medical_record import notes
from shs.medical_record.models import ConditionCode, MedicalRecord, VisitDraft, VisitNote
from shs.notices.models import Notice
from shs.prescription.models import Prescription, Status
from shs.prescription.services import dispensing
from shs.prescription.tests.scenes import Surgery
from shs.testing import make_doctor, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role, User, UserProfile

NOTE = {"complaint": "fever for three days", "findings": "throat red", "assessment": "tonsillitis", "plan": "rest"}


def rows(prefix: str, *given: dict[str, object]) -> dict[str, object]:
    """Rows of a formset as the page sends them."""
    sent: dict[str, object] = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": 0}
    return sent | {f"{prefix}-{at}-{name}": value for at, row in enumerate(given) for name, value in row.items()}


LINE = {"name": "Paracetamol 500 mg", "dosage": "1 tablet", "frequency": "1+0+1", "duration_days": 3}
EMPTY = rows("lines") | rows("tests")


class Consultation(Surgery):
    """As in Surgery, with a colleague of Dr. Carol at her clinic, Nadia, and a doctor elsewhere, Wendy."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.nadia = make_user("Dr. Nadia", Role.DOCTOR)
        cls.dr_nadia = make_doctor(cls.nadia, cls.clinic)
        cls.wendy = make_user("Dr. Wendy", Role.DOCTOR)
        cls.dr_wendy = make_doctor(cls.wendy, None)

    def office(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def url(self, page: str = "visit", visit: Any = None) -> str:
        return reverse(f"admin:{page}", args=((visit or self.begun).pk,))

    def sign(self, by: User | None = None, **sent: Any) -> Any:
        """Post the page: what is sent over the note of these tests."""
        sent = {"seen": 0, "sign": "1", **NOTE, **EMPTY, **sent}
        return self.office(by or self.carol).post(self.url(), sent, follow=True)

    def draft(self, by: User | None = None, seen: int = 0, client: Client | None = None, **typed: str) -> Any:
        """Save a draft as the script of the page does."""
        headers = {"Accept": "application/json"}
        client = client or self.office(by or self.carol)
        return client.post(self.url("visit_draft"), {"seen": seen, **typed}, headers=headers)

    def give_consent(self, doctor: Any) -> None:
        from shs.medical_record.services import open_chart

        now = timezone.now()
        open_chart(patient=self.alice, doctor_id=doctor.pk, expires_at=now + timedelta(days=3), now=now)


class Access(Consultation, TestCase):
    def test_the_doctor_of_the_visit_opens_it_and_the_reading_is_logged(self):
        self.note("allergy", "Penicillin", severity="severe")
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, "Penicillin")
        line = ReadLog.objects.filter(reader=self.carol, subject=self.alice, what="visit").get()
        self.assertEqual((line.basis, line.ids), ("care", [self.begun.pk]))

    def test_only_what_can_matter_to_the_patient_is_asked(self):
        for gender, years, asked in (
            ("male", 40, set()),
            ("female", 40, {"pregnancy", "breastfeeding"}),
            ("female", 70, set()),
            ("", 30, {"pregnancy", "breastfeeding"}),
            ("female", 15, {"pregnancy", "breastfeeding", "is_confidential"}),
            ("male", 15, {"is_confidential"}),
            ("female", 8, set()),
        ):
            born = timezone.localdate() - timedelta(days=366 * years)
            UserProfile.objects.without_history("a test").update_or_create(
                user=self.alice, defaults={"gender": gender, "date_of_birth": born}
            )
            with self.subTest(gender=gender, years=years):
                page = self.office(self.carol).get(self.url()).content.decode()
                found = {
                    name for name in ("pregnancy", "breastfeeding", "is_confidential") if f'id="id_{name}"' in page
                }
                self.assertEqual(found, asked)

    def test_other_doctors_and_the_desk_do_not_and_the_try_is_logged(self):
        for user, status in ((self.wendy, 404), (self.dave, 404), (self.nadia, 404), (self.erin, 403)):
            with self.subTest(user=user.email):
                self.assertEqual(self.office(user).get(self.url()).status_code, status)
                self.assertEqual(self.office(user).post(self.url("visit_draft"), {"seen": 0}).status_code, status)
        self.assertTrue(ReadLog.objects.filter(reader=self.wendy, subject=self.alice, basis="denied").exists())

    def test_a_doctor_whose_chart_is_closed_again_is_led_to_the_visit(self):
        self.begun.cancel()
        page = self.office(self.carol).get(self.url())
        self.assertRedirects(page, reverse("admin:appointment_appointment_change", args=(self.begun.pk,)))

    def test_the_first_visit_of_a_newcomer_opens_its_chart_and_its_page(self):
        visit = self.confirmed_visit(patient=self.bob, minutes_ago=40)
        type(visit).objects.without_history("scene").filter(pk=visit.pk).update(identity="registered")
        carol = self.office(self.carol)
        chart = reverse("admin:medical_record_medicalrecord_patient", args=(self.bob.pk,))
        page = carol.get(self.url(visit=visit))
        self.assertContains(page, chart)
        self.assertEqual(carol.get(chart).status_code, 200)

    def test_nobody_but_the_writer_reads_a_draft(self):
        self.draft(complaint="told in confidence")
        self.give_consent(self.dr_wendy)
        self.assertNotContains(self.office(self.wendy).get(self.url()), "told in confidence")
        for user in (self.frank, self.irene, self.erin, self.alice, self.wendy):
            with self.subTest(user=user.email):
                self.assertFalse(VisitDraft.objects.allowed(user, "view").exists())
        self.assertTrue(VisitDraft.objects.allowed(self.carol, "view").exists())


class Drafts(Consultation, TestCase):
    def test_what_is_typed_is_there_again_without_a_history(self):
        answer = self.draft(complaint="cough", **{"lines-TOTAL_FORMS": "1", "lines-0-name": "Para"})
        self.assertEqual(answer.json()["number"], 1)
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, "cough</textarea>")
        self.assertContains(page, 'value="Para"')
        self.assertNotRegex(page.content.decode(), r'class="shs-error"[^>]*>\s*[^<\s]')
        self.assertFalse(hasattr(VisitDraft, "history"))
        self.assertFalse(Prescription.objects.exists())

    def test_a_stale_draft_is_refused_with_a_sentence_and_overwrites_nothing(self):
        self.draft(complaint="first window")
        answer = self.draft(complaint="second window")
        self.assertEqual(answer.status_code, 409)
        self.assertIn("in another window", answer.json()["refused"])
        self.assertEqual(VisitDraft.objects.get().content["complaint"], ["first window"])

    def test_the_same_text_sent_again_is_saved_once(self):
        self.draft(complaint="cough")
        self.assertEqual(self.draft(complaint="cough").json()["number"], 1)

    def test_a_stale_page_neither_signs_nor_overwrites_until_somebody_says_so(self):
        self.draft(complaint="on the phone")
        page = self.sign(complaint="on the desk")
        self.assertContains(page, "in another window")
        self.assertContains(page, "on the desk</textarea>")
        self.assertFalse(VisitNote.objects.exists())
        office = self.office(self.carol)
        office.post(self.url("visit_draft"), {"seen": 0, "overwrite": 1, "complaint": "on the desk"})
        self.assertEqual(VisitDraft.objects.get().content["complaint"], ["on the desk"])

    def test_a_draft_is_saved_without_a_script(self):
        page = self.office(self.carol).post(self.url("visit_draft"), {"seen": 0, "plan": "rest"}, follow=True)
        self.assertContains(page, "Draft saved at")
        self.assertContains(page, "rest</textarea>")

    def test_a_draft_of_the_page_of_prescriptions_is_taken_up(self):
        from shs.prescription import services

        written = Prescription(diagnosis="asthma", symptoms="wheeze", advice="no smoke")
        services.begin(draft=written, visit=self.begun, by=self.carol, now=timezone.now())
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, "wheeze</textarea>")
        self.sign(advice="no smoke", assessment="asthma")
        self.assertEqual(Prescription.objects.get().status, Status.ISSUED)

    def test_more_than_a_draft_holds_is_refused(self):
        self.assertEqual(self.draft(plan="x" * (notes.MOST_TYPED + 1)).status_code, 422)


class Signing(Consultation, TestCase):
    def test_note_and_prescription_are_signed_in_one_step_and_the_visit_is_completed(self):
        self.draft(complaint="cough")
        answer = self.sign(seen=1, advice="drink", **rows("lines", LINE), pulse_bpm="80")
        self.assertContains(answer, "the prescription is issued")
        issued, note = Prescription.objects.get(), VisitNote.objects.get()
        self.assertContains(answer, reverse("admin:prescription_prescription_pdf", args=(issued.pk,)))
        self.assertEqual(
            (issued.status, issued.diagnosis, issued.symptoms), ("issued", "tonsillitis", NOTE["complaint"])
        )
        self.assertEqual((note.plan, note.signed_by, note.history.count()), ("rest", self.carol, 1))
        self.assertFalse(VisitDraft.objects.exists())
        self.begun.refresh_from_db()
        self.assertEqual(self.begun.status, "completed")
        self.assertEqual(MedicalRecord.objects.get(kind="vital_signs").vital_signs, {"pulse_bpm": 80})

    def test_a_visit_without_a_prescription_is_signed_too(self):
        self.assertContains(self.sign(), "The note is signed.")
        self.assertFalse(Prescription.objects.exists())
        self.assertEqual(VisitNote.objects.get().assessment, "tonsillitis")

    def test_the_note_is_signed_after_a_prescription_that_was_issued_elsewhere(self):
        issued = self.prescribe(self.begun)
        page = self.office(self.carol).get(self.url())
        self.assertContains(page, reverse("admin:prescription_prescription_pdf", args=(issued.pk,)))
        self.assertContains(page, reverse("admin:prescription_prescription_change", args=(issued.pk,)), count=1)
        self.assertNotContains(page, "data-writer")
        self.assertContains(page, "Sign the note")
        again = self.sign(**rows("lines", LINE))
        self.assertContains(again, "This visit already has a prescription</p>")
        self.assertContains(again, LINE["name"])  # nothing that was typed is lost
        self.assertFalse(VisitNote.objects.exists())
        self.sign()
        self.assertEqual(VisitNote.objects.get().complaint, NOTE["complaint"])
        self.assertEqual(Prescription.objects.filter(appointment=self.begun).get(), issued)

    def test_neither_is_stored_if_a_warning_has_no_reason(self):
        self.note("allergy", "Penicillin", severity="severe")
        amoxicillin = {**LINE, "name": "Amoxicillin 500 mg"}
        page = self.sign(**rows("lines", amoxicillin))
        self.assertContains(page, "recorded allergy to “Penicillin”")
        self.assertFalse(VisitNote.objects.exists() or Prescription.objects.exists())
        key = page.context["writer_asked"][0]["field"]
        self.assertContains(self.sign(**rows("lines", amoxicillin), **{key: "tolerated in 2024"}), "is issued")
        self.assertEqual(Prescription.objects.get().warnings.get().reason, "tolerated in 2024")

    def test_the_checks_are_shown_without_storing_anything(self):
        page = self.office(self.carol).post(self.url(), {"check": "1", **NOTE, **EMPTY, **rows("lines", LINE)})
        self.assertContains(page, "Interaction:")
        self.assertFalse(Prescription.objects.exists() or VisitNote.objects.exists())

    def test_an_incomplete_medicine_is_named_and_nothing_is_lost(self):
        page = self.sign(**rows("lines", {"name": "Paracetamol"}))
        self.assertContains(page, "Please correct what is marked below.")
        self.assertContains(page, 'value="Paracetamol"')
        self.assertContains(page, "fever for three days")
        self.assertFalse(VisitNote.objects.exists())

    def test_a_visit_that_has_not_begun_is_not_signed(self):
        visit = self.confirmed_visit(minutes_ago=-60, days=2)
        page = self.office(self.carol).post(self.url(visit=visit), {"sign": "1", **NOTE, **EMPTY})
        self.assertContains(page, "The visit has not begun")
        self.assertFalse(VisitNote.objects.exists())

    def test_codes_are_kept_with_their_title(self):
        self.sign(codes=["I10"])
        title = ConditionCode.objects.get(code="I10").title
        self.assertEqual(VisitNote.objects.get().codes, [{"code": "I10", "title": title}])

    def test_a_signed_note_never_changes_and_is_amended_by_a_version(self):
        self.sign()
        note = VisitNote.objects.get()
        note.plan = "something else"
        with self.assertRaises(notes.NoteSigned):
            note.save()
        page = self.office(self.carol).get(f"{self.url()}?amend=1")
        self.assertContains(page, "Sign the new version")
        sent = {**NOTE, "plan": "rest and fluids"}
        self.assertContains(self.office(self.carol).post(self.url(), sent), "Enter a reason")
        sent["reason"] = "forgot the fluids"
        page = self.office(self.carol).post(self.url(), sent, follow=True)
        self.assertContains(page, "rest and fluids")
        self.assertEqual([row.version for row in VisitNote.objects.order_by("version")], [1, 2])
        self.assertTrue(all(row.is_intact() for row in VisitNote.objects.all()))

    def test_a_second_signature_is_refused(self):
        self.sign()
        with self.assertRaises(notes.NoteSigned):
            written = notes.Written({"plan": "again"})
            notes.sign(visit=self.begun, by=self.carol, written=written, seen=None, now=timezone.now())


class TakingOver(Consultation, TestCase):
    def setUp(self):
        super().setUp()
        self.give_consent(self.dr_nadia)

    def take_over(self, by: User | None = None) -> Any:
        return self.office(by or self.nadia).post(self.url("visit_take_over"), follow=True)

    def test_a_colleague_goes_on_and_both_are_named(self):
        self.draft(complaint="cough since May")
        self.assertContains(self.take_over(), "cough since May</textarea>")
        self.assertEqual(self.draft(seen=2, plan="mine").status_code, 409)
        answer = self.sign(by=self.nadia, seen=2, advice="rest", **rows("lines", LINE))
        self.assertContains(answer, "is issued")
        note, issued = VisitNote.objects.get(), Prescription.objects.get()
        self.assertEqual((note.signed_by, issued.doctor), (self.nadia, self.dr_nadia))
        self.assertEqual([row.name for row in note.formers], [self.carol.name])
        self.assertContains(self.office(self.carol).get(self.url()), f"{self.carol.name} wrote until")

    def test_the_first_doctor_is_told_and_the_history_has_a_line(self):
        self.take_over()
        told = Notice.objects.get(kind="visit_taken_over")
        self.assertEqual((told.user, told.data["doctor"]), (self.carol, self.nadia.name))
        line = self.begun.history.first()
        self.assertEqual((line.history_user, line.history_change_reason), (self.nadia, "taken over by a colleague"))

    def test_the_first_doctor_can_take_it_back(self):
        self.take_over()
        self.assertNotContains(self.office(self.carol).get(self.url()), 'id="visit-form"')
        self.assertContains(self.take_over(by=self.carol), 'id="visit-form"')

    def test_a_doctor_of_another_clinic_does_not_take_over(self):
        self.give_consent(self.dr_wendy)
        self.assertNotContains(self.office(self.wendy).get(self.url()), "Take over")
        self.assertContains(self.take_over(by=self.wendy), "Only a doctor of the same clinic")
        self.assertFalse(VisitDraft.objects.exists())


class Costs(Consultation, TestCase):
    def queries(self) -> int:
        office = self.office(self.carol)
        office.get(self.url())
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(office.get(self.url()).status_code, 200)
        return len(caught)

    def test_the_page_costs_no_more_with_a_long_history(self):
        for number in range(2):
            self.note("allergy", f"Nut {number}")
            self.note("condition", f"Condition {number}")
            self.note("vital_signs", "", vital_signs={"pulse_bpm": 70 + number, "weight_kg": 60})
        before_last = self.prescribe(self.confirmed_visit(minutes_ago=60 * 9, days=9))
        code = dispensing.code_for(before_last, timezone.now())
        given = {line.pk: dispensing.Given("all") for line in before_last.lines.all()}
        more = {"code": code, "given": given, "seen_before": False, "now": timezone.now()}
        dispensing.dispense(prescription=before_last, pharmacy="River Pharmacy", **more)
        page = self.office(self.carol).get(self.url()).content.decode()
        self.assertEqual(page.count("River Pharmacy"), 1)
        self.assertIn("Amoxicillin 500 mg: ", page)
        before = self.queries()
        for number in range(12):
            self.note("condition", f"Further {number}")
            self.note("allergy", f"Further {number}")
            self.note("vital_signs", "", vital_signs={"pulse_bpm": 70 + number})
            self.prescribe(self.confirmed_visit(minutes_ago=60 * (10 + number), days=10 + number))
        self.assertLessEqual(self.queries(), before)
        self.assertLessEqual(before, 22)

    def test_a_draft_is_saved_in_few_queries(self):
        client = self.office(self.carol)
        self.draft(client=client, complaint="a")
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(self.draft(client=client, seen=1, complaint="ab").status_code, 200)
        self.assertLessEqual(len(caught), 12)

    def test_the_history_is_paged(self):
        with patch("shs.prescription.timeline.SHOWN", 2):
            for number in range(3):
                self.note("condition", f"Condition {number}")
            first = self.office(self.carol).get(self.url())
            self.assertEqual(len(first.context["past"].events), 2)
            self.assertTrue(first.context["past"].has_next)
            second = self.office(self.carol).get(f"{self.url()}?history=2")
            self.assertTrue(second.context["past"].events)
