"""The printed prescription: its content, layout and font, and a broken seal."""

from datetime import timedelta
from html import unescape
from io import BytesIO

from django.core.files.base import ContentFile
from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image
from pypdf import PdfReader

from shs.core.ages import Birth
from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorInformation
from shs.prescription import services
from shs.prescription.models import Brand, Medication, Prescription
from shs.prescription.paper import draw
from shs.prescription.printed import paper_of
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api, later
from shs.users.models import User, UserProfile
from shs.users.numbers import patient_number


def text_of(response) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)


@tag("any_database")
class Paper(Surgery, TestCase):
    def paper(self, found: Prescription, **query):
        response = Api(self.alice).get(f"/prescriptions/{found.public_id}/pdf", **query)
        self.assertEqual(response.status_code, 200, response.content[:300])
        return response

    def test_it_names_patient_doctor_licence_clinic_and_each_medicine_with_dose_and_frequency(self):
        text = text_of(self.paper(self.prescribe()))
        wanted = ["Alice", "Dr. Carol", self.dr_carol.license_number, "Lakeside Clinic", "Amoxicillin 500 mg"]
        wanted += ["1 capsule", "1+1+1", "7 days", "Paracetamol 500 mg", "after meals", "Haemoglobin", "38.4"]
        for words in wanted:
            with self.subTest(words=words):
                self.assertIn(words, text)

    def test_it_is_one_a4_page_that_is_not_cached(self):
        response = self.paper(self.prescribe())
        pages = PdfReader(BytesIO(response.content)).pages
        self.assertEqual(len(pages), 1)
        self.assertEqual([round(float(side)) for side in pages[0].mediabox[2:]], [595, 842])
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertIn("no-store", response["Cache-Control"])

    def test_the_code_and_the_address_of_the_page_for_people_are_printed(self):
        found = self.prescribe()
        text = text_of(self.paper(found))
        self.assertIn(f"/rx/{found.code}", text.replace("\n", ""))

    def test_thirty_medicines_continue_on_a_second_page_with_the_patients_name(self):
        rows = [{**BODY["medications"][0], "name": f"Medicine {at}", "instructions": "x" * 200} for at in range(30)]
        pages = PdfReader(BytesIO(self.paper(self.prescribe(medications=rows)).content)).pages
        self.assertGreater(len(pages), 1)
        for page in pages:
            self.assertIn("Alice", page.extract_text())

    def test_markup_in_texts_is_escaped(self):
        text = text_of(self.paper(self.prescribe(advice="if T > 39 <b>call</b> & come\n<font size=99>now")))
        self.assertIn("<b>call</b> & come", text)

    def test_bangla_is_printed_in_the_bangla_font(self):
        User.objects.without_history("a name").filter(pk=self.alice.pk).update(name="মোঃ শফিকুল ইসলাম", name_bn="")
        self.begun.refresh_from_db()
        reader = PdfReader(BytesIO(self.paper(self.prescribe()).content))
        fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
        self.assertTrue(any("NotoSansBengali" in name for name in fonts), fonts)

    def test_amended_and_cancelled_prescriptions_have_a_watermark(self):
        first = self.prescribe()
        second = self.amend(first)
        self.assertIn("AMENDED", text_of(self.paper(first, version=1)))
        self.assertNotIn("NOT VALID", text_of(self.paper(second)))
        second.cancel(reason="wrong patient")
        self.assertIn("CANCELLED", text_of(self.paper(second)))

    def test_it_shows_the_doctor_as_of_the_day_of_issue(self):
        found = self.prescribe()
        doctors = DoctorInformation.objects.without_history("years later").filter(pk=self.dr_carol.pk)
        doctors.update(name="Dr. Married", license_number="Z-1")
        text = text_of(self.paper(found))
        self.assertIn(self.dr_carol.license_number, text)
        self.assertNotIn("Dr. Married", text)

    def test_a_broken_seal_is_not_printed(self):
        found = self.prescribe()
        Prescription.objects.without_history("a forger").filter(pk=found.pk).update(advice="take ten")
        response = Api(self.alice).get(f"/prescriptions/{found.pk}/pdf")
        self.assertEqual(response.status_code, 409)
        self.assertIn("prescription_seal_broken", response.json()["type"])

    def test_printing_is_logged(self):
        found = self.prescribe()
        Api(self.carol).get(f"/prescriptions/{found.pk}/pdf")
        line = ReadLog.objects.filter(reader=self.carol, what="prescription PDF").get()
        self.assertEqual((line.subject, line.ids, line.basis), (self.alice, [found.pk], "care"))


class Printable(Surgery, TestCase):
    """A character that no font has is refused while it is written, in the office and the API."""

    def office(self) -> Client:
        client = Client()
        client.force_login(self.carol)
        return client

    def test_the_api_names_the_characters_and_the_field(self):
        body = {"appointment": self.begun.pk, **BODY}
        for field, changes in (
            ("advice", {"advice": "drink 茶"}),
            ("diagnosis", {"diagnosis": "cold \u202e dloc"}),
            ("medications", {"medications": [{**BODY["medications"][0], "dosage": "一 capsule"}]}),
            ("tests", {"tests": [{"name": "血 count"}]}),
        ):
            with self.subTest(field=field):
                answer = Api(self.carol).post("/prescriptions/", {**body, **changes})
                self.assertEqual(answer.status_code, 422, answer.content)
                self.assertIn("cannot be printed", answer.content.decode())
                self.assertIn(field, answer.content.decode())
        self.assertFalse(Prescription.objects.exists())

    def test_the_office_does_the_same_for_fields_and_lines(self):
        draft = services.begin(
            draft=Prescription(diagnosis="cold"), visit=self.begun, by=self.carol, now=timezone.now()
        )
        page = reverse("admin:prescription_prescription_change", args=(draft.pk,))
        empty = {f"{lines}-{key}": "0" for lines in ("lines", "tests") for key in ("INITIAL_FORMS", "TOTAL_FORMS")}
        written = {"diagnosis": "cold 感冒", "symptoms": "", "advice": "", "follow_up_date": "", **empty}
        self.assertContains(self.office().post(page, written), "cannot be printed: 感 冒")
        line = {"name": "Tea 茶", "dosage": "1", "frequency": "1+0+1", "duration_days": "3", "prescription": draft.pk}
        rows = {f"lines-0-{key}": value for key, value in line.items()}
        answer = self.office().post(page, {**written, "diagnosis": "cold", "lines-TOTAL_FORMS": "1", **rows})
        self.assertContains(answer, "cannot be printed: 茶")
        self.assertFalse(draft.lines.exists())


class Known(Surgery, TestCase):
    """Facts on the paper are what was known when it was issued."""

    def text(self, found: Prescription, size: str = "") -> str:
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(draw(found, "https://x/", size))).pages)

    def test_it_shows_age_weight_allergies_registration_and_number_of_that_day(self):
        profile, today = UserProfile.objects.get(user=self.alice), timezone.localdate()
        profile.be_born(Birth(today - timedelta(days=20)), today)
        profile.save()
        self.note("allergy", "Penicillin")
        self.note("vital_signs", "Vital signs", vital_signs={"weight_kg": 4.2})
        found = self.prescribe()
        with later(days=9):
            self.note("allergy", "Latex")
            text = self.text(Prescription.objects.in_full().get(pk=found.pk))
        wanted = ["20 days", "4.2 kg", "Penicillin", f"BMDC Reg. No. {self.dr_carol.license_number}"]
        for words in [*wanted, patient_number(self.alice.pk), "Signed electronically on", "Page 1 of 1"]:
            with self.subTest(words=words):
                self.assertIn(words, text)
        self.assertNotIn("Latex", text)

    def test_nobody_is_said_to_have_no_allergies_unless_somebody_asked(self):
        self.assertNotIn("Allergies", self.text(self.prescribe()))

    def test_none_known_is_said_with_the_day(self):
        self.note("no_allergies", "No known allergies")
        self.assertIn("none known, asked on", self.text(self.prescribe()))

    def test_a_sealed_one_from_before_prints_and_is_intact(self):
        found = self.prescribe()
        old = found.parties
        for key in ("weight_kg", "allergies", "asked_on"):
            old["patient"].pop(key, None)
        self.assertTrue(found.is_intact())
        self.assertIn("Amoxicillin", self.text(found))

    def test_labels_are_in_the_patients_language_with_the_other_beside_it(self):
        User.objects.without_history("their language").filter(pk=self.alice.pk).update(language="bn")
        found = self.prescribe()
        with translation.override("en"):
            paper = paper_of(found, "https://x/")
        self.assertEqual(paper.right[0].title, "পরামর্শ · Advice")
        self.assertIn("দিন", paper.entries[0].line)

    def test_a_brand_has_its_generic_in_brackets(self):
        row = Medication.objects.get_by_natural_key("amoxicillin", "capsule", "500 mg")
        brand = Brand.objects.create(name="Amoxilar", medication=row, form=row.form, strength=row.strength)
        rows = [{"brand": brand.pk, "pattern": "1+1+1", "duration": "7d"}, BODY["medications"][1]]
        found = self.prescribe(medications=rows)
        names = [one.name for one in paper_of(found, "https://x/").entries]
        self.assertEqual(names, ["Amoxilar capsule 500 mg (amoxicillin)", "Paracetamol 500 mg"])
        self.assertIn("(amoxicillin)", self.text(found))

    def test_what_goes_on_and_on_says_so_and_names_no_days(self):
        User.objects.without_history("their language").filter(pk=self.alice.pk).update(language="en")
        row = {"name": "Amlodipine 5 mg", "pattern": "1+0+0", "duration": "continue"}
        found = self.prescribe(medications=[row])
        (entry,) = paper_of(found, "https://x/").entries
        self.assertIn("1+0+0", entry.line)
        self.assertTrue(entry.line.endswith("continue"), entry.line)
        text = self.text(found)
        self.assertIn("continue", text)
        self.assertNotIn("730", text)

    def test_what_is_stopped_is_named_with_its_reason(self):
        found = self.prescribe(stopped=[{"name": "Ibuprofen", "reason": "the kidneys"}])
        part = paper_of(found, "https://x/").right[0]
        self.assertEqual((part.title, part.words), ("Stop · বন্ধ", "Ibuprofen (the kidneys)"))
        self.assertIn("Ibuprofen (the kidneys)", self.text(found))

    def test_the_paper_is_the_clinics_unless_another_one_is_asked_for(self):
        self.clinic.paper = "A5"
        self.clinic.save()
        found = self.prescribe()

        def widths(**query: str) -> float:
            answer = Api(self.alice).get(f"/prescriptions/{found.pk}/pdf", **query)
            return round(float(PdfReader(BytesIO(answer.content)).pages[0].mediabox[2]))

        self.assertEqual((widths(), widths(paper="A4"), widths(paper="A5")), (420, 595, 420))
        self.assertEqual(Api(self.alice).get(f"/prescriptions/{found.pk}/pdf", paper="A3").status_code, 422)

    def test_the_logo_is_reencoded_and_stays_as_it_was_sealed(self):
        image = BytesIO()
        Image.new("RGB", (30, 20), "green").save(image, "PNG")
        self.clinic.logo.save("evil.php", ContentFile(image.getvalue() + b"<script>"))
        self.assertNotIn(b"<script>", self.clinic.logo.read())
        self.begun.refresh_from_db()
        found = self.prescribe()
        first = found.parties["clinic"]["logo"]
        self.clinic.logo.save("x.png", ContentFile(image.getvalue()))
        self.assertNotEqual(self.clinic.logo.name, first)
        self.assertTrue(paper_of(found, "https://x/").head.logo.startswith(b"\x89PNG"))

    def test_a_name_that_no_font_has_is_printed_in_latin_letters(self):
        User.objects.without_history("a name").filter(pk=self.alice.pk).update(name="王小明", name_bn="")
        self.begun.refresh_from_db()
        found = self.prescribe()
        self.assertIn("WangXiaoMing", self.text(found))
        self.assertEqual(found.parties["patient"]["name"], "王小明")

    def test_the_page_to_print_says_the_same_as_the_pdf(self):
        self.note("allergy", "Penicillin")
        found = self.prescribe(advice="BP ↑, sugar ↓ ≠ target")
        client = Client()
        client.force_login(self.carol)
        page = client.get(reverse("admin:prescription_prescription_print", args=(found.pk,)), {"paper": "A5"})
        self.assertContains(page, 'class="A5"')
        shown, drawn = unescape(page.content.decode()), self.text(found)
        for words in (
            "BP ↑, sugar ↓ ≠ target",
            "Penicillin",
            "Amoxicillin 500 mg",
            "acute tonsillitis",
            "BMDC Reg. No.",
        ):
            with self.subTest(words=words):
                self.assertIn(words, shown)
                self.assertIn(words, drawn)
        self.assertEqual(Client().get(page.request["PATH_INFO"]).status_code, 302)
