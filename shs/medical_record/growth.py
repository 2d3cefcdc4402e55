"""Growth: z-scores of weight, height and body mass index for age by the WHO, and the body mass index of adults.

`reference/growth.csv` holds L, M and S of the WHO's tables by sex and age in days: each day of the first two weeks,
then weeks until three months, then months; between them they are interpolated, which changes a z-score by less than
0.04."""

import csv
import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from shs.core.ages import Precision
from shs.core.labels import Label
from shs.medical_record.ranges import FOLDER, Source, improbable_outside, numbers, table_of
from shs.medical_record.scores import rules, whole
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import DAYS_A_MONTH, Whose

MEASURES = {"weight_kg": "weight", "height_cm": "height", "bmi": "bmi"}
"""What is measured → its name in the tables."""
SCHOOL_DAYS = round(61 * DAYS_A_MONTH)
LABELS: dict[str, Label] = {
    "weight_kg": SIGNS["weight_kg"].label,
    "height_cm": SIGNS["height_cm"].label,
    "bmi": _("BMI"),
}
UNITS: dict[str, str] = {"weight_kg": "kg", "height_cm": "cm", "bmi": "kg/m²"}


class Lms(NamedTuple):
    """The three parameters of a measure at an age: Box-Cox power, median, coefficient of variation."""

    l: float  # noqa: E741  (its name in the method)
    m: float
    s: float

    def value(self, z: float) -> float:
        """The measure at a z-score from -3 to 3."""
        return self.m * (1 + self.l * self.s * z) ** (1 / self.l) if self.l else self.m * math.exp(self.s * z)

    def z(self, value: float) -> float:
        """The z-score of a value; beyond ±3 by the distance from 2 to 3, as the WHO does."""
        z = ((value / self.m) ** self.l - 1) / (self.l * self.s) if self.l else math.log(value / self.m) / self.s
        if abs(z) <= 3:
            return z
        side = math.copysign(3, z)
        edge, inner = self.value(side), self.value(math.copysign(2, z))
        return side + (value - edge) / abs(edge - inner)


@cache
def curves_of_who() -> dict[tuple[str, str], tuple[list[int], list[Lms]]]:
    """(measure, sex) → ages in days and the parameters at each."""
    found: dict[tuple[str, str], tuple[list[int], list[Lms]]] = {}
    with (FOLDER / "growth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days, values = found.setdefault((row["measure"], row["sex"]), ([], []))
            days.append(int(row["days"]))
            values.append(Lms(float(row["L"]), float(row["M"]), float(row["S"])))
    return found


def last_day(measure: str, sex: str) -> int:
    """The age in days until which there is a table."""
    return curves_of_who()[MEASURES[measure], sex][0][-1]


def lms(measure: str, sex: str, days: int) -> Lms | None:
    """The parameters of a measure for "female" or "male" at an age in days; None beyond the tables."""
    found = curves_of_who().get((MEASURES[measure], sex))
    if found is None or not found[0][0] <= days <= found[0][-1]:
        return None
    known, values = found
    at = bisect_right(known, days) - 1
    if at == len(known) - 1:
        return values[at]
    part = (days - known[at]) / (known[at + 1] - known[at])
    before, after = values[at], values[at + 1]
    return Lms(*(one + part * (other - one) for one, other in zip(before, after, strict=True)))


def bmi_of(values: Mapping[str, float] | None) -> float | None:
    """The body mass index in kg/m² of a weight and a height that were measured together."""
    weight, height = (values or {}).get("weight_kg"), (values or {}).get("height_cm")
    return weight / (height / 100) ** 2 if weight and height else None


def growth_source() -> Source:
    """Where the tables come from."""
    rule = rules("growth")
    return Source(str(rule["source"]), whole(rule, "year"))


def adult_source() -> Source:
    """Where the classes and the points for action of an adult's body mass index come from."""
    rule = rules("bmi")
    return Source(f"{rule['source']}; {rule['class_source']}", whole(rule, "year"))


class Growth(NamedTuple):
    """A measure with its z-score for age, or the band and the WHO's international `grade` of an adult's body mass
    index; `z` is None if there is none, and `because` tells why."""

    measure: str
    value: float
    z: float | None = None
    band: str = ""
    because: Label = ""
    grade: str = ""

    @property
    def source(self) -> Source | None:
        """By what it was judged; None if it was not."""
        if self.because:
            return None
        return adult_source() if self.grade else growth_source()

    @property
    def label(self) -> Label:
        """What is measured."""
        return LABELS[self.measure]

    @property
    def unit(self) -> str:
        """Its unit."""
        return UNITS[self.measure]

    @property
    def percentile(self) -> float | None:
        """How many of a hundred healthy children of that age and sex measure less."""
        return None if self.z is None else 100 * NormalDist().cdf(self.z)

    @property
    def words(self) -> Label:
        """What the z-score or the index means; else why nothing is said."""
        said = BANDS[self.measure if self.z is not None else "adult"].get(self.band, "")
        if self.grade in GRADES:
            said = format_lazy("{}, {}", GRADES[self.grade], said)
        return self.because or said

    @property
    def tone(self) -> str:
        """How it is coloured, as labels are."""
        return {"usual": "", "": "", "very_low": "danger", "severely_thin": "danger"}.get(self.band, "warning")


BANDS: dict[str, dict[str, Label]] = {
    "weight_kg": {"very_low": _("severely underweight"), "low": _("underweight"), "usual": _("normal for the age")},
    "height_cm": {"very_low": _("severely stunted"), "low": _("stunted"), "usual": _("normal for the age")},
    "bmi": {
        "very_low": _("severely thin"),
        "low": _("thin"),
        "usual": _("normal for the age"),
        "raised": _("overweight"),
        "high": _("obese"),
    },
    "adult": {
        "severely_thin": _("severely thin"),
        "thin": _("underweight"),
        "usual": _("normal"),
        "raised_risk": _("raised risk (from 23, for people in Asia)"),
        "high_risk": _("high risk (from 27.5, for people in Asia)"),
    },
}


GRADES: dict[str, Label] = {
    "overweight": _("overweight"),
    "obese_1": _("obese, class I"),
    "obese_2": _("obese, class II"),
    "obese_3": _("obese, class III"),
}
"""Classes of an adult's body mass index that are named beside the band."""


def growth_of(values: Mapping[str, float] | None, *, whose: Whose) -> list[Growth]:
    """Weight, height and body mass index, as far as they were measured: by age until 19 years, and by the cut-offs of
    adults from then on."""
    given = {name: values[name] for name in ("weight_kg", "height_cm") if values and name in values}
    if (bmi := bmi_of(values)) is not None:
        given["bmi"] = round(bmi, 1)
    if whose.months is None:
        return [Growth(name, value, because=_("The age is not known.")) for name, value in given.items()]
    if whose.months >= whole(rules("bmi"), "from_months"):
        return [_of_adult(given["bmi"])] if "bmi" in given else []
    return [_for_age(name, value, whose) for name, value in given.items()]


def _of_adult(bmi: float) -> Growth:
    rule = rules("bmi")
    return Growth("bmi", bmi, band=_band(rule["bands"], bmi), grade=_band(rule["classes"], bmi))


def _for_age(measure: str, value: float, whose: Whose) -> Growth:
    if whose.precision == Precision.YEAR:
        return Growth(measure, value, because=_("Only the year of birth is known."))
    if not whose.sex:
        return Growth(measure, value, because=_("The sex is not known."))
    days = whose.days or 0
    found = lms(measure, whose.sex, days)
    if found is None:
        return Growth(measure, value, because=_("The WHO has no curve for this age."))
    z = round(found.z(value), 2)
    kind = MEASURES[measure]
    if measure == "bmi":
        kind = "bmi_school" if days >= SCHOOL_DAYS else "bmi_young"
    return Growth(measure, value, z, _band(table_of(rules("growth")["bands"])[kind], z))


def _band(bands: object, value: float) -> str:
    """The name of the first of `bands` [name, below] that the value lies below."""
    if not isinstance(bands, list):
        raise TypeError("bands are a list.")
    return next((str(name) for name, below in bands if value < below), "")


# --- What is asked back ----------------------------------------------------------------------------------------------


def improbable(values: Mapping[str, float] | None, *, whose: Whose) -> dict[str, Label]:
    """Sign → why its value is asked back: possible, but more likely a mistake."""
    found: dict[str, Label] = {}
    bounds = improbable_outside()
    for name, value in (values or {}).items():
        low, high = bounds.get(name, (-math.inf, math.inf))
        if not low <= value <= high:
            found[name] = _("This value is very unlikely.")
    plausible = table_of(rules("growth")["plausible"])
    for one in growth_of(values, whose=whose):
        name = "weight_kg" if one.measure == "bmi" else one.measure
        low, high = numbers(plausible[MEASURES[one.measure]]) if one.z is not None else (-math.inf, math.inf)
        if one.z is not None and not low <= one.z <= high:
            found.setdefault(name, _("This is far outside the normal range for children of this age and sex."))
        elif one.z is None and one.measure == "bmi" and not bounds["bmi"][0] <= one.value <= bounds["bmi"][1]:
            found.setdefault(name, _("This does not fit the height."))
    return found
