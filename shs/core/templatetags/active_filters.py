"""The filters and the search that are on in a list, each with a link that turns it off."""

from typing import Any, NamedTuple, cast

from django import template
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import BooleanField, Model
from django.template import RequestContext
from django.utils.translation import gettext_lazy as _

from shs.core.admin.tabs import TabFilter
from shs.core.caller import Member
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label

register = template.Library()


class Chip(NamedTuple):
    """A filter that is on: what it filters by, its value, and the address of the list without it."""

    title: Label
    value: Label
    url: str


@register.simple_tag(takes_context=True)
def active_filters(context: RequestContext, cl: ChangeList) -> list[Chip]:
    """The filters of this list that are on, and the search; not the tab, which is shown by itself."""
    request = context["request"]
    found = []
    for spec in cast("list[Any]", cl.filter_specs):
        names = [name for name in spec.expected_parameters() if request.GET.get(name)]
        if names and not isinstance(spec, TabFilter):
            values = [str(value) for name in names for value in request.GET.getlist(name)]
            found.append(Chip(spec.title, _words(spec, values, request.user), cl.get_query_string(remove=names)))
    if words := request.GET.get(SEARCH_VAR):
        found.append(Chip(_("search"), words, cl.get_query_string(remove=[SEARCH_VAR])))
    return found


def _words(spec: Any, values: list[str], user: Member) -> str:
    """The values of a filter as its form shows them."""
    field = getattr(spec, "field", None)
    related: type[Model] | None = getattr(field, "related_model", None)
    if related is not None:
        keys = [value for value in values if value.isascii() and value.isdigit() and len(value) < 19]
        rows = related._base_manager.filter(rows_allowed(related, user, "view"), pk__in=keys)
        return ", ".join(str(row) for row in rows) or ", ".join(values)
    labels = {str(value): str(label) for value, label in getattr(field, "flatchoices", ())}
    labels |= {str(value): str(label) for value, label in getattr(spec, "lookup_choices", ())}
    if isinstance(field, BooleanField):
        labels |= {"1": str(_("Yes")), "0": str(_("No"))}
    return ", ".join(labels.get(value, value) for value in values)
