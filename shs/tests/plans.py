"""Checks how the database reads what a page needs. A page must take as long with a million rows as with a few: no large
table may be read completely, and no more rows sorted than are shown. `Plans` asks the database for the plan of each
query while a page is made, so that a few rows are enough for the test."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import UniqueConstraint

from shs.core.records.words import GramsIndex

SMALL = {
    "auth": "written in the code",
    "contenttypes": "one row a model",
    "predict": "a catalogue, but for its predictions and questions",
    "core.CacheEntry": "has a limit",
    "core.JobRun": "old runs are deleted",
    "core.Restore": "made by hand, after a failure",
    "core.SavedView": "made by hand",
    "core.DefaultView": "made by hand",
}
"""Models, or apps with all their models, that have no screen and at most a few thousand rows in any installation, with
the reason. Screens declare it by `stays_small`. All other tables grow with visits, patients and doctors."""
LARGE = {"predict.AskedQuestion", "predict.Prediction"}
AVOIDED = ("seqscan", "sort", "hashjoin", "mergejoin")
ALIAS = re.compile(r'"(\w+)" (?:AS )?"?([A-Z]{1,2}\d+)"?(?=[ )])')
IN_TEXT = re.compile(r'(?:"(\w+)"|\b([A-Z]{1,2}\d+))\."(\w+)"(?:::text)?\)? (?:LIKE|GLOB|REGEXP|~) ')
KEYS = re.compile(r"ANY \('\{|\((?:id|\w+_id|\w+_key|about|key) = ")


MILLION = """
    UPDATE pg_class SET reltuples = 1000000, relpages = greatest(1, pg_relation_size(oid) / 8192)
    WHERE oid = ANY(%(large)s::regclass[]) AND relkind = 'r'
"""
UNKNOWN = """
    UPDATE pg_class SET reltuples = -1, relpages = 0
    WHERE oid = ANY(%(all)s::regclass[]) AND oid <> ALL(%(large)s::regclass[]) AND relkind = 'r'
"""
"""Of small tables the server knows what it knows of new ones, whatever tests have stored in them before."""
FORGET = """
    DELETE FROM pg_statistic WHERE starelid = ANY(%(all)s::regclass[])
    OR starelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(all)s::regclass[]))
"""
SPREAD = """
    INSERT INTO pg_statistic (
        starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
        stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, staop5,
        stacoll1, stacoll2, stacoll3, stacoll4, stacoll5
    )
    SELECT DISTINCT conrelid, conkey[1], false, 0, 8, -0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM pg_constraint
    WHERE contype = 'f' AND conrelid = ANY(%(large)s::regclass[]) AND confrelid = ANY(%(large)s::regclass[])
"""


def as_with_a_million_rows() -> None:
    """Make the planner of PostgreSQL believe, until the end of the transaction, that each large table has a million
    rows, ten for each row of another large table that they belong to: among few rows it may prefer a way that would
    take long among many. Only superusers may do this; for others the statistics stay as they are."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('is_superuser')")
            if cursor.fetchone() != ("on",):
                return
            large, tables = sorted(large_tables()), connection.introspection.django_table_names(only_existing=True)
            # Nobody else counts or analyzes these tables in the meantime, as the server does by itself now and then.
            names = ", ".join(map(connection.ops.quote_name, tables))
            cursor.execute(f"LOCK TABLE {names} IN SHARE UPDATE EXCLUSIVE MODE")
            for statement in (MILLION, UNKNOWN, FORGET, SPREAD):
                cursor.execute(statement, {"large": large, "all": tables})


@cache
def large_tables() -> set[str]:
    """The tables that grow without limit."""
    small = {*SMALL, *(model._meta.label for model, screen in admin.site._registry.items() if screen.stays_small)}
    found = set()
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label.replace("Historical", "")
        if label in LARGE or not {label, model._meta.app_label} & small:
            found.add(model._meta.db_table)
    return found


class Plans:
    """Context manager: examines the queries in its block. `plans.faults` maps a description of each problem to a
    query. Those whose text is in `seen` are not examined again."""

    def __init__(self, seen: set[str] | None = None) -> None:
        self.faults: dict[str, str] = {}
        self.seen = set() if seen is None else seen
        self.large, self.partial, self.grams = large_tables(), partial_indexes(), grams_columns()

    def __enter__(self) -> "Plans":
        self._wrapper = connection.execute_wrapper(self._look)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._wrapper.__exit__(*error)

    def _look(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT") and sql not in self.seen and any(table in sql for table in self.large):
            self.seen.add(sql)
            look = self._sqlite if connection.vendor == "sqlite" else self._postgres
            for fault in [*look(execute, sql, params, context), *self._row_by_row(sql, params)]:
                self.faults.setdefault(fault, sql)
        return execute(sql, params, many, context)

    def _row_by_row(self, sql: str, params: Any) -> Iterator[str]:
        """Words that are looked for anywhere in a text without a GramsIndex. A list in the order of an index is then
        read until enough rows are found, of which a plan says nothing. One person has few rows."""
        names = {alias: table for table, alias in ALIAS.findall(sql)}
        for found in IN_TEXT.finditer(sql):
            table = found[1] or names.get(found[2], "")
            asked = params[sql[: found.end()].count("%s")]
            is_of_one = re.search(rf'\b{found[1] or found[2]}"?\."(patient|person|user)_id" = %s', sql)
            is_searched = table in self.large and not is_of_one and str(asked).startswith("%")
            if is_searched and (table, found[3]) not in self.grams:
                yield f"words are looked for in each row of {table}"

    def _sqlite(self, execute: Callable[..., Any], sql: str, params: Any, context: dict[str, Any]) -> Iterator[str]:
        cursor = context["connection"].create_cursor()
        lines = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()]
        tables: dict[str, set[str]] = defaultdict(set)
        for table, alias in ALIAS.findall(sql):
            tables[alias].add(table)
        is_sorted = any("FOR ORDER BY" in line for line in lines)
        for line in lines:
            scan = re.match(r"SCAN (\w+)(.*)", line)
            named = tables.get(scan[1], {scan[1]}) if scan else set()
            # Subqueries may use the same alias for several tables, and SQLite's plan does not tell which one is meant.
            if not scan or not named <= self.large or "VIRTUAL TABLE" in scan[2]:
                continue
            table = ", ".join(sorted(named))
            if "LIMIT" not in sql or (
                "INDEX" not in scan[2] and (is_sorted or ("ORDER BY" not in sql and f'FROM "{table}" WHERE' in sql))
            ):
                yield f"{table} is read from end to end"

    def _postgres(self, execute: Callable[..., Any], sql: str, params: Any, context: dict[str, Any]) -> Iterator[str]:
        cursor = context["connection"].create_cursor()
        # These costs make the planner use an index wherever one can be used; few rows would be hashed or merged.
        for name in AVOIDED:
            cursor.execute(f"SET enable_{name} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
        for name in AVOIDED:
            cursor.execute(f"RESET enable_{name}")
        plan = json.loads(found) if isinstance(found, str) else found
        yield from self._faults(plan[0]["Plan"], is_limited=False)

    def _faults(self, node: dict[str, Any], *, is_limited: bool, above: str = "") -> Iterator[str]:
        kind, table = node["Node Type"], node.get("Relation Name", "")
        is_limited = (is_limited or kind == "Limit") and kind not in {"Sort", "Aggregate", "Hash"}
        if table in self.large and "Index Cond" not in node and node.get("Index Name") not in self.partial:
            if kind == "Seq Scan":
                yield f"{table} is read from end to end"
            elif kind in {"Index Scan", "Index Only Scan"} and not is_limited:
                yield f"{table} is read from end to end by an index"
        # Keys that an index has found are made distinct by a hash or, if that seems cheaper, by sorting them.
        if kind == "Sort" and above != "Unique" and not _is_bounded(node):
            yield from (f"rows of {name} are sorted" for name in sorted({*_tables(node)} & self.large))
        for part in node.get("Plans", ()):
            yield from self._faults(part, is_limited=is_limited, above=kind)


@cache
def partial_indexes() -> set[str]:
    """The indexes with a condition of their own: what they hold is found as by an index whose first column it is."""
    return {index.name for model in apps.get_models() for index in model._meta.indexes if index.condition} | {
        one.name
        for model in apps.get_models()
        for one in model._meta.constraints
        if isinstance(one, UniqueConstraint) and one.condition
    }


@cache
def grams_columns() -> set[tuple[str, str]]:
    """The tables and columns in which any part of a text is found by an index."""
    return {
        (model._meta.db_table, model._meta.get_field(name).column)
        for model in apps.get_models()
        for index in model._meta.indexes
        if isinstance(index, GramsIndex)
        for name in index.fields
    }


def _tables(node: dict[str, Any]) -> Iterator[str]:
    """The tables that give a sort its rows; one that is looked up by its key, or for a value of a row, adds none."""
    if node.get("Parent Relationship") == "SubPlan":
        return
    if "Relation Name" in node and not (node.get("Index Name", "").endswith("_pkey") and "Index Cond" in node):
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _tables(part)


def _is_bounded(node: dict[str, Any]) -> bool:
    """Whether the number of sorted rows is limited: by LIMIT, by given keys, or by one owner."""
    if node["Node Type"] in {"Limit", "Aggregate", "Result"}:
        return True
    if parts := node.get("Plans"):
        return _is_bounded(parts[0])
    return bool(KEYS.search(f"{node.get('Index Cond', '')} {node.get('Recheck Cond', '')}"))
