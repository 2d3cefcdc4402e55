"""What to ask next: the symptoms whose answer would change the urgency or the ranking most."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import get_language, gettext

from shs.predict.cases import NO_CASE, Case
from shs.predict.models import Condition, Symptom, Triage
from shs.predict.predictor import Knowledge, knowledge

MOST_QUESTIONS = 2
CONSIDERED = 5
"""Conditions whose symptoms are asked for."""

URGENT_COUNTS = 3.0
"""A change in the share of conditions that need care now counts more than one between others."""


class FollowUp(NamedTuple):
    """A question to ask next; `symptom` is the name to send back if the answer is yes."""

    symptom: str
    question: str


def follow_ups(texts: Sequence[str], case: Case = NO_CASE) -> list[FollowUp]:
    """At most MOST_QUESTIONS questions; none where nothing is known yet."""
    known = knowledge()
    symptoms, _unmatched = known.known(texts, case)
    if not symptoms:
        return []
    urgent = set(Condition.objects.filter(triage=Triage.NOW, is_active=True).values_list("name", flat=True))
    worth = {symptom: _worth(known, symptoms, symptom, case, urgent) for symptom in _possible(known, symptoms, case)}
    best = sorted(worth, key=lambda symptom: (-worth[symptom], symptom))[:MOST_QUESTIONS]
    rows = Symptom.objects.in_bulk(best)
    return [FollowUp(rows[pk].name, _question(rows[pk])) for pk in best if worth[pk] > 0]


def _question(symptom: Symptom) -> str:
    is_bangla = (get_language() or "").startswith("bn")
    name = symptom.name_bn if is_bangla and symptom.name_bn else symptom.name
    return gettext("Is there also: %(symptom)s?") % {"symptom": name}


def _possible(known: Knowledge, symptoms: Sequence[int], case: Case) -> set[int]:
    """The symptoms of the likeliest conditions that were not mentioned."""
    first = {candidate.disease for candidate in known.rank(symptoms, case)[:CONSIDERED]}
    conditions = {pk for pk, name in known.diseases.items() if name in first}
    return {
        symptom
        for symptom, chances in known.chances.items()
        if symptom not in symptoms and known.slugs[symptom] != "pregnant" and conditions & chances.keys()
    }


def _worth(known: Knowledge, symptoms: Sequence[int], symptom: int, case: Case, urgent: set[str]) -> float:
    """How much a yes would change the shares of the conditions."""
    before = {one.disease: one.confidence for one in known.rank(symptoms, case)}
    after = {one.disease: one.confidence for one in known.rank([*symptoms, symptom], case)}
    change = sum(abs(after[name] - share) for name, share in before.items()) / 2
    danger = sum(after[name] - share for name, share in before.items() if name in urgent)
    likely = sum(share * known.chances[symptom].get(pk, 0.0) for pk, share in _by_pk(known, before))
    return likely * (change + URGENT_COUNTS * max(0.0, danger))


def _by_pk(known: Knowledge, shares: dict[str, float]) -> list[tuple[int, float]]:
    return [(pk, shares[name]) for pk, name in known.diseases.items() if name in shares]
