"""The knowledge at one moment, in memory: sets of texts are measured with it without a query for each text, and with a
changed row before it is stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from shs.predict.cases import NO_CASE, Case
from shs.predict.models import Condition, ConditionSymptom, Guarded, RedFlag, Symptom, WordList
from shs.predict.predictor import Knowledge, stamp_of
from shs.predict.predictor import stamp as ranking_stamp
from shs.predict.sets import Sample
from shs.predict.urgency import Rules, emergency, matching, rated, rules

Row = TypeVar("Row", bound=Guarded)


class Snapshot(NamedTuple):
    """Red flags, symptoms, conditions and pairs of them, all of them those in use."""

    rules: Rules
    symptoms: list[Symptom]
    conditions: list[Condition]
    pairs: list[ConditionSymptom]
    known: Knowledge

    @classmethod
    def now(cls) -> "Snapshot":
        """What counts now."""
        symptoms = list(Symptom.objects.filter(is_active=True).order_by("pk"))
        conditions = list(Condition.objects.filter(is_active=True))
        pairs = list(ConditionSymptom.objects.filter(is_active=True))
        return cls(rules(), symptoms, conditions, pairs, Knowledge("snapshot", symptoms, conditions, pairs))

    def with_row(self, row: Guarded) -> "Snapshot":
        """The same with this row instead of the stored one."""
        if isinstance(row, RedFlag):
            return self._replace(rules=replace(self.rules, flags=_exchanged(self.rules.flags, row)))
        if isinstance(row, WordList):
            return self._replace(rules=replace(self.rules, lists=_exchanged(self.rules.lists, row)))
        symptoms = _exchanged(self.symptoms, row) if isinstance(row, Symptom) else self.symptoms
        conditions = _exchanged(self.conditions, row) if isinstance(row, Condition) else self.conditions
        pairs = _exchanged(self.pairs, row) if isinstance(row, ConditionSymptom) else self.pairs
        known = Knowledge("snapshot", sorted(symptoms, key=lambda one: one.pk), conditions, pairs)
        return self._replace(symptoms=symptoms, conditions=conditions, pairs=pairs, known=known)

    def firsts(self, samples: Sequence[Sample]) -> list[bool]:
        """For each of `samples`, whether the expected condition is ranked first."""
        slugs = {row.name: row.slug for row in self.conditions}
        ranked = [self.known.guess(one.texts, one.case).candidates for one in samples]
        return [
            bool(found) and slugs[found[0].disease] == one.condition for one, found in zip(samples, ranked, strict=True)
        ]

    def is_urgent(self, texts: Sequence[str], case: Case = NO_CASE) -> bool:
        """As `services.is_urgent`."""
        if matching(self.rules, "\n".join(texts), case.person):
            return True
        guess = self.known.guess(texts, case)
        return emergency(rated(guess.candidates, case.person, self.conditions), guess.signs) is not None


def _exchanged(rows: Sequence[Row], row: Row) -> list[Row]:
    """`rows` with `row` in the place of the one with its key, without it if it is not in use."""
    others = [one for one in rows if one.pk != row.pk]
    return [*others, row] if row.is_active else others


def stamp() -> str:
    """A text of 64 characters that changes with all that an answer's urgency depends on."""
    return hashlib.sha256(f"{ranking_stamp()} {stamp_of(RedFlag, WordList)}".encode()).hexdigest()
