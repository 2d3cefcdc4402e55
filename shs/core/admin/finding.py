"""The search of lists and of Ctrl+K in large tables: first the keys of what matches, each kind by its own index and
up to a limit, then the rows. A condition over several tables at once would read all of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Exists, Field, ForeignKey, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.sql import Query

from shs.core import counts
from shs.core.records.words import words_index, words_of

MOST_NAMES = 200
"""So many people (or other rows that are named) are looked for; with more, the words say too little."""
MOST_ROWS = 5 * counts.SHOWN
"""So many rows that match are looked at, before those that the user may not see are left out."""
Rows = QuerySet[Model]


class Found(NamedTuple):
    """The keys of the rows that match, at most `counts.SHOWN` + 1 for each searched column, and whether more names
    match than were looked for."""

    keys: list[int]
    is_cut: bool


def has_index(model: type[Model], path: str) -> bool:
    """Whether the column at `path`, such as `patient__name`, is found by an index."""
    field = _field(model, path)
    return bool(getattr(field, "unique", False)) or words_index(field) is not None


def find(rows: Rows, fields: Sequence[str], text: str, order: Sequence[str | Combinable]) -> Found:
    """What matches `text` among `rows`: in one of `fields` each word begins a word, or the whole text begins the column
    if that is one without words, such as a number. Of very many matches the first ones in `order`. One query."""
    parts = Parts(rows)
    columns: dict[str, list[str]] = defaultdict(list)
    for field in fields:
        path, _dots, name = field.rpartition("__")
        columns[path].append(name)
    every = rows.model._base_manager.order_by()
    for path, names in columns.items():
        for matches in _conditions(_model(rows.model, path), names, text):
            if not path:
                parts.add_rows(every.filter(matches))
                continue
            named = _model(rows.model, path)._base_manager.filter(matches).order_by()
            referred = _referred(rows.model, path)
            named = named.filter(Exists(rows.order_by().filter(**{path: OuterRef(referred)})))
            parts.add_names(named)
            keys = named.values(referred)[:MOST_NAMES]
            parts.add_rows(every.filter(**{f"{path}__in": keys}).order_by(*order))
    return parts.ask()


class Parts:
    """The parts of one query, each of which looks for some of `rows`."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows.order_by()
        self.sql: list[str] = []
        self.values: list[str] = []  # of any type that a column holds

    def add_names(self, named: Rows) -> None:
        """Count `named`, up to the limit."""
        self._add("SELECT 1, COUNT(*) FROM ({}) found{n}", named.values("pk")[: MOST_NAMES + 1].query)

    def add_rows(self, found: Rows) -> None:
        """Look for `found` among the rows. Each is looked up by its key, so that the database starts from what matches,
        and not from all that the user may see."""
        own = self.rows.filter(pk=RawSQL(f"found{len(self.sql)}.pk", ()))  # noqa: S611  # a number of our own
        self._add(
            "SELECT 0, pk FROM (SELECT found{n}.pk FROM ({}) found{n} WHERE EXISTS ({}) LIMIT {most}) part{n}",
            found.values("pk")[:MOST_ROWS].query,
            own.values("pk").query,
        )

    def _add(self, text: str, *queries: Query) -> None:
        try:
            compiled = [query.sql_with_params() for query in queries]
        except EmptyResultSet:
            return
        own = {"n": len(self.sql), "most": counts.SHOWN + 1}
        self.sql.append(text.format(*(sql for sql, _params in compiled), **own))
        for _sql, params in compiled:
            self.values.extend(params)

    def ask(self) -> Found:
        """The answer of all parts."""
        if not self.sql:
            return Found([], False)
        with connections[self.rows.db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(self.sql), self.values)
            answers = cursor.fetchall()
        keys = dict.fromkeys(int(number) for is_count, number in answers if not is_count)
        return Found(list(keys), any(number > MOST_NAMES for is_count, number in answers if is_count))


def _conditions(model: type[Model], names: Iterable[str], text: str) -> Iterable[Q]:
    """One condition for each of the columns, so that each is read by its own index."""
    for name in names:
        field = _field(model, name)
        if words_index(field) is not None:
            yield Q(**{f"{name}__words": text})
        elif getattr(field, "unique", False):
            spelled = dict.fromkeys((text, text.upper(), text.lower()))
            yield Q(*((f"{name}__begins", spelling) for spelling in spelled), _connector=Q.OR)
        else:
            yield Q(*((f"{name}__icontains", word) for word in words_of(text)))


def _model(model: type[Model], path: str) -> type[Model]:
    for name in path.split("__") if path else ():
        related = model._meta.get_field(name).related_model
        if not isinstance(related, type):
            raise TypeError(f"{name} of {model._meta.label} is no key.")
        model = related
    return model


def _referred(model: type[Model], path: str) -> str:
    """The column that the key at the end of `path` holds; mostly the primary key."""
    before, _dots, name = path.rpartition("__")
    key = _model(model, before)._meta.get_field(name)
    return key.target_field.attname if isinstance(key, ForeignKey) else "pk"


def _field(model: type[Model], path: str) -> "Field[object, object]":
    path, _dots, name = path.rpartition("__")
    field = _model(model, path)._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} of {model._meta.label} is no column.")
    return field
