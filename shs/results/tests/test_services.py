"""Handing in, entering, reviewing: who may, what is stored, who is told, and what the patient sees."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.conf import settings
from django.test import TestCase, override_settings
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from shs.core.errors import Invalid, NotFound, StepRefused
from shs.core.reads.models import ReadLog
from shs.medical_record.measured import latest
from shs.medical_record.models import MedicalRecord
from shs.notices.models import Notice
from shs.prescription.models import OrderedTest, Prescription
from shs.results import orders, services, telling
from shs.results.files import MOST_PAGES
from shs.results.models import Finding, Result, Source, Status
from shs.results.tests.scenes import (
    CRITICAL_GLUCOSE,
    LOW_HAEMOGLOBIN,
    NORMAL_CREATININE,
    Laboratory,
    pdf,
    photo,
    value,
)


class Files(Laboratory, TestCase):
    def content(self, result: Result) -> bytes:
        with result.file.open("rb") as stored:
            return stored.read()

    def test_a_photo_is_stored_anew_without_what_it_says_of_the_place(self):
        result = self.send(upload=photo(), by=self.alice)
        self.assertEqual((result.content_type, result.pages), ("image/jpeg", 1))
        self.assertNotIn(b"kitchen", self.content(result))
        self.assertEqual(Image.open(BytesIO(self.content(result))).size, (60, 40))

    def test_a_pdf_loses_scripts_attachments_and_hidden_data(self):
        result = self.send(upload=pdf(3, script=True, attached=True), by=self.alice)
        content = self.content(result)
        self.assertEqual((result.content_type, result.pages), ("application/pdf", 3))
        reader = PdfReader(BytesIO(content))
        self.assertEqual(len(reader.pages), 3)
        self.assertEqual(list(reader.attachments), [])
        for left in (b"alert", b"JavaScript", b"attached text", b"cousin", b"EmbeddedFile"):
            self.assertNotIn(left, content)

    def test_the_type_is_that_of_the_content(self):
        upload = photo()
        upload.name, upload.content_type = "result.pdf", "application/pdf"
        self.assertEqual(self.send(upload=upload, by=self.alice).content_type, "image/jpeg")

    def test_what_cannot_be_read_is_refused_and_nothing_is_stored(self):
        text = photo()
        text.file = BytesIO(b"not an image")
        broken = pdf()
        broken.file = BytesIO(b"%PDF-1.7\n garbage %%EOF")
        broken.size = text.size = 100
        for upload in (text, broken, pdf(password="secret"), pdf(MOST_PAGES + 1)):
            with self.assertRaises(Invalid) as refused:
                self.send(upload=upload, by=self.alice)
            self.assertEqual(refused.exception.field, "file")
        self.assertFalse(Result.objects.exists())

    def test_neither_file_nor_value_is_refused(self):
        with self.assertRaises(Invalid):
            self.send(by=self.alice)


class HandingIn(Laboratory, TestCase):
    def test_who_hands_it_in_is_stored(self):
        for by, source in ((self.alice, Source.PATIENT), (self.carol, Source.DOCTOR), (self.erin, Source.DESK)):
            self.assertEqual(self.send(upload=photo(), by=by).source, source)

    def test_others_may_not_and_that_is_logged(self):
        for by in (self.bob, self.dave, self.grace, self.henry):
            with self.subTest(by=by.name), self.assertRaises(NotFound):
                self.send(upload=photo(), by=by)
        self.assertEqual(ReadLog.objects.filter(what="result add", basis="denied").count(), 4)

    def test_a_desk_hands_nothing_in_for_people_of_other_clinics(self):
        with self.assertRaises(NotFound):
            self.send(upload=photo(), by=self.erin, patient=self.bob)

    def test_a_day_in_the_future_is_refused(self):
        with self.assertRaises(Invalid):
            self.send(NORMAL_CREATININE, taken_on=timezone.localdate() + timedelta(days=1))

    def test_what_is_typed_and_what_is_stored(self):
        row = self.send(value("glucose_fasting", "126", "mg/dL", "70", "100")).values.get()
        self.assertEqual((row.as_typed, row.as_stored, row.range), ("126 mg/dL", "6.99 mmol/L", "70–100"))

    def test_only_a_laboratory_result_has_values_and_each_once(self):
        with self.assertRaises(Invalid):
            self.send(NORMAL_CREATININE, kind="imaging")
        with self.assertRaises(Invalid):
            self.send(NORMAL_CREATININE, NORMAL_CREATININE)

    def test_findings(self):
        unknown = value("haemoglobin", "13", "g/dL")
        self.alice.profile.date_of_birth = None
        for values, finding in (
            ([], Finding.UNKNOWN),
            ([NORMAL_CREATININE], Finding.NORMAL),
            ([NORMAL_CREATININE, unknown], Finding.UNKNOWN),
            ([NORMAL_CREATININE, LOW_HAEMOGLOBIN], Finding.ABNORMAL),
            ([LOW_HAEMOGLOBIN, CRITICAL_GLUCOSE], Finding.CRITICAL),
        ):
            with self.subTest(finding=finding):
                self.assertEqual(self.send(*values, upload=photo()).finding, finding)


class Orders(Laboratory, TestCase):
    def test_a_result_answers_the_only_order_that_fits(self):
        ordered = self.prescribe().tests.get()
        self.assertEqual(list(orders.open_orders(self.alice, timezone.now())), [ordered])
        by_name = self.send(upload=photo(), by=self.erin, title="haemoglobin")
        self.assertEqual((by_name.order, by_name.doctor), (ordered, self.dr_carol))
        self.assertFalse(orders.open_orders(self.alice, timezone.now()).exists())

    def test_by_the_code_of_a_value(self):
        ordered = self.prescribe().tests.get()
        self.assertEqual(self.send(LOW_HAEMOGLOBIN, title="CBC").order, ordered)

    def test_an_amended_prescription_keeps_its_results(self):
        issued = self.prescribe(tests=[{"name": "Haemoglobin"}])
        self.send(LOW_HAEMOGLOBIN)
        amended = self.amend(issued)
        self.assertTrue(amended.tests.exists())
        self.assertFalse(orders.open_orders(self.alice, timezone.now()).exists())

    def test_a_result_in_error_answers_nothing(self):
        self.prescribe()
        services.retract(result=self.send(LOW_HAEMOGLOBIN), reason="of another patient")
        self.assertTrue(orders.open_orders(self.alice, timezone.now()).exists())

    def test_an_order_of_another_patient_is_refused(self):
        ordered = self.prescribe().tests.get()
        with self.assertRaises(Invalid):
            services.order_for(self.bob, ordered.pk, timezone.now())

    def test_a_missing_result_is_reported_after_the_clinics_days(self):
        issued = self.prescribe()
        now = issued.issued_at + timedelta(days=settings.ORDERED_TEST_DAYS)
        self.assertFalse(Prescription.objects.filter(orders.overdue(now - timedelta(minutes=1))).exists())
        self.assertTrue(Prescription.objects.filter(orders.overdue(now)).exists())
        self.assertEqual(telling.remind(now=now, dry_run=True), 1)
        self.assertFalse(Notice.objects.filter(kind="test_overdue").exists())
        telling.remind(now=now)
        telling.remind(now=now + timedelta(hours=6))
        told = Notice.objects.get(kind="test_overdue")
        self.assertEqual(told.user, self.alice)
        self.assertNotIn("Haemoglobin", str(told.data))
        self.send(LOW_HAEMOGLOBIN)
        self.assertFalse(Prescription.objects.filter(orders.overdue(now)).exists())
        self.assertTrue(OrderedTest.objects.exists())


class Reviewing(Laboratory, TestCase):
    def test_an_abnormal_result_waits_for_the_doctor(self):
        result = self.send(LOW_HAEMOGLOBIN, upload=photo())
        self.assertFalse(services.shown_to(result, self.alice))
        self.assertTrue(services.shown_to(result, self.carol))
        self.assertFalse(Notice.objects.filter(kind="result_ready").exists())
        services.review(result=result, by=self.carol, comment="Eat more lentils.", now=timezone.now())
        self.assertTrue(services.shown_to(result, self.alice))
        told = Notice.objects.get(kind="result_ready")
        self.assertEqual((told.user, "lentils" in str(told.data)), (self.alice, False))

    def test_a_normal_result_is_shown_at_once_unless_the_clinic_wants_all_reviewed(self):
        result = self.send(NORMAL_CREATININE)
        self.assertTrue(services.shown_to(result, self.alice))
        with override_settings(SHOW_NORMAL_RESULTS=False):
            self.assertFalse(services.shown_to(result, self.alice))

    def test_a_critical_value_is_told_to_the_doctor_without_what_it_is(self):
        result = self.send(CRITICAL_GLUCOSE, by=self.alice, upload=photo())
        told = Notice.objects.get(kind="result_critical")
        self.assertEqual((told.user, told.about), (self.carol, f"result:{result.pk}"))
        self.assertNotIn("lucose", str(told.data))
        self.assertNotIn("Alice", str(told.data))

    def test_it_stays_on_the_red_list_until_it_is_acknowledged(self):
        result = self.send(CRITICAL_GLUCOSE)
        red = Result.objects.filter(Result.unacknowledged())
        self.assertTrue(red.exists())
        services.acknowledge(result=result, by=self.carol, now=timezone.now())
        self.assertFalse(red.exists())
        self.assertEqual(result.status, Status.WAITING)
        self.assertFalse(services.shown_to(result, self.alice))

    def test_a_review_acknowledges_too(self):
        result = self.send(CRITICAL_GLUCOSE)
        services.review(result=result, by=self.carol, comment="", now=timezone.now())
        self.assertEqual(result.acknowledged_by, self.carol)

    def test_a_correction_is_to_be_reviewed_again(self):
        result = self.send(NORMAL_CREATININE)
        services.review(result=result, by=self.carol, comment="", now=timezone.now())
        worse = value("creatinine", "6.1", "mg/dL", "0.6", "1.2")
        services.enter(result=result, values=[worse], by=self.carol, now=timezone.now())
        self.assertEqual((result.status, result.finding, result.is_red), (Status.WAITING, Finding.CRITICAL, True))
        row = result.values.get()
        self.assertEqual([line.typed for line in row.history.order_by("history_id")], [Decimal("0.9"), Decimal("6.1")])

    def test_what_was_entered_in_error_takes_no_values_and_no_review(self):
        result = self.send(NORMAL_CREATININE)
        services.retract(result=result, reason="of another patient")
        for action in (
            lambda: services.enter(result=result, values=[NORMAL_CREATININE], by=self.carol, now=timezone.now()),
            lambda: services.review(result=result, by=self.carol, comment="", now=timezone.now()),
        ):
            with self.assertRaises(StepRefused):
                action()
        with self.assertRaises(Invalid):
            services.retract(result=self.send(NORMAL_CREATININE), reason=" ")


class Latest(Laboratory, TestCase):
    def test_the_latest_value_in_the_stored_unit(self):
        self.assertIsNone(latest(self.alice, "creatinine"))
        day = timezone.localdate()
        self.send(value("creatinine", "2.0", "mg/dL"), taken_on=day - timedelta(days=9))
        newer = self.send(value("creatinine", "1.0", "mg/dL"), taken_on=day - timedelta(days=2))
        found = latest(self.alice, "creatinine")
        self.assertEqual((found.value, found.unit, found.when), (Decimal("88.4"), "µmol/L", day - timedelta(days=2)))
        self.assertEqual((found.row, str(newer.pk) in found.url), (newer.pk, True))
        services.retract(result=newer, reason="of another patient")
        self.assertEqual(latest(self.alice, "creatinine").value, Decimal("176.8"))
        self.assertIsNone(latest(self.bob, "creatinine"))


class OnPaper(Laboratory, TestCase):
    def test_its_medicines_become_active_ones_that_are_not_from_here(self):
        self.send(upload=photo(), by=self.alice, kind="prescription", medicines=["Metformin 500 mg 1+0+1"])
        entry = MedicalRecord.objects.active().get(patient=self.alice, kind="medication")
        self.assertEqual((entry.title, entry.source), ("Metformin 500 mg 1+0+1", "patient"))
        self.assertIn("Not prescribed here, and not checked", entry.details)

    def test_a_doctor_adds_them_later_and_a_desk_cannot(self):
        result = self.send(upload=photo(), by=self.erin, kind="prescription")
        services.note_medicines(result=result, medicines=["Aspirin 75 mg"], by=self.carol, now=timezone.now())
        self.assertEqual(MedicalRecord.objects.get(kind="medication").source, "doctor")
        with self.assertRaises(Invalid):
            self.send(upload=photo(), by=self.erin, kind="prescription", medicines=["Aspirin 75 mg"])

    def test_another_paper_names_no_medicines(self):
        with self.assertRaises(Invalid):
            self.send(upload=photo(), by=self.alice, kind="other", medicines=["Aspirin 75 mg"])
