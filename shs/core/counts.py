"""Counting rows up to a limit: nobody reads the exact number of very many, and it takes as long as reading them."""

from collections.abc import Collection, Mapping
from typing import cast

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import Model, QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property

SHOWN = 1000
"""Numbers are exact up to here; a greater one is shown as "1,000+"."""
LISTED = 10_000
"""So many rows of a list can be paged through. To see others, people narrow the list by its filters or its search."""


def counts(
    parts: Mapping[str, QuerySet[Model]], *, limits: Mapping[str, int] | None = None, exact: Collection[str] = ()
) -> dict[str, int]:
    """The number of rows of each of `parts`: of those named in `exact` all, of others at most one more than their limit
    (SHOWN). One query, in which each part is read by an index of its own and no further than needed."""
    limits = limits or {}
    found = dict.fromkeys(parts, 0)
    columns: list[str] = []
    values: list[str] = []  # of any type that a column holds
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
    """A number from `counts` as people read it."""
    return f"{number_format(most, use_l10n=True, force_grouping=True)}+" if number > most else number


class ListPaginator(Paginator):  # type: ignore[type-arg]  # Django takes none when it runs
    """The pages of a list: its first LISTED rows."""

    template_name = "admin/list_pages.html"

    @cached_property
    def found(self) -> int:
        """The number of rows, at most LISTED + 1."""
        return count(cast(QuerySet[Model], self.object_list), most=LISTED)

    @property
    def count(self) -> int:
        """How many rows can be paged through."""
        return min(self.found, LISTED)

    @property
    def shown(self) -> int | str:
        """The number of rows as people read it."""
        return shown(self.found, most=LISTED)
