"""List pages: filters, tabs, saved views, and checks of the query string."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce, wraps
from operator import or_
from typing import Any, TypeAlias, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.views import ChangeList

from shs.core.admin.base import Context
from shs.core.admin.finding import MOST_NAMES, find, has_index
from shs.core.admin.forms import ModelChoiceField
from shs.core.admin.leads import leads_of
from shs.core.admin.result_list import ResultList
from shs.core.admin.rights import Field, Rows, is_key, related_model
from shs.core.admin.saved_views import PLAIN, SavedViews
from shs.core.admin.tabs import Tab, TabFilter, counted
from shs.core.bundles import with_bundles
from shs.core.caller import MemberRequest
from shs.core.counts import ListPaginator
from shs.core.grants.table import NOTHING, rows_allowed
from shs.core.labels import Label
from shs.core.menu import list_title
from shs.core.records.archive import Archivable
from shs.core.records.words import WordsIndex
from shs.core.types import FIRST_YEAR, LAST_YEAR

DATES = (RangeDateFilter, RangeDateTimeFilter)
RANGES = (*DATES, RangeNumericFilter)
RANGE_ENDS = ("from", "to", "from_0", "from_1", "to_0", "to_1")
"""unfold's range filters, and the suffixes of their query parameters."""
KEY_LOOKUPS = {"exact", "in", "isnull", "id", "id__exact", "id__in", "pk", "pk__exact", "pk__in"}
Filter: TypeAlias = object
"""An entry of `list_filter`: a field name, a filter class, or a tuple of both."""
Action: TypeAlias = Callable[["ListPages", MemberRequest, Rows], HttpResponse | None]
"""An admin action; it gets the selected rows."""


class AutocompleteForm(AutocompleteDropdownForm):
    """Names only a row that the user may see: unfold's form would name any row whose key is in the address."""

    def __init__(self, request: MemberRequest, name: str, **kwargs: Any) -> None:
        super().__init__(request=request, name=name, **kwargs)
        field = cast(ModelChoiceField, self.fields[name])
        model = cast("QuerySet[Model]", field.queryset).model
        field.queryset = model._default_manager.filter(rows_allowed(model, request.user, "view"))


class AutocompleteFilter(AutocompleteSelectFilter):
    """A filter by a foreign key to a table with many rows, of which the user searches those that they may see."""

    form_class = AutocompleteForm


class RelatedFilter(RelatedDropdownFilter):
    """A filter by a foreign key, which offers only the rows that the user may see or choose. For tables with many rows
    use AutocompleteFilter."""

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
    """One page of a list. The steps (state changes) that the user may take are looked up once for the whole page."""

    @cached_property
    def shown(self) -> ResultList:
        """The result table of this page, for the template."""
        return ResultList(self)

    def get_filters(self, request: MemberRequest) -> tuple[object, ...]:
        *found, is_narrowed = super().get_filters(request)
        # The open tab does not count as a filter set by the user.
        return *found, is_narrowed and bool(set(self.filter_params) - {TabFilter.parameter_name})

    def get_queryset(self, request: MemberRequest, exclude_parameters: Sequence[str] | None = None) -> Rows:
        rows: Rows = super().get_queryset(request, exclude_parameters)
        # Clearing the filters keeps the open tab and the search.
        self.clear_all_filters_qs = self.get_query_string(
            remove=[name for name in self.get_filters_params() if name != TabFilter.parameter_name]
        )
        return rows

    def get_ordering_field(self, field_name: str) -> object:
        """Allow sorting only by columns whose headers are sort links."""
        is_header = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if is_header else None

    def get_query_string(
        self, new_params: Mapping[str, object] | None = None, remove: Sequence[str] | None = None
    ) -> str:
        """Replace an empty query string by PLAIN, which shows the whole list: the bare address opens the user's default
        view."""
        found: str = super().get_query_string(new_params, remove)
        return PLAIN if found == "?" else found

    def get_results(self, request: MemberRequest) -> None:
        super().get_results(request)
        # Django evaluates a short list (one page) without LIMIT; the database would then plan to read the whole table.
        self.result_list: list[Model] = list(self.result_list[: self.list_per_page])
        self.model_admin.prepare_page(request, self.result_list)
        self.leads = leads_of(request.user, self.result_list)


def _is_within_reach(text: object) -> bool:
    """Whether every year in the value of a date filter can be converted between time zones without overflow."""
    return all(FIRST_YEAR <= int(year) <= LAST_YEAR for year in re.findall(r"[0-9]{4,}", str(text)[:40]))


class ListPages(SavedViews):
    """The list page of a screen."""

    list_per_page = 25
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    stays_small = ""
    """Why this table never has more than a few thousand rows, for example "a catalogue". Lists of other tables can be
    sorted only by columns that have an index."""
    empty_text: Label = ""
    tabs: list[Tab] = []
    list_before_template = "admin/list_before.html"
    list_tools_template = ""

    def lookup_allowed(self, lookup: str, value: object, request: MemberRequest | None = None) -> bool:
        """Allow only lookups that a filter of this screen uses; `?password__startswith=` is refused."""
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
        """Whether `lookup` reveals no more than a filter by `name`; for a foreign key only its key may be compared."""
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
        """Wrap `action` so that it gets only those selected rows for which the user has one of the permissions that the
        action names; no rows if it names none."""
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
            "title": list_title(self.opts),
            "views": self.views_menu(request, views),
            "element_classes": {"pagination": "shs-pages"},
            **(extra_context or {}),
        }
        if self.has_view_permission(request):
            tabs = context["tabs"] = counted(self.get_tabs(request), self.get_queryset(request), request)
            if tabs and not set(request.GET) - {"tab", "p", "o"}:
                self._know_count(request, next(tab["count"] for tab in tabs if tab["active"]))
        answer: HttpResponse = super().changelist_view(request, context)
        return with_bundles(answer)

    def get_search_results(self, request: MemberRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """Search by index where the model has one: the first matching rows, with a warning if too many names match to
        look at all of them."""
        if "term" in request.GET and issubclass(self.model, Archivable):
            queryset = queryset.filter(archived_at__isnull=True)
        fields, text = self.get_search_fields(request), search_term.strip()
        also = self.also_found(text) if text else None
        if not text or not any(has_index(self.model, field) for field in fields):
            rows, is_doubled = super().get_search_results(request, queryset, search_term)
            return (rows | queryset.filter(also) if also else rows), is_doubled
        found = find(queryset, fields, text, queryset.query.order_by or ["-pk"], request.user)
        if found.is_cut and "term" not in request.GET:
            words = _("More than %(most)s names match “%(text)s”: some results are missing. Type more of the name.")
            messages.warning(request, words % {"most": MOST_NAMES, "text": text})
        if also is None:
            self._know_count(request, len(found.keys))
        return queryset.filter(Q(pk__in=found.keys) | (also or NOTHING)), False

    def also_found(self, text: str) -> Q | None:
        """Which of the rows that the user may see are found by `text`, besides those whose `search_fields` have it."""
        return None

    def _know_count(self, request: MemberRequest, number: int) -> None:
        """Store the number of rows of the list, so that the paginator does not count them again."""
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
            # One with an operator class compares bytes on PostgreSQL, and cannot sort by the language.
            if not index.condition and not index.opclasses and not isinstance(index, WordsIndex)
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
        """Add a tab to the list of another app's model."""
        cls.tabs = [*cls.tabs, tab]
