"""Searching articles with ranking: full text on PostgreSQL, the same rule by counting on SQLite."""

import re
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connections
from django.db.models import Case, F, FloatField, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Length, Replace

CONFIG = "english"
WORDS = re.compile(r"[\w\u0980-\u09ff]+")  # `\w` does not match the vowel signs of Bangla
TITLE_WEIGHT = 10


def vector() -> Combinable:
    """The search vector on PostgreSQL; a migration builds the index over exactly this expression."""
    title = SearchVector("published_title", weight="A", config=CONFIG)
    return title + SearchVector("search_text", weight="D", config=CONFIG)


MOST_WORDS = 8
MOST_OF_SOME = 24


Rows = TypeVar("Rows", bound="QuerySet[Model]")


def ranked(rows: Rows, text: str, *, every: bool = True) -> Rows:
    """The `rows` that contain every word of `text` (or some words if `every` is False), also as the beginning of a
    word; best match first."""
    words = WORDS.findall(text.lower())[: MOST_WORDS if every else MOST_OF_SOME]
    if not words:
        return rows.none() if text.strip() else rows
    if connections[rows.db].vendor == "postgresql":
        joined = (" & " if every else " | ").join(f"{word}:*" for word in words)
        query = SearchQuery(joined, search_type="raw", config=CONFIG)
        found = rows.annotate(words=vector(), rank=SearchRank(vector(), query)).filter(words=query)
    else:
        found = _counted(rows, [_stem(word) for word in words], every=every)
    return found.order_by("-rank", "-published_at", "-pk")


def _counted(rows: Rows, words: list[str], *, every: bool) -> Rows:
    """Rank by the frequency of each word; a word in the title counts ten times."""
    rank: Combinable = Value(0.0)
    held = [Q(search_text__contains=word) for word in words]
    rows = rows.filter(reduce(and_ if every else or_, held))
    for word in words:
        left = Length(Replace(F("search_text"), Value(word), Value("")))
        often = (Length("search_text") - left) * Value(1.0) / Value(float(len(word)))
        titled = Case(When(Q(published_title__icontains=word), then=Value(float(TITLE_WEIGHT))), default=Value(0.0))
        rank = rank + often + titled
    return rows.annotate(rank=Case(default=rank, output_field=FloatField()))


def _stem(word: str) -> str:
    """Removes English plural endings, as PostgreSQL's dictionary does: "vaccines" finds "vaccine"."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3]
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
