"""Validators for lists of phrases."""

from typing import cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shs.predict.words import Lexicon

MOST_PHRASES = 60
MOST_OF_A_RULE = 200
"""Phrases of one group of a red flag, and words of one word list."""

FACTS = ("@newborn", "@young-infant", "@child", "@pregnant")
"""What may be known of a person: younger than 4 weeks, 3 months, 5 years; pregnant."""


def require_phrases(phrases: object) -> None:
    """Validates a list of short texts in a JSON field."""
    _require_texts(phrases, letters=100)


def require_lines(lines: object) -> None:
    """As `require_phrases`, for whole sentences."""
    _require_texts(lines, letters=300)


def require_words(words: object) -> None:
    """Validates a list of single words; "=" before a word is allowed."""
    _require_texts(words, letters=40, most=MOST_OF_A_RULE)
    if not words or any(len(str(word).removeprefix("=").split()) != 1 for word in cast("list[object]", words)):
        raise ValidationError(_("Enter at least one entry, and one word in each."))


def _require_texts(texts: object, *, letters: int, most: int = MOST_PHRASES) -> None:
    if not isinstance(texts, list) or len(texts) > most:
        raise ValidationError(_("Enter at most %(most)s entries."), params={"most": most})
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= letters or "\x00" in text:
            raise ValidationError(_("Each entry must have 1 to %(most)s characters."), params={"most": letters})


def require_groups(groups: object) -> None:
    """Validates that there is at least one group, each with at least one phrase; an empty rule would match every
    text."""
    if not isinstance(groups, list) or not 1 <= len(groups) <= 5:
        raise ValidationError(_("A rule needs one to five groups of phrases."))
    for group in groups:
        _require_texts(group, letters=100, most=MOST_OF_A_RULE)
        if not group or not all(phrase in FACTS or Lexicon.knows_words(phrase) for phrase in group):
            raise ValidationError(_("Each group needs at least one phrase, and each phrase at least one word."))
