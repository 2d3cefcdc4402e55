"""What pharmacies have dispensed on a prescription."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.core.records.transitions import move
from shs.core.records.values import NameField
from shs.prescription.errors import TooLate
from shs.prescription.models.pharmacy import Pharmacy
from shs.users.models import User

UNDO_WITHIN = timedelta(minutes=30)
"""So long after dispensing the pharmacy can take a wrong entry back."""


class Extent(models.TextChoices):
    """How much of a medicine was dispensed."""

    ALL = "all", _("All of it")
    PART = "part", _("A part")
    NONE = "none", _("Nothing")


class DispensingStatus(models.TextChoices):
    """Whether it counts."""

    GIVEN = "given", _("Dispensed")
    UNDONE = "undone", _("Taken back")


class Dispensing(Record):
    """One time that a pharmacy dispenses medicines on a prescription: one that names itself, with the code that was
    valid for this one, or a `registered` one, whose person `by` is logged in. `number` counts those of a prescription
    that were not taken back, from 0; the next code follows from the next number."""

    privacy = Clinical(patient="prescription__patient")
    crud = NoPages("on the page of the prescription; pharmacies make them on the page of its QR code")

    STEPS = {DispensingStatus.GIVEN: {DispensingStatus.UNDONE}}

    prescription = models.ForeignKey(
        "prescription.Prescription", models.PROTECT, related_name="dispensings", verbose_name=_("prescription")
    )
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    pharmacy = NameField(_("pharmacy"), max_length=150)
    registered = models.ForeignKey(
        Pharmacy,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispensings",
        verbose_name=_("registered pharmacy"),
    )
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="dispensings", verbose_name=_("dispensed by")
    )
    status = models.CharField(_("state"), max_length=6, choices=DispensingStatus, default=DispensingStatus.GIVEN)
    given_at = models.DateTimeField(_("dispensed"))

    locked_fields = ("prescription", "number", "pharmacy", "registered", "by", "status", "given_at")

    class Meta:
        verbose_name = _("dispensing")
        verbose_name_plural = _("dispensings")
        ordering = ["given_at", "pk"]
        constraints = [
            known("status", DispensingStatus),
            models.UniqueConstraint(  # "status" in it, since SQLite reports only column names
                fields=["prescription", "number", "status"],
                condition=Q(status="given"),
                name="dispensing_code_used_once",
                violation_error_message=_("This code was used already. The patient finds a new one in the app."),
            ),
            models.CheckConstraint(name="dispensing_pharmacy_named", condition=~Q(pharmacy="")),
            models.CheckConstraint(
                name="dispensing_by_person_of_pharmacy",
                condition=Q(registered__isnull=True, by__isnull=True) | Q(registered__isnull=False, by__isnull=False),
            ),
        ]
        indexes = [  # the page of a pharmacy
            models.Index(
                fields=["registered", "-given_at"],
                condition=Q(registered__isnull=False),
                name="dispensing_of_pharmacy",
            )
        ]
        permissions = [("list_dispensing", "Can list what their own pharmacy has dispensed")]

    def __str__(self) -> str:
        return self.pharmacy

    def undo(self, *, now: datetime) -> None:
        """Take it back: the medicines count as not dispensed, and the code is valid again. Raises TooLate (409) after
        UNDO_WITHIN, StepRefused (409) a second time."""
        if now > self.given_at + UNDO_WITHIN:
            raise TooLate
        move(self, DispensingStatus.UNDONE, reason="taken back by the pharmacy")


class DispensedLine(Record):
    """How much of one medicine was dispensed. `note`: how much, or what instead. `again`: it had been dispensed whole
    before, and the pharmacy saw that."""

    privacy = Clinical(patient="dispensing__prescription__patient")
    crud = NoPages("on the page of the prescription")

    dispensing = models.ForeignKey(Dispensing, models.PROTECT, related_name="lines", verbose_name=_("dispensing"))
    line = models.ForeignKey(
        "prescription.PrescriptionLine", models.PROTECT, related_name="dispensed", verbose_name=_("medicine")
    )
    extent = models.CharField(_("how much"), max_length=4, choices=Extent)
    note = models.CharField(_("note"), max_length=150, blank=True)
    again = models.BooleanField(_("again"), default=False)

    class Meta:
        verbose_name = _("dispensed medicine")
        verbose_name_plural = _("dispensed medicines")
        ordering = ["pk"]
        constraints = [
            known("extent", Extent),
            models.UniqueConstraint(fields=["dispensing", "line"], name="dispensedline_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.get_extent_display()}"
