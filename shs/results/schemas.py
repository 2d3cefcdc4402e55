"""Input and output of the results API."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from shs.appointment.schemas import PatientRef
from shs.core.api.paging import Paging
from shs.core.errors import Invalid
from shs.core.types import In, Name, PastDay, Text, Title
from shs.prescription.models import OrderedTest
from shs.results.analytes import ANALYTES, Typed
from shs.results.models import Result, ResultValue
from shs.results.reading import Trend
from shs.users.family_schemas import AboutWhom

KnownKind = Literal["lab", "imaging", "prescription", "other"]
Code = Literal[
    "glucose_fasting",
    "glucose_random",
    "hba1c",
    "creatinine",
    "cholesterol_total",
    "cholesterol_ldl",
    "cholesterol_hdl",
    "triglycerides",
    "haemoglobin",
    "white_cells",
    "platelets",
]
Number = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4, allow_inf_nan=False)]


class ValueIn(In):
    """One value as it is on the paper: `unit` is one of the analyte's (GET /results/analytes), `low` and `high` the
    range that the laboratory printed, if it did."""

    code: Code
    value: Number
    unit: Annotated[str, Text(12, least=1)]
    low: Number | None = None
    high: Number | None = None

    def typed(self) -> Typed:
        """For the services."""
        return Typed(self.code, self.value, self.unit, self.low, self.high)


Values = Annotated[list[ValueIn], Field(max_length=len(ANALYTES))]
Medicines = Annotated[list[Name], Field(max_length=20)]


def read_values(text: str) -> list[Typed]:
    """The values of a form, a JSON list of ValueIn. Raises Invalid (422)."""
    return [value.typed() for value in _read(VALUES, text, "values")]


def read_medicines(text: str) -> list[str]:
    """The medicines of a form, a JSON list of names. Raises Invalid (422)."""
    return _read(MEDICINES, text, "medicines")


VALUES: TypeAdapter[list[ValueIn]] = TypeAdapter(Values)
MEDICINES: TypeAdapter[list[str]] = TypeAdapter(Medicines)
Row = TypeVar("Row")


def _read(kind: TypeAdapter[list[Row]], text: str, field: str) -> list[Row]:
    if not text.strip():
        return []
    try:
        return kind.validate_python(json.loads(text, parse_float=Decimal))
    except (ValidationError, ValueError, RecursionError):
        raise Invalid(_("Send a JSON list as the API describes it."), field=field) from None


class NewResult(In):
    """The fields of a form beside its file. `order` is an ordered test; `values` a JSON list of ValueIn, `medicines`
    one of names."""

    title: Name
    taken_on: PastDay
    patient: AboutWhom = None
    kind: KnownKind = "lab"
    laboratory: Annotated[str, Title(150)] = ""
    note: Annotated[str, Text(500)] = ""
    order: AboutWhom = None
    values: Annotated[str, Text(8000)] = ""
    medicines: Annotated[str, Text(8000)] = ""


class NewValues(In):
    """Values to add to a result, or to correct."""

    values: Annotated[Values, Field(min_length=1)]


class ResultReview(In):
    """What the doctor tells the patient about it."""

    comment: Annotated[str, Text(1000)] = ""


class Retraction(In):
    """Why it was entered in error."""

    reason: Annotated[str, Text(500, least=1)]


class FindResults(Paging):
    """Filters of the results of a patient."""

    kind: KnownKind | None = None


class FindTrend(In):
    """Which analyte; by default all."""

    code: Code | None = None


class UnitOut(TypedDict):
    """A unit with its conversion into the stored one: (value - `offset`) × `factor`."""

    unit: str
    factor: str
    offset: str
    source: str


class AnalyteOut(TypedDict):
    """What can be entered; `stored_unit` is the unit in which values are compared."""

    code: str
    name: str
    loinc: str
    stored_unit: str
    units: list[UnitOut]


class ValueOut(TypedDict):
    """A value as it is on the paper, and in the stored unit; `range` in the typed unit, with its source. `flag` is
    `normal`, `low`, `high`, or empty where no range is known."""

    code: str
    name: str
    value: str
    unit: str
    stored_value: str
    stored_unit: str
    low: str | None
    high: str | None
    range_source: str
    flag: str
    is_critical: bool


class DoctorNamed(TypedDict):
    """Who reviews it."""

    id: int
    name: str


class ResultOut(TypedDict):
    """A result or paper of a chart. While it `waits_for_doctor`, patients get no values, no finding, and of what others
    have handed in no file."""

    id: int
    patient: PatientRef
    kind: str
    title: str
    taken_on: date
    laboratory: str
    note: str
    order: int | None
    doctor: DoctorNamed | None
    source: str
    sent_at: datetime
    status: str
    waits_for_doctor: bool
    finding: str
    values: list[ValueOut]
    comment: str
    reviewed_at: datetime | None
    acknowledged_at: datetime | None
    is_confidential: bool
    content_type: str
    pages: int
    has_file: bool


class OrderOut(TypedDict):
    """An ordered test without a result; `is_overdue`: for longer than the clinic expects."""

    id: int
    name: str
    instructions: str
    doctor: DoctorNamed
    ordered_at: datetime
    is_overdue: bool


class PointOut(TypedDict):
    """A value of a trend, in the stored unit."""

    result: int
    taken_on: date
    value: str
    flag: str


class TrendOut(TypedDict):
    """The values of one analyte, oldest first."""

    code: str
    name: str
    unit: str
    points: list[PointOut]


def text(value: Decimal | None) -> str | None:
    """A number for JSON, as it was typed."""
    return None if value is None else f"{value.normalize():f}"


def value_out(row: ResultValue) -> ValueOut:
    """Convert a value into an answer."""
    return {
        "code": row.code,
        "name": str(row.analyte.label),
        "value": text(row.typed) or "",
        "unit": row.unit,
        "stored_value": text(row.value) or "",
        "stored_unit": row.analyte.stored.name,
        "low": text(row.low),
        "high": text(row.high),
        "range_source": row.range_source,
        "flag": row.flag,
        "is_critical": row.is_critical,
    }


def result_out(row: Result, *, is_shown: bool, has_file: bool) -> ResultOut:
    """Convert a result, read with its patient, doctor and values, into an answer; what it says, if `is_shown`."""
    return {
        "id": row.pk,
        "patient": {"id": row.patient_id, "name": row.patient.name},
        "kind": row.kind,
        "title": row.title,
        "taken_on": row.taken_on,
        "laboratory": row.laboratory,
        "note": row.note,
        "order": row.order_id,
        "doctor": {"id": row.doctor.pk, "name": row.doctor.name} if row.doctor else None,
        "source": row.source,
        "sent_at": timezone.localtime(row.sent_at),
        "status": row.status,
        "waits_for_doctor": row.is_held,
        "finding": row.finding if is_shown else "",
        "values": [value_out(value) for value in row.values.all()] if is_shown else [],
        "comment": row.comment if is_shown else "",
        "reviewed_at": row.reviewed_at and timezone.localtime(row.reviewed_at),
        "acknowledged_at": row.acknowledged_at and timezone.localtime(row.acknowledged_at) if is_shown else None,
        "is_confidential": row.is_confidential,
        "content_type": row.content_type,
        "pages": row.pages,
        "has_file": has_file,
    }


def order_out(row: OrderedTest, late: datetime) -> OrderOut:
    """Convert an ordered test into an answer; it is overdue if it was ordered before `late`."""
    ordered = row.prescription
    ordered_at = ordered.issued_at or ordered.created_at
    return {
        "id": row.pk,
        "name": row.name,
        "instructions": row.instructions,
        "doctor": {"id": ordered.doctor.pk, "name": ordered.doctor.name},
        "ordered_at": timezone.localtime(ordered_at),
        "is_overdue": ordered_at <= late,
    }


def trend_out(trend: Trend) -> TrendOut:
    """Convert a trend into an answer."""
    return {
        "code": trend.analyte.code,
        "name": str(trend.analyte.label),
        "unit": trend.analyte.stored.name,
        "points": [
            {
                "result": point.value.result_id,
                "taken_on": point.day,
                "value": text(point.value.value) or "",
                "flag": point.value.flag,
            }
            for point in trend.points
        ],
    }


def analytes_out() -> list[AnalyteOut]:
    """Everything that can be entered."""
    return [
        {
            "code": one.code,
            "name": str(one.label),
            "loinc": one.loinc,
            "stored_unit": one.stored.name,
            "units": [
                {
                    "unit": unit.name,
                    "factor": f"{unit.factor:.6f}".rstrip("0").rstrip("."),
                    "offset": text(unit.offset) or "0",
                    "source": unit.source,
                }
                for unit in one.units
            ],
        }
        for one in ANALYTES.values()
    ]
