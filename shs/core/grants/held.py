"""Object grants: read, give and revoke rights of one person on one object."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from shs.core.caller import Caller
from shs.core.children import Gathered, value_of
from shs.core.context import forget, remember
from shs.core.grants.models import ObjectGrant, UserShare
from shs.core.queries import KeptQuery, Row


def live(now: datetime) -> Q:
    """The object grants that have not ended at `now`."""
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def held(user: Caller, model: type[models.Model], action: str, now: datetime | None = None) -> list[int]:
    """The ids of the objects of `model` on which `user` holds an object grant of `action` at `now`."""
    now, right = now or timezone.now(), f"{action}_{model._meta.model_name}"
    kind = ContentType.objects.get_for_model(model).pk
    return [
        int(row["object_pk"])
        for row in rights_of(user.pk)
        if not row["is_shared"]
        and (row["content_type_id"], row["permission__codename"]) == (kind, right)
        and (row["ends_at"] is None or row["ends_at"] > now)
    ]


COLUMNS = ("is_shared", "duty", "content_type_id", "permission__codename", "object_pk", "ends_at")


def _rights(user: int) -> models.QuerySet[models.Model, object]:
    nobody = Value("", output_field=models.CharField())
    grants = ObjectGrant.objects.filter(user=user).annotate(ends_at=F("expires_at"), is_shared=Value(0), duty=nobody)
    shares = UserShare.objects.filter(user=user).annotate(is_shared=Value(1), duty=nobody)
    duties = Group.objects.filter(user=user).annotate(is_shared=Value(1), duty=F("name"))
    of_duties = duties.order_by().values_list(*COLUMNS[:2], *(f"groupshare__{column}" for column in COLUMNS[2:]))
    rows: models.QuerySet[models.Model, object] = (
        grants.order_by().values_list(*COLUMNS).union(shares.order_by().values_list(*COLUMNS), of_duties, all=True)
    )
    return rows


RIGHTS = KeptQuery(_rights, COLUMNS)
ENDS_AT = cast("models.Field[object, object]", ObjectGrant._meta.get_field("expires_at"))


def rights_of(user: int | None) -> list[Row]:
    """The object grants of a user, what is shared with them, and each of their duties (`duty`) with what is shared with
    it (`is_shared`), also what has ended; one query, once a request."""
    if user is None:
        return []
    return remember(("rights", user), lambda: RIGHTS.rows(user=user))


def gathered_rights(user: OuterRef) -> dict[str, Gathered]:
    """What `rights_of` reads of a user, in three columns of a query of somebody else's rows."""
    columns = {name: name for name in COLUMNS[2:]}
    grants, shares, duties = (kind.objects.filter(user=user).order_by() for kind in (ObjectGrant, UserShare, Group))
    of_duty = {name: f"groupshare__{name}" for name in COLUMNS[2:]}
    return {
        "rights": Gathered(grants.values(child=JSONObject(**{**columns, "ends_at": "expires_at"}))),
        "shares": Gathered(shares.values(child=JSONObject(**columns))),
        "duties": Gathered(duties.values(child=JSONObject(duty="name", **of_duty))),
    }


def remember_rights(user: int, gathered: Mapping[str, list[Row] | None]) -> None:
    """Remember for the request what was read by `gathered_rights`."""
    rows = [
        {"duty": "", **row, "is_shared": int(kind != "rights"), "ends_at": value_of(ENDS_AT, row["ends_at"])}
        for kind, found in gathered.items()
        for row in found or ()
    ]
    remember(("rights", user), lambda: rows)


def holders_of_each(model: type[models.Model], *actions: str) -> models.QuerySet[ObjectGrant]:
    """The present object grants of `actions` on any object of `model`."""
    return ObjectGrant.objects.filter(
        live(timezone.now()),
        content_type=ContentType.objects.get_for_model(model),
        permission__codename__in=[f"{action}_{model._meta.model_name}" for action in actions],
    )


def holders(obj: models.Model, *actions: str) -> models.QuerySet[ObjectGrant]:
    """The present object grants of `actions` on `obj`, with their users."""
    rows = holders_of_each(type(obj), *actions).filter(object_pk=str(obj.pk))
    return rows.select_related("user", "permission")


def held_by(model: type[models.Model], action: str) -> dict[int, ObjectGrant]:
    """Object id → a present object grant of `action` with its user, for all objects of `model` that have one. For
    rights that few users hold at a time; read once a request."""

    def find() -> dict[int, ObjectGrant]:
        return {int(row.object_pk): row for row in holders_of_each(model, action).select_related("user")}

    return remember(("held_by", model, action), find)


def give(
    user: Caller,
    obj: models.Model,
    action: str,
    *,
    source: str,
    reason: str = "",
    by: models.Model | None = None,
    expires_at: datetime | None = None,
) -> ObjectGrant:
    """Grant `user` the right of `action` on `obj`, or renew it with a new source, reason and end."""
    kind = ContentType.objects.get_for_model(type(obj))
    permission = Permission.objects.get(content_type=kind, codename=f"{action}_{obj._meta.model_name}")
    with transaction.atomic():
        row = ObjectGrant.objects.filter(user=user, permission=permission, object_pk=str(obj.pk)).first()
        row = row or ObjectGrant(user=user, permission=permission, content_type=kind, object_pk=str(obj.pk))
        row.source, row.reason, row.expires_at = source, reason, expires_at
        row.granted_by_id = by.pk if by else None
        row.save()
    forget()
    return row


def end_grant(grant: models.Model, *, reason: str) -> None:
    """End one object grant, or one shared right, at once; its history stays."""
    grant._change_reason = reason or None  # type: ignore[attr-defined]  # what simple_history writes into the line of the deletion
    grant.delete()
    forget()


def take(obj: models.Model, action: str, *, users: Iterable[Caller] | None = None, reason: str = "") -> int:
    """Revoke the right of `action` on `obj` from `users` (None: from everybody); returns how many held it."""
    rows = holders(obj, action)
    if users is not None:
        rows = rows.filter(user__in=users)
    for row in (taken := list(rows)):
        end_grant(row, reason=reason)
    return len(taken)
