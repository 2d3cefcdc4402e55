"""What somebody without a login asks for, and what is answered by mail alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative


class MailRequestKind(models.TextChoices):
    RESET = "reset", _("Password reset")
    TAKEN = "taken", _("Registration with an address that has an account")


class MailRequest(models.Model):
    """Somebody has typed `email`. Whether it has an account is looked up later, outside of their request: neither its
    answer nor the time that it takes tells."""

    privacy = Administrative(because="an address that somebody typed, until it is looked up")
    crud = NoPages("deleted as soon as it is answered")
    no_history = "deleted as soon as it is answered"

    kind = models.CharField(max_length=10, choices=MailRequestKind)
    email = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [known("kind", MailRequestKind)]

    def __str__(self) -> str:
        return show_datetime(self.at)
