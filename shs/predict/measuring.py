"""Sensitivity and false alarms on a set, by way of writing and by kind, with confidence intervals."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from shs.predict import predictor
from shs.predict.models import Condition, Effect, Triage
from shs.predict.sets import Sample
from shs.predict.snapshot import Snapshot
from shs.predict.urgency import Rated, emergency, rated

Z = 1.96
MOST_FALSE = 0.05
"""The share of false alarms (0–1) that the threshold may cost when it is fitted."""


class Rate(NamedTuple):
    """`hits` of `of`, with Wilson's 95 % confidence interval (0–1)."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        middle, spread = self.share + Z * Z / (2 * self.of), self.share * (1 - self.share) / self.of
        root = Z * math.sqrt(spread + Z * Z / (4 * self.of * self.of))
        whole = 1 + Z * Z / self.of
        return max(0.0, (middle - root) / whole), min(1.0, (middle + root) / whole)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.of} = {self.share:.1%} ({low:.1%}–{high:.1%})"


class Outcome(NamedTuple):
    """A sample, whether the answer was urgent, and where the expected condition was ranked (0: not at all)."""

    sample: Sample
    is_urgent: bool
    rank: int


def outcomes(samples: Iterable[Sample]) -> list[Outcome]:
    """Ask about each of `samples`, as the assistant and the symptom checker do."""
    present, slugs = Snapshot.now(), dict(Condition.objects.values_list("name", "slug"))
    found = []
    for sample in samples:
        urgent = present.is_urgent(sample.texts, sample.case)
        ranked: list[str] = []
        if sample.condition:
            guess = present.known.guess(sample.texts, sample.case)
            ranked = [slugs[candidate.disease] for candidate in guess.candidates]
        rank = ranked.index(sample.condition) + 1 if sample.condition in ranked else 0
        found.append(Outcome(sample, urgent, rank))
    return found


def rate(found: Iterable[Outcome], *, now: bool) -> Rate:
    """How many of those that need care now (or do not) got an urgent answer."""
    some = [one.is_urgent for one in found if one.sample.is_now is now]
    return Rate(sum(some), len(some))


def grouped(found: Iterable[Outcome], key: Callable[[Sample], str], *, now: bool) -> dict[str, Rate]:
    """`rate` for each value of `key`, in the order of their first sample."""
    groups: dict[str, list[Outcome]] = {}
    for one in found:
        if one.sample.is_now is now:
            groups.setdefault(key(one.sample), []).append(one)
    return {name: rate(some, now=now) for name, some in groups.items()}


class Threshold(NamedTuple):
    """A value of URGENT_SHARE with what it gives for conditions alone, without red flags."""

    share: float
    found: Rate
    false: Rate


def thresholds(samples: Sequence[Sample]) -> list[Threshold]:
    """For steps of 0.05: how many samples whose condition needs care now are found, and how many others."""
    now = set(Condition.objects.filter(triage=Triage.NOW).values_list("slug", flat=True))
    guesses = [(sample, predictor.knowledge().guess(sample.texts, sample.case)) for sample in samples]
    found = [
        (sample.condition in now, rated(guess.candidates, sample.case.person), guess.signs) for sample, guess in guesses
    ]
    return [Threshold(step, *(_urgent(found, step, now=now) for now in (True, False))) for step in STEPS]


STEPS = [step / 20 for step in range(1, 20)]


def _urgent(found: Sequence[tuple[bool, list[Rated], int]], share: float, *, now: bool) -> Rate:
    """How many of those that need care now (or do not) a condition makes urgent with the threshold `share`."""
    some = [emergency(conditions, signs, share) is not None for is_now, conditions, signs in found if is_now is now]
    return Rate(sum(some), len(some))


def best(found: Sequence[Threshold]) -> Threshold:
    """Of the thresholds whose false alarms are at most MOST_FALSE the one that finds most, and raises fewest of these;
    the largest if there is none."""
    few = [one for one in found if one.false.share <= MOST_FALSE]
    return max(few, key=lambda one: (one.found.hits, -one.false.hits), default=found[-1])


MOST_NAMED = 100
"""How many texts of each kind an effect names."""


def effect_of(samples: Sequence[Sample], before: Sequence[bool], after: Sequence[bool]) -> Effect:
    """What changes if the answers to `samples` are urgent as in `after`, not as in `before`."""
    rows = list(zip(samples, before, after, strict=True))

    def named(*, now: bool, then: bool) -> list[str]:
        some = [one for one, was, is_ in rows if one.is_now is now and was is not then and is_ is then]
        return [f"{one.id}: {'; '.join(one.texts)}" for one in some[:MOST_NAMED]]

    def urgent(answers: Sequence[bool], *, now: bool) -> int:
        return sum(answer for one, answer in zip(samples, answers, strict=True) if one.is_now is now)

    return Effect(
        emergencies=sum(one.is_now for one in samples),
        found=urgent(before, now=True),
        found_then=urgent(after, now=True),
        harmless=sum(not one.is_now for one in samples),
        alarms=urgent(before, now=False),
        alarms_then=urgent(after, now=False),
        missed=named(now=True, then=False),
        newly_found=named(now=True, then=True),
        new_alarms=named(now=False, then=True),
        calmed=named(now=False, then=False),
    )
