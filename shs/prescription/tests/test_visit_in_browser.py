"""The consultation in a browser: from the waiting room to the paper, with drafts that survive."""

from datetime import timedelta
from io import BytesIO

from django.contrib.sessions.models import Session
from django.utils import timezone
from pypdf import PdfReader

from shs.appointment.models import Appointment
from shs.medical_record.models import VisitDraft, VisitNote
from shs.prescription.models import Medication, Prescription, Status
from shs.prescription.tests.scenes import Surgery
from shs.tests.browser import BrowserTestCase


class ConsultationInBrowser(Surgery, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        fields = {"atc_code": "J01CA04", "drug_class": "Penicillin"}
        Medication.objects.get_or_create(generic_name="amoxicillin", form="capsule", strength="500 mg", defaults=fields)

    def consult(self, page) -> None:
        """Open the page of the visit from “My day”."""
        page.goto("/admin/desk/")
        with self.new_page(page):
            page.locator(f"[data-key='open-{self.begun.pk}']").click()
        page.get_by_role("heading", name="Note").wait_for()

    def saved(self, page) -> None:
        """Wait until all that was typed is saved."""
        page.locator("#visit-draft-state").get_by_text("Draft saved at").wait_for()

    def add_medicine(self, page, name: str = "amoxicillin capsule 500 mg", directions: str = "1+1+1 after 7d") -> None:
        page.get_by_role("combobox", name="Add a medicine").click()
        page.keyboard.type(name[:5])
        page.get_by_role("option", name=name).first.click()
        page.wait_for_function("document.activeElement?.name?.endsWith('-directions')")
        line = page.evaluate("document.activeElement?.name.replace('directions', 'instructions')")
        page.keyboard.type(directions)
        page.keyboard.press("Enter")
        page.wait_for_function("name => document.getElementsByName(name)[0].value", arg=line)

    def come_again(self, page) -> None:
        """Choose the first free time in seven days."""
        page.get_by_label("Come again in").fill("7d")
        page.keyboard.press("Enter")
        self.has_focus(page, "slot")
        page.keyboard.press("Space")

    def test_a_returning_patient_from_my_day_to_the_paper(self):
        self.note("allergy", "Penicillin", severity="severe")
        self.note("vital_signs", "", vital_signs={"weight_kg": 61, "systolic_mmhg": 150, "diastolic_mmhg": 95})
        page = self.open()
        self.log_in(page, self.carol.email)
        self.consult(page)
        page.locator(".shs-visit-allergies").get_by_text("Penicillin").wait_for()
        page.get_by_label("Complaint").fill("গলা ব্যথা for two days")
        page.get_by_label("Assessment", exact=True).fill("acute tonsillitis")
        page.get_by_role("searchbox").first.fill("tonsil")
        page.get_by_role("option", name="J03.9").click()
        page.get_by_label("Advice", exact=True).fill("কুসুম গরম পানি পান করুন")
        self.add_medicine(page)
        self.come_again(page)
        with self.new_page(page):
            page.keyboard.press("Control+Enter")
        page.get_by_text("recorded allergy to “Penicillin”").wait_for()
        page.get_by_label("recorded allergy").fill("tolerated in 2024, family informed")
        with self.new_page(page):
            page.get_by_role("button", name="Sign and issue").click()
        self.is_told(page, "The note is signed, and the prescription is issued.")
        paper = page.request.get(page.get_by_role("link", name="Open PDF to print").get_attribute("href"))
        self.assertEqual((paper.status, paper.headers["content-type"]), (200, "application/pdf"))
        page.get_by_role("link", name="Book follow-up…").wait_for()
        issued, note = Prescription.objects.get(), VisitNote.objects.get()
        self.assertEqual((issued.status, issued.lines.get().frequency), (Status.ISSUED, "1+1+1"))
        following = Appointment.objects.filter(patient=self.alice).latest("starts_at")
        self.assertEqual(timezone.localdate(following.starts_at), issued.follow_up_date)
        self.assertGreaterEqual(issued.follow_up_date, timezone.localdate() + timedelta(days=7))
        self.assertEqual([row["code"] for row in note.codes], ["J03.9"])
        self.assertFalse(VisitDraft.objects.exists())

    def test_a_newcomer_child_is_seen_without_a_prescription(self):
        rows = type(self.begun).objects.without_history("scene").filter(pk=self.begun.pk)
        rows.update(identity="registered")
        self.alice.profile.date_of_birth = timezone.localdate().replace(day=1)
        self.alice.profile.save()
        page = self.open(width=390, height=844)
        self.log_in(page, self.carol.email)
        self.consult(page)
        page.get_by_role("navigation", name="On this page").get_by_role("link", name="Note").click()
        page.get_by_label("Complaint").fill("cries at night")
        page.get_by_label("Assessment", exact=True).fill("infant colic")
        self.saved(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertLessEqual(wide, 0)
        with self.new_page(page):
            page.get_by_role("button", name="Sign and issue").click()
        self.is_told(page, "The note is signed.")
        self.assertEqual(VisitNote.objects.get().assessment, "infant colic")

    def test_a_patient_on_warfarin_gets_no_ibuprofen_before_the_severe_interaction_is_answered(self):
        for name, form, strength in (("ibuprofen", "tablet", "400 mg"), ("paracetamol", "tablet", "500 mg")):
            Medication.objects.get_or_create(generic_name=name, form=form, strength=strength)
        self.note("medication", "Warfarin 5 mg")
        page = self.open()
        self.log_in(page, self.carol.email)
        self.consult(page)
        page.locator(".shs-visit-facts").get_by_text("Warfarin 5 mg").wait_for()
        page.get_by_label("Complaint").fill("pain in the knee since Friday")
        page.get_by_label("Assessment", exact=True).fill("osteoarthritis of the knee")
        self.add_medicine(page, "ibuprofen tablet 400 mg", "1+0+1 after 5d")
        with self.new_page(page):
            page.keyboard.press("Control+Enter")
        page.get_by_text("Give a reason for each warning.").wait_for()
        stopped = page.get_by_label("Reason for prescribing despite the warning")
        self.assertIn("Warfarin", stopped.get_attribute("aria-label"))
        self.assertFalse(Prescription.objects.exists() or VisitNote.objects.exists())
        page.get_by_label("Remove").first.click()
        self.add_medicine(page, "paracetamol tablet 500 mg", "1+1+1 after 3d")
        with self.new_page(page):
            page.get_by_role("button", name="Sign and issue").click()
        self.is_told(page, "The note is signed, and the prescription is issued.")
        issued = Prescription.objects.get()
        self.assertEqual([line.name for line in issued.lines.all()], ["paracetamol tablet 500 mg"])
        self.assertFalse(issued.warnings.filter(stops=True).exists())
        paper = page.request.get(page.get_by_role("link", name="Open PDF to print").get_attribute("href"))
        text = " ".join(PdfReader(BytesIO(paper.body())).pages[0].extract_text().split())
        self.assertIn("paracetamol tablet 500 mg", text)
        self.assertIn("osteoarthritis of the knee", text)
        self.assertNotIn("ibuprofen", text)

    def test_a_patient_on_warfarin_gets_it_with_a_reason_that_is_kept(self):
        Medication.objects.get_or_create(generic_name="ibuprofen", form="tablet", strength="400 mg")
        self.note("medication", "Warfarin 5 mg")
        page = self.open()
        self.log_in(page, self.carol.email)
        self.consult(page)
        page.get_by_label("Assessment", exact=True).fill("acute gout")
        self.add_medicine(page, "ibuprofen tablet 400 mg", "1+0+1 after 2d")
        with self.new_page(page):
            page.get_by_role("button", name="Sign and issue").click()
        reason = "INR 2.1 today, two days only, told the signs of bleeding"
        page.get_by_label("Reason for prescribing despite the warning").fill(reason)
        with self.new_page(page):
            page.get_by_role("button", name="Sign and issue").click()
        self.is_told(page, "The note is signed, and the prescription is issued.")
        issued = Prescription.objects.get()
        self.assertEqual(issued.warnings.get(stops=True).reason, reason)
        paper = page.request.get(page.get_by_role("link", name="Open PDF to print").get_attribute("href"))
        self.assertIn("ibuprofen tablet 400 mg", PdfReader(BytesIO(paper.body())).pages[0].extract_text())

    def test_a_draft_survives_the_end_of_the_session_and_a_login_in_another_tab(self):
        page = self.open()
        self.log_in(page, self.carol.email)
        self.consult(page)
        page.get_by_label("Complaint").fill("cough")
        self.saved(page)
        Session.objects.all().delete()
        page.get_by_label("Plan").fill("come again on Monday")
        page.get_by_text("Your session has ended. What you typed is still here").wait_for()
        self.assertEqual(page.get_by_label("Plan").input_value(), "come again on Monday")
        other = page.context.new_page()
        other.set_default_timeout(60_000)
        self.log_in(other, self.carol.email)
        self.saved(page)
        other.goto(page.url)
        self.assertEqual(other.get_by_label("Plan").input_value(), "come again on Monday")
        self.assertEqual(other.get_by_label("Complaint").input_value(), "cough")

    def test_a_second_window_is_told_that_the_draft_was_changed(self):
        page = self.open()
        self.log_in(page, self.carol.email)
        self.consult(page)
        second = page.context.new_page()
        second.set_default_timeout(60_000)
        second.goto(page.url)
        page.get_by_label("Complaint").fill("first window")
        self.saved(page)
        second.get_by_label("Complaint").fill("second window")
        second.get_by_text("in another window or on another device").wait_for()
        self.assertEqual(second.get_by_label("Complaint").input_value(), "second window")
        with self.new_page(second):
            second.get_by_role("link", name="Show the saved draft").click()
        self.assertEqual(second.get_by_label("Complaint").input_value(), "first window")
