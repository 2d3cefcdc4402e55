"""Rows of a test class that are made once in a process, and copied for each other class that needs the same.

Making the test users or a row of every model takes hundreds of queries with permissions, history and notices; copying
the finished rows takes one statement a table. Only classes with the same standing clock share rows.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache, wraps
from typing import Any, NamedTuple

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import models
from django.test import TestCase
from django.utils import timezone

from shs.tests.contents import Rows, counters, read, set_counters, tables, write

Maker = Callable[[Any], None]


class Prepared(NamedTuple):
    """What a maker has made: class attributes, tables that it changed, last primary keys before and after it, and
    files."""

    attributes: bytes
    tables: dict[str, Rows]
    before: dict[str, int | None]
    after: dict[str, int | None]
    files: list[tuple[Storage, str, bytes]]


@cache
def began() -> datetime:
    """The time at which this process began its first test class: the standing clock of all classes that need no other
    one."""
    return timezone.now()


def prepared(make: Maker) -> Maker:
    """Decorator of `make_people`: in a TestCase, whose tables are as after migrations, the rows and class attributes
    are made once for all classes with the same time and then copied. For classes that commit they are made each time.
    What `super()` leads to depends on the class: rows are shared only if that is the same, too."""
    kept: dict[tuple[datetime, tuple[Maker, ...]], Prepared] = {}

    @wraps(make)
    def begin(case: Any) -> None:
        if not issubclass(case, TestCase):
            make(case)
            return
        makers = [vars(one)[make.__name__].__func__ for one in case.__mro__ if make.__name__ in vars(one)]
        key = timezone.now(), tuple(makers[makers.index(begin) :])
        found = kept.get(key)
        if _making:  # called by another one, which may have made rows before
            if found and found.before == counters():
                _copy(found, case)
            else:
                make(case)
        elif found:
            _copy(found, case)
        else:
            kept[key] = _record(make, case)

    return begin


_making: list[Maker] = []
"""The maker that is running."""


def _record(make: Maker, case: Any) -> Prepared:
    set_before, rows_before, before = dict(vars(case)), _contents(), counters()
    _making.append(make)
    try:
        make(case)
        if hasattr(case, "empty_post"):
            case.empty_post()
    finally:
        _making.clear()
    attributes = {name: value for name, value in vars(case).items() if set_before.get(name) is not value}
    changed = {name: rows for name, rows in _contents().items() if rows != rows_before[name]}
    after = {name: number for name, number in counters().items() if number != before.get(name)}
    return Prepared(pickle.dumps(attributes), changed, before, after, list(_files(changed)))


def _contents() -> dict[str, Rows]:
    return {name: read(name) for name in tables()}


def _copy(made: Prepared, case: Any) -> None:
    for name, rows in made.tables.items():
        write(name, rows)
    set_counters(made.after)
    for storage, name, content in made.files:
        if not storage.exists(name):
            storage.save(name, ContentFile(content))
    for name, value in pickle.loads(made.attributes).items():  # noqa: S301  written by this process
        setattr(case, name, value)


def _files(changed: Iterable[str]) -> Iterator[tuple[Storage, str, bytes]]:
    """The files of the rows of these tables: a test may delete one."""
    for model in apps.get_models():
        if model._meta.db_table in changed:
            for field in model._meta.concrete_fields:
                if isinstance(field, models.FileField):  # noqa: TID251  any file field
                    for name in model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True):
                        with field.storage.open(name) as file:
                            yield field.storage, name, file.read()
