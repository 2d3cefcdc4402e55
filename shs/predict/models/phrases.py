"""Validators for lists of phrases."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shs.predict.words import Lexicon

MOST_PHRASES = 60


def require_phrases(phrases: object) -> None:
    """Validates a list of short texts in a JSON field."""
    _require_texts(phrases, letters=100)


def require_lines(lines: object) -> None:
    """As `require_phrases`, for whole sentences."""
    _require_texts(lines, letters=300)


def _require_texts(texts: object, *, letters: int) -> None:
    if not isinstance(texts, list) or len(texts) > MOST_PHRASES:
        raise ValidationError(_("Enter at most %(most)s entries."), params={"most": MOST_PHRASES})
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= letters or "\x00" in text:
            raise ValidationError(_("Each entry must have 1 to %(most)s characters."), params={"most": letters})


def require_groups(groups: object) -> None:
    """Validates that there is at least one group, each with at least one phrase; an empty rule would match every
    text."""
    if not isinstance(groups, list) or not 1 <= len(groups) <= 5:
        raise ValidationError(_("A rule needs one to five groups of phrases."))
    for group in groups:
        require_phrases(group)
        if not group or not all(Lexicon.knows_words(phrase) for phrase in group):
            raise ValidationError(_("Each group needs at least one phrase, and each phrase at least one word."))
