"""Who is ill, for how long and how badly, as far as it is known."""

from datetime import date
from typing import NamedTuple

from shs.predict.models import FACTS, Affects

NEWBORN, YOUNG_INFANT, CHILD = 28 / 365, 91 / 365, 5
"""Ages in years below which somebody is a newborn, a young infant (NICE, NG143: under 3 months), a child (WHO, IMCI
chart booklet, 2014: up to 5 years)."""

LEAST_FERTILE, CHILDREN = 8, 12
"""Ages in years: below the first nobody is taken for pregnant; from the second on nobody has conditions of children."""


class Person(NamedTuple):
    """Who is ill, as far as it is known: age in years, sex ("female", "male" or ""), whether pregnant and for how many
    weeks."""

    age: float | None = None
    sex: str = ""
    pregnant: bool | None = None
    weeks: int | None = None

    @property
    def facts(self) -> set[str]:
        """Those of FACTS that hold."""
        limits = dict(zip(FACTS, (NEWBORN, YOUNG_INFANT, CHILD), strict=False))
        found = {fact for fact, limit in limits.items() if self.age is not None and self.age < limit}
        return found | ({"@pregnant"} if self.is_pregnant else set())

    @property
    def is_pregnant(self) -> bool:
        return self.sex != "male" and (self.pregnant is True or (self.pregnant is None and self.weeks is not None))

    def can_have(self, affects: str) -> bool:
        """Whether a condition that affects these people can be this person's."""
        is_man, is_woman = self.sex == "male", self.sex == "female"
        if affects == Affects.MEN:
            return not is_woman and not self.is_pregnant
        if affects in (Affects.WOMEN, Affects.PREGNANT):
            too_young = self.age is not None and self.age < LEAST_FERTILE
            denied = affects == Affects.PREGNANT and self.pregnant is False
            return not is_man and not too_young and not denied
        return affects != Affects.CHILDREN or self.age is None or self.age < CHILDREN


NOBODY = Person()


def age_on(born: date, today: date) -> float:
    """The age in years, with days as a fraction."""
    return max(0.0, (today - born).days / 365.25)


class Case(NamedTuple):
    """A question to the checker beside its words: the person, for how many days, and how bad it is ("mild", "moderate",
    "severe" or "")."""

    person: Person = NOBODY
    days: int | None = None
    severity: str = ""


NO_CASE = Case()

LASTING = {"fever": ("prolonged-fever", 14), "cough": ("chronic-cough", 14)}
"""Symptoms that become another one after this many days."""

STRONGER = {
    "fever": "high-fever",
    "headache": "severe-headache",
    "joint-pain": "severe-joint-pain",
}
"""Symptoms that become another one if they are severe."""


def also(symptoms: set[str], case: Case) -> set[str]:
    """The symptoms (slugs) that follow from `symptoms` with what is known of the case."""
    found = {
        longer
        for symptom, (longer, days) in LASTING.items()
        if symptom in symptoms and case.days is not None and case.days >= days
    }
    if case.severity == "severe":
        found |= {stronger for symptom, stronger in STRONGER.items() if symptom in symptoms}
    return (found | ({"pregnant"} if case.person.is_pregnant else set())) - symptoms
