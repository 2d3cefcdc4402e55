"""Lists: their filters, tabs and saved views, and what an address may ask of them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce, wraps
from operator import or_
from typing import TypeAlias, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter, RangeNumericFilter, RelatedDropdownFilter
from unfold.views import ChangeList

from shs.core.admin.base import Context
from shs.core.admin.finding import MOST_NAMES, find, has_index
from shs.core.admin.result_list import ResultList
from shs.core.admin.rights import Field, Rows, is_key, related_model
from shs.core.admin.saved_views import PLAIN, SavedViews
from shs.core.admin.tabs import Tab, TabFilter, counted
from shs.core.caller import MemberRequest
from shs.core.counts import ListPaginator
from shs.core.grants.table import NOTHING, rows_allowed
from shs.core.labels import Label
from shs.core.records.words import WordsIndex
from shs.core.types import FIRST_YEAR, LAST_YEAR

DATES = (RangeDateFilter, RangeDateTimeFilter)
RANGES = (*DATES, RangeNumericFilter)
RANGE_ENDS = ("from", "to", "from_0", "from_1", "to_0", "to_1")
"""unfold's filters of a range, and what they add to the field's name in an address."""
KEY_LOOKUPS = {"exact", "in", "isnull", "id", "id__exact", "id__in", "pk", "pk__exact", "pk__in"}
Filter: TypeAlias = object
"""An entry of `list_filter`: the name of a field, a filter, or both in a tuple."""
Action: TypeAlias = Callable[["ListPages", MemberRequest, Rows], HttpResponse | None]
"""An action of a list, which is handed the selected rows."""


class RelatedFilter(RelatedDropdownFilter):
    """A filter by a key, among the rows that the user may see or choose; for long lists unfold's
    AutocompleteSelectFilter, whose rows are cut likewise."""

    def field_choices(
        self, field: Field, request: MemberRequest, model_admin: "ListPages"
    ) -> Iterable[tuple[object, object]]:
        model = related_model(field)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to=rows_allowed(model, request.user, "view") | rows_allowed(model, request.user, "choose"),
        )


class ScreenChangeList(ChangeList):
    """A page of a list. The steps that its user may take are looked up once for the whole page."""

    @cached_property
    def shown(self) -> ResultList:
        """The table of this page, as the template shows it."""
        return ResultList(self)

    def get_filters(self, request: MemberRequest) -> tuple[object, ...]:
        *found, is_narrowed = super().get_filters(request)
        # The open tab is no filter that somebody has set.
        return *found, is_narrowed and bool(set(self.filter_params) - {TabFilter.parameter_name})

    def get_ordering_field(self, field_name: str) -> object:
        """What an address may sort by: the columns whose headers are links."""
        is_header = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if is_header else None

    def get_query_string(
        self, new_params: Mapping[str, object] | None = None, remove: Sequence[str] | None = None
    ) -> str:
        """Where nothing is left to ask, the whole list; a bare address opens the reader's default view."""
        found: str = super().get_query_string(new_params, remove)
        return PLAIN if found == "?" else found

    def get_results(self, request: MemberRequest) -> None:
        super().get_results(request)
        # Django asks for a single page without a limit: the database then plans for a whole table.
        self.result_list: list[Model] = list(self.result_list[: self.list_per_page])
        self.model_admin.prepare_page(request, self.result_list)


def _is_within_reach(text: object) -> bool:
    """Whether the year that an address names, if any, can be moved between time zones."""
    return all(FIRST_YEAR <= int(year) <= LAST_YEAR for year in re.findall(r"[0-9]{4,}", str(text)[:40]))


class ListPages(SavedViews):
    """The list of a screen."""

    list_per_page = 25
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    stays_small = ""
    """Why the table has at most some thousands of rows wherever the project runs, such as "a catalogue". The list of
    any other table is sorted only by columns with an index."""
    empty_text: Label = ""
    tabs: list[Tab] = []
    list_before_template = "admin/list_before.html"
    list_tools_template = ""

    def lookup_allowed(self, lookup: str, value: object, request: MemberRequest | None = None) -> bool:
        """Only what a filter of this screen names: `?password__startswith=` and its like are refused."""
        names = {"pk", "id"}
        for entry in self.get_list_filter(request) if request else self.list_filter:
            name, kind = entry if isinstance(entry, tuple | list) else (entry, None)
            names.add(name if isinstance(name, str) else getattr(name, "parameter_name", ""))
            if (
                isinstance(kind, type)
                and issubclass(kind, RANGES)
                and lookup in {f"{name}_{end}" for end in RANGE_ENDS}
            ):
                return not issubclass(kind, DATES) or _is_within_reach(value)
        return any(self._is_of(lookup, name) for name in names if name)

    def _is_of(self, lookup: str, name: str) -> bool:
        """Whether `lookup` asks no more than a filter by `name` does; through a key it reaches the key alone."""
        if lookup == name:
            return True
        if not lookup.startswith(f"{name}__"):
            return False
        known = next((known for known in self.opts.get_fields() if known.name == name), None)
        return not (known and known.is_relation) or lookup.removeprefix(f"{name}__") in KEY_LOOKUPS

    def get_actions(self, request: MemberRequest) -> dict[str, tuple[Action, str, Label]]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return {
            name: (self._on_allowed_rows(cast(Action, func)), name, words)
            for name, (func, _name, words) in actions.items()
        }

    def _on_allowed_rows(self, action: Action) -> Action:
        """`action`, which is handed those of the selected rows on which its user holds one of the rights that it
        names; none where it names none."""
        rights = getattr(action, "allowed_permissions", ())

        @wraps(action)
        def run(screen: "ListPages", request: MemberRequest, queryset: Rows) -> HttpResponse | None:
            rows = reduce(or_, (rows_allowed(self.model, request.user, right) for right in rights), NOTHING)
            allowed = queryset.filter(rows)
            if left := queryset.count() - allowed.count():
                words = ngettext(
                    "%d selected item was skipped: you do not have permission.",
                    "%d selected items were skipped: you do not have permission.",
                    left,
                )
                messages.warning(request, words % left)
            return action(screen, request, allowed)

        return run

    def get_changelist(self, request: MemberRequest, **kwargs: object) -> type[ChangeList]:
        return ScreenChangeList

    def changelist_view(self, request: MemberRequest, extra_context: Context | None = None) -> HttpResponse:
        chosen = request.POST.getlist("_selected_action")
        if not all(is_key(self.model, pk) for pk in chosen):
            messages.error(request, _("Select rows first."))
            return HttpResponseRedirect(request.get_full_path())
        views = self.views_of(request)
        if (default := self.opened_by_default(request, views)) is not None:
            return default
        if "e" in request.GET:
            messages.warning(request, _("Unknown filter. The whole list is shown."))
        context: Context = {
            "empty_text": self.empty_text,
            "views": self.views_menu(request, views),
            "element_classes": {"pagination": "shs-pages"},
            **(extra_context or {}),
        }
        if self.has_view_permission(request):
            tabs = context["tabs"] = counted(self.get_tabs(request), self.get_queryset(request), request)
            if tabs and not set(request.GET) - {"tab", "p", "o"}:
                self._know_count(request, next(tab["count"] for tab in tabs if tab["active"]))
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def get_search_results(self, request: MemberRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """In a table whose columns are found by an index: the first rows that match, and a word to the user where the
        search says too little."""
        fields, text = self.get_search_fields(request), search_term.strip()
        if not text or not any(has_index(self.model, field) for field in fields):
            rows, is_doubled = super().get_search_results(request, queryset, search_term)
            return rows, is_doubled
        found = find(queryset, fields, text, queryset.query.order_by or ["-pk"])
        if found.is_cut and "term" not in request.GET:
            words = _("More than %(most)s names match “%(text)s”: some results are missing. Type more of the name.")
            messages.warning(request, words % {"most": MOST_NAMES, "text": text})
        self._know_count(request, len(found.keys))
        return queryset.filter(pk__in=found.keys), False

    def _know_count(self, request: MemberRequest, number: int) -> None:
        """Remember how many rows the list has, so that they are not counted again."""
        vars(request)["known_count"] = number

    def get_paginator(
        self,
        request: MemberRequest,
        queryset: Rows,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> ListPaginator:
        pages = ListPaginator(queryset, per_page, orphans, allow_empty_first_page)
        if "known_count" in vars(request):
            pages.found = vars(request)["known_count"]
        return pages

    def get_sortable_by(self, request: MemberRequest) -> list[str]:
        columns = [str(name) for name in self.get_list_display(request)]
        return columns if self.stays_small else [name for name in columns if self._is_sorted_by_index(name)]

    def _is_sorted_by_index(self, column: str) -> bool:
        name = str(getattr(getattr(self, column, None), "admin_order_field", column)).removeprefix("-")
        known = next((field for field in self.opts.concrete_fields if field.name == name), None)
        if known is None or known.is_relation:
            return False
        orders = [
            [*(part.removeprefix("-") for part in index.fields), "id"][:2]
            for index in self.opts.indexes
            if not index.condition and not isinstance(index, WordsIndex)
        ]
        return known.unique or [name, "id"] in orders

    def get_list_filter(self, request: MemberRequest) -> list[Filter]:
        filters: list[Filter] = [*super().get_list_filter(request)]
        return [TabFilter, *filters] if self.tabs else filters

    def get_tabs(self, request: MemberRequest) -> list[Tab]:
        """The tabs above the list, for this user."""
        return self.tabs

    @classmethod
    def offer_tab(cls, tab: Tab) -> None:
        """Let a later app name a part of this list."""
        cls.tabs = [*cls.tabs, tab]
