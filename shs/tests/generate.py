"""Helpers for tests that open many pages: one test class for each user or app, because `--parallel` distributes whole
classes."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar
from unittest.mock import patch

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.base import Template
from django.test import TestCase

from shs.core.admin.error_pages import _answer as answer
from shs.testing import EveryModel

One = TypeVar("One")
Other = TypeVar("Other")


def one_class_each(attribute: str, values: Iterable[str]) -> Callable[[type], type]:
    """Class decorator: makes one TestCase for each of `values`, which its tests read as `self.<attribute>`. The
    decorated class is not a TestCase itself; the new classes are added to its module, as `LinksGrace` from `Links` and
    "grace"."""

    def generate(base: type) -> type:
        module = sys.modules[base.__module__]
        for value in values:
            name = base.__name__ + "".join(part.capitalize() for part in value.replace(".", "_").split("_"))
            body = {attribute: value, "__module__": base.__module__, "__doc__": base.__doc__}
            setattr(module, name, type(name, (base, TestCase), body))
        return base

    return generate


def spread(ones: Sequence[One], others: Sequence[Other], start: int) -> Iterator[tuple[One, Other]]:
    """Pairs in which each of both occurs, instead of all their combinations. With every `start` from zero on, each pair
    occurs: pass the number of the screen, for example."""
    for number in range(max(len(ones), len(others))):
        yield ones[number % len(ones)], others[(start + number) % len(others)]


class ManyPages(EveryModel):
    """For tests that open hundreds of pages and check no template. Turns off the copy of each template's context that
    Django's test client keeps, which takes an eighth of the time, keeps what the pages cache in memory, and renders an
    error page with the same parts to the same user only once."""

    def setUp(self):
        super().setUp()
        self.enterContext(
            self.settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}})
        )
        cache.clear()
        self.refused: set[tuple[object, ...]] = set()
        self.enterContext(patch("shs.core.admin.error_pages._answer", self.refuse))
        self.enterContext(patch.object(Template, "_render", lambda self, context: self.nodelist.render(context)))

    def refuse(self, request: HttpRequest, status: int, **words: object) -> HttpResponse:
        refusal = (request.user.pk, status, *sorted(words))
        if refusal in self.refused:
            return HttpResponse(status=status)
        self.refused.add(refusal)
        return answer(request, status, **words)

    def __getstate__(self) -> dict[str, object]:
        """What a worker process sends to the main process with a failure: nothing that cannot be pickled, such as the
        patches of `setUp`."""
        own = {name: value for name, value in vars(self).items() if name.startswith("_")}
        return {**own, "_cleanups": [], "_outcome": None}
