"""Documents of an application."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import Crud, Never
from shs.core.records.files import JPEG, PDF, PNG, CheckedFileField
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class DocumentKind(models.TextChoices):
    LICENSE = "license", _("Licence certificate")
    DEGREE = "degree", _("Degree")
    IDENTITY = "identity", _("Identity card")


class DoctorDocument(Record):
    """A scan or photograph that a doctor uploaded, with its original file name."""

    privacy = Administrative(because="about doctors at work; opening one is written to the read log")
    crud = Crud(
        change=Never("a new one is sent"),
        remove=Never("kept as the proof of a decision"),
    )

    Kind = DocumentKind

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="documents", verbose_name=_("doctor")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    file = CheckedFileField(_("file"), folder="documents", types=(PDF, JPEG, PNG))
    original_name = models.CharField(_("name of the file"), max_length=150)
    content_type = models.CharField(_("type"), max_length=20)
    size = models.PositiveIntegerField(_("size (bytes)"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    proposal = models.ForeignKey(
        "doctors.FactProposal",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("for the proposed change"),
    )

    locked_fields = ("doctor", "kind", "file", "original_name", "content_type", "size", "expires_on", "proposal")

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["kind", "-pk"]
        permissions = [("read_doctordocument", "Can open the document itself")]
        constraints = [
            known("kind", DocumentKind),
            models.CheckConstraint(
                name="doctordocument_type_known",
                condition=Q(content_type__in=["application/pdf", "image/jpeg", "image/png"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.doctor}"
