"""Paging of lists."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from ninja import Query
from typing_extensions import TypedDict

from shs.core.errors import Invalid
from shs.core.queries import Given, KeptQuery
from shs.core.types import In, Page, PageSize

COUNT_CAP = 1000
ROW_CAP = 10_000
Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=Model)
Row = TypeVar("Row")


class PageOut(TypedDict, Generic[Item]):
    """One page of a list; `count` is exact up to 1,000, and `count_capped` tells that there are more."""

    items: list[Item]
    count: int
    count_capped: bool
    page: int
    page_size: int
    has_next: bool


class Paging(In):
    """Page number and size."""

    page: Page = 1
    page_size: PageSize = 20


def paged(rows: QuerySet[Kind, Row], paging: Paging, shape: Callable[[Row], Item]) -> PageOut[Item]:
    """One page of `rows`, each converted by `shape`. Raises Invalid beyond the first 10,000 rows."""
    start, stop = _slice(paging)

    def count() -> int:
        # The count needs no ORDER BY, which would cost a sort.
        return rows.order_by()[: COUNT_CAP + 1].count()

    return _page(list(rows[start:stop]), count, paging, shape)


def paged_kept(query: KeptQuery, paging: Paging, shape: Callable[[Any], Item], /, **given: Given) -> PageOut[Item]:
    """As `paged`, of a query that is compiled once."""
    start, stop = _slice(paging)
    return _page(query.rows(start, stop, **given), lambda: query.count(COUNT_CAP + 1, **given), paging, shape)


def _slice(paging: Paging) -> tuple[int, int]:
    """The rows of the page, and one that tells whether there are more."""
    if paging.page * paging.page_size > ROW_CAP:
        raise Invalid(_("Only the first 10,000 rows can be paged through: narrow the search."), field="page")
    start = (paging.page - 1) * paging.page_size
    return start, start + paging.page_size + 1


def _page(
    found: list[Row], count_all: Callable[[], int], paging: Paging, shape: Callable[[Row], Item]
) -> PageOut[Item]:
    start = (paging.page - 1) * paging.page_size
    has_next = len(found) > paging.page_size
    items = [shape(row) for row in found[: paging.page_size]]
    count = start + len(items)
    if has_next or (not items and start):
        count = count_all()
    return {
        "items": items,
        "count": min(count, COUNT_CAP),
        "count_capped": count > COUNT_CAP,
        "page": paging.page,
        "page_size": paging.page_size,
        "has_next": has_next,
    }


Paged = Query[Paging]
