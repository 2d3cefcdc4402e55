"""Grades of vital signs: low, usual, raised or critical by the age and in pregnancy, or not graded, with the reason."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.medical_record.ranges import Bound, Range, range_for, ranges_of
from shs.medical_record.vital_signs import SIGNS, Sign
from shs.medical_record.whose import Whose

UNGRADED = ("weight_kg", "height_cm")
"""Signs that have no ranges: growth and the body mass index are graded by `growth`."""


class Grade(models.TextChoices):
    """How a value is to be taken. Critical: somebody has to look at once."""

    LOW = "low", _("low")
    USUAL = "usual", _("normal")
    RAISED = "raised", _("raised")
    CRISIS = "crisis", _("critical")
    NOT_GRADED = "not_graded", _("not graded")


class Grading(NamedTuple):
    """The grade of a value. `level` is on which side of the range it lies, "low", "high" or empty; `bound` is the limit
    that decided, None for a usual value; `because` tells why it is not graded."""

    sign: Sign
    value: float
    grade: Grade
    level: str = ""
    bound: Bound | None = None
    range: Range | None = None
    because: Label = ""

    @property
    def tone(self) -> str:
        """How it is coloured, as labels are."""
        return {Grade.CRISIS: "danger", Grade.LOW: "warning", Grade.RAISED: "warning"}.get(self.grade, "")

    @property
    def words(self) -> Label:
        """What is written beside the value; empty for a usual one."""
        if self.grade == Grade.CRISIS:
            return _("critically low") if self.level == "low" else _("critically high")
        return "" if self.grade == Grade.USUAL else self.grade.label

    @property
    def note(self) -> Label:
        """The source, or why it is not graded."""
        if self.because:
            return self.because
        sources = self.range.sources if self.range else []
        return str(self.bound.source) if self.bound else "; ".join(map(str, sources))


class Flag(NamedTuple):
    """One value outside of its usual range; `level` is "low" or "high", `usual` the exceeded limit of the usual range
    (of a critical one, if the usual one was not read)."""

    name: str
    value: float
    unit: str
    level: str
    usual: float
    guideline: str
    grade: str


def graded(
    values: Mapping[str, float] | None, *, whose: Whose, observed: Mapping[str, object] | None = None
) -> list[Grading]:
    """The grade of each value but weight and height, in the order of SIGNS."""
    scale = str((observed or {}).get("spo2_scale") or 1)
    if scale == "2" and (observed or {}).get("oxygen") in ("low", "high"):
        scale = "2_oxygen"
    found = []
    for name, sign in SIGNS.items():
        value = (values or {}).get(name)
        if value is not None and name not in UNGRADED:
            found.append(_graded(sign, value, whose, scale))
    return found


def _graded(sign: Sign, value: float, whose: Whose, scale: str) -> Grading:
    if whose.months is None:
        return _at_every_age(sign, value)
    found = range_for(sign.name, whose, scale)
    if found is None:
        return Grading(sign, value, Grade.NOT_GRADED, because=_("No reference range is available for this age."))
    return by_range(sign, value, found)


def by_range(sign: Sign, value: float, found: Range) -> Grading:
    """The grade of a value by a range; a bound that was not read limits nothing, and its range is shown without it."""
    shown = sign.rounded(value)
    if found.crisis_to and shown <= found.crisis_to.value:
        return Grading(sign, value, Grade.CRISIS, "low", found.crisis_to, found)
    if found.crisis_from and shown >= found.crisis_from.value:
        return Grading(sign, value, Grade.CRISIS, "high", found.crisis_from, found)
    if found.usual_from and shown < found.usual_from.value:
        return Grading(sign, value, Grade.LOW, "low", found.usual_from, found)
    if found.usual_to and shown > found.usual_to.value:
        return Grading(sign, value, Grade.RAISED, "high", found.usual_to, found)
    return Grading(sign, value, Grade.USUAL, range=found)


def _at_every_age(sign: Sign, value: float) -> Grading:
    """Of somebody of unknown age: usual, too low or too high, if it is so by the ranges of all ages; then the mildest
    of the grades."""
    found = [by_range(sign, value, one) for one in ranges_of(sign.name) if one.who != "pregnant" and one.scale == "1"]
    if found and len({one.level for one in found}) == 1:
        return min(reversed(found), key=lambda one: one.grade == Grade.CRISIS)
    return Grading(sign, value, Grade.NOT_GRADED, because=_("The age is not known."))


def flags(
    values: Mapping[str, float] | None, *, whose: Whose, observed: Mapping[str, object] | None = None
) -> list[Flag]:
    """The values outside of their usual range."""
    return flags_of(graded(values, whose=whose, observed=observed))


def flags_of(gradings: list[Grading]) -> list[Flag]:
    """Those of `gradings` that lie outside of their usual range."""
    found = []
    for one in gradings:
        if one.bound is None or one.range is None:
            continue
        usual = (one.range.usual_from if one.level == "low" else one.range.usual_to) or one.bound
        found.append(
            Flag(one.sign.name, one.value, one.sign.unit, one.level, usual.value, str(one.bound.source), one.grade)
        )
    return found
