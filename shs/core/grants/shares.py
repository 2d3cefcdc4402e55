"""What admins share: single rights on single objects, for a person or a duty, until a date. The rows are guardian's
(UserShare and GroupShare); the grant table reads them by `shared_keys`, its line for every model."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from shs.core.caller import Caller, Member
from shs.core.context import remember
from shs.core.grants.held import rights_of
from shs.core.grants.models import GroupShare, Share, ShareQuerySet, Untyped, UserShare
from shs.core.grants.table import is_member, is_sharer

Kind = TypeVar("Kind", bound=models.Model)
KINDS: tuple[type[Untyped], ...] = (UserShare, GroupShare)
SHOWN = ("granted_by__name", "reason")
COLUMNS = ("content_type_id", "permission__codename", "object_pk", "ends_at")


class Held(NamedTuple):
    """A right that is shared with somebody."""

    kind: int
    codename: str
    key: str
    ends_at: datetime


def held_shares(user: Member, now: datetime | None = None) -> list[Held]:
    """What is shared with `user` at `now`; read once a request. Nothing for suspended people, for patients, and for
    those who may share, who hold it all by their role. What has ended is deleted on this occasion."""
    if not (is_member(user) and user.uses_back_office) or is_sharer(user):
        return []
    now = now or timezone.now()
    found = remember(("shares", user.pk), lambda: _read(user))
    end_over(now, user)
    return [one for one in found if one.ends_at > now]


def _read(user: Member) -> list[Held]:
    # Only staff have duties beside their role.
    has_duties = len(user.roles_held) > 1
    rows = [row for row in rights_of(user.pk) if row["is_shared"] and (has_duties or not row["duty"])]
    return [Held(*(row[name] for name in COLUMNS)) for row in rows if row["ends_at"] is not None]


def duties_of(user: int) -> set[str]:
    """The duties of a member of staff, by name; read once a request, together with what is shared with them."""
    return {row["duty"] for row in rights_of(user)} - {""}


def count_over(now: datetime) -> int:
    """How many rows have ended by `now` and are still there."""
    return sum(int(kind.objects.ended(now).count()) for kind in KINDS)


def end_over(now: datetime, user: Caller | None = None) -> int:
    """Delete what has ended by `now`, of `user` and their duties, or of all. guardian's own calls join the tables past
    every manager and know no end: to them a row that is there is a right."""
    if user is None:
        return sum(kind.objects.ended(now).end("ended") for kind in KINDS)
    if not any(row["is_shared"] and row["ends_at"] is not None and row["ends_at"] <= now for row in rights_of(user.pk)):
        return 0
    of: list[ShareQuerySet] = [
        UserShare.objects.ended(now).filter(user=user.pk),
        GroupShare.objects.ended(now).filter(group__user=user.pk),
    ]
    return sum(rows.end("ended") for rows in of)


def shared_keys(user: Member, model: type[models.Model], action: str) -> set[object]:
    """The line of the grant table for every model: the keys of the rows of `model` on which `action` is shared with
    `user`."""
    found = held_shares(user)
    if not found:
        return set()
    kind, codename = ContentType.objects.get_for_model(model).pk, f"{action}_{model._meta.model_name}"
    of_key = model._meta.pk.to_python
    return {of_key(one.key) for one in found if one.kind == kind and one.codename == codename}


# --- Sharing and revoking --------------------------------------------------------------------------------------------

Tell = Callable[[models.Model, list[Share], Member], None]
"""Tells people that an object is shared with them: called with the object, the new rows, and who shares it."""

_tell: list[Tell] = []


def when_shared(tell: Tell) -> Tell:
    """Decorator: call `tell` in the transaction in which an object is shared."""
    _tell.append(tell)
    return tell


def share(
    obj: models.Model, action: str, *, to: Member | Group, ends_at: datetime, reason: str, by: Member
) -> list[Share]:
    """Share the right `action` on `obj`, and the right to see it, with a person or a duty until `ends_at`. Raises
    Invalid (422) as `ShareManager.assign_perm` does."""
    kind = GroupShare if isinstance(to, Group) else UserShare
    with transaction.atomic():
        made = [
            kind.objects.assign_perm(_codename(obj, each), to, obj, by=by, reason=reason, ends_at=ends_at)
            for each in dict.fromkeys(["view", action])
        ]
        for tell in _tell:
            tell(obj, made, by)
    return made


def revoke(row: Share, *, reason: str) -> None:
    """End a shared right at once; with the right to see an object all others on it."""
    kind: Untyped = type(row)
    on = kind.objects.filter(content_type=row.content_type_id, object_pk=row.object_pk)
    rows = on.filter(**{kind.objects.user_or_group_field: row.holder})
    (rows if row.action == "view" else rows.filter(pk=row.pk)).end(reason)


def _codename(obj: models.Model, action: str) -> str:
    return f"{action}_{obj._meta.model_name}"


# --- Listing ---------------------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """A shared right with what is shown of it. `kind` names its model, `holder` the person or (`is_duty`) the duty."""

    kind: str
    pk: int
    holder: str
    content_type: int
    object_pk: str
    codename: str
    ends_at: datetime
    by: str | None
    reason: str

    @property
    def is_duty(self) -> bool:
        return self.kind == GroupShare._meta.model_name

    @property
    def action(self) -> str:
        """The right as the grant table names it."""
        return self.codename.rpartition("_")[0]


def shares_on(obj: models.Model) -> list[Listed]:
    """Who has what on `obj`: people, then duties, by name. One query. Measured for five people and a duty: guardian's
    `get_users_with_perms(obj, attach_perms=True)` takes 13 and `get_groups_with_perms` three, and both know neither the
    end nor the reason."""
    return _listed(*(kind.objects.on(obj) for kind in KINDS))


def with_any_share(rows: "QuerySet[Kind]") -> "QuerySet[Kind]":
    """`rows`, for which `is_any_shared` knows the answer."""
    kind, key = ContentType.objects.get_for_model(rows.model), Cast(OuterRef("pk"), CharField())
    of_people, of_duties = (one.objects.filter(content_type=kind, object_pk=key).order_by() for one in KINDS)
    found: QuerySet[Kind] = rows.annotate(any_share=Exists(of_people) | Exists(of_duties))  # type: ignore[assignment]
    return found


def is_any_shared(obj: models.Model) -> bool:
    """Whether anything on `obj` may be shared: False only for one that was read `with_any_share`."""
    return bool(vars(obj).get("any_share", True))


def shares_with(user: Member) -> list[Listed]:
    """What is shared with `user`, and with their duties."""
    return _listed(UserShare.objects.filter(user=user.pk), GroupShare.objects.filter(group__user=user.pk))


def _listed(people: ShareQuerySet, duties: ShareQuerySet) -> list[Listed]:
    """The rows that have not ended, in one query."""
    parts = [
        rows.live(timezone.now())
        .annotate(kind=Value(rows.model._meta.model_name, output_field=CharField()))
        .order_by()
        .values_list(
            "kind",
            "pk",
            f"{holder}__name",
            *COLUMNS[:1],
            "object_pk",
            COLUMNS[1],
            "ends_at",
            "granted_by__name",
            "reason",
        )
        for rows, holder in ((people, "user"), (duties, "group"))
    ]
    found = [Listed(*row) for row in parts[0].union(parts[1], all=True)]
    return sorted(found, key=lambda one: (one.content_type, one.object_pk, one.is_duty, one.holder, one.pk))


def holders_of(row: Share) -> list[Untyped]:
    """The people who hold a shared right now: the person, or the active members of the duty."""
    people = [row.holder] if isinstance(row, UserShare) else row.holder.user_set.order_by("name", "pk")
    return [person for person in people if is_member(person) and person.uses_back_office]
