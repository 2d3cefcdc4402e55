"""The grant table: who may do what to which rows. `user.has_perm("appointment.cancel_appointment", visit)` and
`Appointment.objects.allowed(user, "cancel")` read the same lines and so cannot disagree. Apps add lines by `grant()` in
their `permissions.py`. Rights of one person on one object that do not follow from other data are ObjectGrant rows: see
shs/core/grants/held.py."""

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
    """The user lacks `permission`; the 403 page names it."""

    def __init__(self, permission: str):
        super().__init__(permission)
        self.permission = permission


def require(user: Caller, permission: str) -> None:
    """Raises RightMissing (403) if `user` does not hold `permission` on any row."""
    if not user.has_perm(permission):
        raise RightMissing(permission)


Rows = Callable[[Member], Q]
"""The condition of one line of the table, for a user who holds its role."""

NOTHING = Q(pk__in=())


def everyone(user: Caller) -> Q:
    """All rows. Not `Q()`, which disappears when combined by `|`."""
    return ~NOTHING


class Line(NamedTuple):
    """One line of the table: users with the role or duty `who` may do `actions` to the rows of `rows(user)`."""

    who: str
    rows: Rows
    actions: frozenset[str]


_table: dict[type[models.Model], list[Line]] = {}


def grant(model: type[models.Model], who: str, rows: Rows, *actions: str) -> None:
    """Allow users with the role or duty `who` to do `actions` to the rows of `rows(user)`, a Q of forward keys or
    `Exists`, so that no row is returned twice."""
    _table.setdefault(model, []).append(Line(str(who), rows, frozenset(actions)))


class Opening(NamedTuple):
    """Rows of `model` that need no right: those of the queryset method `rows`, which may take `user` and `now`, or of
    the condition `rows(user)`."""

    model: type[models.Model]
    rows: str | Rows
    because: str


_openings: list[Opening] = []


def open_rows(model: type[models.Model], rows: str | Rows, *, because: str) -> None:
    """Show these rows of `model` to everybody: those of the queryset method `rows`; or, to logged-in users, those of
    the condition `rows(user)`."""
    _openings.append(Opening(model, rows, because))


def openings() -> list[Opening]:
    """All openings, for the system check and the tests."""
    return _openings


def granted_models() -> dict[type[models.Model], list[Line]]:
    """The whole table, for the system check and the tests."""
    return _table


def is_member(user: Caller) -> TypeGuard[Member]:
    """Whether `user` has an account that is not suspended."""
    return user.is_authenticated and user.is_active


def _lines(model: type[models.Model], user: Caller, action: str) -> list[Line]:
    """The lines of the table that give `user` the right to `action`; none for anonymous and inactive users."""
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
    """Whether `user` may do `action` to some rows of `model`, existing or not."""
    return bool(_lines(model, user, action))


def may_all(user: Caller, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to every row of `model`."""
    return any(line.rows is everyone for line in _lines(model, user, action))


def parse(app_label: str, codename: str) -> tuple[type[models.Model] | None, str]:
    """`appointment`, `cancel_appointment` → (Appointment, "cancel"); the action may contain underscores."""
    action, _underscore, model_name = codename.rpartition("_")
    try:
        return apps.get_model(app_label, model_name), action
    except LookupError:
        return None, action
