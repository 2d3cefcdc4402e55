"""The result table of a list as HTML, identical to the output of unfold's template tag (a test compares them) but
faster: what is the same in every row (headings, cell attributes, checkbox, equal values) is rendered once."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import TypedDict, TypeGuard, cast

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field, quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import (
    display_for_dropdown,
    display_for_field,
    display_for_header,
    display_for_label,
    display_for_value,
)

from shs.core.admin.rights import Field
from shs.core.labels import Label

CHECKBOX = "action_checkbox"
STRIPES = ("", "bg-base-50 dark:bg-white/[.02]")
ROW = (
    '<tbody class="block relative lg:table-row-group {stripe}" x-data="{{rowOpen: false}}"><tr class="data-row block '
    "border border-base-200 mb-3 relative rounded-default lg:table-row lg:border-none lg:mb-0 lg:rounded-none "
    'dark:border-base-800">{cells}</tr></tbody>'
)
CIRCLE = (
    '<span class="bg-white border border-base-200 flex font-medium h-8 justify-center items-center rounded-full '
    'text-xs uppercase w-8 dark:bg-base-900 dark:border-base-700">{}</span>'
)
LINK = " ".join(LINK_CLASSES)
PLACE = "0key0"
"""A placeholder for the row's primary key in HTML that is rendered once for all rows."""


class Header(TypedDict):
    """A heading with the attributes that unfold's template needs."""

    text: str
    sortable: bool
    sorted: bool


class Column:
    """A column of one list page. If `is_link`, its cells link to the row's page."""

    def __init__(self, cl: ChangeList, at: int, name: str, heading: str, *, is_link: bool, is_first: bool):
        self.name, self.screen, self.is_link = name, cl.model_admin, is_link
        self.heading = conditional_escape(heading if at or is_link else _("Select record"))
        self.tag = "th" if is_first else "td"
        self.field = _field(cl.model, name)
        self.empty: str = self.screen.get_empty_value_display()
        self.method = None if self.field else getattr(self.screen, name, None)
        self.remembered: dict[Hashable, str] = {}

    def cell(self, row: Model, address: str, opener: str) -> str:
        """The cell of `row`; `address` and `opener` are attributes of its link."""
        try:
            value, shown = self._shown(row)
        except ObjectDoesNotExist:
            value, shown = None, self.empty
        text: str = conditional_escape(shown)
        if self.is_link:
            text = f'<a href="{address}" class="{LINK}" {opener}>{text}</a>'
        return self.around(text, is_dated=self._is_dated(value))

    def around(self, text: str, *, is_dated: bool = False) -> str:
        """A cell around this HTML."""
        return f"{self._dated if is_dated else self._plain}{text}</{self.tag}>"

    def _is_dated(self, value: object) -> bool:
        if self.field:
            return isinstance(self.field, models.DateField | models.TimeField | models.ForeignKey)
        return isinstance(value, date | time)

    def _start(self, *more: str) -> str:
        names = CHECKBOX_CLASSES if self.name == CHECKBOX else [f"field-{self.name}", *ROW_CLASSES]
        return f'<{self.tag} class="{" ".join([*names, *more])}" data-label="{self.heading}">'

    @cached_property
    def _plain(self) -> str:
        return self._start()

    @cached_property
    def _dated(self) -> str:
        return self._start("nowrap")

    def _shown(self, row: Model) -> tuple[object, str]:
        """The value of a row in this column, and the text of its cell."""
        if self.field:
            value = getattr(row, self.field.name)
            if isinstance(self.field, models.ForeignKey):
                return value, self.empty if value is None else str(value)
            return value, self._once(value, lambda: display_for_field(value, self.field, self.empty))
        if self.method is None:
            _field, method, value = lookup_field(self.name, row, self.screen)
        else:
            method, value = self.method, self.method(row)
        return value, self._called(row, method, value)

    def _called(self, row: Model, method: object, value: object) -> str:
        """The display of a method's value, depending on the arguments of its `@display`."""
        empty = getattr(method, "empty_value_display", self.empty)
        if label := getattr(method, "label", False):
            return self._once(value, lambda: display_for_label(value, empty, label))
        if getattr(method, "dropdown", False):
            return str(display_for_dropdown(row, self.name, value, empty))
        if getattr(method, "header", False):
            return person_cell(value) if _is_person(value) else display_for_header(value, empty)
        if getattr(method, "boolean", False):
            return self._once(value, lambda: display_for_value(value, empty, boolean=True))
        return str(display_for_value(value, empty))

    def _once(self, value: object, show: Callable[[], str]) -> str:
        """`show()` for this value, called only once for equal values in the column."""
        if not isinstance(value, str | int | None):
            return show()
        key = (type(value), value)
        if key not in self.remembered:
            self.remembered[key] = show()
        return self.remembered[key]


def _field(model: type[Model], name: str) -> Field | None:
    """The model field of a column; None for methods, and for the automatic primary key."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if found.concrete and not found.auto_created and found.name == name else None


def _is_person(value: object) -> TypeGuard[Sequence[Label]]:
    """Whether the value is (first line, second line, initials), without a picture."""
    return isinstance(value, list | tuple) and len(value) == 3


def person_cell(value: Sequence[Label]) -> SafeString:
    """A cell with two lines of text after the initials in a circle; each of the three may be empty."""
    first, second, initials = value
    return format_html(
        '<span class="flex gap-4 items-center">{}'
        '<span class="flex flex-col text-right lg:text-left">{}{}</span></span>',
        format_html(CIRCLE, initials) if initials else "",
        format_html('<strong class="block font-normal">{}</strong>', first) if first else "",
        format_html('<p class="text-base-500">{}</p>', second) if second else "",
    )


class ResultList:
    """One page of a list: its headings, and its rows as HTML."""

    def __init__(self, cl: ChangeList):
        self.cl = cl
        self.headers: list[Header] = list(result_headers(cl))

    @property
    def sorted_by(self) -> int:
        """The number of columns by which the list is sorted."""
        return sum(1 for header in self.headers if header["sortable"] and header["sorted"])

    def rows(self) -> Iterator[SafeString]:
        """Each row as a `tbody` element."""
        columns = self._columns()
        tick = checkbox.render(ACTION_CHECKBOX_NAME, PLACE)
        before, _place, after = self._address(PLACE).partition(PLACE)
        leads: Mapping[object, str] = {} if self.cl.is_popup else getattr(self.cl, "leads", {})
        for at, row in enumerate(cast("list[Model]", self.cl.result_list)):
            address = f"{before}{row.pk}{after}" if isinstance(row.pk, int) else self._address(row.pk)
            if lead := leads.get(row.pk):
                address = conditional_escape(lead)
            opener = self._opener(row)
            cells = (
                column.around(tick.replace(PLACE, str(row.pk)))
                if column.name == CHECKBOX
                else column.cell(row, address, opener)
                for column in columns
            )
            html = ROW.format(stripe=STRIPES[at % 2], cells="".join(cells))
            yield mark_safe(html)  # noqa: S308  (each value in it has been escaped)

    def _columns(self) -> list[Column]:
        links = self.cl.list_display_links or ()
        first = next((name for name in self.cl.list_display if name in links), "")
        return [
            Column(self.cl, at, str(name), self.headers[at]["text"], is_link=name in links, is_first=name == first)
            for at, name in enumerate(self.cl.list_display)
        ]

    def _address(self, key: int | str) -> str:
        """The address of the page of the row with this key, with the list's current filters."""
        opts = self.cl.opts
        url = reverse(
            f"admin:{opts.app_label}_{opts.model_name}_change",
            args=(quote(key),),
            current_app=self.cl.model_admin.admin_site.name,
        )
        return conditional_escape(
            add_preserved_filters({"preserved_filters": self.cl.preserved_filters, "opts": opts}, url)
        )

    def _opener(self, row: Model) -> SafeString:
        """The attributes by which a popup window passes the chosen row to its opener."""
        if not self.cl.is_popup:
            return SafeString()
        key = row.serializable_value(str(self.cl.to_field) if self.cl.to_field else self.cl.pk_attname)
        return format_html(' data-popup-opener="{}"', key)
