"""A list of brands that is imported as a whole: checked by a job, confirmed by a person, stored by the job."""

from datetime import datetime
from typing import TypedDict

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.core.records.values import NameField


class ImportStatus(models.TextChoices):
    """How far the import of a list is."""

    WAITING = "waiting", _("Waits to be checked")
    CHECKED = "checked", _("Checked, nothing stored")
    CONFIRMED = "confirmed", _("Waits to be stored")
    STORED = "stored", _("Stored")
    FAILED = "failed", _("Cannot be read")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Finding(TypedDict):
    """What was found about a row: `kind` one of the sentences of `services.brand_words`, with its `value` and, for
    some, an `other` one."""

    row: int
    kind: str
    value: str
    other: str


class BrandImportQuerySet(RecordQuerySet["BrandImport"]):
    """Imports of lists."""

    def open(self) -> "BrandImportQuerySet":
        """Those that the job has to check or to store, the oldest first."""
        return self.filter(status__in=(ImportStatus.WAITING, ImportStatus.CONFIRMED)).order_by("pk")


class BrandImport(Record):
    """One list of brands. `content`: the file, until it is stored or withdrawn. `source` and `source_date` describe the
    list and become those of its brands. `total`: its rows; `progress`: those that were looked at; `added`, `changed`,
    `unchanged` and `wrong` count them. `findings`: the first errors, `notes`: the first names that were taken for
    another spelling. `leaves_out`: whoever confirmed it agreed that rows with errors are left out."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(
        change=Never("a corrected list is imported anew"),
        remove=By("withdraw"),
    )

    Status = ImportStatus
    STEPS = {
        ImportStatus.WAITING: {ImportStatus.CHECKED, ImportStatus.FAILED, ImportStatus.WITHDRAWN},
        ImportStatus.CHECKED: {ImportStatus.CONFIRMED, ImportStatus.WITHDRAWN},
        ImportStatus.CONFIRMED: {ImportStatus.STORED, ImportStatus.CHECKED, ImportStatus.WITHDRAWN},
    }

    source = models.CharField(_("list"), max_length=200, help_text=_("For example: DGDA, registered medicines."))
    source_date = models.DateField(_("date of the list"))
    file_name = NameField(_("name of the file"), max_length=150)
    content = models.BinaryField(_("file"), default=bytes, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=ImportStatus, default=ImportStatus.WAITING)
    problem = models.CharField(_("problem"), max_length=30, blank=True, editable=False)
    total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    progress = models.PositiveIntegerField(_("rows looked at"), default=0, editable=False)
    added = models.PositiveIntegerField(_("new"), default=0, editable=False)
    changed = models.PositiveIntegerField(_("changed"), default=0, editable=False)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0, editable=False)
    wrong = models.PositiveIntegerField(_("with errors"), default=0, editable=False)
    findings = models.JSONField(_("errors"), default=list, blank=True, editable=False)
    notes = models.JSONField(_("read as another spelling"), default=list, blank=True, editable=False)
    leaves_out = models.BooleanField(_("rows with errors are left out"), default=False, editable=False)
    uploaded_by = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = BrandImportQuerySet.as_manager()
    unlogged_fields = ("updated_at", "content", "progress", "findings", "notes")  # shown on its page
    locked_fields = ("source", "source_date", "file_name", "status", "uploaded_by")

    class Meta:
        verbose_name = _("import of brands")
        verbose_name_plural = _("imports of brands")
        ordering = ["-pk"]
        permissions = [
            ("store_brandimport", "Can store an imported list of brands"),
            ("withdraw_brandimport", "Can withdraw an import of brands"),
        ]
        constraints = [
            known("status", ImportStatus),
            models.CheckConstraint(name="brandimport_sourced", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.source}, {self.file_name}"

    def withdraw(self, *, now: datetime) -> None:
        """Store nothing of it. Raises StepRefused (409) once it is stored."""
        move(self, ImportStatus.WITHDRAWN, reason="withdrawn", content=b"", finished_at=now)
