"""Of whom vital signs were measured, and when: what decides about their ranges."""

from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from shs.core.ages import Precision, show_age, whole_months
from shs.users.models import User

GROWN_MONTHS = 16 * 12
"""From this age on the ranges of adults apply, as in NEWS2."""
DAYS_A_MONTH = 30.4375


class Whose(NamedTuple):
    """A person on the `day` of a measurement. `sex` is "female", "male" or empty; `precision` is that of the date of
    birth (core.ages.Precision)."""

    born: date | None
    day: date
    sex: str = ""
    precision: str = Precision.DAY
    is_pregnant: bool = False

    @property
    def days(self) -> int | None:
        """The age in days; None if it is not known."""
        return (self.day - self.born).days if self.born and self.born <= self.day else None

    @property
    def months(self) -> int | None:
        """The age in whole months; None if it is not known."""
        return whole_months(self.born, self.day) if self.born and self.born <= self.day else None

    @property
    def is_child(self) -> bool:
        """Whether they are known to be too young for the ranges of adults."""
        return self.months is not None and self.months < GROWN_MONTHS

    @property
    def shown_age(self) -> str:
        """The age for people; empty if it is not known."""
        return show_age(self.born, self.precision, self.day)


def whose(patient: User, at: datetime, observed: dict[str, object] | None = None) -> Whose:
    """`patient` at the time of a measurement, with what was observed in it; read `patient` with its profile."""
    profile = getattr(patient, "profile", None)
    day = timezone.localdate(at)
    if profile is None:
        return Whose(None, day, is_pregnant=is_pregnant(observed))
    return Whose(profile.date_of_birth, day, sex_of(profile.gender), profile.birth_precision, is_pregnant(observed))


def sex_of(gender: str | None) -> str:
    """ "female" or "male"; empty for anything else."""
    return gender if gender in ("female", "male") else ""


def is_pregnant(observed: dict[str, object] | None) -> bool:
    """Whether a pregnancy was noted with the vital signs."""
    return bool(observed and observed.get("pregnant") is True)
