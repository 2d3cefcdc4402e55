"""All that one measurement of vital signs means: grades, early warning score, growth, and what is asked back."""

from collections.abc import Mapping
from typing import NamedTuple

from shs.core.labels import Label
from shs.medical_record.grades import Flag, Grade, Grading, flags_of, graded
from shs.medical_record.growth import Growth, growth_of, improbable
from shs.medical_record.scores import Score, score_of
from shs.medical_record.whose import Whose


class Reading(NamedTuple):
    """What a measurement means for `whose`; `improbable` is sign → why it is asked back."""

    whose: Whose
    grades: list[Grading]
    score: Score | None
    growth: list[Growth]
    improbable: dict[str, Label]

    @property
    def flags(self) -> list[Flag]:
        """The values outside of their usual range."""
        return flags_of(self.grades)

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look at once: a critical value, or a score that says so."""
        is_critical = any(one.grade == Grade.CRISIS for one in self.grades)
        return is_critical or bool(self.score and self.score.is_alarming)

    @property
    def critical(self) -> list[Grading]:
        """The critical values."""
        return [one for one in self.grades if one.grade == Grade.CRISIS]


def read_signs(
    values: Mapping[str, float] | None, *, whose: Whose, observed: Mapping[str, object] | None = None
) -> Reading:
    """What the values mean that were measured together."""
    return Reading(
        whose,
        graded(values, whose=whose, observed=observed),
        score_of(values, whose=whose, observed=observed),
        growth_of(values, whose=whose),
        improbable(values, whose=whose),
    )
