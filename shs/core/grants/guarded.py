"""guardian's calls, for what is shared: the same names, with the answers of the grant table. Import them from here.

guardian itself asks only whether a row is there. So before each answer what has ended is deleted, and a person who is
suspended, or does not work in the office, holds nothing. These calls tell of shared rights alone: what roles and duties
give is decided by the grant table (`has_perm`, `allowed`), which includes what is shared."""

from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.utils import timezone
from guardian import core, shortcuts
from guardian.shortcuts import assign_perm, get_groups_with_perms, remove_perm

from shs.core.grants.models import Untyped
from shs.core.grants.shares import end_over
from shs.core.grants.table import is_member, parse

__all__ = [
    "ObjectPermissionChecker",
    "assign_perm",
    "get_groups_with_perms",
    "get_objects_for_user",
    "get_perms",
    "get_users_with_perms",
    "remove_perm",
]


def _may_hold(holder: Untyped) -> bool:
    """Whether anything can be shared with `holder` now: a duty, or somebody who works in the office."""
    return isinstance(holder, Group) or (is_member(holder) and bool(holder.uses_back_office))


class ObjectPermissionChecker(core.ObjectPermissionChecker):
    """guardian's checker of many rights of one person or duty."""

    def __init__(self, user_or_group: Untyped) -> None:
        end_over(timezone.now())
        self.is_open = _may_hold(user_or_group)
        if self.is_open:
            super().__init__(user_or_group)

    def has_perm(self, perm: str, obj: Model) -> bool:
        return self.is_open and bool(super().has_perm(perm, obj))

    def get_perms(self, obj: Model) -> list[str]:
        return super().get_perms(obj) if self.is_open else []


def get_perms(user_or_group: Untyped, obj: Model) -> list[str]:
    """The names of the rights on `obj` that are shared with a person or a duty."""
    return ObjectPermissionChecker(user_or_group).get_perms(obj)


def get_objects_for_user(
    user: Untyped, perms: str | list[str], klass: Untyped = None, **options: Untyped
) -> QuerySet[Untyped]:
    """The objects on which all of `perms` are shared with `user`; all objects, if their role gives them on all."""
    if not _may_hold(user):
        return _model_of(perms, klass)._default_manager.none()
    end_over(timezone.now(), user)
    return shortcuts.get_objects_for_user(user, perms, klass, **options)


def _model_of(perms: str | list[str], klass: Untyped) -> type[Model]:
    if klass is not None:
        given: type[Model] = klass.model if hasattr(klass, "model") else klass
        return given
    model, _action = parse(*(perms if isinstance(perms, str) else perms[0]).split(".", 1))
    if model is None:
        raise LookupError(f"No model has the permission {perms!r}.")
    return model


def get_users_with_perms(obj: Model, attach_perms: bool = False, **options: Untyped) -> Untyped:
    """The people with whom something on `obj` is shared, also by a duty; with `attach_perms` what is."""
    end_over(timezone.now())
    found: Untyped = shortcuts.get_users_with_perms(obj, attach_perms=attach_perms, **options)
    if attach_perms:
        return {user: names for user, names in found.items() if _may_hold(user)}
    return found.filter(pk__in=[user.pk for user in found if _may_hold(user)])
