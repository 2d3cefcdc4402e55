"""The embedded assistant: searches the clinic's own publications and quotes them word for word with their source.
Documents are the public articles and the curated conditions. A word of the question weighs more, the fewer documents
contain it (inverse document frequency, Spärck Jones 1972); the best document is the one whose title and sentences
contain most of the weight. If that is less than LEAST_COVER of the whole, the assistant says that it does not know."""

import hashlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from shs.blog.html import plain_text
from shs.blog.models import BlogPost
from shs.chat.client import Reply
from shs.predict.models import Condition
from shs.predict.predictor import knowledge
from shs.predict.way_out import way_out
from shs.predict.words import Lexicon, clauses

PROVIDER = "embedded"
METHOD = "quotes-1"

LEAST_COVER = 0.6
"""The share of a question's weight that the best document must contain."""

TITLE_COUNTS = 2.0
"""Words in the title count more than words in the text."""

NEAR_SECOND = 0.8
"""A second document is quoted too if it is nearly as good as the first."""

MOST_POSTS, MOST_SENTENCES, MOST_TERMS = 12, 4, 24
SENTENCE = re.compile(r"(?<=[.!?।])\s+|\n+")
ASKING = frozenset(
    word.stem
    for clause in clauses(
        "what why how when where which who whom whose do does did can could should would may might must shall tell me "
        "us about know explain help please need want think say said give good best thing things doctor sir madam hello "
        "hi ask question answer information advice happen mean means cause take make use way someone somebody people "
        "person"
    )
    for word in clause
)
"""Question words, which carry no topic."""


class Document(NamedTuple):
    """One document: its sentences, each with its stems."""

    title: str
    url: str
    titled: frozenset[str]
    sentences: tuple[tuple[str, frozenset[str]], ...]

    @property
    def words(self) -> frozenset[str]:
        return self.titled.union(*(stems for _text, stems in self.sentences))


class Term(NamedTuple):
    """One topic of the question: the stems of each of its names, and the words to search for."""

    names: frozenset[frozenset[str]]
    words: frozenset[str]

    def is_in(self, stems: frozenset[str]) -> bool:
        return any(name <= stems for name in self.names)


class Hit(NamedTuple):
    """A document with the weight of the question that it covers, and its ranking score."""

    document: Document
    cover: float
    score: float


def answer(question: str) -> Reply:
    """The answer to `question`: sentences quoted from the clinic's texts, with their sources."""
    stamp = _stamp()
    version = f"{METHOD}.{hashlib.sha256(stamp.encode()).hexdigest()[:8]}"
    asked = _terms(question)
    hits = _ranked(asked, [*_posts(asked), *_conditions(stamp)])
    if not hits or hits[0].cover < LEAST_COVER:
        text = _(
            "I do not know. I found nothing in this clinic's published articles that answers your "
            "question. Try other words, or ask a doctor."
        )
        text = f"{text} {way_out()}"
        return Reply(text, [], PROVIDER, version, is_known=False)
    chosen = [hit for hit in hits[:2] if hit.score >= NEAR_SECOND * hits[0].score and hit.cover >= LEAST_COVER]
    quotes = [_quote(hit.document, asked) for hit in chosen]
    sources = [{"title": hit.document.title, "url": hit.document.url} for hit in chosen]
    return Reply("\n\n".join(quotes), sources, PROVIDER, version)


def _terms(question: str) -> list[Term]:
    """The topics of a question: each symptom, with all of its names, and each other word that counts."""
    words = {token.stem: token.text for clause in clauses(question) for token in clause if not token.filler}
    left = set(words) - ASKING
    terms = []
    known = knowledge()
    symptoms, _unknown = known.understand([question])
    for symptom in symptoms:
        names = _names_of(known.stamp)[symptom]
        said = frozenset().union(*(name for name in names if name <= words.keys()))
        left -= said
        written = known.names[symptom].lower().split()
        terms.append(Term(names, frozenset([*written, *(words[stem] for stem in said)])))
    terms += [Term(frozenset([frozenset([word])]), frozenset([words[word]])) for word in sorted(left)]
    return terms[:MOST_TERMS]


@lru_cache(maxsize=2)
def _names_of(stamp: str) -> dict[int, frozenset[frozenset[str]]]:
    """The stems of all names of each symptom, cached by `stamp`."""
    found: dict[int, set[frozenset[str]]] = {}
    for phrase, symptom in knowledge().symptom_of.items():
        found.setdefault(symptom, set()).add(Lexicon.bag(phrase))
    return {symptom: frozenset(bags) for symptom, bags in found.items()}


def _ranked(asked: list[Term], documents: list[Document]) -> list[Hit]:
    """The documents that contain some of the topics, best first."""
    held = [sum(term.is_in(document.words) for document in documents) for term in asked]
    weights = [math.log(1 + len(documents) / (1 + number)) for number in held]
    whole = sum(weights)
    hits = []
    for document in documents if whole else ():
        parts = (document.words, document.titled, *(stems for _text, stems in document.sentences))
        shares = [
            sum(weight for term, weight in zip(asked, weights, strict=True) if term.is_in(part)) for part in parts
        ]
        cover, title, *sentences = (share / whole for share in shares)
        if cover:
            hits.append(Hit(document, cover, cover + TITLE_COUNTS * title + max(sentences, default=0.0)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.document.title))


def _quote(document: Document, asked: list[Term]) -> str:
    """The sentences of a document that contain most of the topics, in their original order."""

    def worth(at: int) -> tuple[int, int]:
        return -sum(term.is_in(document.sentences[at][1]) for term in asked), at

    order = sorted(range(len(document.sentences)), key=worth)
    said = " ".join(document.sentences[at][0] for at in sorted(order[:MOST_SENTENCES]))
    return _("From “%(title)s”: “%(said)s”") % {"title": document.title, "said": said}


def _stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for clause in clauses(text) for token in clause if not token.filler)


def _document(title: str, url: str, sentences: Iterable[str]) -> Document:
    kept = tuple((text, _stems(text)) for text in sentences if text.strip())
    return Document(title, url, _stems(title), kept)


def _posts(asked: list[Term]) -> list[Document]:
    """The articles that contain most of the topics."""
    words = " ".join(sorted({word for term in asked for word in term.words}))
    rows = BlogPost.objects.public().search(words, every=False)[:MOST_POSTS] if words else []
    return [
        _document(
            post.published_title,
            f"{settings.FRONTEND_URL}/blogs/{post.pk}",
            SENTENCE.split(plain_text(post.published_content)),
        )
        for post in rows
    ]


def _stamp() -> str:
    """A value that changes whenever a condition changes."""
    return "/".join(str(part) for part in Condition.objects.aggregate(Count("pk"), Max("updated_at")).values())


@lru_cache(maxsize=2)
def _conditions(stamp: str) -> tuple[Document, ...]:
    """The curated conditions, cached by `stamp`."""
    found = []
    for condition in Condition.objects.filter(is_active=True):
        sentences = SENTENCE.split(f"{condition.description} {condition.advice}")
        if condition.red_flags:
            sentences.append(
                _("See a doctor immediately if you have: %(signs)s.") % {"signs": "; ".join(condition.red_flags)}
            )
        found.append(_document(f"{condition.name} ({condition.source})", "", sentences))
    return tuple(found)
