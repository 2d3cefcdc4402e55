"""Who may do what to which rows: one table, asked in two forms that cannot disagree.

`user.has_perm("appointment.cancel_appointment", visit)` and `Appointment.objects.allowed(user, "cancel")` read the same
lines. An app's `permissions.py` writes them with `grant()`. What is true of one person and one object and follows from
no other data stands in ObjectGrant rows: `held()` reads them, `give()` and `take()` change them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from shs.core.context import forget, remember
from shs.core.models import ObjectGrant


class RightMissing(PermissionDenied):
    """A page needs `permission`, which its visitor does not hold; the 403 names it."""

    def __init__(self, permission: str):
        super().__init__(permission)
        self.permission = permission


def require(user: Any, permission: str) -> None:
    """Raises RightMissing (403) where `user` does not hold `permission` for any row."""
    if not user.has_perm(permission):
        raise RightMissing(permission)


type_of_rows = Callable[[Any], Q]

NOTHING = Q(pk__in=())


def everyone(user: Any) -> Q:
    """Every row. Not `Q()`: combined with others by `|`, that one vanishes."""
    return ~NOTHING


class Line(NamedTuple):
    """One line of the table: who holds the role or duty `who` may do `actions` to the rows of `rows(user)`."""

    who: str
    rows: type_of_rows
    actions: frozenset[str]


_table: dict[type[models.Model], list[Line]] = {}


def grant(model: type[models.Model], who: str, rows: type_of_rows, *actions: str) -> None:
    """Let everyone of role or duty `who` do `actions` to the rows that `rows(user)` names.

    `rows` is a Q of forward keys or `Exists`, so that it never doubles a row.
    """
    _table.setdefault(model, []).append(Line(str(who), rows, frozenset(actions)))


def granted_models() -> dict[type[models.Model], list[Line]]:
    """The whole table, for the system check and the tests."""
    return _table


def _lines(model: type[models.Model], user: Any, action: str) -> list[Line]:
    """The lines that `user` holds for `action`; none for anonymous and inactive users."""
    if not (user.is_authenticated and user.is_active):
        return []
    standings = user.standings
    return [line for line in _table.get(model, ()) if action in line.actions and line.who in standings]


def rows_allowed(model: type[models.Model], user: Any, action: str) -> Q:
    """The rows of `model` on which `user` may do `action`, as a Q."""
    lines = _lines(model, user, action)
    if any(line.rows is everyone for line in lines):
        return everyone(user)
    rows = NOTHING
    for number, line in enumerate(lines):
        rows = line.rows(user) if not number else rows | line.rows(user)
    return rows


def may_ever(user: Any, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to some row of `model`, present or to come."""
    return bool(_lines(model, user, action))


def may_all(user: Any, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to every row of `model`."""
    return any(line.rows is everyone for line in _lines(model, user, action))


class GrantBackend(BaseBackend):
    """Answers `has_perm` from the table; it authenticates nobody."""

    def has_perm(self, user_obj, perm, obj=None):
        app_label, _dot, codename = perm.partition(".")
        model, action = parse(app_label, codename)
        if model is None or not may_ever(user_obj, model, action):
            return False
        if obj is None or may_all(user_obj, model, action):
            return obj is None or isinstance(obj, model)
        if not isinstance(obj, model) or obj.pk is None:
            return False
        return remember(
            ("has_perm", user_obj.pk, perm, obj.pk),
            lambda: model._base_manager.filter(rows_allowed(model, user_obj, action), pk=obj.pk).exists(),
        )

    def has_module_perms(self, user_obj, app_label):
        return any(
            model._meta.app_label == app_label and may_ever(user_obj, model, action)
            for model, lines in _table.items()
            for action in {action for line in lines for action in line.actions}
        )


def parse(app_label: str, codename: str) -> tuple[type[models.Model] | None, str]:
    """`appointment`, `cancel_appointment` → (Appointment, "cancel"); the action itself may hold an underscore."""
    action, _underscore, model_name = codename.rpartition("_")
    try:
        return apps.get_model(app_label, model_name), action
    except LookupError:
        return None, action


# --- Object grants ---------------------------------------------------------------------------------------------------


def live(now: datetime) -> Q:
    """The object grants that have not ended at `now`."""
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def held(user: Any, model: type[models.Model], action: str, now: datetime | None = None) -> list[int]:
    """The ids of the objects of `model` for which `user` holds an object grant of `action` that is live at `now`."""

    def find() -> list[tuple[str, datetime | None]]:
        rows = ObjectGrant.objects.filter(
            live(timezone.now()),
            user_id=user.pk,
            content_type=ContentType.objects.get_for_model(model),
            permission__codename=f"{action}_{model._meta.model_name}",
        )
        return list(rows.values_list("object_pk", "expires_at"))

    now = now or timezone.now()
    found = remember(("held", user.pk, model, action), find)
    return [int(pk) for pk, ends_at in found if ends_at is None or ends_at > now]


def holders(obj: models.Model, action: str) -> models.QuerySet[ObjectGrant]:
    """The live object grants of `action` on `obj`, with their users."""
    return ObjectGrant.objects.filter(
        live(timezone.now()),
        content_type=ContentType.objects.get_for_model(type(obj)),
        permission__codename=f"{action}_{obj._meta.model_name}",
        object_pk=str(obj.pk),
    ).select_related("user")


def held_by(model: type[models.Model], action: str) -> dict[int, ObjectGrant]:
    """Object's id → a live object grant of `action` on it, with its user, for every object of `model` that has one: for
    rights that few hold at a time. Looked up once a request."""

    def find() -> dict[int, ObjectGrant]:
        rows = ObjectGrant.objects.filter(
            live(timezone.now()),
            content_type=ContentType.objects.get_for_model(model),
            permission__codename=f"{action}_{model._meta.model_name}",
        )
        return {int(row.object_pk): row for row in rows.select_related("user")}

    return remember(("held_by", model, action), find)


def give(
    user: Any,
    obj: models.Model,
    action: str,
    *,
    source: str,
    reason: str = "",
    by: Any = None,
    expires_at: datetime | None = None,
) -> ObjectGrant:
    """Give `user` the right of `action` on `obj`, or renew it with a new source, reason and end."""
    kind = ContentType.objects.get_for_model(type(obj))
    permission = Permission.objects.get(content_type=kind, codename=f"{action}_{obj._meta.model_name}")
    with transaction.atomic():
        row = ObjectGrant.objects.filter(user=user, permission=permission, object_pk=str(obj.pk)).first()
        row = row or ObjectGrant(user=user, permission=permission, content_type=kind, object_pk=str(obj.pk))
        row.source, row.reason, row.granted_by, row.expires_at = source, reason, by, expires_at
        row.save()
    forget()
    return row


def take(obj: models.Model, action: str, *, users: Iterable[Any] | None = None, reason: str = "") -> int:
    """Take the right of `action` on `obj` from `users` (from everyone, where None); how many held it."""
    rows = holders(obj, action)
    if users is not None:
        rows = rows.filter(user__in=users)
    row: Any
    for row in (taken := list(rows)):
        row._change_reason = reason or None  # what simple_history writes into the line of the deletion
        row.delete()
    forget()
    return len(taken)
