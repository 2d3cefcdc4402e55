"""Copies the first row of any model many times, for tests that a page needs no more queries for many rows than for
few."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import models
from django.db.models import QuerySet

from shs.users.models import User

Column = models.Field | models.ForeignKey

SPARE = 10
"""How many spare rows to make of a model that a unique foreign key points to: other keys already use some."""

APART = {
    "doctors.DoctorAvailability": "doctor",
    "core.GroupShare": "group",
    "users.PossibleDouble": "second",
    "letters.Letter": "visit",
}
"""Model → the foreign key that keeps the copies apart: of rows that must not overlap in time (only PostgreSQL has the
constraint), of those whose text is the key of another row or one of its choices, and of pairs in the order of their
keys."""


def multiply(model: type[models.Model], count: int) -> None:
    """Copy the first row of `model` until there are `count` rows. No history is written and no validation is run.
    Unique fields get new values and dates advance by a day a row, so that the database's constraints hold."""
    rows = QuerySet(model)
    there = rows.count()
    first = rows.order_by("pk").first()
    if first is None:
        raise AssertionError(f"{model._meta.label} has no row: let the samples.py of its app make one.")
    # A unique field that is NULL in the first row may be NULL in every row.
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
        # Django's own queryset, because a Record's refuses a bulk_create without history.
        rows.bulk_create(made)


def _is_generated(field: models.Field) -> bool:
    return getattr(field, "generated", False)


def _must_differ(model: type[models.Model]) -> list[Column]:
    """The fields that must differ between two rows. Of fields that are unique together, one that is not a foreign key
    is enough."""
    unlike = [field for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    groups: list[Collection[str]] = [[APART[model._meta.label]]] if model._meta.label in APART else []
    groups += model._meta.unique_together
    groups += [_names(each) for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    for names in groups:
        fields = [model._meta.get_field(name) for name in names]
        if fields and not any(field in unlike or isinstance(field, models.DateField) for field in fields):
            unlike.append(min(fields, key=_ease))
    return unlike


def _names(constraint: models.UniqueConstraint) -> Collection[str]:
    """The fields of a constraint, also those within its expressions."""
    parts = [part for expression in constraint.expressions for part in expression.flatten()]
    return constraint.fields or [part.name for part in parts if isinstance(part, models.F)]


def _ease(field: Column) -> int:
    """Sorts fields by how easily new values are found: numbers first, then keys to users; text may be limited to
    choices, and other keys need rows of another model."""
    if field.is_relation:
        return 1 if field.related_model is User else 3
    return 0 if isinstance(field, models.IntegerField) else 2


def _free_keys(rows: QuerySet, field: Column, first: models.Model) -> list[object]:
    """Rows that the foreign key may point to and that no row points to yet, nor another foreign key of the same row."""
    alike = [other for other in first._meta.concrete_fields if other.related_model is field.related_model]
    taken = {*rows.values_list(field.attname, flat=True), *(getattr(first, other.attname) for other in alike)}
    every = QuerySet(field.related_model).order_by("pk").values_list("pk", flat=True)
    return [pk for pk in every if pk not in taken]


def _like(field: Column, value: object, number: int, unlike: set[Column]) -> object:
    """The field's value in the copy with this number."""
    if isinstance(value, datetime | date):
        return value + timedelta(days=number)
    if field not in unlike or value is None:
        return value
    if isinstance(value, str):
        return f"{number}-{value}"[: field.max_length]
    if isinstance(value, UUID):
        return uuid4()
    return value + number if isinstance(value, int) else value
