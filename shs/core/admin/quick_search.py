"""Ctrl+K: finds pages and rows by words. Results are cached neither on the server nor in the browser, so that rows that
the user may no longer see are never found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast
from urllib.parse import urlencode

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model, Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shs.core.admin.finding import Search, find_each, has_index
from shs.core.admin.leads import leads_of
from shs.core.admin.masks import Concealment
from shs.core.admin.rights import Rows
from shs.core.caller import MemberRequest
from shs.core.labels import Label

SHOWN = 6
"""How many rows of one kind are shown; a link leads to the list with all of them."""
COUNTED = 100
"""Further matches are counted up to this number; counting all could take as long as reading the table."""
SHORTEST, LONGEST = 2, 100


class Hit(NamedTuple):
    """One result."""

    title: str
    detail: Label
    url: str
    icon: str


class Found(NamedTuple):
    """The results of one kind: `more` says how many further ones there are, `more_url` is the list with all of them."""

    title: Label
    hits: list[Hit]
    more: Label = ""
    more_url: str = ""


def search(site: UnfoldAdminSite, request: MemberRequest) -> HttpResponse:
    """Results for the query parameter `s` that the user may see; none if it is empty."""
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
    """Pages of the user's sidebar whose names match."""
    hits = [
        Hit(str(item["title"]), group.get("title", ""), str(item["link"]), item.get("icon", "tag"))
        for group in site.get_sidebar_list(request)
        for item in group["items"]
        if words.lower() in str(item["title"]).lower()
    ]
    return Found(_("Pages"), hits[:SHOWN])


def _rows(site: UnfoldAdminSite, request: MemberRequest, words: str) -> Iterator[Found]:
    """Rows of all screens with `in_quick_search`, restricted to what the user may see. One query finds the keys of all
    kinds by their indexes, and one reads the rows of each kind of which there are some."""
    screens = cast(Sequence[QuickSearch], site._registry.values())
    searched = [screen for screen in screens if screen.in_quick_search and screen.has_view_permission(request)]
    fields = {screen: screen.get_quick_search_fields(request) for screen in searched}
    indexed = [screen for screen in searched if any(has_index(screen.model, name) for name in fields[screen])]
    wanted = [
        Search(one.get_queryset(request), fields[one], words, one.ordering or (), request.user) for one in indexed
    ]
    keys = dict(zip(indexed, (found.keys for found in find_each(wanted)), strict=True))
    for screen in sorted(searched, key=lambda screen: screen.quick_search_order):
        if screen in keys:
            rows = screen.of_keys(request, keys[screen])
            count = len(keys[screen])
        elif fields[screen]:
            rows = screen.with_words(request, words, fields[screen])
            count = len(rows.order_by().values_list("pk", flat=True)[: SHOWN + COUNTED + 1])
        else:
            continue
        if count:
            yield _rows_of(screen, request, words, rows, count)


def _rows_of(screen: "QuickSearch", request: MemberRequest, words: str, rows: Rows, count: int) -> Found:
    shown = list(rows[:SHOWN])
    apart = screen.told_apart(request, shown)
    leads = leads_of(request.user, shown)
    hits = [
        Hit(
            str(row),
            _joined(screen.found_as(request, row), apart.get(row.pk, "")),
            leads.get(row.pk) or screen.url_of(row),
            screen.icon,
        )
        for row in shown
    ]
    title = capfirst(str(screen.opts.verbose_name_plural))
    if count <= SHOWN:
        return Found(title, hits)
    count -= SHOWN
    more = (
        _("more than %(count)s more") % {"count": COUNTED}
        if count > COUNTED
        else _("%(count)s more") % {"count": count}
    )
    options = screen.opts
    url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    query = {"q": words, **screen.whole_list(request)}
    return Found(title, hits, more, f"{url}?{urlencode(query)}")


def _joined(*parts: Label) -> str:
    return " · ".join(str(part) for part in parts if part)


class QuickSearch(Concealment):
    """Mixin for screens: its rows can be found by Ctrl+K."""

    in_quick_search = False
    quick_search_order = 50
    """The position of its rows among the results, lowest first."""
    quick_search_fields: list[str] = []
    """The fields that Ctrl+K searches; by default `search_fields`."""

    def get_quick_search_fields(self, request: MemberRequest) -> list[str]:
        """The fields that Ctrl+K searches for this user."""
        hidden = self.concealed(request)
        named = [name for name in self.quick_search_fields if name not in hidden]
        return named if self.quick_search_fields else list(self.get_search_fields(request))

    def of_keys(self, request: MemberRequest, keys: Sequence[int]) -> Rows:
        """The rows that a search by indexes has found."""
        rows = self.get_queryset(request).filter(pk__in=keys)
        return rows.select_related(*(self.list_select_related or ())).order_by(*self.ordering)

    def with_words(self, request: MemberRequest, words: str, fields: Sequence[str]) -> Rows:
        """The rows of which each word occurs in one of `fields`."""
        rows = self.get_queryset(request)
        for word in words.split()[:8]:
            rows = rows.filter(Q(*((f"{name}__icontains", word) for name in fields), _connector=Q.OR))
        rows = rows.select_related(*(self.list_select_related or ()))
        is_doubled = any(lookup_spawns_duplicates(self.opts, name) for name in fields)
        return (rows.distinct() if is_doubled else rows).order_by(*self.ordering)

    def whole_list(self, request: MemberRequest) -> dict[str, str]:
        """Query parameters of the list with which no tab hides matching rows."""
        return {}

    def found_as(self, request: MemberRequest, row: Model) -> Label:
        """The text shown beside the row's name."""
        return ""

    def told_apart(self, request: MemberRequest, rows: Sequence[Model]) -> Mapping[int, str]:
        """The key of a row → what tells it from others of the same name, for results and choosers; in the same number
        of queries for any number of rows."""
        return {}


class ChoicesView(AutocompleteJsonView):
    """The rows that a chooser offers, each with what tells it from others of the same name."""

    apart: Mapping[int, str]

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context: dict[str, object] = super().get_context_data(**kwargs)  # type: ignore[arg-type]  # there are none
        shown = context["object_list"] = list(cast(Rows, context["object_list"]))
        self.apart = cast(QuickSearch, self.model_admin).told_apart(cast(MemberRequest, self.request), shown)
        return context

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        found: dict[str, str] = super().serialize_result(obj, to_field_name)
        return {**found, "text": _joined(found["text"], self.apart.get(obj.pk, ""))}
