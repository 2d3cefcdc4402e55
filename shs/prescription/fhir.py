"""Prescriptions in the FHIR R4 export of a chart: a MedicationRequest a medicine, and the vital signs that were
taken."""

from shs.medical_record.fhir import Export, Resource, instant
from shs.prescription.models import Prescription, PrescriptionLine, Status

STATES = {Status.ISSUED: "active", Status.AMENDED: "stopped", Status.CANCELLED: "cancelled"}
ATC = "http://www.whocc.no/atc"


def prescriptions(export: Export) -> None:
    """The prescriptions of the patient, each in the version that counts."""
    rows = Prescription.objects.latest().filter(patient=export.patient).seen(in_full=export.in_full).in_full()
    for found in rows.select_related("doctor__user__doctor").prefetch_related("lines__medication").order_by("pk"):
        for line in found.lines.all():
            medication_request(export, found, line)


def medication_request(export: Export, found: Prescription, line: PrescriptionLine) -> None:
    """One medicine of a prescription."""
    group = {"system": "urn:shs:prescription", "value": found.code}
    export.add(
        "MedicationRequest",
        str(line.pk),
        status=STATES[Status(found.status)],
        statusReason={"text": found.status_reason} if found.status_reason else None,
        intent="order",
        medicationCodeableConcept=_coded(line),
        subject=export.subject(),
        authoredOn=instant(found.issued_at) if found.issued_at else None,
        requester=export.practitioner(found.doctor.user),
        groupIdentifier=group,
        reasonCode=[{"text": found.diagnosis}],
        dosageInstruction=[_dosage(line)],
        dispenseRequest={"expectedSupplyDuration": _days(line)},
    )


def _coded(line: PrescriptionLine) -> Resource:
    known = line.medication
    coding = (
        [{"system": ATC, "code": known.atc_code, "display": known.generic_name}] if known and known.atc_code else []
    )
    return {"coding": coding, "text": line.name}


def _dosage(line: PrescriptionLine) -> Resource:
    words = ", ".join(part for part in (line.dosage, line.frequency) if part)
    return {
        "text": words,
        "patientInstruction": line.instructions,
        "timing": {"repeat": {"boundsDuration": _days(line)}},
    }


def _days(line: PrescriptionLine) -> Resource:
    return {"value": line.duration_days, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
