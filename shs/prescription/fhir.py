"""Prescriptions in the FHIR R4 export of a chart: a MedicationRequest a medicine, and a DetectedIssue for each warning
before issuing."""

from shs.medical_record.fhir import Export, Resource, instant
from shs.prescription.models import Prescription, PrescriptionLine, PrescriptionWarning, Status
from shs.prescription.models.lines import WarningKind, with_generic

STATES = {Status.ISSUED: "active", Status.AMENDED: "stopped", Status.CANCELLED: "cancelled"}
ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CODES = {
    WarningKind.ALLERGY: "ALGY",
    WarningKind.DOSE: "DOSE",
    WarningKind.AGE: "AGE",
    WarningKind.KIDNEY_LIVER: "COND",
}
"""HL7's codes of these kinds (value set AdministrationDetectedIssueCode, hl7.org, read in 2026); the others are told in
words only."""
ATC = "http://www.whocc.no/atc"


def prescriptions(export: Export) -> None:
    """The prescriptions of the patient, each in the version that counts."""
    rows = Prescription.objects.latest().filter(patient=export.patient).seen(in_full=export.in_full).in_full()
    for found in (
        rows.select_related("doctor__user__doctor").prefetch_related("lines__medication", "warnings").order_by("pk")
    ):
        requests = {line.name: medication_request(export, found, line) for line in found.lines.all()}
        for warning in found.warnings.all():
            detected_issue(export, found, warning, requests)


def medication_request(export: Export, found: Prescription, line: PrescriptionLine) -> Resource:
    """A reference to one medicine of a prescription, with how each check ended as a note."""
    group = {"system": "urn:shs:prescription", "value": found.code}
    checks = [f"{row['kind']}: {row['state']}. {row['text']}".strip() for row in found.checks]
    return export.add(
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
        note=[{"text": text} for text in checks],
    )


def detected_issue(
    export: Export, found: Prescription, warning: PrescriptionWarning, requests: dict[str, Resource]
) -> None:
    """A warning before issuing (hl7.org/fhir/R4/detectedissue.html); the reason for issuing despite it is how it was
    mitigated."""
    code = CODES.get(WarningKind(warning.kind))
    implicated = requests.get(warning.medication)
    export.add(
        "DetectedIssue",
        str(warning.pk),
        status="final",
        code={
            "coding": [{"system": ACT_CODES, "code": code}] if code else [],
            "text": str(warning.get_kind_display()),
        },
        severity="high" if warning.stops else "low",
        patient=export.subject(),
        identifiedDateTime=instant(found.issued_at) if found.issued_at else None,
        author=export.practitioner(found.doctor.user),
        implicated=[implicated] if implicated else [],
        detail=warning.text,
        mitigation=[{"action": {"text": warning.reason}}] if warning.reason else [],
    )


def _coded(line: PrescriptionLine) -> Resource:
    known = line.medication
    coding = (
        [{"system": ATC, "code": known.atc_code, "display": known.generic_name}] if known and known.atc_code else []
    )
    return {"coding": coding, "text": with_generic(line.name, line.generic)}


def _dosage(line: PrescriptionLine) -> Resource:
    words = ", ".join(part for part in (line.dosage, line.frequency) if part)
    return {
        "text": words,
        "patientInstruction": line.instructions,
        "timing": {"repeat": {"boundsDuration": _days(line)}},
    }


def _days(line: PrescriptionLine) -> Resource:
    return {"value": line.duration_days, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
