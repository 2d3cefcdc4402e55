"""Who may do what to which rows: one table, asked in two forms that cannot disagree.

`user.has_perm("appointment.cancel_appointment", visit)` and `Appointment.objects.allowed(user, "cancel")` read the same
lines. An app's `permissions.py` writes them with `grant()`. What is true of one person and one object and follows from
no other data stands in ObjectGrant rows: `held()` reads them, `give()` and `take()` change them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q


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
    roles = user.roles_held
    return [line for line in _table.get(model, ()) if action in line.actions and line.who in roles]


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


def parse(app_label: str, codename: str) -> tuple[type[models.Model] | None, str]:
    """`appointment`, `cancel_appointment` → (Appointment, "cancel"); the action itself may hold an underscore."""
    action, _underscore, model_name = codename.rpartition("_")
    try:
        return apps.get_model(app_label, model_name), action
    except LookupError:
        return None, action
