"""Rights of one person, or of a duty, on one object."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeAlias

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from guardian.managers import BaseObjectPermissionManager
from guardian.models.models import (
    BaseGenericObjectPermission,
    GroupObjectPermissionAbstract,
    UserObjectPermissionAbstract,
)

from shs.core.caller import Caller
from shs.core.context import current, forget
from shs.core.errors import Invalid
from shs.core.grants.table import shareable
from shs.core.grants.words import permission_words
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative

Untyped: TypeAlias = Any
"""What guardian's calls take and return, and its fields: a person or a duty, one or many, and rows of any model."""


class GrantSource(models.TextChoices):
    DESK = "desk", _("works at the clinic's desk")
    CONSENT = "consent", _("the patient's consent")
    BREAK_GLASS = "break_glass", _("emergency access")
    CLAIM = "claim", _("claimed for review")
    SHARE = "share", _("shared by an admin")


class ObjectGrant(BaseGenericObjectPermission, Record):
    """A fact about one person and one object that does not follow from other data: a desk's clinic, a patient's
    consent, a claimed verification. It has a source and a reason and ends at `expires_at`. What it allows is decided by
    the grant table, together with the role of the person; rights as such are shared by UserShare and GroupShare."""

    privacy = Administrative(because="who may open what, and nothing of what it holds")
    crud = Crud(
        add=Never("follows from its basis: a desk, a consent, an emergency access, a claim"),
        change=Never("it is given anew"),
        remove=By("revoke"),
    )

    Source = GrantSource

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    permission = models.ForeignKey(Permission, models.CASCADE)
    source = models.CharField(_("basis"), max_length=12, choices=Source)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants_given",
        verbose_name=_("by"),
    )
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("access grant")
        verbose_name_plural = _("access grants")
        unique_together = ["user", "permission", "object_pk"]
        permissions = [("revoke_objectgrant", "Can revoke access to a chart")]
        constraints = [known("source", GrantSource)]
        indexes = [
            *BaseGenericObjectPermission.Meta.indexes,
            models.Index(fields=["source", "-id"], name="grant_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {permission_words(self.permission.name)}"


# --- What is shared --------------------------------------------------------------------------------------------------


class ShareQuerySet(RecordQuerySet[Untyped]):
    """Shared rights."""

    def live(self, now: datetime) -> "ShareQuerySet":
        """Those that have not ended at `now`."""
        return self.filter(ends_at__gt=now)

    def ended(self, now: datetime) -> "ShareQuerySet":
        """Those that have ended by `now`; they are deleted as soon as they are met."""
        return self.filter(ends_at__lte=now)

    def on(self, obj: models.Model) -> "ShareQuerySet":
        """Those on one object."""
        return self.filter(content_type=ContentType.objects.get_for_model(type(obj)), object_pk=str(obj.pk))

    def end(self, reason: str) -> int:
        """Delete the rows, each with a line in the history; returns how many. Of two who end the same row, one does."""
        with transaction.atomic():
            rows = list(self.select_for_update(of=("self",)))
            for row in rows:
                row._change_reason = reason or None
                row.delete()
        if rows:
            forget()
        return len(rows)


class ShareManager(BaseObjectPermissionManager.from_queryset(ShareQuerySet)):
    """guardian's manager, which stores rights with a history, a reason and an end, and only those that can be shared.
    So `assign_perm` and `remove_perm` of guardian do, too."""

    def assign_perm(
        self,
        perm: str | Permission,
        user_or_group: Untyped,
        obj: models.Model,
        *,
        by: Caller | None = None,
        reason: str = "",
        ends_at: datetime | None = None,
    ) -> "Share":
        """Store that `user_or_group` holds `perm` on `obj` until `ends_at` (default: the longest time). One that they
        hold already is renewed if it has ended or `ends_at` is given. Raises Invalid (422) for a right that cannot be
        shared, for somebody who does not work in the office, and for an end in the past or too far away."""
        now = timezone.now()
        permission, action = _right(perm, obj)
        _require_shareable(obj, action, user_or_group)
        until = _end(ends_at, now)
        found = {self.user_or_group_field: user_or_group, "permission": permission, "object_pk": str(obj.pk)}
        context = current.get()
        with transaction.atomic():
            row: Share = self.select_for_update(of=("self",)).filter(**found).first() or self.model(**found)
            if row.pk is None or row.ends_at <= now or ends_at is not None:
                row.content_type, row.ends_at, row.reason = permission.content_type, until, reason
                row.granted_by_id = by.pk if by else context.user.pk if context and context.user else None
                row._change_reason = reason or None  # type: ignore[attr-defined]  # simple_history reads it
                row.save()
        forget()
        return row

    def bulk_assign_perm(self, perm: str, user_or_group: Untyped, queryset: Untyped, **ignored: bool) -> list[Untyped]:
        return [self.assign_perm(perm, user_or_group, obj) for obj in queryset]

    def assign_perm_to_many(self, perm: str, users_or_groups: Untyped, obj: Untyped, **ignored: bool) -> list[Untyped]:
        return [self.assign_perm(perm, one, obj) for one in users_or_groups]

    def remove_perm(
        self, perm: str | Permission, user_or_group: Untyped, obj: models.Model, *, reason: str = ""
    ) -> tuple[int, dict[str, int]]:
        """End the right `perm` of `user_or_group` on `obj`; its history stays."""
        return self._removed(perm, [user_or_group], [obj], reason)

    def bulk_remove_perm(self, perm: str, user_or_group: Untyped, queryset: Untyped) -> tuple[int, dict[str, int]]:
        return self._removed(perm, [user_or_group], queryset, "")

    def remove_perm_from_many(self, perm: str, users_or_groups: Untyped, obj: Untyped) -> tuple[int, dict[str, int]]:
        return self._removed(perm, users_or_groups, [obj], "")

    def _removed(
        self, perm: str | Permission, holders: Iterable[Untyped], objects: Iterable[models.Model], reason: str
    ) -> tuple[int, dict[str, int]]:
        who = {f"{self.user_or_group_field}__in": list(holders)}
        of = self.filter(**who, permission__codename=perm.codename if isinstance(perm, Permission) else perm)
        count = sum(of.on(obj).end(reason) for obj in objects)
        return count, {self.model._meta.label: count}


def _right(perm: str | Permission, obj: models.Model) -> tuple[Permission, str]:
    """The permission, and the action that the grant table names."""
    kind = ContentType.objects.get_for_model(type(obj))
    codename = perm.codename if isinstance(perm, Permission) else perm
    found = Permission.objects.select_related("content_type").get(content_type=kind, codename=codename)
    return found, codename.removesuffix(f"_{obj._meta.model_name}")


def _require_shareable(obj: models.Model, action: str, holder: Untyped) -> None:
    """Raises Invalid (422) unless `action` on `obj` can be shared with `holder`."""
    if action not in shareable(type(obj)):
        raise Invalid(_("This right cannot be shared."), field="right")
    if not isinstance(holder, Group) and not holder.uses_back_office:
        raise Invalid(_("Only people who work in the office can be shared with."), field="person")


def last_end(now: datetime) -> datetime:
    """The latest end of a right that is shared at `now`."""
    return now + timedelta(days=settings.SHARE_DAYS)


def _end(ends_at: datetime | None, now: datetime) -> datetime:
    """The end of a share. Raises Invalid (422) if it is past, or later than SHARE_DAYS allow."""
    if ends_at is None:
        return last_end(now)
    if ends_at <= now:
        raise Invalid(_("This time has passed."), field="until")
    if ends_at > last_end(now):
        most = settings.SHARE_DAYS
        raise Invalid(_("A right can be shared for at most %(days)d days.") % {"days": most}, field="until")
    return ends_at


class Share(Record):
    """A right on one object that an admin has shared until `ends_at`; guardian's fields say with whom, and on what."""

    privacy = Administrative(because="who may open what, and nothing of what it holds")
    crud = Crud(
        add=Never("shared on the page of the record"),
        change=Never("shared anew on the page of the record"),
        remove=By("revoke"),
    )

    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss_given",
        verbose_name=_("by"),
    )
    ends_at = models.DateTimeField(_("until"), db_index=True)

    objects: ClassVar[Untyped]
    permission: Untyped
    permission_id: int
    content_type: Untyped
    content_type_id: int
    content_object: Untyped
    object_pk: Untyped

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{gettext(str(self.holder))}: {permission_words(self.permission.name)}"

    @property
    def holder(self) -> Untyped:
        """The person or the duty that it is shared with."""
        raise NotImplementedError

    @property
    def action(self) -> str:
        """The right as the grant table names it."""
        return str(self.permission.codename).removesuffix(f"_{self.content_type.model}")


class UserShare(Share, UserObjectPermissionAbstract):
    """A right on one object shared with a person."""

    objects = ShareManager()

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        verbose_name = _("right shared with a person")
        verbose_name_plural = _("rights shared with people")
        permissions = [("revoke_usershare", "Can revoke what is shared with a person")]
        indexes = [
            models.Index(fields=["content_type", "object_pk"], name="usershare_by_object"),
        ]

    @property
    def holder(self) -> Untyped:
        return self.user


class GroupShare(Share, GroupObjectPermissionAbstract):
    """A right on one object shared with a duty: with everybody who has it."""

    objects = ShareManager()

    class Meta(GroupObjectPermissionAbstract.Meta):
        abstract = False
        verbose_name = _("right shared with a duty")
        verbose_name_plural = _("rights shared with duties")
        permissions = [("revoke_groupshare", "Can revoke what is shared with a duty")]
        indexes = [
            models.Index(fields=["content_type", "object_pk"], name="groupshare_by_object"),
        ]

    @property
    def holder(self) -> Untyped:
        return self.group


# guardian's fields have no label; Django would show their names in the code.
LABELS = {"user": _("person"), "group": _("duty"), "permission": _("right"), "content_type": _("kind")}
for _model in (ObjectGrant, UserShare, GroupShare):
    for _field in _model._meta.fields:
        _field.verbose_name = LABELS.get(_field.name, _field.verbose_name)
