"""Entries are amended or retracted with a reason, and never deleted."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import TestCase
from django.utils import timezone

from shs.core.errors import Invalid, StepRefused
from shs.medical_record import services
from shs.medical_record.errors import InError
from shs.medical_record.models import MedicalRecord, Status
from shs.medical_record.tests.chart import Chart


class Entries(Chart, TestCase):
    def test_an_amendment_needs_a_reason_and_keeps_the_old_version(self):
        with self.assertRaises(Invalid):
            self.entry.amend({"title": "Latex"}, reason="  ")
        services.amend(entry=self.entry, changes={"title": "Latex"}, reason="misheard", now=timezone.now())
        self.assertEqual([line.title for line in self.entry.history.all()], ["Latex", "Penicillin"])
        self.assertEqual(self.entry.history.latest().history_change_reason, "misheard")

    def test_an_amendment_cannot_change_patient_or_author(self):
        for name in ("patient", "recorded_by", "source", "status", "kind"):
            with self.subTest(name), self.assertRaises(TypeError):
                self.entry.amend({name: "x"}, reason="a trick")

    def test_amended_vital_signs_are_validated(self):
        entry = self.write(kind="vital_signs", title="", vital_signs={"pulse_bpm": 72})
        with self.assertRaises(Invalid):
            services.amend(entry=entry, changes={"vital_signs": {"pulse_bpm": 999}}, reason="typo", now=timezone.now())

    def test_entries_made_in_error_cannot_be_changed(self):
        with self.assertRaises(Invalid):
            self.entry.mark_entered_in_error("")
        self.entry.mark_entered_in_error("wrong patient")
        self.assertEqual(self.entry.history.latest().history_change_reason, "wrong patient")
        with self.assertRaises(InError):
            self.entry.amend({"title": "Latex"}, reason="after all")
        for step in (self.entry.resolve, self.entry.reactivate):
            with self.assertRaises(StepRefused):
                step()
        self.assertNotIn(self.entry, MedicalRecord.objects.without_errors())

    def test_a_resolved_entry_can_become_active_again(self):
        self.entry.resolve()
        self.assertNotIn(self.entry, MedicalRecord.objects.active())
        self.entry.reactivate()
        self.assertIn(self.entry, MedicalRecord.objects.active().of_kind("allergy"))

    def test_patient_author_and_code_of_an_entry_cannot_be_deleted(self):
        coded = self.write(kind="condition", title="High blood pressure", code_id="I10")
        for row in (self.alice, self.carol, coded.code):
            with self.subTest(str(row)), self.assertRaises(ProtectedError):
                row.delete()

    def test_the_database_refuses_invalid_rows(self):
        for fields in (
            {"status": "lost"},
            {"kind": "diary"},
            {"severity": "awful"},
            {"source": "rumour"},
            {"title": ""},
            {"vital_signs": {"pulse_bpm": 70}},
            {"kind": "vital_signs"},
            {"source": "patient"},
        ):
            with self.subTest(fields), self.assertRaises(IntegrityError), transaction.atomic():
                said = {"kind": "note", "title": "x", "source": "doctor", **fields}
                MedicalRecord(
                    patient=self.alice, recorded_by=self.carol, status=said.pop("status", Status.ACTIVE), **said
                ).save()
