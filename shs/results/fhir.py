"""Results in the FHIR R4 export of a chart: a DiagnosticReport and a DocumentReference a result, and an Observation a
value. Codes are LOINC's for values in conventional units, so each value is converted into such a unit."""

from decimal import Decimal

from shs.medical_record.fhir import Export, Resource, instant
from shs.results.analytes import Analyte, in_unit, to_stored
from shs.results.models import Kind, Result, ResultValue, Source, Status

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem"
INTERPRETATIONS = {"low": "L", "high": "H", "normal": "N"}


def results(export: Export) -> None:
    """The results of the patient; of those that wait for the doctor only that they exist."""
    rows = Result.objects.without_errors().filter(patient=export.patient).seen(in_full=export.in_full)
    rows = rows.select_related("doctor__user__doctor", "sent_by__doctor", "reviewed_by__doctor")
    for row in rows.prefetch_related("values").order_by("pk"):
        observations = [] if row.is_held else [observation(export, row, value) for value in row.values.all()]
        if row.kind in (Kind.LAB, Kind.IMAGING):
            _report(export, row, observations)
        if row.file and not (row.is_held and row.source in (Source.DESK, Source.DOCTOR)):
            _document(export, row)


def _report(export: Export, row: Result, observations: list[Resource]) -> None:
    export.add(
        "DiagnosticReport",
        str(row.pk),
        status="final" if row.status == Status.REVIEWED else "registered" if row.is_held else "preliminary",
        category=[{"coding": [{"system": f"{TERMS}/v2-0074", "code": "LAB" if row.kind == Kind.LAB else "RAD"}]}],
        code={"text": row.title},
        subject=export.subject(),
        effectiveDateTime=row.taken_on.isoformat(),
        issued=instant(row.sent_at),
        performer=[{"display": row.laboratory}] if row.laboratory else [],
        resultsInterpreter=[export.practitioner(row.reviewed_by)] if row.reviewed_by else [],
        result=observations,
        conclusion=row.comment,
    )


def observation(export: Export, row: Result, value: ResultValue) -> Resource:
    """One value, with its range and what was found."""
    analyte = value.analyte
    code = "AA" if value.is_critical and value.flag == "" else INTERPRETATIONS.get(value.flag, "")
    if value.is_critical and value.flag in ("low", "high"):
        code *= 2  # LL and HH: critical
    interpretation = [{"coding": [{"system": f"{TERMS}/v3-ObservationInterpretation", "code": code}]}] if code else []
    return export.add(
        "Observation",
        f"result:{value.pk}",
        status="final" if row.status == Status.REVIEWED else "preliminary",
        category=[{"coding": [{"system": f"{TERMS}/observation-category", "code": "laboratory"}]}],
        code={"coding": [{"system": LOINC, "code": analyte.loinc}], "text": str(analyte.label)},
        subject=export.subject(),
        effectiveDateTime=row.taken_on.isoformat(),
        valueQuantity=_quantity(analyte, value.typed, value.unit),
        interpretation=interpretation,
        referenceRange=_range(analyte, value),
    )


def _range(analyte: Analyte, value: ResultValue) -> list[Resource]:
    found: Resource = {}
    if value.low is not None:
        found["low"] = _quantity(analyte, value.low, value.unit)
    if value.high is not None:
        found["high"] = _quantity(analyte, value.high, value.unit)
    return [found] if found else []


def _quantity(analyte: Analyte, number: Decimal, unit: str) -> Resource:
    """A number that was typed in `unit`, in the unit of the analyte's LOINC code."""
    target = analyte.unit(analyte.loinc_unit)
    if unit != target.name:
        number = in_unit(analyte, to_stored(analyte, number, unit), target.name)
    return {"value": float(number), "unit": target.name, "system": UCUM, "code": target.ucum}


def _document(export: Export, row: Result) -> None:
    """That there is a file: it is opened in the app, which logs it."""
    is_theirs = row.source == Source.PATIENT
    author = export.subject() if is_theirs else {"display": row.sent_by.get_full_name()}
    export.add(
        "DocumentReference",
        str(row.pk),
        status="current",
        docStatus="final" if row.status == Status.REVIEWED else "preliminary",
        type={"text": str(Kind(row.kind).label)},
        subject=export.subject(),
        date=instant(row.sent_at),
        author=[author],
        description=row.title,
        content=[
            {
                "attachment": {
                    "contentType": row.content_type,
                    "url": f"/api/v1/results/{row.pk}/file",
                    "title": row.title,
                    "creation": row.taken_on.isoformat(),
                }
            }
        ],
    )
