"""Warnings that were shown while a prescription was written, to tell the heeded ones from the overridden."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.prescription.models.lines import WarningKind


class SeenWarning(Record):
    """A blocking warning, as it was shown to the doctor of a visit before issuing. `heeded_at`: when something else
    was issued, so that the warning no longer held. `key` and `rule` as in PrescriptionWarning."""

    privacy = Clinical(patient="appointment__patient")
    crud = NoPages("counted on the page of overridden warnings")

    appointment = models.ForeignKey(
        "appointment.Appointment", models.PROTECT, related_name="seen_warnings", verbose_name=_("visit")
    )
    key = models.CharField(_("key"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=WarningKind)
    rule = models.CharField(_("rule"), max_length=100, blank=True)
    medication = models.CharField(_("medicine"), max_length=150)
    shown_to = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("shown to"))
    heeded_at = models.DateTimeField(_("heeded"), null=True, blank=True)

    class Meta:
        verbose_name = _("shown warning")
        verbose_name_plural = _("shown warnings")
        ordering = ["pk"]
        constraints = [
            known("kind", WarningKind),
            models.UniqueConstraint(fields=["appointment", "key"], name="seenwarning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.medication}: {self.rule}"
