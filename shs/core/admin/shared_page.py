"""The page "Shared with me"."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from shs.core.admin.addresses import page_of
from shs.core.admin.base import Context
from shs.core.admin.sharing import Shown, shown
from shs.core.admin.site import ANY_STAFF, office
from shs.core.admin.wording import kind_words, name_of
from shs.core.caller import MemberRequest
from shs.core.grants.shares import Listed, held_shares, shares_with

MOST_LISTED, MOST_KINDS = 100, 3
"""How many objects of a kind, and how many kinds, the page lists at once."""


class SharedObject(NamedTuple):
    """An object with everything that is shared on it."""

    name: str
    url: str
    rights: list[Shown]


class SharedKind(NamedTuple):
    """The objects of one kind, or only their number, with the address of the page that lists them."""

    title: str
    number: int
    url: str
    objects: list[SharedObject]


def by_kind(rows: Iterable[Listed], wanted: str, address: str) -> list[SharedKind]:
    """The objects of `rows` by kind: those of MOST_KINDS kinds, or of the kind `wanted`, and the number of the others.
    Objects with health data are named by their time: what they are about is read, and logged, on their own page."""
    found: dict[int, dict[str, list[Listed]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.content_type][row.object_pk].append(row)
    listed = [kind for kind in found if str(kind) == wanted] or sorted(found)[:MOST_KINDS]
    kinds = []
    for kind, some in sorted(found.items()):
        model = ContentType.objects.get_for_id(kind).model_class()
        if model is not None:
            objects = _objects(model, some) if kind in listed else []
            kinds.append(SharedKind(kind_words(model), len(some), f"{address}?kind={kind}", objects))
    return kinds


def _objects(model: type[Model], some: Mapping[str, list[Listed]]) -> list[SharedObject]:
    """The first MOST_LISTED objects of one kind. One query: names may hold those of related rows."""
    of_key = model._meta.pk.to_python
    keys = [field.name for field in model._meta.fields if field.is_relation]
    there = model._base_manager.filter(pk__in=[of_key(key) for key in some]).select_related(*keys).order_by("pk")
    return [
        SharedObject(name_of(obj), page_of(obj), [shown(row, model) for row in some[str(obj.pk)]])
        for obj in there[:MOST_LISTED]
    ]


def shared_page(request: MemberRequest) -> HttpResponse:
    """What is shared with the user, and with their duties."""
    held = {(one.kind, one.key) for one in held_shares(request.user)}
    rows = [row for row in shares_with(request.user) if (row.content_type, row.object_pk) in held]
    context: Context = {
        **office.each_context(request),
        "title": _("Shared with me"),
        "kinds": by_kind(rows, request.GET.get("kind", ""), request.path),
    }
    return TemplateResponse(request, "admin/shared.html", context)


office.add_page("shared/", shared_page, name="shared_with_me", needs=ANY_STAFF)
