"""What others did to an account: who may log in to it, and how."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative
from shs.users.models.user import User

COUNTS_FOR = timedelta(days=30)
"""For so long, who touched an account cannot have its owner confirm what they ask for."""


class Touched(models.TextChoices):
    """What somebody did to another person's account."""

    MADE = "made", _("Account created")
    ADDRESS = "address", _("E-mail address")
    FACTOR = "factor", _("Second factor")
    RESET = "reset", _("Password reset")
    ROLE = "role", _("Role and duties")
    SUSPENDED = "suspended", _("Suspended")
    REINSTATED = "reinstated", _("Reinstated")
    PROFILE = "profile", _("Doctor's profile")


CREDENTIALS = (Touched.MADE, Touched.ADDRESS, Touched.FACTOR, Touched.RESET, Touched.ROLE, Touched.REINSTATED)
"""What may let its doer log in as this person, or depend on them."""


OPENED = (Touched.MADE, Touched.PROFILE)
"""What somebody opened for a doctor: they do not decide the doctor's case."""


class AccountTouch(models.Model):
    """One change of the account of `user` by another person, `by` (None: on the server). `was_admin`: it was an
    admin's before."""

    privacy = Administrative(because="who changed whose account; no address")
    crud = NoPages("what the rule of two admins counts")
    no_history = "a line that is written once and never changed"

    What = Touched

    user = models.ForeignKey(User, models.CASCADE, related_name="touches")
    what = models.CharField(max_length=10, choices=Touched)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="touched")
    was_admin = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [known("what", Touched)]
        indexes = [
            models.Index(fields=["user", "by", "at"], name="touch_by_user"),  # who may confirm a request
            models.Index(fields=["by", "at"], name="touch_by_doer"),  # whether other admins were put aside
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} · {show_datetime(self.at)}"

    @staticmethod
    def recent(now: datetime) -> Q:
        """Condition: it was done in the last COUNTS_FOR."""
        return Q(at__gte=now - COUNTS_FOR)
