"""Parts of FHIR R4 Observations of vital signs: values, their interpretation and usual range, and what is derived."""

from shs.core.labels import Label
from shs.medical_record.fhir_person import Part
from shs.medical_record.grades import Grade, Grading
from shs.medical_record.ranges import Bound
from shs.medical_record.readings import Reading
from shs.medical_record.vital_signs import Sign

UCUM = "http://unitsofmeasure.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def loinc(code: str, label: Label) -> dict[str, Part]:
    """A LOINC code as a CodeableConcept."""
    return {"coding": [{"system": "http://loinc.org", "code": code}], "text": str(label)}


def quantity(sign: Sign, value: float) -> dict[str, Part]:
    """A value in the unit of its sign."""
    return {"value": value, "unit": sign.unit, "system": UCUM, "code": sign.ucum}


def meaning(one: Grading) -> dict[str, Part]:
    """`interpretation` (N, L, H, LL, HH) and `referenceRange` with its sources; nothing for what is not graded."""
    if one.range is None:
        return {}
    critical = "LL" if one.level == "low" else "HH"
    code = {Grade.USUAL: "N", Grade.LOW: "L", Grade.RAISED: "H"}.get(one.grade, critical)
    found: dict[str, Part] = {
        "low": _limit(one.sign, one.range.usual_from),
        "high": _limit(one.sign, one.range.usual_to),
        "text": "; ".join(map(str, one.range.sources)),
    }
    coding = [{"system": INTERPRETATION, "code": code}]
    return {"interpretation": [{"coding": coding}], "referenceRange": [found]}


def _limit(sign: Sign, bound: Bound | None) -> Part:
    return quantity(sign, bound.value) if bound else None


def derived(reading: Reading) -> dict[str, dict[str, Part]]:
    """What follows from the values: the body mass index, and a score with a total."""
    found: dict[str, dict[str, Part]] = {}
    for one in reading.growth:
        if one.measure == "bmi":
            value: Part = {"value": one.value, "unit": "kg/m2", "system": UCUM, "code": "kg/m2"}
            said = [{"text": f"{one.words} ({one.source})"}] if one.source else []
            found["bmi"] = {"code": loinc("39156-5", "Body mass index"), "valueQuantity": value, "note": said}
    if (score := reading.score) and score.total is not None:
        found["score"] = {
            "code": {"text": f"{score.name} total score"},
            "valueInteger": score.total,
            "note": [{"text": str(score.source)}],
        }
    return found
