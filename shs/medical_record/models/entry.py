"""Entries of a patient's chart."""

from collections.abc import Mapping
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.core.records.transitions import lock, move, save_with_reason
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex
from shs.medical_record.errors import InError
from shs.medical_record.models.code import ConditionCode


class Kind(models.TextChoices):
    """What an entry is about."""

    CONDITION = "condition", _("Condition")
    ALLERGY = "allergy", _("Allergy")
    MEDICATION = "medication", _("Medication")
    IMMUNIZATION = "immunization", _("Immunization")
    PROCEDURE = "procedure", _("Procedure")
    VITAL_SIGNS = "vital_signs", _("Vital signs")
    NOTE = "note", _("Note")
    NO_ALLERGIES = "no_allergies", _("No known allergies")


TITLED_BY_KIND = (Kind.VITAL_SIGNS, Kind.NO_ALLERGIES)
"""Entries of these kinds need no title."""


class Severity(models.TextChoices):
    """How severe it is, in the three levels of FHIR R4."""

    MILD = "mild", _("Mild")
    MODERATE = "moderate", _("Moderate")
    SEVERE = "severe", _("Severe")


class Status(models.TextChoices):
    """The status of an entry."""

    ACTIVE = "active", _("Active")
    RESOLVED = "resolved", _("Resolved")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class Source(models.TextChoices):
    """Who reported it."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    GUARDIAN = "guardian", _("Guardian")


class MedicalRecordQuerySet(RecordQuerySet["MedicalRecord"]):
    """Entries of charts."""

    def active(self) -> Self:
        """Entries with the status active."""
        return self.filter(status=Status.ACTIVE)

    def without_errors(self) -> Self:
        """All entries except those entered in error."""
        return self.filter(MedicalRecord.as_it_stands())

    def seen(self, *, in_full: bool) -> Self:
        """All entries, or for a guardian those that are not confidential."""
        return self if in_full else self.filter(is_confidential=False)

    def of_kind(self, kind: str) -> Self:
        """Entries of one kind."""
        return self.filter(kind=kind)


class MedicalRecord(Record):
    """One entry of one patient's chart. It is amended or marked as entered in error, with a reason, and never deleted.

    `visit` is that of an entry whose doctor could read no more of the chart, as nobody had proven who came.
    `vital_signs` maps names of vital_signs.SIGNS to numbers in their units; None in an entry of another kind.
    `observed` maps names of observed.LABELS to what was seen while they were measured; None if nothing was noted.
    """

    privacy = Clinical(patient="patient")
    crud = Crud(change=By("amend"), remove=By("retract"))

    Kind, Severity, Status, Source = Kind, Severity, Status, Source
    STEPS = {
        Status.ACTIVE: {Status.RESOLVED, Status.ENTERED_IN_ERROR},
        Status.RESOLVED: {Status.ACTIVE, Status.ENTERED_IN_ERROR},
    }
    AMENDABLE = ("title", "details", "code", "severity", "onset_date", "vital_signs", "observed", "is_confidential")

    patient = models.ForeignKey("users.User", models.PROTECT, related_name="medical_records", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title = NameField(_("title"), max_length=200)
    details = models.TextField(_("details"), max_length=5000, blank=True)
    code = models.ForeignKey(
        ConditionCode,
        models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="records",
        verbose_name=_("ICD-10 code"),
    )
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    onset_date = models.DateField(_("since"), null=True, blank=True)
    vital_signs = models.JSONField(_("vital signs"), null=True, blank=True)
    observed = models.JSONField(_("observed"), null=True, blank=True)
    recorded_by = models.ForeignKey("users.User", models.PROTECT, related_name="records_written", verbose_name=_("by"))
    visit = models.ForeignKey(
        "appointment.Appointment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        verbose_name=_("written in the visit"),
    )
    source = models.CharField(_("source"), max_length=8, choices=Source)
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("For patients from 12 to 17: their guardians do not see it."),
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = MedicalRecordQuerySet.as_manager()
    locked_fields = ("status", "recorded_by", "visit", "source", "recorded_at")

    class Meta:
        verbose_name = _("medical record")
        verbose_name_plural = _("medical records")
        ordering = ["-recorded_at", "-pk"]
        permissions = [
            ("amend_medicalrecord", "Can amend an entry of a chart"),
            ("retract_medicalrecord", "Can mark an entry of a chart as entered in error"),
            ("share_medicalrecord", "Can give a doctor access to their own chart"),
            ("export_medicalrecord", "Can export entries of charts"),
        ]
        constraints = [
            known("kind", Kind),
            known("status", Status),
            known("severity", Severity, blank=True),
            known("source", Source),
            models.CheckConstraint(name="medicalrecord_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="medicalrecord_vital_signs_in_their_kind",
                condition=Q(kind="vital_signs", vital_signs__isnull=False)
                | (~Q(kind="vital_signs") & Q(vital_signs__isnull=True)),
                violation_error_message=_("Only an entry of the kind “vital signs” can have vital signs."),
            ),
            models.CheckConstraint(
                name="medicalrecord_observed_with_vital_signs",
                condition=Q(kind="vital_signs") | Q(observed__isnull=True),
                violation_error_message=_("Only an entry of the kind “vital signs” can have vital signs."),
            ),
            models.CheckConstraint(
                name="medicalrecord_patient_speaks_of_themselves",
                condition=~Q(source="patient") | Q(patient=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="medicalrecord_doctors_mark_as_confidential",
                condition=Q(is_confidential=False) | Q(source="doctor"),
                violation_error_message=_("Only what a doctor has entered can be confidential."),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-recorded_at", "-id"], name="medicalrecord_by_patient"),  # a chart
            models.Index(fields=["patient", "kind", "-recorded_at"], name="medicalrecord_by_kind"),  # allergies
            models.Index(
                fields=["-recorded_at", "-id", "status"], name="medicalrecord_by_time"
            ),  # the admin's list, and the number of entries without errors
            models.Index(
                fields=["status", "-recorded_at", "-id"], name="medicalrecord_by_status"
            ),  # the admin's tab of errors
            WordsIndex(fields=["title"], name="medicalrecord_words"),  # the search by title
        ]

    def __str__(self) -> str:
        kind = str(self.get_kind_display())
        is_named_so = self.title.lower() in {kind.lower(), self.kind.replace("_", " ")}
        return kind if is_named_so else f"{kind}: {self.title}"

    @property
    def signs(self) -> dict[str, float]:
        """The vital signs; empty in an entry of another kind."""
        return self.vital_signs or {}

    @staticmethod
    def as_it_stands() -> Q:
        """All entries but those that were entered in error."""
        return ~Q(status=Status.ENTERED_IN_ERROR)

    def amend(self, changes: Mapping[str, object], *, reason: str) -> None:
        """Correct or complete the entry; the history keeps the earlier content. `changes` maps fields of AMENDABLE to
        new values. Raises Invalid (422) without a reason, InError (409) if it was entered in error."""
        if unknown := changes.keys() - set(self.AMENDABLE):
            raise TypeError(f"An amendment never changes {', '.join(sorted(unknown))}.")
        _require(reason)
        with transaction.atomic():
            lock(self)
            if self.status == Status.ENTERED_IN_ERROR:
                raise InError
            for name, value in changes.items():
                setattr(self, name, value)
            save_with_reason(self, reason.strip())

    def resolve(self, *, reason: str = "") -> None:
        "Marked as resolved."
        move(self, Status.RESOLVED, reason=reason or "resolved")

    def reactivate(self, *, reason: str = "") -> None:
        """Mark it as active again."""
        move(self, Status.ACTIVE, reason=reason or "active again")

    def mark_entered_in_error(self, reason: str) -> None:
        """Mark it as wrong or in the wrong chart. The row stays, but is no longer used. Raises Invalid (422) without a
        reason."""
        _require(reason)
        move(self, Status.ENTERED_IN_ERROR, reason=reason.strip())


def _require(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Enter a reason: it is kept with the entry."), field="reason")
