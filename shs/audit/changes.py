"""All changes of all records in one list, newest first: a union of the history tables."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple, TypeAlias, cast

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, JSONObject
from simple_history.utils import get_history_model_for_model

from shs.core.caller import Caller
from shs.core.dates import instant
from shs.core.grants.table import may_all, may_ever, rows_allowed
from shs.core.records.models import Record
from shs.core.records.reasons import reason_words

KEYS = ("kind", "line", "verb", "who", "reason", "request", "address", "row", "at")
MOST_COUNTED = 10_000
"""How many changes of one kind are counted."""
OWNERS = ("patient", "user")
"""Foreign keys that may name the person whom a row is about, in order of preference."""


Values: TypeAlias = dict[str, object]
"""A version of a record: attname → value as JSON keeps it."""
Field: TypeAlias = "models.Field[object, object]"
Difference: TypeAlias = tuple[Field, object, object]
"""A changed field, with its value before and after."""
Line: TypeAlias = tuple[object, ...]
"""A row as the cursor returns it."""


class Change(NamedTuple):
    """One history line: `kind` is the model's label, `line` the history row's id, `row` the record's key, `verb`
    simple_history's `+`, `~` or `-`, `who` a user's id; `was` and `became` map attnames to values before and after."""

    kind: str
    line: int
    verb: str
    who: int | None
    reason: str | None
    request: str
    address: str
    row: str
    at: datetime
    became: Values
    was: Values | None

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.kind)

    @property
    def said_reason(self) -> str:
        """The reason in the reader's language, if the system wrote it."""
        return reason_words(self.reason)

    @property
    def subject(self) -> int | None:
        """The id of the user whom the record is about, if its own row names one."""
        column = owner_column(self.model)
        return cast("int | None", self.became.get(column)) if column else None

    @property
    def place(self) -> str:
        """The position after this line, where the next page starts."""
        return f"{self.at.isoformat()}|{self.kind}|{self.line}"

    def differences(self, hidden: Iterable[str] = ()) -> list[Difference]:
        """The changed fields with their values before and after; `hidden` fields are left out."""
        found = []
        unlogged = {*hidden, *getattr(self.model, "unlogged_fields", ()), "id", "created_at"}
        for field in self.model._meta.concrete_fields:
            if field.name in unlogged or field.attname not in self.became:
                continue
            before = self.was.get(field.attname) if self.was else None
            after = None if self.verb == "-" else self.became[field.attname]
            if self.verb == "-":
                before = self.became[field.attname]
            if before != after and (before, after) != (None, ""):
                found.append((field, before, after))
        return found


class Wanted(NamedTuple):
    """Filters; empty ones do not filter. `before` is the `place` of the last line of the page before;
    `without` are requests that are left out."""

    kind: str = ""
    verb: str = ""
    row: str = ""
    request: str = ""
    people: list[int] | None = None
    subjects: list[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str = ""
    without: tuple[str, ...] = ()


REQUEST_LASTS = timedelta(hours=1)
"""No request lasts longer. History lines have no index of their request, but of their time."""
RECENT = timedelta(days=31)
"""How far back lines are looked for by what no index finds."""


def of_request(wanted: Wanted, request: str, at: datetime) -> Wanted:
    """The changes of one request that made one at this time."""
    since, until = at - REQUEST_LASTS, at + REQUEST_LASTS
    return wanted._replace(
        before="",
        request=request,
        since=max(since, wanted.since) if wanted.since else since,
        until=min(until, wanted.until) if wanted.until else until,
    )


def kept_models(user: Caller) -> list[type[models.Model]]:
    """The models with a history of which `user` may see rows."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Record) and not hasattr(model, "instance_type") and may_ever(user, model, "view")
    ]


def owner_column(model: type[models.Model]) -> str:
    """The column of the user whom a row of `model` is about; empty if there is none."""
    if model is get_user_model():
        return "id"
    names = {field.name: field.attname for field in model._meta.concrete_fields if field.related_model}
    return next((names[name] for name in OWNERS if name in names), "")


def changes(user: Caller, wanted: Wanted, *, limit: int) -> list[Change]:
    """At most `limit` changes that `user` may see, newest first. Two queries, however many models there are."""
    found = [model for model in kept_models(user) if wanted.kind in ("", model._meta.label)]
    parts = [part for model in found if (part := _lines(user, model, wanted, limit)) is not None]
    lines = list(_newest(parts, limit))
    versions = dict(_versions(lines))
    return [Change._make((*line, *versions[line[0], line[1]])) for line in lines]


def number_of(user: Caller, wanted: Wanted) -> int:
    """How many changes that `user` may see match; one query."""
    found = [model for model in kept_models(user) if wanted.kind in ("", model._meta.label)]
    parts = [part for model in found if (part := _lines(user, model, wanted, MOST_COUNTED)) is not None]
    if not parts:
        return 0
    union = " UNION ALL ".join(f"SELECT c_line FROM ({part.sql}) AS part" for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({union}) AS every", [value for part in parts for value in part.params])
        return int(cursor.fetchone()[0])


class Part(NamedTuple):
    """A SELECT on one table, and its parameters."""

    sql: str
    params: tuple[object, ...]


def _lines(user: Caller, model: type[models.Model], wanted: Wanted, limit: int) -> Part | None:
    """The SELECT for the newest lines of one model, with the columns KEYS; None if no line can match. The SQL is put
    together as text, because building thirty ORM queries for each page took longer than running them."""
    asked = [*_asked(wanted), *_after(model._meta.label, wanted.before), *_of_visible_rows(user, model)]
    if wanted.subjects is not None:
        column = owner_column(model)
        if not column or not wanted.subjects:
            return None
        asked.append(_one_of(column, wanted.subjects))
    if wanted.row:
        if not (wanted.row.isascii() and wanted.row.isdigit() and len(wanted.row) < 19):
            return None
        asked.append(Part(f"{_quoted(model._meta.pk.column)} = %s", (wanted.row,)))
    if wanted.people == []:
        return None
    start = _columns_read(model)
    where = f" WHERE {' AND '.join(part.sql for part in asked)}" if asked else ""
    params = [value for part in (start, *asked) for value in part.params]
    newest = " ORDER BY history_date DESC, history_id DESC"
    return Part(f"{start.sql}{where}{newest} LIMIT {int(limit)}", tuple(params))


@cache
def _columns_read(model: type[models.Model]) -> Part:
    """The SELECT of a model's history for KEYS without conditions; cached for the life of the process."""
    columns = (
        Value(model._meta.label, output_field=models.TextField()),
        F("history_id"),
        F("history_type"),
        F("history_user_id"),
        F("history_change_reason"),
        F("history_request"),
        F("history_address"),
        Cast(model._meta.pk.attname, models.CharField()),
        F("history_date"),
    )
    history = get_history_model_for_model(model)
    rows = history.objects.order_by().annotate(**dict(zip((f"c_{key}" for key in KEYS), columns, strict=True)))
    return Part(*rows.values_list(*(f"c_{key}" for key in KEYS)).query.sql_with_params())


def _of_visible_rows(user: Caller, model: type[models.Model]) -> Iterator[Part]:
    """The condition for the history of rows that `user` may see, where that is not every one: drafts of articles are
    their author's alone."""
    if not may_all(user, model, "view"):
        rows = model._default_manager.filter(rows_allowed(model, user, "view")).order_by().values("pk")
        sql, params = rows.query.sql_with_params()
        yield Part(f"{_quoted(model._meta.pk.column)} IN ({sql})", tuple(params))


def _asked(wanted: Wanted) -> Iterator[Part]:
    """The conditions that apply to every table."""
    if wanted.verb:
        yield Part("history_type = %s", (wanted.verb,))
    if wanted.request:
        yield Part("history_request = %s", (wanted.request,))
    if wanted.without:
        places = ", ".join(["%s"] * len(wanted.without))
        yield Part(f"history_request NOT IN ({places})", wanted.without)
    if wanted.people:
        yield _one_of("history_user_id", wanted.people)
    if wanted.since:
        yield Part("history_date >= %s", (_stored(wanted.since),))
    if wanted.until:
        yield Part("history_date < %s", (_stored(wanted.until),))


def _after(kind: str, place: str) -> Iterator[Part]:
    """The condition for lines after `place` in the list's order: time, kind, line, all descending."""
    if not place:
        return
    at, last_kind, line = place.split("|")
    moment = _stored(datetime.fromisoformat(at))
    if kind > last_kind:
        yield Part("history_date < %s", (moment,))
        return
    yield Part("history_date <= %s", (moment,))
    if kind == last_kind:
        yield Part("(history_date < %s OR history_id < %s)", (moment, int(line)))


def _one_of(column: str, keys: list[int]) -> Part:
    return Part(f"{_quoted(column)} IN ({', '.join(['%s'] * len(keys))})", tuple(keys))


def _quoted(column: str | None) -> str:
    return connection.ops.quote_name(column or "")


def _stored(moment: datetime) -> object:
    """An instant as a parameter; SQLite compares it as text."""
    return connection.ops.adapt_datetimefield_value(moment)


def _newest(parts: list[Part], limit: int) -> Iterator[Line]:
    """The newest lines of all SELECTs."""
    for *line, at in _together(parts, f"ORDER BY c_at DESC, c_kind DESC, c_line DESC LIMIT {int(limit)}"):
        yield (*line, instant(cast("str | datetime", at)))


def _versions(lines: list[Line]) -> Iterator[tuple[Line, tuple[Values, Values | None]]]:
    """(kind, line id) → values after and before."""
    by_kind: dict[str, list[int]] = {}
    for kind, line, *_rest in lines:
        by_kind.setdefault(cast(str, kind), []).append(cast(int, line))
    for kind, line, became, was in _together([_columns(kind, ids) for kind, ids in by_kind.items()]):
        yield (kind, line), (_columns_of(became) or {}, _columns_of(was))


def _columns(kind: str, ids: list[int]) -> Part:
    """The SELECT of the lines `ids` of one model with their columns and those of the previous line, as JSON."""
    start = _versions_read(kind)
    table = _quoted(get_history_model_for_model(apps.get_model(kind))._meta.db_table)
    chosen = _one_of("history_id", ids)
    return Part(f"{start.sql} WHERE {table}.{chosen.sql}", (*start.params, *chosen.params))


@cache
def _versions_read(kind: str) -> Part:
    """As `_columns`, without a condition; cached for the life of the process."""
    model = apps.get_model(kind)
    history = get_history_model_for_model(model)
    key = model._meta.pk.attname
    tracked = {field.attname: F(field.attname) for field in history.tracked_fields}
    earlier = Q(history_date__lt=OuterRef("history_date")) | Q(
        history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id")
    )
    before = history.objects.filter(earlier, **{key: OuterRef(key)}).order_by("-history_date", "-history_id")
    rows = history.objects.order_by().annotate(
        c_kind=Value(kind, output_field=models.TextField()),
        c_line=F("history_id"),
        c_became=JSONObject(**tracked),
        c_was=Subquery(before.values(c_version=JSONObject(**tracked))[:1]),
    )
    return Part(*rows.values_list("c_kind", "c_line", "c_became", "c_was").query.sql_with_params())


def _together(parts: list[Part], order: str = "") -> list[Line]:
    """The rows of all SELECTs in one query. SQLite accepts a part with ORDER BY and LIMIT in a union only as a
    subquery."""
    if not parts:
        return []
    union = " UNION ALL ".join(f"SELECT * FROM ({part.sql}) AS part" for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({union}) AS every {order}", [value for part in parts for value in part.params])
        return list(cursor.fetchall())


def _columns_of(text: object) -> Values | None:
    return cast("Values | None", json.loads(text) if isinstance(text, str) else text)
