"""The grant table: who may do what to which rows. `user.has_perm("appointment.cancel_appointment", visit)` and
`Appointment.objects.allowed(user, "cancel")` read the same lines and so cannot disagree. Apps add lines by `grant()` in
their `permissions.py`. Rights of one person on one object that do not follow from other data are ObjectGrant rows: see
shs/core/grants/held.py. What an admin shares is one more line, for every model: see shs/core/grants/shares.py; and so
is what a duty made by the clinic gives: see shs/core/grants/offered.py."""

from collections.abc import Callable, Collection
from functools import reduce
from operator import or_
from typing import NamedTuple, TypeGuard

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from shs.core.caller import Caller, Member
from shs.core.context import remember


class RightMissing(PermissionDenied):
    """The user lacks `permission`; the 403 page names it."""

    def __init__(self, permission: str):
        super().__init__(permission)
        self.permission = permission


def holds(user: Caller, permission: str) -> bool:
    """Whether the role or a duty of `user` gives `permission`, such as "blog.hide_comment", on some rows. Rows shared
    with them do not count: who may see one visit is no desk. (`has_perm` without a row means: on all rows.)"""
    model, action = parse(*permission.split(".", 1))
    return model is not None and may_ever(user, model, action)


def require(user: Caller, permission: str) -> None:
    """Raises RightMissing (403) if `user` does not hold `permission` on any row."""
    if not holds(user, permission):
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


Lines = Callable[[Member, type[models.Model], str], list[Line]]
"""The lines that give a user the right to an action on a model because of rows of the database."""

_further: list[Lines] = []


def add_lines(lines: Lines) -> None:
    """Add lines that are not written in the code."""
    _further.append(lines)


# --- Sharing ---------------------------------------------------------------------------------------------------------

SHARE = "share_object"
"""The right to share a row: that of `sharers` on every row of a model of which something can be shared."""

NEVER_SHARED = frozenset({"add", "delete", "merge", "unmerge", "import", "export", "choose"})
"""Rights that concern more than the one row."""

Keys = Callable[[Member, type[models.Model], str], Collection[object]]
"""The keys of the rows of a model on which a user may do an action because they were shared."""

_sharers: set[str] = set()
_kept_back: dict[type[models.Model], set[str]] = {}
_shared: list[Keys] = []


def share_by(who: str, keys: Keys) -> None:
    """Add the line that stands for every model: users may do what the role `who` has shared with them, to the rows
    whose keys `keys(user, model, action)` returns."""
    _sharers.add(str(who))
    _shared.append(keys)


def keep_back(model: type[models.Model], *actions: str, because: str) -> None:
    """Let these rights on rows of `model` never be shared."""
    if not because:
        raise TypeError("Say why these rights are never shared.")
    _kept_back.setdefault(model, set()).update(actions)


def shareable(model: type[models.Model]) -> frozenset[str]:
    """The rights on one row of `model` that can be shared: those that sharers hold on every row. A right that depends
    on the person, such as to confirm what somebody else has asked for, is never among them."""
    lines = [line for line in _table.get(model, ()) if line.who in _sharers and line.rows is everyone]
    return frozenset().union(*(line.actions for line in lines)) - NEVER_SHARED - _kept_back.get(model, set())


def is_sharer(user: Caller) -> bool:
    """Whether `user` may share, and so holds everything that can be shared."""
    return is_member(user) and not _sharers.isdisjoint(user.roles_held)


def _shared_keys(model: type[models.Model], user: Member, action: str) -> set[object]:
    """The keys of the rows of `model` on which `user` may do `action` because they are shared with them."""
    if is_sharer(user) or action not in shareable(model):
        return set()
    return {key for keys in _shared for key in keys(user, model, action)}


# --- Reading the table -----------------------------------------------------------------------------------------------


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
    roles = frozenset(user.roles_held)
    return remember(("lines", user.pk, roles, model, action), lambda: _lines_of(model, user, action, roles))


def _lines_of(model: type[models.Model], user: Member, action: str, roles: frozenset[str]) -> list[Line]:
    if action == SHARE and shareable(model):
        return [Line(who, everyone, frozenset({SHARE})) for who in _sharers & roles]
    written = [line for line in _table.get(model, ()) if action in line.actions and line.who in roles]
    return [*written, *(line for lines in _further for line in lines(user, model, action))]


def rows_held(model: type[models.Model], user: Caller, action: str) -> Q:
    """The rows of `model` on which the role or a duty of `user` gives `action`, as a Q: what may be chosen in a form.
    That one row is shared says nothing of what may be attached to it."""
    if not is_member(user):
        return NOTHING
    lines = _lines(model, user, action)
    if any(line.rows is everyone for line in lines):
        return everyone(user)
    found = [line.rows(user) for line in lines]
    return reduce(or_, found) if found else NOTHING


def rows_allowed(model: type[models.Model], user: Caller, action: str) -> Q:
    """The rows of `model` on which `user` may do `action`, as a Q: those of the role or a duty, and shared ones."""
    held = rows_held(model, user, action)
    keys = _shared_keys(model, user, action) if is_member(user) and not may_all(user, model, action) else set()
    return held | Q(pk__in=keys) if keys else held


def may_ever(user: Caller, model: type[models.Model], action: str) -> bool:
    """Whether the role or a duty of `user` allows `action` to some rows of `model`, existing or not."""
    return bool(_lines(model, user, action))


def may_some(user: Caller, model: type[models.Model], action: str) -> bool:
    """As `may_ever`, also if only single rows are shared with `user`."""
    return may_ever(user, model, action) or any_shared(model, user, action)


def may_all(user: Caller, model: type[models.Model], action: str) -> bool:
    """Whether `user` may do `action` to every row of `model`."""
    return any(line.rows is everyone for line in _lines(model, user, action))


def is_shared(obj: models.Model, user: Caller, action: str) -> bool:
    """Whether `action` on `obj` is shared with `user`; no query of the row is needed to know."""
    return is_member(user) and obj.pk in _shared_keys(type(obj), user, action)


def any_shared(model: type[models.Model], user: Caller, action: str) -> bool:
    """Whether `action` on any row of `model` is shared with `user`."""
    return is_member(user) and bool(_shared_keys(model, user, action))


def parse(app_label: str, codename: str) -> tuple[type[models.Model] | None, str]:
    """`appointment`, `cancel_appointment` → (Appointment, "cancel"); the action may contain underscores."""
    action, _underscore, model_name = codename.rpartition("_")
    try:
        return apps.get_model(app_label, model_name), action
    except LookupError:
        return None, action
