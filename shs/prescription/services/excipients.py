"""Allergies to what is in a medicine beside its substance: lactose, gelatin, peanut oil and the like."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from shs.core.names import fold, sound
from shs.prescription.services.files import Words, read, tables, texts
from shs.prescription.services.sources import Source, sources
from shs.prescription.services.words import BANGLA_ENDINGS, distance, sequence

LONG = 6
"""Letters of a word, as it is heard, in which one may be wrong."""


class Excipient(NamedTuple):
    """What a medicine can contain. `words`: how a chart says it; `names`: how a product's information does; `also`:
    further excipients of which an allergy to it warns, by `source`."""

    key: str
    label: Words
    words: tuple[str, ...]
    names: tuple[str, ...]
    also: tuple[str, ...]
    source: Source | None


class Contains(NamedTuple):
    """Products of the generics `of`, in a form that contains the word `form`, contain an excipient."""

    of: frozenset[str]
    form: str
    excipient: str
    source: Source


class Found(NamedTuple):
    """An excipient in a medicine, and what was read of it; nothing for what the brand lists."""

    excipient: Excipient
    sources: tuple[Source, ...]


@cache
def excipients() -> dict[str, Excipient]:
    """Key → excipient."""
    rows = {key: row for key, row in read("excipients").items() if isinstance(row, dict)}
    return {
        key: Excipient(
            key,
            Words(str(row["en"]), str(row["bn"])),
            texts(row["words"]),
            texts(row["names"]),
            texts(row.get("also", [])),
            sources()[str(row["source"])] if "source" in row else None,
        )
        for key, row in rows.items()
    }


@cache
def contained() -> tuple[Contains, ...]:
    """What was read of medicines as such, whatever their brand."""
    return tuple(
        Contains(
            frozenset(texts(row["of"])),
            str(row.get("form", "")),
            str(row["excipient"]),
            sources()[str(row["source"])],
        )
        for row in tables(read("excipients"), "contains")
    )


def named_in(text: str, *, is_misspelt: bool = False) -> frozenset[str]:
    """The keys of the excipients that an entry of the chart names; where `is_misspelt`, a letter may be wrong."""
    words = [stem for word in sequence(fold(text)) for stem in _stems(word)]
    return frozenset(
        key for key, one in excipients().items() if any(_says(words, name, is_misspelt) for name in one.words)
    )


def _stems(word: str) -> Iterable[str]:
    """A word, and without its ending in Bangla."""
    ends = () if word.isascii() else map(fold, BANGLA_ENDINGS)
    return (word, *(word.removesuffix(end) for end in ends if word.endswith(end)))


def _says(words: list[str], name: str, is_misspelt: bool) -> bool:
    wanted = fold(name)
    if f" {wanted} " in f" {' '.join(words)} ":
        return True
    heard = sound(wanted) if is_misspelt and wanted.isascii() and wanted.isalpha() else ""
    return len(heard) >= LONG and any(word.isascii() and distance(sound(word), heard, 1) <= 1 for word in words)


def listed_in(text: str, key: str) -> bool:
    """Whether the list of excipients of a brand names this one."""
    plain = f" {' '.join(sequence(fold(text)))} "
    return any(f" {fold(name)} " in plain for name in excipients()[key].names)


def contents_of(generics: frozenset[str], piece: str, listed: str, keys: frozenset[str]) -> list[Found]:
    """Which of the excipients `keys`, and of those that they warn of too, a medicine contains. `piece`: its form;
    `listed`: what its brand lists, empty if that is not known."""
    found = []
    for key in sorted(keys):
        one = excipients()[key]
        for other in (key, *one.also):
            known = [rule.source for rule in contained() if _is_of(rule, generics, piece) and rule.excipient == other]
            if known or listed_in(listed, other):
                of_both = [one.source] if one.source and other != key else []
                found.append(Found(excipients()[other], (*known, *of_both)))
    return found


def _is_of(rule: Contains, generics: frozenset[str], piece: str) -> bool:
    return bool(rule.of & generics) and rule.form in piece


def faults() -> Iterator[str]:
    """What is wrong with what is known of excipients, in sentences."""
    try:
        known, inside = excipients(), contained()
    except (KeyError, TypeError) as error:
        yield f"An excipient has no source that sources.toml knows, or is not complete: {error!r}"
        return
    for rule in inside:
        if rule.excipient not in known:
            yield f"contains: {rule.excipient} is no excipient of excipients.toml."
    for one in known.values():
        if not one.words or not one.names or not set(one.also) <= known.keys() or (one.also and not one.source):
            yield f"{one.key}: an excipient has words, names, and a source for what it warns of too."
