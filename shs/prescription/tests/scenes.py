"""Base classes of the prescription tests: a visit in progress, and a prescription for it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.medical_record import services as charts
from shs.medical_record.models import MedicalRecord
from shs.prescription import services
from shs.prescription.models import Prescription
from shs.testing import TestUsers
from shs.tests.prepared import prepared

AMOXICILLIN = {"name": "Amoxicillin 500 mg", "dosage": "1 capsule", "frequency": "1+1+1", "duration_days": 7}
PARACETAMOL = {"name": "Paracetamol 500 mg", "dosage": "1 tablet", "frequency": "1+0+1", "duration_days": 3}
BODY: dict[str, Any] = {
    "diagnosis": "acute tonsillitis",
    "symptoms": "sore throat, fever for two days",
    "advice": "drink warm water",
    "medications": [AMOXICILLIN, {**PARACETAMOL, "instructions": "after meals"}],
    "tests": [{"name": "Haemoglobin"}],
    "vital_signs": {"temperature_c": 38.4, "pulse_bpm": 96, "systolic_mmhg": 118, "diastolic_mmhg": 76},
}


class Agreed(dict[str, str]):
    """A reason for whatever warning."""

    def get(self, key: str, default: object = None) -> str:  # type: ignore[override]  # one answer is enough
        return "the test goes on"


class Surgery(TestUsers):
    """The test users, and `begun`: a confirmed visit of Alice to Dr. Carol that has begun."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.begun = cls.confirmed_visit()

    @classmethod
    def confirmed_visit(cls, *, minutes_ago: int = 5, **more: Any) -> Appointment:
        """A confirmed visit to Dr. Carol that began this many minutes ago (negative: that will begin)."""
        visit = cls.take_place(**more)
        starts_at = timezone.now() - timedelta(minutes=minutes_ago)
        rows = Appointment.objects.without_history("the scene is set").filter(pk=visit.pk)
        ends_at, came = starts_at + timedelta(minutes=20), starts_at if minutes_ago >= 0 else None
        rows.update(status="confirmed", starts_at=starts_at, ends_at=ends_at, checked_in_at=came)
        visit.refresh_from_db()
        return visit

    def prescribe(self, visit: Appointment | None = None, **changes: Any) -> Prescription:
        """The prescription that Dr. Carol issues for `visit`."""
        visit = visit or self.begun
        written = {name: BODY.get(name, getattr(Prescription(), name)) for name in Prescription.WRITTEN}
        issued = services.prescribe(
            visit=visit,
            by=self.carol,
            written={**written, **{name: value for name, value in changes.items() if name in written}},
            medications=changes.get("medications", BODY["medications"]),
            tests=changes.get("tests", BODY["tests"]),
            stopped=changes.get("stopped", ()),
            reasons=changes.get("reasons", Agreed()),
            now=timezone.now(),
        )
        return Prescription.objects.in_full().get(pk=issued.pk)

    def amend(self, issued: Prescription, *, reason: str = "the dose was too high", **changes: Any) -> Prescription:
        """Dr. Carol's new version, which replaces `issued`."""
        amended = services.amend(
            issued=issued,
            by=self.carol,
            written={**{name: BODY[name] for name in Prescription.WRITTEN if name in BODY}, **changes},
            medications=BODY["medications"],
            tests=BODY["tests"],
            reasons=Agreed(),
            reason=reason,
            now=timezone.now(),
        )
        return Prescription.objects.in_full().get(pk=amended.pk)

    def note(self, kind: str, title: str, **more: Any) -> MedicalRecord:
        """An entry by Dr. Carol in Alice's chart."""
        entry = MedicalRecord(patient=self.alice, kind=kind, title=title, **more)
        return charts.record(entry=entry, by=self.carol, now=timezone.now())
