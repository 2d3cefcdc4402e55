"""The rule of requests that a second person decides: who asked may do so alone if there is nobody else."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, StepRefused
from shs.users.models.touch import CREDENTIALS, AccountTouch, Touched
from shs.users.models.user import User

ALONE_AFTER = timedelta(hours=24)
"""After so long people may confirm their own request, if nobody else may decide it."""


class DecidedByTwo:
    """Mixin for such requests, whose `status` is "waiting" until then."""

    asked_by_id: int
    status: str

    def deciders(self) -> QuerySet[User]:
        """Everybody who may decide such a request, if it is not their own."""
        raise NotImplementedError

    def put_aside(self) -> Q:
        """Which changes of accounts took from somebody the permission to decide, if they suspended them or changed
        their role."""
        return Q(was_admin=True)

    def require_stranger(self, by: User, now: datetime) -> None:
        """Raises Forbidden (403) where one of `by` and the one who asked made the other's account, or changed how they
        log in, in the last 30 days."""
        between = Q(user=by, by=self.asked_by_id) | Q(user=self.asked_by_id, by=by)
        if AccountTouch.objects.filter(AccountTouch.recent(now), between, what__in=CREDENTIALS).exists():
            raise Forbidden(
                _("In the last 30 days one of you changed how the other logs in. Another admin has to decide.")
            )

    @property
    def alone_from(self) -> datetime:
        """From when on the one who asked may confirm, if nobody else may decide."""
        raise NotImplementedError

    def has_another(self, now: datetime) -> bool:
        """Whether somebody else may decide, or could until who asked suspended them or changed their role in the last
        30 days. One who is lost is helped on the server."""
        taken = [Touched.SUSPENDED, Touched.ROLE]
        aside = AccountTouch.objects.filter(
            AccountTouch.recent(now), self.put_aside(), by=self.asked_by_id, what__in=taken
        )
        others = User.objects.filter(Q(pk__in=self.deciders().values("pk")) | Q(pk__in=aside.values("user")))
        return others.exclude(pk=self.asked_by_id).exists()

    def can_be_confirmed_alone(self, now: datetime) -> bool:
        """Whether the one who asked may confirm it now."""
        return self.status == "waiting" and now >= self.alone_from and not self.has_another(now)

    def require_alone(self, by: User, now: datetime) -> None:
        """Raises Forbidden (403) for others than whoever asked, StepRefused (409) before ALONE_AFTER has passed, or
        while somebody else may decide."""
        if by.pk != self.asked_by_id:
            raise Forbidden
        if self.has_another(now):
            raise StepRefused(_("Another person can decide this, so you cannot decide it alone."))
        if now < self.alone_from:
            raise StepRefused(_("You may confirm this alone 24 hours after you have asked."))
