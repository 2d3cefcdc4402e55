"""What the long replays share: a class for each person or app, as `--parallel` shares work by class; many pages."""

import sys
from collections.abc import Callable, Iterable
from unittest.mock import patch

from django.template.base import Template
from django.test import TestCase

from shs.testing import EveryModel


def one_class_each(attribute: str, values: Iterable[str]) -> Callable[[type], type]:
    """Makes a TestCase of the decorated class for each of `values`, which the tests find as `self.<attribute>`.

    The class itself is no TestCase; those that are made stand beside it: `Links` for "grace" is `LinksGrace`.
    """

    def generate(base: type) -> type:
        module = sys.modules[base.__module__]
        for value in values:
            name = base.__name__ + "".join(part.capitalize() for part in value.replace(".", "_").split("_"))
            body = {attribute: value, "__module__": base.__module__, "__doc__": base.__doc__}
            setattr(module, name, type(name, (base, TestCase), body))
        return base

    return generate


class ManyPages(EveryModel):
    """Opens pages by the hundred, and looks at none of their templates: Django's tests otherwise keep, of each template
    that is rendered, a copy of what it was given, which takes an eighth of the time."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(Template, "_render", lambda self, context: self.nodelist.render(context)))
