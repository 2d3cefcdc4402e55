"""Request and response schemas of the medical record API."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.appointment.schemas import DoctorRef, OptionalDay, PatientRef
from shs.core.api.paging import Paging
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.core.types import Id, In, Instant, Text
from shs.medical_record.models import MedicalRecord
from shs.medical_record.vital_signs import SIGNS, Flag, flags

KnownKind = Literal["condition", "allergy", "medication", "immunization", "procedure", "vital_signs", "note"]
Measure = Annotated[float, Field(strict=True, allow_inf_nan=False)] | Annotated[int, Field(strict=True)] | None


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


def _end_of_day(value: object) -> object:
    """A plain day means its end on the clinic's clock; an empty text means no end."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return timezone.make_aware(datetime.combine(date.fromisoformat(value), time.max))
        except ValueError:
            return value
    return _empty_is_none(value)


class VitalSigns(In):
    """Vital signs in the units of their names; what was not measured is left out."""

    temperature_c: Measure = None
    pulse_bpm: Measure = None
    systolic_mmhg: Measure = None
    diastolic_mmhg: Measure = None
    respiratory_rate: Measure = None
    spo2_percent: Measure = None
    weight_kg: Measure = None
    height_cm: Measure = None


class Entry(In):
    """A new entry of a chart. `code` is an ICD-10 code of our table; `vital_signs` is for that kind alone, and `title`
    may be left out there."""

    patient: Id
    kind: KnownKind
    title: Annotated[str, Text(200)] = ""
    details: Annotated[str, Text(5000)] = ""
    code: Annotated[Annotated[str, Text(8)] | None, BeforeValidator(_empty_is_none)] = None
    severity: Annotated[Literal["", "mild", "moderate", "severe"], BeforeValidator(_none_is_empty)] = ""
    status: Literal["active", "resolved"] = "active"
    onset_date: OptionalDay = None
    vital_signs: VitalSigns | None = None


class Find(Paging):
    """Filters of a chart."""

    kind: Annotated[KnownKind | None, BeforeValidator(_empty_is_none)] = None


class Consent(In):
    """A doctor who may read and write the caller's chart until an instant (or the end of a day); without an end, until
    it is revoked."""

    doctor: Id
    expires_at: Annotated[Instant | None, BeforeValidator(_end_of_day)] = None


class FlagOut(TypedDict):
    """A vital sign outside of a guideline's usual range; `level` is `low` or `high`, `usual` the exceeded limit."""

    name: str
    value: float
    unit: str
    level: str
    usual: float
    guideline: str


class RecordOut(TypedDict):
    """One entry of a chart."""

    id: int
    patient: PatientRef
    kind: str
    title: str
    details: str
    code: str | None
    code_title: str | None
    severity: str
    status: str
    onset_date: str | None
    vital_signs: dict[str, float] | None
    flags: list[FlagOut]
    recorded_by: PatientRef
    source: str
    recorded_at: datetime


class RecordRow(TypedDict):
    """A row of `.values(*ROW)`."""

    id: int
    patient_id: int
    patient__name: str
    kind: str
    title: str
    details: str
    code_id: str | None
    code__title: str | None
    severity: str
    status: str
    onset_date: date | None
    vital_signs: dict[str, float] | None
    recorded_by_id: int
    recorded_by__name: str
    source: str
    recorded_at: datetime


class LogRow(TypedDict):
    """A row of `.values(*LOG_ROW)`."""

    id: int
    at: datetime
    reader_id: int | None
    reader__name: str
    role: str
    what: str
    ids: list[int]
    basis: str
    note: str


class ReaderRef(TypedDict):
    id: int
    name: str


class AccessLogOut(TypedDict):
    """One read of the chart, or a refused attempt (`denied`): who, when, what, and `why` as text."""

    id: int
    at: datetime
    reader: ReaderRef | None
    role: str
    what: str
    records: list[int]
    basis: str
    why: str
    note: str


class ConsentOut(TypedDict):
    """A doctor with access to the chart by the patient's consent."""

    id: int
    doctor: DoctorRef
    granted_at: datetime
    expires_at: datetime | None


ROW = tuple(RecordRow.__annotations__)
LOG_ROW = tuple(LogRow.__annotations__)


def record_out(row: RecordRow, age: int | None) -> RecordOut:
    """Convert a row of `.values(*ROW)` into an answer; `age` of the patient in whole years."""
    signs = row["vital_signs"]
    return {
        "id": row["id"],
        "patient": {"id": row["patient_id"], "name": row["patient__name"]},
        "kind": row["kind"],
        "title": row["title"],
        "details": row["details"],
        "code": row["code_id"],
        "code_title": row["code__title"],
        "severity": row["severity"],
        "status": row["status"],
        "onset_date": f"{row['onset_date']:%Y-%m-%d}" if row["onset_date"] else None,
        "vital_signs": {name: signs[name] for name in SIGNS if name in signs} if signs else None,
        "flags": [flag_out(flag) for flag in flags(signs, age=age)],
        "recorded_by": {"id": row["recorded_by_id"], "name": row["recorded_by__name"]},
        "source": row["source"],
        "recorded_at": timezone.localtime(row["recorded_at"]),
    }


def one_out(entry: MedicalRecord, age: int | None) -> RecordOut:
    """Convert one entry into an answer."""
    return record_out(MedicalRecord.objects.values(*ROW).get(pk=entry.pk), age)


def flag_out(flag: Flag) -> FlagOut:
    """Convert a flag into an answer."""
    return {
        "name": flag.name,
        "value": flag.value,
        "unit": flag.unit,
        "level": flag.level,
        "usual": flag.usual,
        "guideline": flag.guideline,
    }


def log_out(row: LogRow) -> AccessLogOut:
    """Convert a row of `.values(*LOG_ROW)` into an answer."""
    return {
        "id": row["id"],
        "at": timezone.localtime(row["at"]),
        "reader": {"id": row["reader_id"], "name": row["reader__name"]} if row["reader_id"] else None,
        "role": row["role"],
        "what": row["what"],
        "records": row["ids"],
        "basis": row["basis"],
        "why": str(ReadLog.Basis(row["basis"]).label),
        "note": row["note"],
    }


def consent_out(grant: ObjectGrant) -> ConsentOut:
    """Convert a consent, with its `user.doctor`, into an answer."""
    doctor = grant.user.doctor
    return {
        "id": grant.pk,
        "doctor": {
            "id": doctor.pk,
            "name": doctor.name,
            "specializations": doctor.specialty_cards,
            "location": doctor.location,
        },
        "granted_at": timezone.localtime(grant.updated_at),
        "expires_at": grant.expires_at and timezone.localtime(grant.expires_at),
    }
