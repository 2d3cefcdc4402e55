"""Rights that nobody needs any more: on objects that are gone, and of people who have left."""

from collections.abc import Collection

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from shs.core.grants.models import ObjectGrant, Untyped
from shs.core.grants.shares import KINDS

AT_ONCE = 500
"""How many keys are looked up in one query."""


def on_lost_objects() -> list[tuple[type[Untyped], list[int]]]:
    """The rights on objects that were deleted, or merged into others: pairs of model and keys."""
    kinds: tuple[type[Untyped], ...] = (ObjectGrant, *KINDS)
    return [(kind, _lost(kind)) for kind in kinds]


def _lost(kind: type[Untyped]) -> list[int]:
    rows = kind.objects.order_by().values_list("content_type", "object_pk", "pk")
    held: dict[int, dict[str, list[int]]] = {}
    for content_type, key, pk in rows:
        held.setdefault(content_type, {}).setdefault(key, []).append(pk)
    return [pk for content_type, some in held.items() for key in _gone(content_type, some) for pk in some[key]]


def _gone(content_type: int, keys: Collection[str]) -> set[str]:
    """Those of `keys` of which no row is there any more, or only one that was merged into another."""
    model = ContentType.objects.get_for_id(content_type).model_class()
    if model is None:
        return set(keys)
    there: set[str] = set()
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        of_key = [model._meta.pk.to_python(key) for key in wanted[start : start + AT_ONCE]]
        rows = model._base_manager.filter(_is_itself(model), pk__in=of_key)
        there |= {str(pk) for pk in rows.values_list("pk", flat=True)}
    return set(keys) - there


def _is_itself(model: type[Model]) -> Q:
    names = {field.name for field in model._meta.fields}
    return Q(merged_into__isnull=True) if "merged_into" in names else Q()
