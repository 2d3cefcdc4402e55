"""Finding condition codes in words: by the code, by its title and other names as they are heard, in Bangla too, and by
what later apps know of conditions."""

from collections.abc import Callable, Collection

from django.db.models import Q

from shs.core.caller import Member

VOCABULARIES: list[Callable[[str], Collection[str]]] = []
"""Functions of later apps: text → the codes of conditions that are called so."""


def found_as_code(viewer: Member | None, text: str, nearly: bool) -> Q | None:
    """The codes that are found by `text`, as a Q for ConditionCode; with `nearly`, each word may have a wrong
    letter."""
    words = text.strip()[:100]
    if not words:
        return None
    named = {code for vocabulary in VOCABULARIES for code in vocabulary(words)} if not nearly else set()
    return Q(**{"heard__nearly" if nearly else "heard__sounds": words}) | Q(code__in=named)
