"""Requests that take two admins: to make an admin, and to change how somebody else logs in."""

from datetime import datetime

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models.by_two import ALONE_AFTER, DecidedByTwo
from shs.users.models.user import User


class RequestStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RequestKind(models.TextChoices):
    """What an admin asks for."""

    ADMIN = "admin", _("Make an admin")
    ADDRESS = "address", _("Change the e-mail address")
    FACTOR = "factor", _("Reset the second factor")
    RESET = "reset", _("Send a reset mail to a new address")


class RoleRequest(DecidedByTwo, Record):
    """An admin's request to make `user` an admin, or to change how they log in; another admin confirms or declines it.
    `email` is the new address, for a request of that kind. `is_alone`: confirmed by whoever asked, or on the server."""

    privacy = Administrative(because="who shall get which role, and whose login is changed")
    crud = Crud(
        add=Never("made by a step on the page of the account"), change=By("decide", "decline"), remove=By("withdraw")
    )

    Status = RequestStatus
    Kind = RequestKind

    STEPS = {Status.WAITING: {Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN}}

    user = models.ForeignKey(User, models.PROTECT, related_name="role_requests", verbose_name=_("person"))
    kind = models.CharField(_("request"), max_length=10, choices=Kind, default=Kind.ADMIN)
    email = models.EmailField(_("new address"), blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="roles_asked", verbose_name=_("requested by"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="roles_decided", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_alone = models.BooleanField(_("without a second admin"), default=False)

    locked_fields = (
        "user",
        "kind",
        "email",
        "reason",
        "asked_by",
        "status",
        "decided_by",
        "decided_at",
        "is_alone",
    )

    class Meta:
        verbose_name = _("request for two admins")
        verbose_name_plural = _("requests for two admins")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_rolerequest", "Can confirm, as the second admin, what another one asks for"),
            ("decline_rolerequest", "Can decline what another admin asks for"),
            ("confirm_alone_rolerequest", "Can confirm their own request where there is no other admin"),
            ("withdraw_rolerequest", "Can withdraw their own request"),
        ]
        constraints = [
            known("status", RequestStatus),
            known("kind", RequestKind),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(status="waiting"),
                name="rolerequest_waits_once",
                violation_error_message=_("This has already been requested and is waiting for another admin."),
            ),
            models.CheckConstraint(
                name="rolerequest_takes_two",
                condition=~Q(status="confirmed")
                | Q(is_alone=True)
                | (~Q(decided_by=models.F("asked_by")) & Q(decided_by__isnull=False)),
                violation_error_message=_("The admin who confirms must not be the one who requested it."),
            ),
            models.CheckConstraint(
                name="rolerequest_address_named",
                condition=Q(kind="address", email__gt="") | (~Q(kind="address") & Q(email="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def confirm(self, *, by: User, now: datetime) -> None:
        """Confirm as the second admin `by`. Raises Forbidden (403) for the one who made the request, for the person
        themselves, and where one of the two made the other's account or changed how they log in, in the last
        30 days."""
        self._require_another(by)
        self.require_stranger(by, now)
        move(self, self.Status.CONFIRMED, decided_by=by, decided_at=now)

    def confirm_alone(self, *, by: User | None, now: datetime) -> None:
        """Confirm as the one who asked (None: on the server, at once). Raises as `require_alone`."""
        if by is not None:
            self.require_alone(by, now)
        move(self, self.Status.CONFIRMED, reason="without a second admin", decided_by=by, decided_at=now, is_alone=True)

    @property
    def alone_from(self) -> datetime:
        return self.created_at + ALONE_AFTER

    def deciders(self) -> QuerySet[User]:
        """Admins, also the person concerned."""
        return User.objects.admins()

    def decline(self, *, by: User, reason: str, now: datetime) -> None:
        """Decline as another admin or as the person concerned. Raises Forbidden (403) for the one who asked."""
        if by.pk == self.asked_by_id:
            raise Forbidden(_("Withdraw your own request."))
        move(self, self.Status.DECLINED, reason=reason, decided_by=by, decided_at=now)

    def withdraw(self, *, by: User, now: datetime) -> None:
        """Withdraw the request."""
        move(self, self.Status.WITHDRAWN, decided_by=by, decided_at=now)

    def _require_another(self, by: User) -> None:
        if by.pk in {self.asked_by_id, self.user_id}:
            raise Forbidden(_("A different admin has to decide: not the requester and not the person concerned."))
