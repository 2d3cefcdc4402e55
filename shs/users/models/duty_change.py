"""Duties, and changes of duties, that a second admin has to confirm."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.core.records.values import NameField
from shs.users.models.by_two import ALONE_AFTER, DecidedByTwo
from shs.users.models.made_duty import NO_RIGHT, MadeDuty, validate_duty_name, validate_rights
from shs.users.models.role_request import RequestStatus
from shs.users.models.user import User


class DutyChangeQuerySet(RecordQuerySet["DutyChange"]):
    """Requests."""

    def waiting(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status=RequestStatus.WAITING)


class DutyChange(DecidedByTwo, Record):
    """An admin's request to give `duty` this name and these rights (see MadeDuty), or to make such a duty if there is
    none. `before` is what its rights were then. `is_alone`: confirmed by whoever asked, because there is no other
    admin."""

    privacy = Administrative(because="what a duty allows")
    crud = Crud(
        add=Never("made by saving a duty that touches charts, accounts or audit"),
        change=By("decide", "decline"),
        remove=By("withdraw"),
    )

    Status = RequestStatus

    STEPS = {Status.WAITING: {Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN}}

    duty = models.ForeignKey(
        MadeDuty, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("duty")
    )
    name = NameField(_("name"), max_length=100, validators=[validate_duty_name])
    rights = models.JSONField(_("rights"), validators=[validate_rights], error_messages=NO_RIGHT)
    before = models.JSONField(_("before"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("requested by"))
    asked_at = models.DateTimeField(_("requested"))
    status = models.CharField(_("state"), max_length=10, choices=RequestStatus, default=RequestStatus.WAITING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_alone = models.BooleanField(_("without a second admin"), default=False)

    locked_fields = ("duty", "name", "rights", "before", "reason", "asked_by", "asked_at", "status", "decided_by",
                     "decided_at", "is_alone")  # fmt: skip

    objects = DutyChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a duty for two admins")
        verbose_name_plural = _("changes of duties for two admins")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_dutychange", "Can confirm, as the second admin, a duty that another one changes"),
            ("decline_dutychange", "Can decline a change of a duty"),
            ("confirm_alone_dutychange", "Can confirm their own change of a duty where there is no other admin"),
            ("withdraw_dutychange", "Can withdraw their own change of a duty"),
        ]
        constraints = [
            known("status", RequestStatus),
            models.UniqueConstraint(
                fields=["duty"],
                condition=Q(status="waiting"),
                name="dutychange_waits_once",
                violation_error_message=_("A change of this duty waits for a second admin already."),
            ),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(status="waiting"),
                name="dutychange_name_waits_once",
                violation_error_message=_("A duty with this name waits for a second admin already."),
            ),
            models.CheckConstraint(
                name="dutychange_takes_two",
                condition=~Q(status="confirmed")
                | Q(is_alone=True)
                | (~Q(decided_by=models.F("asked_by")) & Q(decided_by__isnull=False)),
                violation_error_message=_("The admin who confirms must not be the one who requested it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def alone_from(self) -> datetime:
        return self.asked_at + ALONE_AFTER

    def deciders(self) -> QuerySet[User]:
        """Admins."""
        return User.objects.admins()

    def confirm(self, *, by: User, now: datetime) -> None:
        """Confirm as the second admin `by`. Raises Forbidden (403) for the one who asked, and as `require_stranger`."""
        if by.pk == self.asked_by_id:
            raise Forbidden(_("Another admin has to decide your request. You may withdraw it."))
        self.require_stranger(by, now)
        move(self, self.Status.CONFIRMED, decided_by=by, decided_at=now)

    def confirm_alone(self, *, by: User, now: datetime) -> None:
        """Confirm as the one who asked. Raises as `require_alone`."""
        self.require_alone(by, now)
        move(self, self.Status.CONFIRMED, reason="without a second admin", decided_by=by, decided_at=now, is_alone=True)

    def decline(self, *, by: User, reason: str, now: datetime) -> None:
        """Decline as another admin. Raises Forbidden (403) for the one who asked."""
        if by.pk == self.asked_by_id:
            raise Forbidden(_("Withdraw your own request."))
        move(self, self.Status.DECLINED, reason=reason, decided_by=by, decided_at=now)

    def withdraw(self, *, by: User, now: datetime) -> None:
        """Withdraw it as the one who asked. Raises Forbidden (403) for others."""
        if by.pk != self.asked_by_id:
            raise Forbidden
        move(self, self.Status.WITHDRAWN, decided_by=by, decided_at=now)
