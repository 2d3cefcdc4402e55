"""The register of doctors."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex


class RegisterStanding(models.TextChoices):
    GOOD = "good", _("In good standing")
    SUSPENDED = "suspended", _("Suspended")
    REMOVED = "removed", _("Removed")


class RegisterEntry(Record):
    """One line of the register of doctors as of the day `as_of`; admins import it from the council's publication."""

    privacy = Administrative(because="a public register")

    Standing = RegisterStanding

    license_number = models.CharField(_("licence number"), max_length=30, unique=True)
    name = NameField(_("name as on the register"), max_length=150)
    degree = models.CharField(_("degree"), max_length=200, blank=True)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.GOOD)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=150)
    as_of = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register of doctors")
        ordering = ["license_number"]
        default_permissions = ("view", "add", "change", "delete")
        permissions = [
            ("import_registerentry", "Can import the register"),
            ("export_registerentry", "Can export the register"),
        ]
        constraints = [
            known("standing", RegisterStanding),
            models.CheckConstraint(
                name="registerentry_licensed",
                condition=~Q(license_number=""),
                violation_error_message=_("Enter the licence number."),
            ),
        ]
        indexes = [WordsIndex(fields=["name"], name="registerentry_words")]  # the search of the admin's list

    def __str__(self) -> str:
        return f"{self.license_number} · {self.name}"

    @property
    def is_good(self) -> bool:
        """Whether the register's standing allows practice, leaving the end of the licence aside."""
        return self.standing == self.Standing.GOOD
