"""Who may do what to which rows: one table, asked in two forms that cannot disagree.

`user.has_perm("appointment.cancel_appointment", visit)` and `Appointment.objects.allowed(user, "cancel")` read the same
lines. An app's `permissions.py` writes them with `grant()`. What is true of one person and one object and follows from
no other data stands in ObjectGrant rows: `held()` reads them, `give()` and `take()` change them.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import NamedTuple, TypeGuard

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from shs.core.caller import Caller, Member


class RightMissing(PermissionDenied):
    """A page needs `permission`, which its visitor does not hold; the 403 names it."""

    def __init__(self, permission: str):
        super().__init__(permission)
        self.permission = permission


def require(user: Caller, permission: str) -> None:
    """Raises RightMissing (403) where `user` does not hold `permission` for any row."""
    if not user.has_perm(permission):
        raise RightMissing(permission)


Rows = Callable[[Member], Q]
"""The rows of one line of the table, for a user who holds its role."""

NOTHING = Q(pk__in=())


def everyone(user: Caller) -> Q:
    """Every row. Not `Q()`: combined with others by `|`, that one vanishes."""
    return ~NOTHING


class Line(NamedTuple):
    """One line of the table: who holds the role or duty `who` may do `actions` to the rows of `rows(user)`."""

    who: str
    rows: Rows
    actions: frozenset[str]


_table: dict[type[models.Model], list[Line]] = {}


def grant(model: type[models.Model], who: str, rows: Rows, *actions: str) -> None:
    """Let everyone of role or duty `who` do `actions` to the rows that `rows(user)` names.

    `rows` is a Q of forward keys or `Exists`, so that it never doubles a row.
    """
    _table.setdefault(model, []).append(Line(str(who), rows, frozenset(actions)))


class Opening(NamedTuple):
    """Rows of `model` that are shown without a right: those of the method `rows` of its queryset, which may take the
    `user` who asks and `now`, or those that `rows(user)` names."""

    model: type[models.Model]
    rows: str | Rows
    because: str


_openings: list[Opening] = []


def open_rows(model: type[models.Model], rows: str | Rows, *, because: str) -> None:
    """Let these rows of `model` be shown to whoever asks: those of the queryset method `rows` or, to who has logged in,
    those that `rows(user)` names."""
    _openings.append(Opening(model, rows, because))


def openings() -> list[Opening]:
    """What is shown without a right, for the system check and the tests."""
    return _openings


def granted_models() -> dict[type[models.Model], list[Line]]:
    """The whole table, for the system check and the tests."""
    return _table


def is_member(user: Caller) -> TypeGuard[Member]:
    """Whether `user` has an account that is not suspended."""
    return user.is_authenticated and user.is_active


def _lines(model: type[models.Model], user: Caller, action: str) -> list[Line]:
    """The lines that `user` holds for `action`; none for anonymous and inactive users."""
    if not is_member(user):
        return []
    roles = user.roles_held
    return [line for line in _table.get(model, ()) if action in line.actions and line.who in roles]


def rows_allowed(model: type[models.Model], user: Caller, action: str) -> Q:
    """The rows of `model` on which `user` may do `action`, as a Q."""
    if not is_member(user):
        return NOTHING
    lines = _lines(model, user, action)
    if any(line.rows is everyone for line in lines):
        return everyone(user)
    return reduce(or_, (line.rows(user) for line in lines)) if lines else NOTHING


def may_ever(user: Caller, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to some row of `model`, present or to come."""
    return bool(_lines(model, user, action))


def may_all(user: Caller, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to every row of `model`."""
    return any(line.rows is everyone for line in _lines(model, user, action))


def parse(app_label: str, codename: str) -> tuple[type[models.Model] | None, str]:
    """`appointment`, `cancel_appointment` → (Appointment, "cancel"); the action itself may hold an underscore."""
    action, _underscore, model_name = codename.rpartition("_")
    try:
        return apps.get_model(app_label, model_name), action
    except LookupError:
        return None, action
