"""Ctrl+K: pages and rows that match some words, asked anew each time. Nothing is kept, neither here nor in the browser,
so that what a person may no longer see, or what has changed, is never found."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast
from urllib.parse import urlencode

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.db.models import Model, Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shs.core.admin.finding import find, has_index
from shs.core.admin.masks import Concealment
from shs.core.admin.rights import Rows
from shs.core.caller import MemberRequest
from shs.core.labels import Label

SHOWN = 6
"""Rows of one kind; the list behind them shows all."""
COUNTED = 100
"""Further ones are counted up to here: nobody reads so many, and a count of all would take as long as the table."""
SHORTEST, LONGEST = 2, 100


class Hit(NamedTuple):
    """One line of the answer."""

    title: str
    detail: Label
    url: str
    icon: str


class Found(NamedTuple):
    """What was found of one kind: `more` how many besides, in words; `more_url` the list that shows them all."""

    title: Label
    hits: list[Hit]
    more: Label = ""
    more_url: str = ""


def search(site: UnfoldAdminSite, request: MemberRequest) -> HttpResponse:
    """What matches `s` of that which the asker may see; empty where nothing was asked."""
    words = request.GET.get("s", "").strip()[:LONGEST]
    if not words:
        return HttpResponse()
    is_short = len(words) < SHORTEST
    groups = [] if is_short else [found for found in (_pages(site, request, words), *_rows(site, request, words))]
    context = {
        "groups": [found for found in groups if found.hits],
        "words": words,
        "is_short": is_short,
        "shortest": SHORTEST,
    }
    return TemplateResponse(request, "admin/search_results.html", context)


def _pages(site: UnfoldAdminSite, request: MemberRequest, words: str) -> Found:
    """Pages of the asker's own sidebar, by their names."""
    hits = [
        Hit(str(item["title"]), group.get("title", ""), str(item["link"]), item.get("icon", "tag"))
        for group in site.get_sidebar_list(request)
        for item in group["items"]
        if words.lower() in str(item["title"]).lower()
    ]
    return Found(_("Pages"), hits[:SHOWN])


def _rows(site: UnfoldAdminSite, request: MemberRequest, words: str) -> Iterator[Found]:
    """Rows of the screens that take part; each is cut by what the asker may see."""
    screens = cast(Sequence[QuickSearch], site._registry.values())
    searched = [screen for screen in screens if screen.in_quick_search]
    for screen in sorted(searched, key=lambda screen: screen.quick_search_order):
        fields = screen.get_quick_search_fields(request)
        if fields and screen.has_view_permission(request):
            yield _rows_of(screen, request, words, fields)


def _rows_of(screen: "QuickSearch", request: MemberRequest, words: str, fields: list[str]) -> Found:
    rows = screen.quick_search(request, words, fields)
    hits = [Hit(str(row), screen.found_as(request, row), screen.url_of(row), screen.icon) for row in rows[: SHOWN + 1]]
    title = capfirst(str(screen.opts.verbose_name_plural))
    if len(hits) <= SHOWN:
        return Found(title, hits)
    count = len(rows.order_by().values_list("pk", flat=True)[: SHOWN + COUNTED + 1]) - SHOWN
    more = (
        _("more than %(count)s more") % {"count": COUNTED}
        if count > COUNTED
        else _("%(count)s more") % {"count": count}
    )
    options = screen.opts
    url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    query = {"q": words, **screen.whole_list(request)}
    return Found(title, hits[:SHOWN], more, f"{url}?{urlencode(query)}")


class QuickSearch(Concealment):
    """For a screen: its rows can be found by Ctrl+K."""

    in_quick_search = False
    quick_search_order = 50
    """Where its rows stand among the others that Ctrl+K finds: the smallest first."""
    quick_search_fields: list[str] = []
    """By what Ctrl+K finds a row; without them, by what its list is searched by."""

    def get_quick_search_fields(self, request: MemberRequest) -> list[str]:
        """By what Ctrl+K finds rows for this user."""
        hidden = self.concealed(request)
        named = [name for name in self.quick_search_fields if name not in hidden]
        return named if self.quick_search_fields else list(self.get_search_fields(request))

    def quick_search(self, request: MemberRequest, words: str, fields: Sequence[str]) -> Rows:
        """The rows that Ctrl+K finds: every word in some of `fields`."""
        rows = self.get_queryset(request)
        if any(has_index(self.model, name) for name in fields):
            found = find(rows, fields, words, self.ordering or ())
            return (
                rows.filter(pk__in=found.keys)
                .select_related(*(self.list_select_related or ()))
                .order_by(*self.ordering)
            )
        for word in words.split()[:8]:
            rows = rows.filter(Q(*((f"{name}__icontains", word) for name in fields), _connector=Q.OR))
        rows = rows.select_related(*(self.list_select_related or ()))
        is_doubled = any(lookup_spawns_duplicates(self.opts, name) for name in fields)
        return (rows.distinct() if is_doubled else rows).order_by(*self.ordering)

    def whole_list(self, request: MemberRequest) -> dict[str, str]:
        """What the address of the list says, so that no tab hides rows that were found."""
        return {}

    def found_as(self, request: MemberRequest, row: Model) -> Label:
        """What Ctrl+K says of a row beside its name."""
        return ""
