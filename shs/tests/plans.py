"""How the database reads what a page asks of it. A page must take as long with a million rows as with a few: it may
read no large table from end to end, and sort no more rows than it shows. `Plans` asks the database for the plan of each
query while a page is made, so that a few rows are enough to see it."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import connection

SMALL = {
    "auth": "written in the code",
    "contenttypes": "one row a model",
    "predict": "a catalogue, but for its predictions",
    "core.CacheEntry": "has a limit",
    "core.JobRun": "old runs are deleted",
    "core.SavedView": "made by hand",
    "core.DefaultView": "made by hand",
}
"""Models, or apps with all their models, that have no screen and at most some thousands of rows wherever the project
runs, and why. A screen says so by `stays_small`. Every other table grows with visits, patients and doctors."""
LARGE = {"predict.Prediction"}
ALIAS = re.compile(r'"(\w+)" (?:AS )?"?([A-Z]{1,2}\d+)"?(?=[ )])')
KEYS = re.compile(r"ANY \('\{|\((?:id|\w+_id|\w+_key|about|key) = ")


def large_tables() -> set[str]:
    """The tables that grow without an end."""
    small = {*SMALL, *(model._meta.label for model, screen in admin.site._registry.items() if screen.stays_small)}
    found = set()
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label.replace("Historical", "")
        if label in LARGE or not {label, model._meta.app_label} & small:
            found.add(model._meta.db_table)
    return found


class Plans:
    """Looks at the queries inside of `with Plans() as plans:`; `plans.faults` maps what is wrong to a query that shows
    it."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.large = large_tables()

    def __enter__(self) -> "Plans":
        self._wrapper = connection.execute_wrapper(self._look)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._wrapper.__exit__(*error)

    def _look(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT") and any(table in sql for table in self.large):
            look = self._sqlite if connection.vendor == "sqlite" else self._postgres
            for fault in look(execute, sql, params, context):
                self.faults.setdefault(fault, sql)
        return execute(sql, params, many, context)

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
            # Subqueries side by side may give one name to several tables, of which SQLite does not say which it means.
            if not scan or not named <= self.large or "VIRTUAL TABLE" in scan[2]:
                continue
            table = ", ".join(sorted(named))
            if "LIMIT" not in sql or (
                "INDEX" not in scan[2] and (is_sorted or ("ORDER BY" not in sql and f'FROM "{table}" WHERE' in sql))
            ):
                yield f"{table} is read from end to end"

    def _postgres(self, execute: Callable[..., Any], sql: str, params: Any, context: dict[str, Any]) -> Iterator[str]:
        cursor = context["connection"].create_cursor()
        # Costs that no other plan can have: the database takes an index wherever one can be used.
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_sort = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
        cursor.execute("RESET enable_seqscan")
        cursor.execute("RESET enable_sort")
        plan = json.loads(found) if isinstance(found, str) else found
        yield from self._faults(plan[0]["Plan"], is_limited=False)

    def _faults(self, node: dict[str, Any], *, is_limited: bool) -> Iterator[str]:
        kind, table = node["Node Type"], node.get("Relation Name", "")
        is_limited = (is_limited or kind == "Limit") and kind not in {"Sort", "Aggregate", "Hash"}
        if table in self.large and "Index Cond" not in node:
            if kind == "Seq Scan":
                yield f"{table} is read from end to end"
            elif kind in {"Index Scan", "Index Only Scan"} and not is_limited:
                yield f"{table} is read from end to end by an index"
        if kind == "Sort" and not _is_bounded(node):
            yield from (f"rows of {name} are sorted" for name in sorted({*_tables(node)} & self.large))
        for part in node.get("Plans", ()):
            yield from self._faults(part, is_limited=is_limited)


def _tables(node: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in node:
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _tables(part)


def _is_bounded(node: dict[str, Any]) -> bool:
    """Whether what is sorted has a known size: the rows of a Limit, of some keys, or of one owner."""
    if node["Node Type"] in {"Limit", "Aggregate", "Result"}:
        return True
    if parts := node.get("Plans"):
        return _is_bounded(parts[0])
    return bool(KEYS.search(f"{node.get('Index Cond', '')} {node.get('Recheck Cond', '')}"))
