"""Counts rows up to a limit, because an exact count of a large table takes as long as reading it."""

from collections.abc import Collection, Mapping
from typing import cast

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import Model, QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property

SHOWN = 1000
"""Numbers are exact up to this one; greater ones are shown as "1,000+"."""
LISTED = 10_000
"""How many rows of a list can be paged through. Users find other rows by filters or search."""


def counts(
    parts: Mapping[str, QuerySet[Model]], *, limits: Mapping[str, int] | None = None, exact: Collection[str] = ()
) -> dict[str, int]:
    """The number of rows of each of `parts`: exact for keys in `exact`, otherwise at most one more than the limit
    (default: SHOWN). One query, in which each part is read by its own index and no further than necessary."""
    limits = limits or {}
    found = dict.fromkeys(parts, 0)
    columns: list[str] = []
    values: list[str] = []  # of any type that a column can hold
    asked: list[str] = []
    for key, rows in parts.items():
        keys = rows.order_by().values("pk")
        try:
            sql, params = (keys if key in exact else keys[: limits.get(key, SHOWN) + 1]).query.sql_with_params()
        except EmptyResultSet:
            continue
        columns.append(f"(SELECT COUNT(*) FROM ({sql}) part{len(asked)})")  # noqa: S608  # the ORM's own text
        values.extend(params)
        asked.append(key)
    if asked:
        with connections[next(iter(parts.values())).db].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)}", values)
            found.update(zip(asked, cursor.fetchone(), strict=True))
    return found


def count(rows: QuerySet[Model], *, most: int = SHOWN) -> int:
    """The number of `rows`, at most `most` + 1."""
    return counts({"rows": rows}, limits={"rows": most})["rows"]


def shown(number: int, *, most: int = SHOWN) -> int | str:
    """A number from `counts` as it is displayed."""
    return f"{number_format(most, use_l10n=True, force_grouping=True)}+" if number > most else number


class ListPaginator(Paginator):  # type: ignore[type-arg]  # Django takes none when it runs
    """A paginator for the first LISTED rows of a list."""

    template_name = "admin/list_pages.html"

    @cached_property
    def found(self) -> int:
        """The number of rows, at most LISTED + 1."""
        return count(cast(QuerySet[Model], self.object_list), most=LISTED)

    @property
    def count(self) -> int:
        """The number of rows that can be paged through."""
        return min(self.found, LISTED)

    @property
    def shown(self) -> int | str:
        """The number of rows as it is displayed."""
        return shown(self.found, most=LISTED)
