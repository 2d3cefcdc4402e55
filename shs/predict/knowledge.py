"""The curated knowledge as the ranking needs it: read from the database, and kept until a row of it changes."""

import math
import threading
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, Max

from shs.predict.models import Base, Condition, ConditionSymptom, Symptom, Usual
from shs.predict.words import FILLERS, Said, Spelling, clauses, places_of, plain

LIKELIHOOD = {Usual.HALLMARK: 0.85, Usual.COMMON: 0.5, Usual.SOMETIMES: 0.2, Usual.RARE: 0.05}
"""The one table by which an ordinal becomes a probability: the share of people with the condition who have the symptom.
Editors' numbers, in the place of measured ones; where the source states a percentage, that is taken instead."""

BACKGROUND = 0.01
"""The share who have a symptom that is not named for their condition: by chance, or by another condition beside it."""

PRIOR = {Base.VERY_COMMON: 1.0, Base.COMMON: 0.5, Base.UNCOMMON: 0.2, Base.RARE: 0.06}
"""How much more usual one condition is than another in primary care: editors' weights as well."""

ABSTAIN_BELOW = 0.12
"""Where even the best condition has less of the probability than this, none is named."""

MOST_WORDS = 40


class Ranked(NamedTuple):
    """One condition by its key, with its share of the probability, 0 to 1."""

    condition: int
    share: float


class Understood(NamedTuple):
    """The keys of the symptoms that were said, in order, and what was typed that names none."""

    symptoms: list[int]
    unknown: list[str]


class Knowledge:
    """What is known at one time: words to symptoms, and symptoms to conditions."""

    def __init__(self) -> None:
        self.names = dict(Symptom.objects.values_list("pk", "name"))
        phrases: dict[tuple[str, ...], int] = {}
        for symptom in Symptom.objects.order_by("pk"):
            for word in symptom.words():
                phrases.setdefault(_content(plain(word).replace(".", " ").split()), symptom.pk)
        phrases.pop((), None)
        self.phrases = sorted(phrases.items(), key=lambda entry: -len(entry[0]))
        self.spelling = Spelling(word for phrase in phrases for word in phrase)
        self.priors = {pk: math.log(PRIOR[Base(base)]) for pk, base in Condition.objects.values_list("pk", "base")}
        self.pairs: dict[int, dict[int, float]] = {pk: {} for pk in self.priors}
        for condition, symptom, usual, percent in ConditionSymptom.objects.values_list(
            "condition", "symptom", "usual", "percent"
        ):
            share = LIKELIHOOD[Usual(usual)] if percent is None else float(percent) / 100
            self.pairs[condition][symptom] = min(0.99, max(BACKGROUND, share))

    def understand(self, texts: Iterable[str]) -> Understood:
        """The symptoms that `texts` name."""
        found: list[int] = []
        unknown = []
        for text in texts:
            said = [symptom for clause in clauses(text) for symptom in self._in(clause)]
            found += [symptom for symptom in said if symptom not in found]
            if not said:
                unknown.append(text)
        return Understood(found, unknown)

    def _in(self, clause: Said) -> list[int]:
        """The symptoms of one clause: the longest phrases first, each word used once; first as they were said, then in
        any order."""
        words = [self.spelling.meant(word) for word in clause.words[:MOST_WORDS]]
        kept = [place for place, word in enumerate(words) if word not in FILLERS]
        said = Said([words[p] for p in kept], frozenset(n for n, p in enumerate(kept) if p in clause.denied))
        free = set(range(len(said.words)))
        found = []
        for phrase, symptom in self.phrases:
            for place in places_of(list(phrase), said):
                used = set(range(place, place + len(phrase)))
                if used <= free:
                    found.append(symptom)
                    free -= used
        for phrase, symptom in self.phrases:
            open_words = {said.words[place]: place for place in sorted(free - said.denied)}
            if len(phrase) > 1 and open_words.keys() >= set(phrase):
                found.append(symptom)
                free -= {open_words[word] for word in phrase}
        return list(dict.fromkeys(found))

    def rank(self, symptoms: Iterable[int]) -> list[Ranked]:
        """Every condition that has one of `symptoms`, the likeliest first: naive Bayes over what was said. What was not
        said is no evidence: people name what troubles them, not all that they have."""
        asked = list(symptoms)
        scores = {
            pk: prior + sum(math.log(self.pairs[pk].get(symptom, BACKGROUND)) for symptom in asked)
            for pk, prior in self.priors.items()
            if self.pairs[pk].keys() & set(asked)
        }
        if not scores:
            return []
        best = max(scores.values())
        weights = {pk: math.exp(score - best) for pk, score in scores.items()}
        whole = sum(weights.values())
        return sorted(
            (Ranked(pk, weight / whole) for pk, weight in weights.items()), key=lambda r: (-r.share, r.condition)
        )


def _content(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in FILLERS)


_lock = threading.Lock()
_kept: tuple[tuple, Knowledge] | None = None


def present() -> Knowledge:
    """The knowledge as it stands in the database now. Three small queries tell whether what is kept still holds."""
    global _kept
    stamp = tuple(
        tuple(model.objects.aggregate(Count("pk"), Max("updated_at"), Max("pk")).values())
        for model in (Symptom, Condition, ConditionSymptom)
    )
    kept = _kept
    if kept is None or kept[0] != stamp:
        with _lock:
            kept = _kept = (stamp, Knowledge())
    return kept[1]
