"""A chart as a FHIR R4 Bundle (hl7.org/fhir/R4). LOINC codes and UCUM units are in vital_signs.SIGNS.

A later app adds its own resources: it appends a function to EXPORTERS in its AppConfig.ready.
"""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from shs.appointment.models import Status as Visit
from shs.medical_record.fhir_person import Part, person_of
from shs.medical_record.fhir_signs import derived, loinc, meaning, quantity
from shs.medical_record.models import Kind, MedicalRecord, Source, Status
from shs.medical_record.readings import Reading, read_signs
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import whose
from shs.users.families import guardians_of, is_teenager
from shs.users.models import User

Resource = dict[str, Part]
TERMS = "http://terminology.hl7.org/CodeSystem"
VISITS = {
    Visit.PENDING: "pending",
    Visit.CONFIRMED: "booked",
    Visit.COMPLETED: "fulfilled",
    Visit.CANCELLED: "cancelled",
    Visit.MISSED: "noshow",
}
# SNOMED CT codes of FHIR's value set condition-severity.
SEVERITIES = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}


class Export:
    """Builds a Bundle: each resource is added once, identified by its type and key."""

    def __init__(self, patient: User, now: datetime, *, reveals: bool = False, in_full: bool = True) -> None:
        self.patient, self.now, self.in_full = patient, now, in_full
        self.person = person_of(patient, reveals=reveals)
        self.entries: dict[str, Resource] = {}

    def add(self, resource_type: str, key: str, **content: Part) -> Resource:
        """Add a resource, without its empty parts, unless it was added before; returns a reference to it."""
        url = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:shs:{resource_type}:{key}").urn
        if url not in self.entries:
            body = {"resourceType": resource_type, "id": url.removeprefix("urn:uuid:"), **content}
            self.entries[url] = {"fullUrl": url, "resource": _without_empty(body)}
        return {"reference": url}

    def subject(self) -> Resource:
        """A reference to the patient."""
        return self.add("Patient", str(self.patient.pk), **self.person)

    def practitioner(self, user: User) -> Resource:
        """A reference to a doctor; read `user` with its `doctor`."""
        doctor = getattr(user, "doctor", None)
        name = [{"text": doctor.name if doctor else user.name}]
        licence = [{"type": {"text": "Licence number"}, "value": doctor.license_number}] if doctor else []
        return self.add("Practitioner", str(user.pk), identifier=licence, name=name)

    def guardian(self, user: User, relation: str = "", since: datetime | None = None) -> Resource:
        """A reference to somebody who acts for the patient, or did when they wrote something; `since`: of those who act
        now."""
        kind = RELATIONS.get(relation)
        relationship = [_term("v3-RoleCode", kind)] if kind else []
        return self.add(
            "RelatedPerson",
            f"{self.patient.pk}:{user.pk}",
            patient=self.subject(),
            relationship=relationship,
            name=[{"text": user.name}],
            active=since is not None,
            period={"start": instant(since)} if since else {},
        )

    def author(self, entry: MedicalRecord) -> Resource:
        """A reference to the author of an entry."""
        if entry.source == Source.GUARDIAN:
            return self.guardian(entry.recorded_by)
        return self.subject() if entry.source == Source.PATIENT else self.practitioner(entry.recorded_by)


RELATIONS = {"mother": "MTH", "father": "FTH", "spouse": "SPS", "child": "CHILD", "other": "GUARD"}
"""What a guardian is to the patient → HL7's RoleCode."""


def guardians(export: Export) -> None:
    """Those who act for the patient."""
    for link in guardians_of(export.patient.pk, export.now):
        export.guardian(link.guardian, link.relation, link.since)


def visits(export: Export) -> None:
    """Appointments; for the guardian of a teenager without why they come."""
    with_words = export.in_full or not is_teenager(export.patient, timezone.localdate(export.now))
    for visit in export.patient.appointments.select_related("doctor__user__doctor").order_by("starts_at", "pk"):
        state = "needs-action" if visit.status == Visit.PENDING else "accepted"
        export.add(
            "Appointment",
            str(visit.pk),
            identifier=[{"value": visit.number}],
            status=VISITS[Visit(visit.status)],
            start=instant(visit.starts_at),
            end=instant(visit.ends_at),
            created=instant(visit.created_at),
            description=visit.reason if with_words else "",
            participant=[
                {"actor": export.subject(), "status": "accepted"},
                {"actor": export.practitioner(visit.doctor.user), "status": state},
            ],
        )


def chart(export: Export) -> None:
    """The entries of the chart."""
    rows = (
        export.patient.medical_records.without_errors()
        .seen(in_full=export.in_full)
        .select_related("code", "recorded_by__doctor")
    )
    for entry in rows.order_by("recorded_at", "pk"):
        RESOURCES[Kind(entry.kind)](export, entry)


def condition(export: Export, entry: MedicalRecord) -> None:
    severity = SEVERITIES.get(entry.severity)
    export.add(
        "Condition",
        str(entry.pk),
        clinicalStatus=_term("condition-clinical", entry.status),
        verificationStatus=_term("condition-ver-status", _verified(entry)),
        category=[_term("condition-category", "problem-list-item")],
        severity=severity and {"coding": [{"system": "http://snomed.info/sct", "code": severity}]},
        code=coded(entry),
        subject=export.subject(),
        onsetDateTime=_day(entry),
        recordedDate=instant(entry.recorded_at),
        recorder=export.author(entry),
        note=_note(entry),
    )


def allergy(export: Export, entry: MedicalRecord) -> None:
    reaction: list[Resource] = []
    if entry.details:
        reaction = [{"manifestation": [{"text": entry.details}], "severity": entry.severity}]
    export.add(
        "AllergyIntolerance",
        str(entry.pk),
        clinicalStatus=_term("allergyintolerance-clinical", entry.status),
        verificationStatus=_term("allergyintolerance-verification", _verified(entry)),
        criticality=entry.severity and ("high" if entry.severity == "severe" else "low"),
        code=coded(entry),
        patient=export.subject(),
        onsetDateTime=_day(entry),
        recordedDate=instant(entry.recorded_at),
        recorder=export.author(entry),
        reaction=reaction,
    )


def no_allergies(export: Export, entry: MedicalRecord) -> None:
    """That somebody asked and no allergy is known: SNOMED CT 716186003, as the standard asks for."""
    known = {"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}
    export.add(
        "AllergyIntolerance",
        str(entry.pk),
        clinicalStatus=_term("allergyintolerance-clinical", entry.status),
        verificationStatus=_term("allergyintolerance-verification", _verified(entry)),
        code={"coding": [known], "text": entry.title},
        patient=export.subject(),
        recordedDate=instant(entry.recorded_at),
        recorder=export.author(entry),
    )


def medication(export: Export, entry: MedicalRecord) -> None:
    export.add(
        "MedicationStatement",
        str(entry.pk),
        status="active" if entry.status == Status.ACTIVE else "completed",
        medicationCodeableConcept=coded(entry),
        subject=export.subject(),
        effectiveDateTime=_day(entry),
        dateAsserted=instant(entry.recorded_at),
        informationSource=export.author(entry),
        note=_note(entry),
    )


def immunization(export: Export, entry: MedicalRecord) -> None:
    when = {"occurrenceDateTime": _day(entry)} if entry.onset_date else {"occurrenceString": "unknown"}
    export.add(
        "Immunization",
        str(entry.pk),
        status="completed",
        vaccineCode=coded(entry),
        patient=export.subject(),
        recorded=instant(entry.recorded_at),
        primarySource=entry.source == Source.DOCTOR,
        note=_note(entry),
        **when,
    )


def procedure(export: Export, entry: MedicalRecord) -> None:
    export.add(
        "Procedure",
        str(entry.pk),
        status="completed",
        code=coded(entry),
        subject=export.subject(),
        performedDateTime=_day(entry),
        recorder=export.author(entry),
        note=_note(entry),
    )


def note(export: Export, entry: MedicalRecord) -> None:
    observe(export, entry, "note", code={"text": entry.title}, valueString=entry.details or entry.title)


def vital_signs(export: Export, entry: MedicalRecord) -> None:
    who = whose(export.patient, entry.recorded_at, entry.observed)
    observe_signs(export, entry, read_signs(entry.vital_signs, whose=who, observed=entry.observed))


def observe_signs(export: Export, entry: MedicalRecord, reading: Reading) -> None:
    """One Observation for each vital sign, with its grade and usual range; blood pressure is one with two components,
    as in FHIR's vital signs profile. Further ones for the body mass index and for a score that has a total."""
    shared, values = {"category": [_term("observation-category", "vital-signs")]}, entry.signs
    means = {one.sign.name: meaning(one) for one in reading.grades}
    pressures = [SIGNS[name] for name in ("systolic_mmhg", "diastolic_mmhg") if name in values]
    if pressures:
        parts = [
            {"code": loinc(s.loinc, s.label), "valueQuantity": quantity(s, values[s.name]), **means[s.name]}
            for s in pressures
        ]
        panel = loinc("85354-9", "Blood pressure")
        observe(export, entry, "blood_pressure", code=panel, component=parts, **shared)
    for sign in SIGNS.values():
        if sign.name in values and sign not in pressures:
            code, value = loinc(sign.loinc, sign.label), quantity(sign, values[sign.name])
            observe(export, entry, sign.name, code=code, valueQuantity=value, **means.get(sign.name, {}), **shared)
    for name, part in derived(reading).items():
        observe(export, entry, name, **part, **shared)


def observe(export: Export, entry: MedicalRecord, part: str, **content: Part) -> None:
    """One Observation of an entry."""
    export.add(
        "Observation",
        f"{entry.pk}:{part}",
        status="final",
        subject=export.subject(),
        effectiveDateTime=instant(entry.recorded_at),
        performer=[export.author(entry)],
        **content,
    )


RESOURCES: dict[Kind, Callable[[Export, MedicalRecord], None]] = {
    Kind.CONDITION: condition,
    Kind.ALLERGY: allergy,
    Kind.MEDICATION: medication,
    Kind.IMMUNIZATION: immunization,
    Kind.PROCEDURE: procedure,
    Kind.VITAL_SIGNS: vital_signs,
    Kind.NOTE: note,
    Kind.NO_ALLERGIES: no_allergies,
}
EXPORTERS: list[Callable[[Export], None]] = [guardians, visits, chart]


def bundle(patient: User, *, now: datetime, reveals: bool = False, in_full: bool = True) -> Resource:
    """The whole chart of `patient`; with their identity numbers, if the reader `reveals` them, and without what is
    confidential, if it is not `in_full`."""
    export = Export(patient, now, reveals=reveals, in_full=in_full)
    export.subject()
    for contribute in EXPORTERS:
        contribute(export)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(now),
        "entry": list(export.entries.values()),
    }


# --- Parts of resources ----------------------------------------------------------------------------------------------


def instant(moment: datetime) -> str:
    """An instant with its offset, to the second."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def coded(entry: MedicalRecord) -> Resource:
    """The subject of an entry as a CodeableConcept: its text, and its ICD-10 code if it has one."""
    coding = []
    if entry.code:
        coding = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": entry.code.code, "display": entry.code.title}]
    return {"coding": coding, "text": entry.title}


def _verified(entry: MedicalRecord) -> str:
    return "confirmed" if entry.source == Source.DOCTOR else "unconfirmed"


def _term(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code}]}


def _day(entry: MedicalRecord) -> str | None:
    return entry.onset_date.isoformat() if entry.onset_date else None


def _note(entry: MedicalRecord) -> list[Resource]:
    return [{"text": entry.details}] if entry.details else []


def _without_empty(content: Part) -> Part:
    """`content` without empty texts, lists and objects, which FHIR does not allow."""
    if isinstance(content, dict):
        parts = {name: _without_empty(part) for name, part in content.items()}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(content, list):
        return [part for part in map(_without_empty, content) if part not in (None, "", [], {})]
    return content
