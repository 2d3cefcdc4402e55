"""Pauses after wrong guesses of a password, a code or a link."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.words import WordsIndex
from shs.users.models.user import User

FORGOTTEN_AFTER = timedelta(hours=24)
"""So long after the last wrong guess, counting begins anew."""

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
"""The first pause and the longest one; each wrong guess doubles the pause."""


ANSWERS = "answers "
"""What an `account` begins with that counts wrong answers about a person: the patient number follows."""


class LoginPause(models.Model):
    """Wrong guesses that are counted together, and until when no further one is taken. They are counted for an
    `account` (an e-mail address as it was typed, whether or not there is such an account), for the internet `address`
    of the client, for both together, and for an account by one `device` that has logged in before. Wrong
    answers about a person, given by whoever has their phone, are counted for the patient number."""

    privacy = Administrative(because="logins")
    crud = Crud(add=Never("counted by the login"), change=Never("counted by the login"), remove=By("lift"))
    no_history = "counts, which are forgotten after a day; who lifted a pause stands in the row"

    account = models.CharField(_("account"), max_length=254, blank=True)
    address = models.CharField(_("internet address"), max_length=45, blank=True)
    device = models.CharField(max_length=32, blank=True)
    failures = models.PositiveIntegerField(_("wrong guesses"), default=0)
    failed_at = models.DateTimeField(_("last attempt"))
    until = models.DateTimeField(_("paused until"), null=True, blank=True, db_index=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )

    objects = RecordQuerySet.as_manager()
    locked_fields = ("account", "address", "device", "failures", "failed_at", "until", "lifted_at", "lifted_by")

    class Meta:
        verbose_name = _("pause after wrong logins")
        verbose_name_plural = _("pauses after wrong logins")
        default_permissions = ("view",)
        permissions = [("lift_loginpause", "Can lift a pause after wrong logins")]
        constraints = [
            models.UniqueConstraint(fields=["account", "address", "device"], name="loginpause_once"),
            models.CheckConstraint(name="loginpause_of_something", condition=~Q(account="") | ~Q(address="")),
        ]
        indexes = [
            models.Index(fields=["-failed_at", "-id"], name="loginpause_latest"),  # the admins' list
            WordsIndex(fields=["account"], name="loginpause_words"),  # its search
        ]

    def __str__(self) -> str:
        return f"{self.failures} · {show_datetime(self.failed_at)}"

    @property
    def free(self) -> int:
        """After so many wrong guesses the pauses begin. A household or a clinic may share an internet address, and an
        account may be guessed from many, so these two take longer."""
        if self.device or (self.account and self.address) or self.is_of_answers:
            return 5
        return 10 if self.account else 20

    @property
    def is_of_answers(self) -> bool:
        """Whether it counts wrong answers about a person, of which few are taken a day."""
        return self.account.startswith(ANSWERS)

    def add(self, now: datetime) -> None:
        """Count a wrong guess. The caller has locked the row."""
        if now - self.failed_at > FORGOTTEN_AFTER:
            self.failures = 0
        self.failures += 1
        self.failed_at = now
        over = self.failures - self.free
        pause = FORGOTTEN_AFTER if self.is_of_answers else min(LONGEST, SHORTEST * 2 ** min(over, 10))
        self.until = now + pause if over >= 0 else None
        self.save()

    def lift(self, *, by: User, now: datetime) -> None:
        """End the pause, and begin to count anew."""
        self.failures, self.until = 0, None
        self.lifted_at, self.lifted_by = now, by
        self.save()
