"""Helpers for tests that open many pages: one test class for each user or app, because `--parallel` distributes whole
classes."""

import sys
from collections.abc import Callable, Iterable
from unittest.mock import patch

from django.template.base import Template
from django.test import TestCase

from shs.testing import EveryModel


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


class ManyPages(EveryModel):
    """For tests that open hundreds of pages and check no template: turns off the copy of each template's context that
    Django's test client keeps, which takes an eighth of the time."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(Template, "_render", lambda self, context: self.nodelist.render(context)))
