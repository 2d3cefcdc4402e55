"""Vital signs in the API: what comes in, and what a measurement means."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shs.core.types import In
from shs.medical_record.grades import Flag, Grading
from shs.medical_record.growth import Growth
from shs.medical_record.readings import Reading
from shs.medical_record.scores import Score

Measure = Annotated[float, Field(strict=True, allow_inf_nan=False)] | Annotated[int, Field(strict=True)] | None


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


class Observed(In):
    """What was seen while vital signs were measured; scores are complete only with it. `oxygen`: `low` is below 4 l/min
    and 50 %, `high` from there on. `spo2_scale` `2`: the target is 88 to 92 %."""

    consciousness: Literal["alert", "confusion", "voice", "pain", "unresponsive"] | None = None
    oxygen: Literal["air", "low", "high"] | None = None
    spo2_scale: Literal["1", "2"] | None = None
    respiratory_effort: Literal["normal", "mild", "moderate", "severe"] | None = None
    capillary_refill: Literal["normal", "slow"] | None = None
    pregnant: bool | None = None


class FlagOut(TypedDict):
    """A vital sign outside of a guideline's usual range; `level` is `low` or `high`, `usual` the exceeded limit, and
    `grade` is `low`, `raised` or `crisis`."""

    name: str
    value: float
    unit: str
    level: str
    usual: float
    guideline: str
    grade: str


class GradeOut(TypedDict):
    """The grade of a vital sign: `low`, `usual`, `raised`, `crisis` or `not_graded`, then with the reason in `note`,
    which otherwise names the sources. `usual_from` and `usual_to` are the range of the age; null for a bound that was
    not read in a source."""

    name: str
    value: float
    unit: str
    grade: str
    level: str
    usual_from: float | None
    usual_to: float | None
    note: str


class PartOut(TypedDict):
    """A part of a score; `points` is null if it was not recorded."""

    name: str
    points: int | None


class ScoreOut(TypedDict):
    """An early warning score. `total` is null while a part is missing: then `at_least` is what is known. `risk` is
    `low`, `low_medium`, `medium`, `high`, or empty if it is not known."""

    name: str
    total: int | None
    at_least: int
    highest: int
    risk: str
    parts: list[PartOut]
    source: str


class GrowthOut(TypedDict):
    """Weight, height or body mass index (`bmi`) for age; `z` is null where none can be told, with the reason in
    `note`."""

    measure: str
    value: float
    unit: str
    z: float | None
    percentile: float | None
    band: str
    note: str
    source: str


class DoubtOut(TypedDict):
    """A value that is possible, but more likely a mistake, and should be measured again."""

    name: str
    why: str


class MeaningOut(TypedDict):
    """What a measurement means."""

    flags: list[FlagOut]
    grades: list[GradeOut]
    score: ScoreOut | None
    growth: list[GrowthOut]
    improbable: list[DoubtOut]


NOTHING: MeaningOut = {"flags": [], "grades": [], "score": None, "growth": [], "improbable": []}


def meaning_out(reading: Reading) -> MeaningOut:
    """Convert a reading into an answer."""
    return {
        "flags": [flag_out(flag) for flag in reading.flags],
        "grades": [grade_out(one) for one in reading.grades],
        "score": reading.score and score_out(reading.score),
        "growth": [growth_out(one) for one in reading.growth],
        "improbable": [{"name": name, "why": str(why)} for name, why in reading.improbable.items()],
    }


def flag_out(flag: Flag) -> FlagOut:
    """Convert a flag into an answer."""
    return {
        "name": flag.name,
        "value": flag.value,
        "unit": flag.unit,
        "level": flag.level,
        "usual": flag.usual,
        "guideline": flag.guideline,
        "grade": flag.grade,
    }


def grade_out(one: Grading) -> GradeOut:
    """Convert a grade into an answer."""
    low = one.range.usual_from if one.range else None
    high = one.range.usual_to if one.range else None
    return {
        "name": one.sign.name,
        "value": one.value,
        "unit": one.sign.unit,
        "grade": one.grade.value,
        "level": one.level,
        "usual_from": low.value if low else None,
        "usual_to": high.value if high else None,
        "note": str(one.note),
    }


def score_out(score: Score) -> ScoreOut:
    """Convert a score into an answer."""
    return {
        "name": score.name,
        "total": score.total,
        "at_least": score.least,
        "highest": score.most,
        "risk": score.risk,
        "parts": [{"name": part.name, "points": part.points} for part in score.parts],
        "source": str(score.source),
    }


def growth_out(one: Growth) -> GrowthOut:
    """Convert growth into an answer."""
    return {
        "measure": one.measure,
        "value": one.value,
        "unit": one.unit,
        "z": one.z,
        "percentile": None if one.percentile is None else round(one.percentile, 1),
        "band": one.band,
        "note": str(one.words),
        "source": str(one.source or ""),
    }
