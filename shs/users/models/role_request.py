"""Requests to make somebody an admin, which takes two admins."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden
from shs.core.records.constraints import known
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models.user import User


class RequestStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RoleRequest(Record):
    """An admin's request to make `user` an admin; another admin confirms or declines it."""

    privacy = Administrative(because="who shall get which role")

    Status = RequestStatus

    STEPS = {Status.WAITING: {Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN}}

    user = models.ForeignKey(User, models.PROTECT, related_name="role_requests", verbose_name=_("person"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="roles_asked", verbose_name=_("asked by"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="roles_decided", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    locked_fields = ("user", "reason", "asked_by", "status", "decided_by", "decided_at")

    class Meta:
        verbose_name = _("request for an admin")
        verbose_name_plural = _("requests for admins")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_rolerequest", "Can confirm that somebody becomes an admin, and decline it"),
            ("withdraw_rolerequest", "Can withdraw their own request for an admin"),
        ]
        constraints = [
            known("status", RequestStatus),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status="waiting"),
                name="rolerequest_waits_once",
                violation_error_message=_("This has already been requested and is waiting for another admin."),
            ),
            models.CheckConstraint(
                name="rolerequest_takes_two",
                condition=~Q(status="confirmed") | (~Q(decided_by=models.F("asked_by")) & Q(decided_by__isnull=False)),
                violation_error_message=_("The admin who confirms must not be the one who requested it."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def confirm(self, *, by: User, now: datetime) -> None:
        """Confirm as the second admin `by`. Raises Forbidden (403) for the one who made the request, and for the person
        themselves."""
        self._require_another(by)
        move(self, self.Status.CONFIRMED, decided_by=by, decided_at=now)

    def decline(self, *, by: User, reason: str, now: datetime) -> None:
        """Decline as the second admin `by`. Raises as `confirm`."""
        self._require_another(by)
        move(self, self.Status.DECLINED, reason=reason, decided_by=by, decided_at=now)

    def withdraw(self, *, by: User, now: datetime) -> None:
        """Withdraw the request."""
        move(self, self.Status.WITHDRAWN, decided_by=by, decided_at=now)

    def _require_another(self, by: User) -> None:
        if by.pk in {self.asked_by_id, self.user_id}:
            raise Forbidden(_("A different admin has to decide: not the requester and not the person concerned."))
