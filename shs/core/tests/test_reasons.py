"""The reasons that the system writes into histories are known, so that they are shown in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase
from django.utils import translation

from shs.core.records.reasons import WRITTEN, reason_words
from shs.tests.parsed import nodes

APPS = settings.BASE_DIR / "shs"
NOT_THE_SYSTEM = {"tests", "migrations", "demo"}
SAVING = {"save_with_reason", "_hold", "answer"}
"""Functions that take the reason by its position."""

RENAMED = {
    "alike again",
    "given out by a pharmacy",
    "hired",
    "no longer alike",
    "renewed by work",
    "set up by who had changed the address",
    "the prescription no longer holds",
}
"""Reasons that are shown in other words than those that histories hold."""


def texts(value: ast.expr | None) -> Iterator[str]:
    """The literal texts that an expression may give."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*texts(value.body), *texts(value.orelse))
    elif isinstance(value, ast.BoolOp):
        for one in value.values:
            yield from texts(one)


def reasons(path: Path) -> Iterator[str]:
    """The reasons that stand in the code."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            by_position = node.args if name in SAVING else []
            for value in (*by_position, *(word.value for word in node.keywords if word.arg == "reason")):
                yield from texts(value)
        elif isinstance(node, ast.FunctionDef):
            for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                yield from texts(value) if argument.arg == "reason" else ()


class Reasons(SimpleTestCase):
    def test_every_reason_in_the_code_is_known(self):
        found = set()
        for path in APPS.rglob("*.py"):
            if not NOT_THE_SYSTEM & set(path.relative_to(APPS).parts) and path.name not in {"testing.py", "samples.py"}:
                found |= set(reasons(path))
        self.assertGreater(len(found), 60)
        self.assertEqual(found - WRITTEN.keys(), set(), "Add them to shs/core/records/reasons.py.")

    def test_they_are_shown_in_the_readers_language_and_what_people_type_as_typed(self):
        with translation.override("bn"):
            self.assertEqual([one for one in WRITTEN if reason_words(one).isascii()], [])
            self.assertEqual((reason_words("moved away"), reason_words(None)), ("moved away", ""))
        with translation.override("en"):
            self.assertEqual({one for one in WRITTEN if reason_words(one) != one}, RENAMED)
