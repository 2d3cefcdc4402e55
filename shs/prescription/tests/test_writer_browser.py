"""Writing a prescription by keyboard in a browser, and what it costs."""

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.prescription.models import MedicalTest, Medication, Prescription, PrescriptionSet, SetLine, Status
from shs.prescription.tests.scenes import Surgery
from shs.tests.browser import BrowserTestCase
from shs.tests.effort import Measured

MOST = 45
"""Key strokes and clicks beside the words typed, for four medicines, a test and a follow-up."""
MEDICINES = (
    ("metformin", "tablet", "500 mg"),
    ("amlodipine", "tablet", "5 mg"),
    ("omeprazole", "capsule", "20 mg"),
    ("paracetamol", "tablet", "500 mg"),
    ("enalapril", "tablet", "5 mg"),
)


class WritingInBrowser(Surgery, Measured, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.clicks = self.keys = 0
        # Another browser test may have emptied the tables.
        for name, form, strength in MEDICINES:
            Medication.objects.get_or_create(generic_name=name, form=form, strength=strength)
        MedicalTest.objects.get_or_create(name="Haemoglobin")

    def learn(self) -> None:
        """Dr. Carol has written two of the medicines for somebody else before."""
        self.prescribe(
            self.confirmed_visit(patient=self.bob, minutes_ago=300, days=6),
            medications=[
                {"name": "metformin tablet 500 mg", "pattern": "1+0+1 after continue"},
                {"name": "amlodipine tablet 5 mg", "pattern": "1+0+0 after 1 month"},
            ],
            tests=[],
        )

    def words(self, page, text: str) -> None:
        """Type words, which are not counted."""
        page.keyboard.type(text)

    def choose(self, page, letters: str, entry: str, *keys: str) -> None:
        """Three letters, as soon as the entry is suggested the `keys` that lead to it, and Enter."""
        self.words(page, letters)
        page.get_by_role("option", name=entry).first.wait_for()
        self.press(page, *keys, "Enter")

    def write_new(self, page, letters: str, entry: str, directions: str) -> None:
        """A medicine with directions that are typed."""
        self.choose(page, letters, entry)
        page.wait_for_function("document.activeElement?.name?.endsWith('-directions')")
        self.words(page, directions)
        self.press(page, "Enter")
        page.wait_for_function("document.activeElement?.id === 'shs-add-medicine'")

    def open_writer(self, *, width: int = 1440, height: int = 900):
        page = self.open(width=width, height=height)
        self.log_in(page, self.carol.email)
        page.goto(f"/admin/medical_record/medicalrecord/patient/{self.alice.pk}/")
        return page

    def test_four_medicines_a_test_and_a_follow_up_take_few_keys_and_are_on_paper_in_one_step(self):
        self.learn()
        visits = set(Appointment.objects.values_list("pk", flat=True))
        page = self.open_writer()
        with self.part("prescription"):
            with self.new_page(page):
                self.click(page.get_by_role("link", name="Prescribe for the visit"))
            self.click(page.get_by_label("Diagnosis"))
            self.words(page, "type 2 diabetes")
            self.click(page.get_by_role("combobox", name="Add a medicine"))
            for letters, name in (("met", "metformin tablet 500 mg"), ("aml", "amlodipine tablet 5 mg")):
                self.choose(page, letters, name)
                page.get_by_text(f"Added: {name}").wait_for()
            self.write_new(page, "ome", "omeprazole capsule 20 mg", "1+0+0 before 2 weeks")
            self.write_new(page, "par 500", "paracetamol tablet 500 mg", "1 as needed for fever 5d")
            self.press(page, "Tab")
            page.wait_for_function("document.activeElement?.id === 'shs-add-test'")
            self.choose(page, "haemo", "Haemoglobin")
            page.get_by_text("Added: Haemoglobin").wait_for()
            self.click(page.get_by_label("Come again in"))
            self.words(page, "7d")
            self.press(page, "Enter")
            page.wait_for_function("document.activeElement?.name === 'slot'")
            self.press(page, "Space")
            with page.expect_request("**/pdf/?framed=1"), self.new_page(page):
                self.press(page, "Control+Enter")
                self.keys += 1  # two keys
            self.is_told(page, "The prescription is issued.")
        self.show()
        issued = Prescription.objects.get(patient=self.alice, status=Status.ISSUED)
        found = [(line.frequency, line.meal, line.is_continued) for line in issued.lines.all()]
        self.assertEqual(
            found,
            [
                ("1+0+1", "after", True),
                ("1+0+0", "after", False),
                ("1+0+0", "before", False),
                ("as needed for fever", "", False),
            ],
        )
        self.assertTrue(all(line.instructions and line.medication_id for line in issued.lines.all()))
        self.assertEqual(issued.tests.get().name, "Haemoglobin")
        booked = Appointment.objects.exclude(pk__in=visits).get()
        self.assertEqual((booked.patient, booked.status), (self.alice, "confirmed"))
        self.assertEqual(issued.follow_up_date, timezone.localdate(booked.starts_at))
        self.assertLessEqual(self.done[0].clicks + self.done[0].keys, MOST)

    def test_step_by_step_a_set_a_stop_and_what_is_not_understood_on_a_phone(self):
        own = PrescriptionSet.objects.create(title="Fever of children", doctor=self.dr_carol, advice="Drink much.")
        SetLine.objects.create(set=own, name="paracetamol tablet 500 mg", directions="½+½+½ after 3d")
        page = self.open_writer(width=390, height=800)
        with self.new_page(page):
            page.get_by_role("link", name="Prescribe for the visit").click()
        page.get_by_label("Diagnosis").fill("fever")
        page.get_by_role("combobox", name="Add a medicine").click()
        self.choose(page, "fev", "Fever of children")
        page.get_by_text("Added: Drink much.").wait_for()
        page.get_by_role("combobox", name="Add a medicine").click()
        self.choose(page, "ome", "omeprazole capsule 20 mg")
        self.has_focus(page, "lines-1-directions")
        self.words(page, "1 now and then")
        self.press(page, "Enter")
        page.get_by_text("is not understood").wait_for()
        page.locator("#id_lines-1-directions").fill("1+0+1")
        self.press(page, "Enter")
        self.has_focus(page, "lines-1-meal")
        page.locator("#id_lines-1-meal").select_option("before")
        self.press(page, "Enter")
        self.has_focus(page, "lines-1-lasting")
        self.words(page, "5d")
        self.press(page, "Enter")
        page.wait_for_function("document.activeElement?.id === 'shs-add-medicine'")
        page.wait_for_function("document.querySelector('#id_lines-1-instructions').value.includes('before meals')")
        self.choose(page, "ena", "enalapril tablet 5 mg")
        self.has_focus(page, "lines-2-directions")
        self.words(page, "stop: dry cough")
        self.press(page, "Enter")
        page.wait_for_function("document.activeElement?.id === 'shs-add-medicine'")
        with self.new_page(page):
            page.get_by_role("button", name="Issue and print").click()
        self.is_told(page, "The prescription is issued.")
        page.get_by_text("dry cough").first.wait_for()
        issued = Prescription.objects.get(patient=self.alice, status=Status.ISSUED)
        self.assertEqual([line.frequency for line in issued.lines.all()], ["½+½+½", "1+0+1"])
        self.assertIn("before meals, for 5 days", issued.lines.last().instructions)
        self.assertEqual(issued.stopped.get().reason, "dry cough")
        self.assertIn("Drink much.", issued.advice)

    def test_the_last_prescription_is_confirmed_line_by_line(self):
        earlier = self.prescribe(
            self.confirmed_visit(minutes_ago=300, days=6),
            medications=[
                {"name": "metformin tablet 500 mg", "pattern": "1+0+1 after 1d"},
                {"name": "amlodipine tablet 5 mg", "pattern": "1+0+0 1d"},
            ],
        )
        page = self.open_writer()
        with self.new_page(page):
            page.get_by_role("link", name="Prescribe for the visit").click()
        page.get_by_label("Diagnosis").fill("type 2 diabetes")
        page.get_by_role("link", name="Repeat last prescription").click()
        self.has_focus(page, "lines-0-confirm")
        self.press(page, "Enter")
        self.has_focus(page, "lines-1-confirm")
        with self.new_page(page):
            page.keyboard.press("Control+Enter")
        reason = page.get_by_role("textbox", name="Reason for prescribing despite the warning")
        reason.fill("the tablets are lost")
        with self.new_page(page):
            page.keyboard.press("Control+Enter")
        self.is_told(page, "The prescription is issued.")
        issued = Prescription.objects.exclude(pk=earlier.pk).get()
        self.assertEqual([line.name for line in issued.lines.all()], ["metformin tablet 500 mg"])
        self.assertEqual(issued.warnings.get(stops=True).reason, "the tablets are lost")
