"""The codes of the conditions that the symptom checker knows by everyday names, such as “high blood pressure”."""

from collections.abc import Collection

from shs.predict.models import Condition

LEAST_LETTERS = 3


def codes_named(text: str) -> Collection[str]:
    """The ICD-10 codes of the conditions in whose name each word of `text` occurs; none for very short texts. One
    query of a small table."""
    if len(text) < LEAST_LETTERS:
        return []
    rows = Condition.objects.filter(is_active=True).exclude(icd10="")
    for word in text.split()[:5]:
        rows = rows.filter(name__icontains=word)
    return list(rows.values_list("icd10", flat=True)[:20])
