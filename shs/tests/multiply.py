"""Many rows of any model, made after one that is there: for tests that ask whether a page costs more with many rows."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import QuerySet

from shs.users.models import User

SPARE = 10
"""So many more rows than are needed of what a key leads to: some are taken by other keys."""

APART = {"doctors.DoctorAvailability": "doctor"}
"""Rows that must not overlap, which only PostgreSQL's constraints say → the key by which they are kept apart."""


def multiply(model: type[models.Model], count: int) -> None:
    """Rows like the first one of `model`, until there are `count`. No history is written, and no rule is asked: what
    must differ differs, and days go on one by one, so that constraints of the database hold."""
    rows = QuerySet(model)
    there = rows.count()
    first = rows.order_by("pk").first()
    if first is None:
        raise AssertionError(f"{model._meta.label} has no row: let the samples.py of its app make one.")
    # Where the first row holds nothing, any number of rows may.
    unlike = [field for field in _must_differ(model) if getattr(first, field.attname) is not None]
    for field in unlike:
        if field.is_relation:
            multiply(field.related_model, count + SPARE)
    keys = {field.attname: _free_keys(rows, field, first) for field in unlike if field.is_relation}
    plain = {field for field in unlike if not field.is_relation}
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not _is_generated(field)]
    for start in range(there, count, 500):
        made = []
        for number in range(start, min(start + 500, count)):
            values = {field.attname: _like(field, getattr(first, field.attname), number, plain) for field in fields}
            values |= {name: free[(number - there) % len(free)] for name, free in keys.items()}
            made.append(model(**values))
        # Django's own queryset: a Record's refuses what leaves no history.
        rows.bulk_create(made)


def _is_generated(field: models.Field) -> bool:
    return getattr(field, "generated", False)


def _must_differ(model: type[models.Model]) -> list[Any]:
    """The fields in which two rows cannot be alike. Where they only differ together, one that is no key is enough."""
    unlike = [field for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    groups: list[Any] = [*model._meta.unique_together]
    groups += [[APART[model._meta.label]]] if model._meta.label in APART else []
    groups += [each.fields for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    for names in groups:
        fields = [model._meta.get_field(name) for name in names]
        if fields and not any(field in unlike or isinstance(field, models.DateField) for field in fields):
            unlike.append(min(fields, key=_ease))
    return unlike


def _ease(field: Any) -> int:
    """Numbers can be made, and of people there are as many as one likes; words may be out of a list."""
    if field.is_relation:
        return 1 if field.related_model is User else 3
    return 0 if isinstance(field, models.IntegerField) else 2


def _free_keys(rows: QuerySet, field: Any, first: models.Model) -> list[Any]:
    """What a key can lead to and no row leads to yet; not what another key of the row leads to, either."""
    alike = [other for other in first._meta.concrete_fields if other.related_model is field.related_model]
    taken = {*rows.values_list(field.attname, flat=True), *(getattr(first, other.attname) for other in alike)}
    every = QuerySet(field.related_model).order_by("pk").values_list("pk", flat=True)
    return [pk for pk in every if pk not in taken]


def _like(field: Any, value: Any, number: int, unlike: set[Any]) -> Any:
    """The value of the copy with this number."""
    if isinstance(value, datetime | date):
        return value + timedelta(days=number)
    if field not in unlike or value is None:
        return value
    if isinstance(value, str):
        return f"{number}-{value}"[: field.max_length]
    if isinstance(value, UUID):
        return uuid4()
    return value + number if isinstance(value, int) else value
