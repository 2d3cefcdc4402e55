"""Reviewers' internal notes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class CaseNote(Record):
    """An internal note on a case; the doctor never sees it."""

    privacy = Administrative(because="about doctors at work")
    crud = NoPages("on the page of the case, where officers write it; kept with the case")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="case_notes", verbose_name=_("doctor")
    )
    text = models.TextField(_("note"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="case_notes", verbose_name=_("by"))

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        ordering = ["-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:40]}"
