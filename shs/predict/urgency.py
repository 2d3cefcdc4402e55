"""Which red flags a text has, and how soon somebody needs care. The assistant and the symptom checker ask
here alike, whichever service answers. Needs only the database: no network and no cache."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext, override

from shs.predict.asides import asides
from shs.predict.cases import NOBODY, Person
from shs.predict.hotline import hotline
from shs.predict.letters import is_bangla
from shs.predict.models import FACTS, Condition, RedFlag, Triage, WordList
from shs.predict.predictor import Candidate
from shs.predict.reading import read
from shs.predict.words import Lexicon

URGENT_SHARE = 0.15
"""An answer is urgent if the conditions that need care now have this share (0–1) of all. Fitted on the open vignettes
by `manage.py evaluate --fit`."""

LEAST_SYMPTOMS = 2
ALONE_SHARE = 0.2
"""With fewer known symptoms than LEAST_SYMPTOMS only the likeliest condition makes an answer urgent, by this share:
chest pain alone (0.21), but not an eye that hurts (0.18)."""


class Warning(NamedTuple):
    """Why an answer is urgent: the slug of the red flag, or "condition:" and that of the condition; what it is called,
    what to do, and whose rule it is."""

    slug: str
    name: str
    message: str
    source: str


# --- Red flags -------------------------------------------------------------------------------------------------------


def red_flags(text_or_symptoms: str | Iterable[str], person: Person = NOBODY) -> list[RedFlag]:
    """The rules that match the text; those that name the self-harm hotline first, then by name."""
    text = text_or_symptoms if isinstance(text_or_symptoms, str) else "\n".join(text_or_symptoms)
    return matching(rules(), text, person)


@dataclass(frozen=True)
class Rules:
    """Red flags and word lists, those in use."""

    flags: Sequence[RedFlag]
    lists: Sequence[WordList]

    @cached_property
    def lexicon(self) -> Lexicon:
        """Finds the phrases of the rules."""
        phrases = tuple(phrase for rule in self.flags for group in rule.groups for phrase in group)
        return _lexicon(phrases, tuple(sorted((row.slug, tuple(row.words)) for row in self.lists)))


def rules() -> Rules:
    """The rules that count now."""
    return Rules(list(RedFlag.objects.filter(is_active=True)), list(WordList.objects.filter(is_active=True)))


def matching(present: Rules, text: str, person: Person = NOBODY) -> list[RedFlag]:
    """As `red_flags`, for the given rules."""
    reading = read(text)
    off = asides(reading)
    found = present.lexicon.find(reading)
    said = {one.phrase for one in found if not one.denied and one.clause not in off} | person.facts
    return sorted((rule for rule in present.flags if rule.holds(said)), key=lambda rule: not rule.shows_hotline)


Lists = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=4)
def _lexicon(phrases: tuple[str, ...], lists: Lists) -> Lexicon:
    """The phrases of the current rules, cached by them: a changed rule gives a new entry."""
    return Lexicon((phrase for phrase in phrases if phrase not in FACTS), dict(lists))


def in_their_language(rule: RedFlag, text_or_symptoms: str | Iterable[str]) -> str:
    """The message of a rule, in Bangla for those who write or read Bangla."""
    message = rule.message_bn if reads_bangla(text_or_symptoms) and rule.message_bn else rule.message
    if not rule.shows_hotline or not hotline():
        return message
    spoken = _HOTLINE_BN if message == rule.message_bn else _HOTLINE
    return f"{spoken % {'hotline': hotline()}} {message}"


_HOTLINE = "You can talk to somebody now: %(hotline)s."
_HOTLINE_BN = "এখনই কারো সাথে কথা বলতে পারেন: %(hotline)s।"


def reads_bangla(text_or_symptoms: str | Iterable[str]) -> bool:
    """Whether somebody writes Bangla, in either script, or has chosen it."""
    text = text_or_symptoms if isinstance(text_or_symptoms, str) else "\n".join(text_or_symptoms)
    return is_bangla(text) or read(text).is_roman or (get_language() or "").startswith("bn")


# --- How soon --------------------------------------------------------------------------------------------------------


class Rated(NamedTuple):
    """A likely condition and its share, 0–1; None where its name is not one of ours."""

    candidate: Candidate
    condition: Condition | None


def rated(
    candidates: Sequence[Candidate], person: Person = NOBODY, conditions: Sequence[Condition] | None = None
) -> list[Rated]:
    """The candidates with their conditions, without those that this person cannot have. The name may be one of an
    outside service. `conditions`: those in use, unless they are to be read."""
    rows = conditions or []
    if candidates and conditions is None:
        rows = list(Condition.objects.filter(is_active=True).select_related("specialization"))
    found = [Rated(candidate, condition_named(candidate.disease, rows)) for candidate in candidates]
    return [one for one in found if one.condition is None or person.can_have(one.condition.affects)]


def condition_named(disease: str, rows: Sequence[Condition]) -> Condition | None:
    """The condition of this name, or else the one with the most similar words: "dengue fever" is Dengue."""
    exact = next((row for row in rows if row.name.casefold() == disease.casefold()), None)
    words = Lexicon.bag(disease) if disease and exact is None else frozenset()
    like = [row for row in rows if words and (words <= (own := Lexicon.bag(row.name)) or own <= words)]
    return exact or min(like, key=lambda row: (len(words ^ Lexicon.bag(row.name)), row.name), default=None)


def emergency(found: Sequence[Rated], signs: int, share: float = URGENT_SHARE) -> Condition | None:
    """The likeliest condition that needs care now, if all of these together have the share `share`. With too few known
    `signs` it must be the likeliest of all, and have the share ALONE_SHARE."""
    now = [one for one in found if one.condition is not None and one.condition.triage == Triage.NOW]
    if signs < LEAST_SYMPTOMS:
        now = [one for one in now if one is found[0] and one.candidate.confidence >= max(share, ALONE_SHARE)]
    if not now or sum(one.candidate.confidence for one in now) < share:
        return None
    return now[0].condition


def warn(flags: Sequence[RedFlag], condition: Condition | None, said: str | Iterable[str]) -> list[Warning]:
    """What to say first: the red flags, or else the likely emergency."""
    found = [Warning(rule.slug, rule.name, in_their_language(rule, said), rule.source) for rule in flags]
    if condition is not None and not found:
        slug = f"condition:{condition.slug}"[:80]
        with override("bn") if reads_bangla(said) else nullcontext():
            found.append(Warning(slug, condition.name, _possible(condition), condition.triage_source))
    return found


def _possible(condition: Condition) -> str:
    return gettext("This may be an emergency (%(condition)s). Call %(number)s or go to the nearest hospital now.") % {
        "condition": condition.name,
        "number": settings.EMERGENCY_NUMBER,
    }


class Soon(NamedTuple):
    """How soon somebody needs care, and whose rule that is; both "" where nothing is known."""

    triage: str
    source: str


def soonest(*answers: Sequence[Rated], warnings: Sequence[Warning]) -> Soon:
    """How soon: now if there are warnings, else the soonest that the likeliest condition of one of `answers` needs."""
    if warnings:
        return Soon(Triage.NOW, warnings[0].source)
    firsts = [found[0].condition for found in answers if found]
    levels = [Soon(_alone(one.triage), one.triage_source) for one in firsts if one is not None]
    return min(levels, key=lambda soon: Triage.values.index(soon.triage), default=Soon("", ""))


def _alone(triage: str) -> str:
    """The level of a condition that is likely, but not enough for an urgent answer."""
    return triage if triage != Triage.NOW else Triage.TODAY
