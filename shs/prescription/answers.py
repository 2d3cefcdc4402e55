"""Prescriptions as the API answers with them: rows and what belongs to them, in as many queries for one as for many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypedDict, cast

from django.db.models import Q
from django.utils import timezone

from shs.core.queries import KeptQuery
from shs.doctors.schemas import SpecialtyRef
from shs.medical_record.vital_signs import SIGNS
from shs.prescription.models import (
    OrderedTest,
    Prescription,
    PrescriptionLine,
    PrescriptionWarning,
    Status,
    StoppedMedicine,
)
from shs.prescription.models.content import Parties
from shs.prescription.models.dosing import directions_words
from shs.prescription.models.prescription import PrescriptionQuerySet
from shs.prescription.schemas import (
    IssueWarningOut,
    MedicineOut,
    PrescriptionInFull,
    PrescriptionOut,
    StopOut,
    TestOut,
    VersionOut,
)


class PrescriptionRow(TypedDict):
    """A row of `.values(*ROW)`."""

    id: int
    original_id: int | None
    version: int
    status: str
    status_reason: str
    appointment_id: int
    doctor_id: int
    doctor__specialty_cards: list[SpecialtyRef]
    doctor__location: str
    patient_id: int
    parties: Parties
    diagnosis: str
    symptoms: str
    advice: str
    vital_signs: dict[str, float]
    follow_up_date: date | None
    issued_at: datetime
    code: str
    not_checked: list[str]
    is_confidential: bool
    created_at: datetime


ROW = tuple(PrescriptionRow.__annotations__)


def latest(**given: object) -> PrescriptionQuerySet:
    """Prescriptions, newest first, each in its current version."""
    return Prescription.objects.latest().filter(**given).order_by("-issued_at", "-pk")


LATEST = KeptQuery(latest, ROW)
"""The prescriptions of a patient, newest first, each in its current version."""


def answer_of(pk: int) -> PrescriptionInFull:
    """The answer about the issued prescription whose row is `pk`, after its reader was asked for their right."""
    rows = list(Prescription.objects.filter(pk=pk).values(*ROW, "checks"))
    (answer,) = answers(cast("Sequence[PrescriptionRow]", rows))
    stopped = StoppedMedicine.objects.filter(prescription=pk).order_by("pk").values("name", "reason")
    return {**answer, "checks": rows[0]["checks"], "stopped": cast("list[StopOut]", list(stopped))}


def answers(rows: Iterable[PrescriptionRow]) -> list[PrescriptionOut]:
    """The answers about issued prescriptions, in this order: at most four queries. Names are as they were when each was
    issued."""
    rows = list(rows)
    ids = {f"id{at}": row["id"] for at, row in enumerate(rows)}
    medicines, tests, warnings = _medicines(ids), _tests(ids), _warnings(ids)
    versions = _versions(rows)
    return [
        {
            "id": row["original_id"] or row["id"],
            "version": row["version"],
            "status": row["status"],
            "appointment": row["appointment_id"],
            "doctor": {
                "id": row["doctor_id"],
                "name": row["parties"]["doctor"]["name"],
                "specializations": row["doctor__specialty_cards"],
                "location": row["doctor__location"],
            },
            "license_number": row["parties"]["doctor"]["license_number"],
            "patient": {"id": row["patient_id"], "name": row["parties"]["patient"]["name"]},
            "diagnosis": row["diagnosis"],
            "symptoms": row["symptoms"],
            "advice": row["advice"],
            "medications": medicines[row["id"]],
            "tests": tests[row["id"]],
            "vital_signs": {name: row["vital_signs"][name] for name in SIGNS if name in row["vital_signs"]},
            "follow_up_date": row["follow_up_date"].isoformat() if row["follow_up_date"] else None,
            "issued_at": timezone.localtime(row["issued_at"]),
            "code": row["code"],
            "warnings": warnings[row["id"]],
            "not_checked": row["not_checked"],
            "is_confidential": row["is_confidential"],
            "versions": versions[row["original_id"] or row["id"]],
            "created_at": timezone.localtime(row["created_at"]),
        }
        for row in rows
    ]


MEDICINES = KeptQuery(
    lambda **ids: PrescriptionLine.objects.filter(prescription__in=ids.values()).order_by("pk"),
    (
        "prescription_id",
        "name",
        "generic",
        "dosage",
        "frequency",
        "duration_days",
        "instructions",
        "dose",
        "meal",
        "is_continued",
    ),
)
TESTS = KeptQuery(
    lambda **ids: OrderedTest.objects.filter(prescription__in=ids.values()).order_by("pk"),
    ("prescription_id", "name", "instructions"),
)
WARNINGS = KeptQuery(
    lambda **ids: PrescriptionWarning.objects.filter(prescription__in=ids.values()).order_by("pk"),
    ("prescription_id", "key", "kind", "medication", "text", "reason", "stops"),
)


def _medicines(ids: dict[str, int]) -> dict[int, list[MedicineOut]]:
    found: dict[int, list[MedicineOut]] = defaultdict(list)
    for row in MEDICINES.rows(**ids) if ids else ():
        medicine: MedicineOut = {
            "name": row["name"],
            "dosage": row["dosage"],
            "frequency": row["frequency"],
            "duration_days": row["duration_days"],
            "instructions": row["instructions"],
            "pattern": directions_words(
                row["dose"], row["meal"], row["duration_days"], is_continued=row["is_continued"]
            ),
            "is_continued": row["is_continued"],
        }
        of_brand: MedicineOut = {**medicine, "generic": row["generic"]}
        found[row["prescription_id"]].append(of_brand if row["generic"] else medicine)
    return found


def _tests(ids: dict[str, int]) -> dict[int, list[TestOut]]:
    found: dict[int, list[TestOut]] = defaultdict(list)
    for row in TESTS.rows(**ids) if ids else ():
        found[row["prescription_id"]].append({"name": row["name"], "instructions": row["instructions"]})
    return found


def _warnings(ids: dict[str, int]) -> dict[int, list[IssueWarningOut]]:
    found: dict[int, list[IssueWarningOut]] = defaultdict(list)
    for row in WARNINGS.rows(**ids) if ids else ():
        found[row["prescription_id"]].append(
            {
                "warning": row["key"],
                "kind": row["kind"],
                "medication": row["medication"],
                "message": row["text"],
                "reason": row["reason"],
                "stops": row["stops"],
            }
        )
    return found


def _versions(rows: Sequence[PrescriptionRow]) -> dict[int, list[VersionOut]]:
    """First version's id → all that were issued of it, newest first. If none was amended, nothing more is asked."""
    firsts = {row["original_id"] or row["id"] for row in rows if row["original_id"] or row["status"] == Status.AMENDED}
    all_rows = [row for row in rows if row["id"] not in firsts and row["original_id"] is None]
    if firsts:
        family = Prescription.objects.released().filter(Q(pk__in=firsts) | Q(original__in=firsts))
        all_rows += cast("list[PrescriptionRow]", family.order_by().values(*ROW))
    found: dict[int, list[VersionOut]] = defaultdict(list)
    for row in sorted(all_rows, key=lambda row: -row["version"]):
        found[row["original_id"] or row["id"]].append(
            {
                "version": row["version"],
                "status": row["status"],
                "issued_at": timezone.localtime(row["issued_at"]),
                "reason": row["status_reason"],
            }
        )
    return found
