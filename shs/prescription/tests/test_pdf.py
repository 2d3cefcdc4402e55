"""The printed prescription: its content, layout and font, and a broken seal."""

from io import BytesIO

from django.test import TestCase, tag
from pypdf import PdfReader

from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorInformation
from shs.prescription.models import Prescription
from shs.prescription.tests.scenes import BODY, Surgery
from shs.testing import Api
from shs.users.models import User


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

    def test_the_code_and_the_address_of_the_public_check_are_printed(self):
        found = self.prescribe()
        text = text_of(self.paper(found))
        self.assertIn(f"/api/v1/prescriptions/verify/{found.code}", text.replace("\n", ""))

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
