"""Names of records for the Changes page: of all rows that a page mentions, in one query."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple, TypeAlias, cast

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from shs.core.admin.addresses import address_of
from shs.core.admin.sharing import duty_words
from shs.core.dates import instant, show_date, show_datetime
from shs.core.grants.words import permission_words
from shs.core.records.privacy import Clinical

TITLES = ("name", "generic_name", "title", "number", "key", "slug")
"""Fields that hold the name of a row, in order of preference."""

DAYS = ("created_at", "asked_on")
"""Fields with the time by which a row without a name is told from others."""

CODE_AND_NAME = Concat("codename", models.Value(" "), "name")
Model: TypeAlias = type[models.Model]
Row: TypeAlias = tuple[Model, str]
"""A model, and the key of one of its rows as text."""


class Named(NamedTuple):
    """How a page shows a row: its name, and the address of its page, if it has one; `code` is a right's codename."""

    text: str
    url: str = ""
    code: str = ""


def title_field(model: Model) -> str:
    """The field with the name of a row of `model`; empty if it has none, and for clinical rows, whose titles stay in
    the chart. A visit's number says nothing about the patient."""
    fields = {field.name for field in model._meta.concrete_fields}
    if isinstance(getattr(model, "privacy", None), Clinical):
        fields &= {"number"}
    return next((name for name in TITLES if name in fields), "")


def day_field(model: Model) -> str:
    """The field with the time by which a row of `model` is told from others; empty if it has none."""
    fields = {field.name for field in model._meta.concrete_fields}
    return next((name for name in DAYS if name in fields), "")


def of_time(kind: object, value: str | date) -> str:
    """A row without a name: "medical record of 28 Nov 2026, 13:42"; `value` is its time as a database returns it."""
    is_day = len(value) == len("2026-11-28") if isinstance(value, str) else not isinstance(value, datetime)
    if is_day:
        when = show_date(date.fromisoformat(value) if isinstance(value, str) else value)
    else:
        when = show_datetime(instant(cast("str | datetime", value)))
    return _("%(kind)s of %(time)s") % {"kind": kind, "time": when}


def names(rows: Iterable[Row]) -> dict[Row, Named]:
    """The names of `rows`, in one query. A row without a name gets its kind and time, one that is gone its kind."""
    wanted = set(rows)
    titles = dict(_titles(wanted))
    return {row: _named(row, titles.get(row)) for row in wanted}


def _named(row: Row, title: str | None) -> Named:
    page = address_of(row[0], "change", row[1])
    if row[0] is Permission and title:
        code, _sep, name = title.partition(" ")
        return Named(permission_words(name), code=code)
    if row[0] is Group and title:
        return Named(duty_words(title), page)
    if title and not title_field(row[0]):
        title = of_time(row[0]._meta.verbose_name, title)
    return Named(title or _gone(row), page)


def _gone(row: Row) -> str:
    """A row that is not there, or that nothing names; of a kind of record the kind."""
    model, key = row
    if model is ContentType:
        known = ContentType.objects.get_for_id(int(key)).model_class()
        return str(known._meta.verbose_name) if known else "–"
    return _("%(kind)s (deleted)") % {"kind": model._meta.verbose_name}


def _titles(wanted: set[Row]) -> Iterable[tuple[Row, str]]:
    by_model: dict[Model, list[str]] = {}
    for model, key in wanted:
        if title_field(model) or day_field(model):
            by_model.setdefault(model, []).append(key)
    labels = {model._meta.label: model for model in by_model}
    if not by_model:
        return
    first, *rest = (_titles_of(model, keys) for model, keys in by_model.items())
    for label, key, title in first.union(*rest, all=True):
        model = labels[label]
        yield (model, key), title


def _titles_of(model: Model, keys: list[str]) -> models.QuerySet[models.Model, tuple[str, str, str]]:
    label = models.Value(model._meta.label, output_field=models.TextField())
    title = Cast(CODE_AND_NAME if model is Permission else title_field(model) or day_field(model), models.TextField())
    rows = model._base_manager.filter(pk__in=keys).order_by()
    return rows.values_list(label, Cast("pk", models.CharField()), title)


def named(known: Mapping[Row, Named], model: Model, key: object) -> Named:
    """The name of one row among those that were looked up."""
    return known.get((model, str(key))) or Named(_gone((model, str(key))))
