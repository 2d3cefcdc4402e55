"""Test classes that are generated, one for each person, app or model: `--parallel` shares work by class."""

import sys
from collections.abc import Callable, Iterable

from django.test import TestCase


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
