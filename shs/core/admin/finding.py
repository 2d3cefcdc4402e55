"""Search in large tables, for lists and Ctrl+K. Each searched column is looked up by its own index up to a limit, which
gives keys; then the rows with these keys are read. A single condition over several tables would read whole tables.

Names are found as they are heard and, if nothing is found, also with a wrong letter in each word. An app can let a
column be searched by a rule of its own (`found_by`), as people are by their name, phone number or date of birth."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Field, ForeignKey, Model, Q, QuerySet
from django.db.models.expressions import Combinable, RawSQL

from shs.core import counts
from shs.core.caller import Member
from shs.core.records.derived import heard_column
from shs.core.records.first_found import all_of
from shs.core.records.words import Sql, words_index, words_of

MOST_NAMES = 200
"""How many matching people (or other related rows) are looked up; if more match, the result is incomplete."""
MOST_ROWS = 5 * counts.SHOWN
"""How many matching rows are looked up before those are removed that the user may not see."""
Rows = QuerySet[Model]


class Found(NamedTuple):
    """The keys of the matching rows (at most `counts.SHOWN` + 1 per searched column), and whether more than MOST_NAMES
    related rows matched."""

    keys: list[int]
    is_cut: bool


Rule = Callable[[Member | None, str, bool], Q | None]
"""The rows of a model that `viewer` finds by a text and, as a second try, by a text that is nearly right; None if there
is nothing in the text to look for."""
_rules: dict[tuple[type[Model], str], Rule] = {}


def found_by(model: type[Model], column: str, rule: Rule) -> None:
    """Let every search in this column, also from other tables, use `rule`, which must use indexes."""
    _rules[model, column] = rule


def has_index(model: type[Model], path: str) -> bool:
    """Whether the column at `path`, for example `patient__name`, can be searched by an index."""
    field = _field(model, path)
    has_words = words_index(field) is not None or bool(heard_column(field.model, field.name))
    return has_words or _is_looked_up(field) or (field.model, field.name) in _rules


class Search(NamedTuple):
    """What `viewer` looks for in one table: `text` in one of `fields` of `rows`; if very many match, the first ones by
    `order`."""

    rows: Rows
    fields: Sequence[str]
    text: str
    order: Sequence[str | Combinable]
    viewer: Member | None = None


def find(
    rows: Rows, fields: Sequence[str], text: str, order: Sequence[str | Combinable], viewer: Member | None = None
) -> Found:
    """Find `text` in one of `fields` of `rows`. In a column with a word index each word of `text` must begin a word; a
    name is found as it is heard; a column without words, such as a number, must begin with `text`. If very many rows
    match, the first ones by `order` are returned. One query, and another one if nothing is found."""
    return find_each([Search(rows, fields, text, order, viewer)])[0]


def find_each(searches: Sequence[Search]) -> list[Found]:
    """As `find`, for several tables in one query; the result of each. Only if there is nothing in any of them, names
    are looked for with a wrong letter."""
    found = _ask(searches, nearly=False)
    return found if any(one.keys for one in found) else _ask(searches, nearly=True)


def _ask(searches: Sequence[Search], *, nearly: bool) -> list[Found]:
    union = Union()
    for number, search in enumerate(searches):
        parts = Parts(union, number, search.rows)
        columns: dict[str, list[str]] = defaultdict(list)
        for field in search.fields:
            path, _dots, name = field.rpartition("__")
            columns[path].append(name)
        for path, names in columns.items():
            for matches in _conditions(_model(search.rows.model, path), names, search, nearly=nearly):
                parts.add(path, matches, search.order)
    answers = union.ask()
    return [_found(answers, number) for number in range(len(searches))]


class Answer(NamedTuple):
    """A row of the union: of which search, whether `value` is a count or a key."""

    search: int
    is_count: bool
    value: int


def _found(answers: Iterable[Answer], number: int) -> Found:
    own = [answer for answer in answers if answer.search == number]
    keys = dict.fromkeys(answer.value for answer in own if not answer.is_count)
    return Found(list(keys), any(answer.value > MOST_NAMES for answer in own if answer.is_count))


class Union:
    """A UNION query, to which each search adds its parts."""

    def __init__(self) -> None:
        self.sql: list[str] = []
        self.values: list[str] = []  # of any type that a column can hold
        self.names: list[str] = []
        self.values_of_names: list[str] = []

    def add_names(self, sql: str, values: Iterable[object]) -> str:
        """Add a query to which several parts refer, by the name that is returned."""
        name = f"names{len(self.names)}"
        self.names.append(f"{name} AS MATERIALIZED ({sql})")
        self.values_of_names.extend(cast("Iterable[str]", values))
        return name

    def add(self, text: str, code: int, *queries: Sql) -> None:
        """Add a part, whose first column is `code`; `{n}` in its text is a number of its own."""
        own = {"n": len(self.sql), "code": code, "most": counts.SHOWN + 1}
        self.sql.append(text.format(*(sql for sql, _params in queries), **own))
        for _sql, params in queries:
            self.values.extend(cast("list[str]", params))

    def ask(self) -> list[Answer]:
        """Run the query."""
        if not self.sql:
            return []
        names = f"WITH {', '.join(self.names)} " if self.names else ""
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(names + " UNION ALL ".join(self.sql), [*self.values_of_names, *self.values])
            return [Answer(int(code) // 2, bool(int(code) % 2), int(value)) for code, value in cursor.fetchall()]


class Parts:
    """The parts of the union for the search `number` in `rows`. Their first column is twice this number, and one more
    for a count."""

    def __init__(self, union: Union, number: int, rows: Rows) -> None:
        self.union, self.number, self.rows = union, number, rows.order_by()

    def add(self, path: str, matches: Q, order: Sequence[str | Combinable]) -> None:
        """Look for the rows with these matches in their own columns or, with a `path`, in those of a related row."""
        every = self.rows.model._base_manager.order_by()
        # Without a row that the user may see, or for a text that nothing can match, there is no query.
        with suppress(EmptyResultSet):
            if not path:
                found = _compiled(every.filter(matches).values("pk"))
                self._add_rows(f"(SELECT * FROM {_all()} every LIMIT {MOST_ROWS})", found)  # noqa: S608
                return
            names = self.union.add_names(*self._named(path, matches))
            keys = RawSQL(f"SELECT reference FROM {names} LIMIT {MOST_NAMES}", ())  # noqa: S608, S611
            newest = every.filter(**{f"{path}__in": keys}).order_by(*order).values("pk")[:MOST_ROWS]
            self._add_rows("({})", _compiled(newest))
            self.union.add(f"SELECT {{code}}, COUNT(*) FROM {names}", 2 * self.number + 1)  # noqa: S608

    def _named(self, path: str, matches: Q) -> Sql:
        """The related rows with these matches that visible rows refer to, one more than are looked up."""
        referred = _referred(self.rows.model, path)
        every = _model(self.rows.model, path)._base_manager.filter(matches).order_by()
        named, first = _compiled(every.values(reference=F(referred)))
        visible = self.rows.filter(**{path: RawSQL("named.reference", ())})  # a name of our own
        seen, second = _compiled(visible.values("pk"))
        visible_names = f"SELECT named.reference FROM {_all().format(named)} named WHERE EXISTS ({seen})"  # noqa: S608
        return f"{visible_names} LIMIT {MOST_NAMES + 1}", [*first, *second]

    def _add_rows(self, text: str, found: Sql) -> None:
        """Search what `text` selects of `found` in the rows. Each candidate is looked up by its primary key, so that
        the database starts from the matches and not from all rows that the user may see."""
        own = self.rows.filter(pk=RawSQL(f"found{len(self.union.sql)}.pk", ()))  # noqa: S611  # a number of our own
        rows = f"SELECT found{{n}}.pk FROM {text} found{{n}} WHERE EXISTS ({{}}) LIMIT {{most}}"  # noqa: S608
        text = f"SELECT {{code}}, pk FROM ({rows}) part{{n}}"  # noqa: S608
        self.union.add(text, 2 * self.number, found, _compiled(own.values("pk")))


def _compiled(rows: "QuerySet[Model, object]") -> Sql:
    """The SQL of a query, and its parameters. Raises EmptyResultSet."""
    sql, params = rows.query.sql_with_params()
    return sql, list(params)


def _all() -> str:
    """The text for the rows of a query, whose place is {}."""
    return all_of(connections[DEFAULT_DB_ALIAS].vendor) % "{}"


def _conditions(model: type[Model], names: Iterable[str], search: Search, *, nearly: bool) -> Iterable[Q]:
    """A separate condition for each column, so that each can use its own index; with `nearly`, those for misspelt names
    only."""
    for name in names:
        if (model, name) in _rules:
            wanted = _rules[model, name](search.viewer, search.text, nearly)
            yield from [wanted] if wanted is not None else []
        elif heard := heard_column(model, name):
            yield Q(**{f"{heard}__nearly" if nearly else f"{heard}__sounds": search.text})
        elif not nearly:
            yield _in_column(_field(model, name), search.text)


def _in_column(field: "Field[object, object]", text: str) -> Q:
    if words_index(field) is not None:
        return Q(**{f"{field.name}__words": text})
    if _is_looked_up(field):
        spelled = dict.fromkeys((text, text.upper(), text.lower()))
        return Q(*((f"{field.name}__begins", spelling) for spelling in spelled), _connector=Q.OR)
    return Q(*((f"{field.name}__icontains", word) for word in words_of(text)))


def _is_looked_up(field: "Field[object, object]") -> bool:
    """Whether an index begins with this column."""
    indexes = field.model._meta.indexes
    return bool(getattr(field, "unique", False)) or any(index.fields[:1] == [field.name] for index in indexes)


def _model(model: type[Model], path: str) -> type[Model]:
    for name in path.split("__") if path else ():
        related = model._meta.get_field(name).related_model
        if not isinstance(related, type):
            raise TypeError(f"{name} of {model._meta.label} is no key.")
        model = related
    return model


def _referred(model: type[Model], path: str) -> str:
    """The column that the foreign key at the end of `path` refers to, usually the primary key."""
    before, _dots, name = path.rpartition("__")
    key = _model(model, before)._meta.get_field(name)
    return key.target_field.attname if isinstance(key, ForeignKey) else "pk"


def _field(model: type[Model], path: str) -> "Field[object, object]":
    path, _dots, name = path.rpartition("__")
    field = _model(model, path)._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} of {model._meta.label} is no column.")
    return field
