"""Results of tests, and other papers that are photographed for a chart."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.files import JPEG, PDF, PNG, CheckedFileField
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.core.records.transitions import lock, move, save_with_reason
from shs.core.records.values import NameField
from shs.users.models import User


class Kind(models.TextChoices):
    """What a paper is."""

    LAB = "lab", _("Laboratory result")
    IMAGING = "imaging", _("X-ray, ultrasound or ECG")
    PRESCRIPTION = "prescription", _("Prescription on paper")
    OTHER = "other", _("Other paper")


class Status(models.TextChoices):
    """Whether its doctor has seen it."""

    WAITING = "waiting", _("To review")
    REVIEWED = "reviewed", _("Reviewed")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class Source(models.TextChoices):
    """Who handed it in."""

    PATIENT = "patient", _("Patient")
    GUARDIAN = "guardian", _("Guardian")
    DESK = "desk", _("Clinic desk")
    DOCTOR = "doctor", _("Doctor")


class Finding(models.TextChoices):
    """What its values say together; unknown: none was entered, or for one of them no range is known."""

    UNKNOWN = "unknown", _("Not known")
    NORMAL = "normal", _("Normal")
    ABNORMAL = "abnormal", _("Outside of the range")
    CRITICAL = "critical", _("Critical")


class ResultQuerySet(RecordQuerySet["Result"]):
    """Results and papers."""

    def without_errors(self) -> Self:
        """All but those entered in error."""
        return self.exclude(status=Status.ENTERED_IN_ERROR)

    def seen(self, *, in_full: bool) -> Self:
        """All, or for a guardian those that are not confidential."""
        return self if in_full else self.filter(is_confidential=False)


class Result(Record):
    """One result or paper of one patient: a file, values (`values`), or both.

    `order` is the ordered test that it answers, `doctor` who reviews it; `visit` that of a doctor who could read no
    more of the chart. `taken_on`: the day of the sample, or of the paper. `comment` is what the doctor tells the
    patient.
    """

    privacy = Clinical(patient="patient")
    crud = Crud(change=By("enter", "review"), remove=By("retract"))

    Kind, Status, Source, Finding = Kind, Status, Source, Finding
    STEPS = {
        Status.WAITING: {Status.REVIEWED, Status.ENTERED_IN_ERROR},
        Status.REVIEWED: {Status.WAITING, Status.ENTERED_IN_ERROR},
    }

    patient = models.ForeignKey("users.User", models.PROTECT, related_name="results", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.LAB)
    title = NameField(_("title"), max_length=150)
    taken_on = models.DateField(
        _("date of the paper"), help_text=_("The day on which the sample was taken, as it is printed.")
    )
    laboratory = NameField(_("laboratory or hospital"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    file = CheckedFileField(_("photo or PDF"), folder="results", types=(PDF, JPEG, PNG), blank=True)
    content_type = models.CharField(_("type"), max_length=20, blank=True)
    pages = models.PositiveSmallIntegerField(_("pages"), default=0)
    order = models.ForeignKey(
        "prescription.OrderedTest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results",
        verbose_name=_("ordered test"),
    )
    doctor = models.ForeignKey(
        "doctors.DoctorInformation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results",
        verbose_name=_("to be reviewed by"),
    )
    visit = models.ForeignKey(
        "appointment.Appointment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results",
        verbose_name=_("written in the visit"),
    )
    source = models.CharField(_("handed in by"), max_length=8, choices=Source)
    sent_by = models.ForeignKey("users.User", models.PROTECT, related_name="results_sent", verbose_name=_("by"))
    sent_at = models.DateTimeField(_("handed in"), default=timezone.now)
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("For patients from 12 to 17: their guardians do not see it."),
    )
    finding = models.CharField(_("finding"), max_length=8, choices=Finding, default=Finding.UNKNOWN)
    status = models.CharField(_("state"), max_length=16, choices=Status, default=Status.WAITING)
    comment = models.CharField(_("what the doctor says"), max_length=1000, blank=True)
    reviewed_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results_reviewed",
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="results_acknowledged",
        verbose_name=_("acknowledged by"),
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)

    objects = ResultQuerySet.as_manager()
    locked_fields = (
        "patient",
        "kind",
        "title",
        "taken_on",
        "laboratory",
        "note",
        "file",
        "content_type",
        "pages",
        "order",
        "doctor",
        "visit",
        "source",
        "sent_by",
        "sent_at",
        "is_confidential",
        "finding",
        "status",
        "comment",
        "reviewed_by",
        "reviewed_at",
        "acknowledged_by",
        "acknowledged_at",
    )

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["-taken_on", "-pk"]
        permissions = [
            ("hand_in_result", "Can hand in a result for a patient at the desk"),
            ("enter_result", "Can enter the values of a result"),
            ("review_result", "Can review a result"),
            ("retract_result", "Can mark a result as entered in error"),
            ("export_result", "Can export results"),
        ]
        constraints = [
            known("kind", Kind),
            known("status", Status),
            known("source", Source),
            known("finding", Finding),
            models.CheckConstraint(name="result_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="result_patient_speaks_of_themselves", condition=~Q(source="patient") | Q(patient=F("sent_by"))
            ),
            models.CheckConstraint(
                name="result_file_has_its_type",
                condition=Q(file="", content_type="", pages=0) | (~Q(file="") & ~Q(content_type="") & Q(pages__gte=1)),
            ),
            models.CheckConstraint(
                name="result_reviewed_by_somebody",
                condition=~Q(status="reviewed") | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="result_acknowledged_by_somebody",
                condition=Q(acknowledged_by__isnull=True, acknowledged_at__isnull=True)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-taken_on", "-id"], name="result_by_patient"),  # a chart
            models.Index(fields=["doctor", "status", "-taken_on", "-id"], name="result_by_doctor"),  # a doctor's list
            models.Index(fields=["-taken_on", "-id"], name="result_by_day"),  # the admin's list of all
            models.Index(fields=["status", "-taken_on", "-id"], name="result_by_status"),  # its other tabs
            models.Index(fields=["doctor"], name="result_red", condition=Q(finding="critical")),  # the red list
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def to_review() -> Q:
        """Those that their doctor has not seen yet."""
        return Q(status=Status.WAITING)

    @staticmethod
    def unacknowledged() -> Q:
        """Critical ones that nobody has acknowledged."""
        critical = Q(finding=Finding.CRITICAL, acknowledged_at__isnull=True)
        return critical & ~Q(status=Status.ENTERED_IN_ERROR)

    @property
    def is_red(self) -> bool:
        """Whether it is critical, and nobody has acknowledged that."""
        is_open = self.acknowledged_at is None and self.status != Status.ENTERED_IN_ERROR
        return self.finding == Finding.CRITICAL and is_open

    @property
    def is_held(self) -> bool:
        """Whether it waits for the doctor before the patient sees what it says."""
        return is_held(self.status, self.finding)

    def review(self, *, by: User, comment: str, now: datetime) -> None:
        """Its doctor has seen it; a critical one is acknowledged by that, too."""
        knows = (by, now) if self.is_red else (self.acknowledged_by, self.acknowledged_at)
        move(
            self,
            Status.REVIEWED,
            reason="reviewed",
            reviewed_by=by,
            reviewed_at=now,
            comment=comment,
            acknowledged_by=knows[0],
            acknowledged_at=knows[1],
        )

    def acknowledge(self, *, by: User, now: datetime) -> None:
        """The doctor knows of the critical value; it still waits for the review."""
        lock(self)
        if self.is_red:
            self.acknowledged_by, self.acknowledged_at = by, now
            save_with_reason(self, "acknowledged")

    def find(self, finding: str) -> None:
        """Store what its values say, after they were entered or corrected: it is to be reviewed again. Call it
        with the row locked."""
        is_new = finding == Finding.CRITICAL
        knows = (None, None) if is_new else (self.acknowledged_by, self.acknowledged_at)
        if self.status == Status.REVIEWED:
            move(
                self,
                Status.WAITING,
                reason="values entered",
                finding=finding,
                acknowledged_by=knows[0],
                acknowledged_at=knows[1],
            )
            return
        self.finding, (self.acknowledged_by, self.acknowledged_at) = finding, knows
        save_with_reason(self, "values entered")

    def retract(self, *, reason: str) -> None:
        """Mark it as entered in error. Raises Invalid (422) without a reason."""
        if not reason.strip():
            raise Invalid(__("Enter a reason: it is kept with the result."), field="reason")
        move(self, Status.ENTERED_IN_ERROR, reason=reason)


def is_held(status: str, finding: str) -> bool:
    """Whether a result in this state waits for the doctor before the patient sees what it says: until the review, but
    for normal values where the clinic shows them at once."""
    is_shown = settings.SHOW_NORMAL_RESULTS and finding == Finding.NORMAL
    return status == Status.WAITING and not is_shown
