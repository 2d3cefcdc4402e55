"""The embedded symptom checker: naive Bayes over the curated pairs of conditions and symptoms.

For each condition the prior of its `Base` is multiplied by the probability of each reported symptom. Symptoms that
are not reported count neither for nor against, because patients report only what troubles them.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, cast

from django.db.models import Count, Max, Model, QuerySet, TextChoices, Value
from django.utils.translation import gettext_lazy as _

from shs.core.records.models import Record
from shs.predict.asides import asides
from shs.predict.cases import NO_CASE, Case, also
from shs.predict.models import Base, Condition, ConditionSymptom, Symptom, Usual
from shs.predict.reading import read
from shs.predict.words import Found, Lexicon

PROVIDER = "embedded"
METHOD = "bayes-1"

PRIOR = {Base.VERY_COMMON: 8.0, Base.COMMON: 4.0, Base.UNCOMMON: 1.5, Base.RARE: 0.5}
"""Prior weight of each step of `Base`; only the proportions matter."""

CHANCE = {Usual.HALLMARK: 0.85, Usual.COMMON: 0.5, Usual.SOMETIMES: 0.2, Usual.RARE: 0.05}
"""Probability of a symptom in a condition for each step of `Usual`, unless its source states a percentage."""

BACKGROUND = 0.01
"""Probability of a symptom in a condition that does not list it."""

LEAST_CONFIDENCE = 0.1
"""If the best condition has less than this share, the checker abstains."""

MOST_ALTERNATIVES = 4

NO_SIGNS = frozenset(["pregnant", "taking-diabetes-medicine"])
"""Symptoms (slugs) that rank conditions, and are no sign of an illness."""


class Band(TextChoices):
    """Verbal rating of a share, because the shares of naive Bayes are more extreme than the data justify."""

    LIKELY = "likely", _("Likely")
    POSSIBLE = "possible", _("Possible")
    LESS_LIKELY = "less_likely", _("Less likely")


class Candidate(NamedTuple):
    """A condition and its share of all conditions, 0–1."""

    disease: str
    confidence: float

    @property
    def band(self) -> Band:
        if self.confidence >= 0.5:
            return Band.LIKELY
        return Band.POSSIBLE if self.confidence >= 0.15 else Band.LESS_LIKELY


class Guess(NamedTuple):
    """The recognised symptoms and the matching conditions, best first; none if the symptom checker abstains. `signs`:
    how many of the symptoms are signs of an illness, as pregnancy is not."""

    candidates: list[Candidate]
    matched: list[str]
    unmatched: list[str]
    provider: str
    version: str
    signs: int = 0


class Knowledge:
    """The curated data in memory, prepared for ranking, as of `stamp`. `symptoms` (by their key), `conditions` and
    `pairs`: those in use, unless they are to be read."""

    def __init__(
        self,
        stamp: str,
        symptoms: Iterable[Symptom] | None = None,
        conditions: Iterable[Condition] | None = None,
        pairs: Iterable[ConditionSymptom] | None = None,
    ) -> None:
        self.stamp = stamp
        self.version = f"{METHOD}.{hashlib.sha256(stamp.encode()).hexdigest()[:8]}"
        self.names: dict[int, str] = {}
        self.slugs: dict[int, str] = {}
        self.symptom_of: dict[str, int] = {}
        phrases: list[tuple[int, str]] = []
        for symptom in Symptom.objects.filter(is_active=True).order_by("pk") if symptoms is None else symptoms:
            self.names[symptom.pk] = symptom.name
            self.slugs[symptom.pk] = symptom.slug
            phrases += [(number, symptom.pk, phrase) for number, phrase in enumerate(symptom.phrases)]
        # A symptom's own name before another's synonym.
        for _number, pk, phrase in sorted(phrases):
            self.symptom_of.setdefault(phrase, pk)
        self.lexicon = Lexicon(self.symptom_of)
        self.called = {phrase: self.names[pk] for phrase, pk in self.symptom_of.items()}
        self.priors: dict[int, float] = {}
        self.diseases: dict[int, str] = {}
        self.affects: dict[int, str] = {}
        for row in Condition.objects.filter(is_active=True) if conditions is None else conditions:
            self.diseases[row.pk], self.affects[row.pk] = row.name, row.affects
            self.priors[row.pk] = math.log(PRIOR[Base(row.base)])
        self.chances: dict[int, dict[int, float]] = {}
        for pair in ConditionSymptom.objects.filter(is_active=True) if pairs is None else pairs:
            if pair.symptom_id in self.names:
                found = self.chances.setdefault(pair.symptom_id, {})
                found[pair.condition_id] = chance(pair.usual, pair.percent)

    def understand(self, texts: Iterable[str]) -> tuple[list[int], list[str]]:
        """The symptoms found in `texts`, each once, and the texts in which none was found."""
        found: dict[int, None] = {}
        unmatched = []
        for text in texts:
            symptoms = self._named_in(text)
            found.update(dict.fromkeys(symptoms))
            if not symptoms:
                unmatched.append(text)
        return list(found), unmatched

    def _named_in(self, text: str) -> list[int]:
        reading = read(text)
        off = asides(reading)
        found = [one for one in self.lexicon.find(reading) if one.clause not in off]
        whole = self.lexicon.known(text)
        if whole is not None and not off and not any(one.denied for one in found):
            return [self.symptom_of[whole]]
        return [self.symptom_of[one.phrase] for one in longest(found) if not one.denied]

    def rank(self, symptoms: Iterable[int], case: Case = NO_CASE) -> list[Candidate]:
        """Every condition that the person can have with its share (0–1), the highest first."""
        can = {affects: case.person.can_have(affects) for affects in set(self.affects.values())}
        scores = {pk: prior for pk, prior in self.priors.items() if can[self.affects[pk]]}
        for symptom in sorted(symptoms):  # sorted, so that rounding does not depend on the order
            chances = self.chances.get(symptom, {})
            for condition in scores:
                scores[condition] += math.log(chances.get(condition, BACKGROUND))
        if not scores:
            return []
        top = max(scores.values())
        weights = {condition: math.exp(score - top) for condition, score in scores.items()}
        total = sum(weights.values())
        ranked = sorted(weights, key=lambda condition: (-weights[condition], condition))
        return [Candidate(self.diseases[condition], weights[condition] / total) for condition in ranked]

    def known(self, texts: Sequence[str], case: Case = NO_CASE) -> tuple[list[int], list[str]]:
        """As `understand`, with the symptoms that follow from the case."""
        symptoms, unmatched = self.understand(texts)
        if symptoms:
            more = also({self.slugs[symptom] for symptom in symptoms}, case)
            symptoms += [pk for pk, slug in self.slugs.items() if slug in more]
        return symptoms, unmatched

    def guess(self, texts: Sequence[str], case: Case = NO_CASE) -> Guess:
        """The conditions that match `texts` best; none if no symptom is recognised or no match is good enough."""
        symptoms, unmatched = self.known(texts, case)
        ranked = self.rank(symptoms, case)[: MOST_ALTERNATIVES + 1] if symptoms else []
        if not ranked or ranked[0].confidence < LEAST_CONFIDENCE:
            ranked = []
        matched = [self.names[symptom] for symptom in symptoms]
        signs = sum(self.slugs[symptom] not in NO_SIGNS for symptom in symptoms)
        return Guess(ranked, matched, unmatched, PROVIDER, self.version, signs)


def chance(usual: str, percent: Decimal | None) -> float:
    """The probability (0–1) of a symptom in a condition. Even 0 or 100 % in a source is not treated as certain."""
    if percent is None:
        return CHANCE[Usual(usual)]
    return min(0.99, max(BACKGROUND, float(percent) / 100))


def longest(found: Iterable[Found]) -> list[Found]:
    """The phrases of `found` that are not part of another one: "high fever", but not the "fever" in it."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.first - f.last, f.clause, f.first, f.phrase)):
        if not any(k.clause == one.clause and k.first <= one.last and one.first <= k.last for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: (f.clause, f.first))


_kept: Knowledge | None = None


def knowledge() -> Knowledge:
    """The current curated data, cached: one query reads the stamp, and the data is read again if it has changed."""
    global _kept
    present = stamp()
    kept = _kept
    if kept is None or kept.stamp != present:
        kept = _kept = Knowledge(present)
    return kept


def stamp() -> str:
    """A text that changes with the data."""
    return stamp_of(Symptom, Condition, ConditionSymptom)


def stamp_of(*models: type[Record]) -> str:
    """A text that changes with the rows of `models`: number of rows, number of history lines (a transaction that began
    earlier may end later, so the latest time alone is not enough), and time of the last change."""
    first, *rest = [
        *(_counted(model.objects.all(), "updated_at") for model in models),
        *(_counted(model.history.all(), "history_date") for model in models),
    ]
    return repr(sorted(map(str, first.union(*rest, all=True))))


Stamp = tuple[str, int, datetime | None]
"""A table, how many rows it has, and when the last one was changed."""


def _counted(rows: QuerySet[Model], changed: str) -> QuerySet[Model, Stamp]:
    table = Value(rows.model._meta.label)
    counted = rows.order_by().annotate(table=table).values_list("table").annotate(count=Count("pk"), last=Max(changed))
    return cast("QuerySet[Model, Stamp]", counted)
