"""A prescription: a draft, then issued (sealed with a digest), then possibly amended by a new version or cancelled."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.children import with_children
from shs.core.errors import Invalid, NotFound
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.core.records.transitions import lock, move
from shs.prescription.errors import SealBroken, Sealed
from shs.prescription.models.answers import Answer
from shs.prescription.models.content import Content, Parties, digest_of, new_code
from shs.prescription.models.lines import OrderedTest, PrescriptionLine, StoppedMedicine


class Status(models.TextChoices):
    """The status of a prescription. A discarded draft is cancelled without ever having been issued."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    AMENDED = "amended", _("Amended")
    CANCELLED = "cancelled", _("Cancelled")


def find_by_code(code: str) -> "Prescription":
    """The issued prescription with the code of a QR code, as somebody may have typed it. Raises NotFound (404), always
    the same."""
    rows = Prescription.objects.unrestricted("whoever has the paper has the code").released().in_full()
    found = rows.filter(code=code.upper().replace("-", "").replace(" ", "")[:100]).first()
    if found is None:
        raise NotFound
    return found


DUE_DAYS = 7
"""A follow-up is due from this many days before its date to as many after it."""


def follow_up_due(today: date) -> Q:
    """Issued prescriptions whose follow-up is due on the day `today`."""
    reach = timedelta(days=DUE_DAYS)
    return Q(status=Status.ISSUED, follow_up_date__range=(today - reach, today + reach))


PARTS = ("lines", "tests", "stopped")
"""The children of a prescription that a page, the PDF and the seal need."""


class PrescriptionQuerySet(RecordQuerySet["Prescription"]):
    """Prescriptions, each version a row."""

    def released(self) -> Self:
        """Those that were issued at some time."""
        return self.exclude(digest="")

    def seen(self, *, in_full: bool) -> Self:
        """All, or for a guardian those that are not confidential."""
        return self if in_full else self.filter(is_confidential=False)

    def latest(self) -> Self:
        """The current version of each prescription: issued or cancelled, not amended."""
        return self.released().exclude(status=Status.AMENDED)

    def numbered(self, pk: int) -> Self:
        """All versions of the prescription `pk`: the API's id is that of the first version, whatever follows."""
        return self.filter(Q(pk=pk, original__isnull=True) | Q(original=pk))

    def in_full(self) -> Self:
        """With the related rows that a page, the PDF or the seal needs, in four queries."""
        return self._joined().prefetch_related(*PARTS)

    def read_in_full(self, *more: str) -> "list[Prescription]":
        """As `in_full`, and with `more` children, in one query: for a few rows."""
        return with_children(self._joined(), *PARTS, *more)

    def _joined(self) -> Self:
        return self.select_related("appointment__clinic", "patient", "doctor")


class Prescription(Record):
    """One version of what a doctor prescribes after a visit; patient and doctor are those of the appointment.

    `code`: random, in the QR. `amends`: the version that this one replaces; `original`: the first one. `parties`:
    doctor, clinic and patient as they were when it was issued. `not_checked`: what the checks before issuing could
    not say, in sentences. `checks`: a line for each kind of check, {"kind", "state", "text"}. `digest`: sha256 over
    `content()`, the seal of what was issued. `vital_signs` maps names of medical_record.vital_signs.SIGNS to numbers
    in their units. `pregnancy` and `breastfeeding`: what the patient answered in this visit; empty if nobody asked.
    Neither these nor whether it `is_confidential` are part of the seal.
    """

    privacy = Clinical(patient="patient")
    crud = Crud(remove=By("cancel"))

    STEPS = {
        Status.DRAFT: {Status.ISSUED, Status.CANCELLED},
        Status.ISSUED: {Status.AMENDED, Status.CANCELLED},
    }
    WRITTEN = (
        "diagnosis",
        "symptoms",
        "advice",
        "follow_up_date",
        "vital_signs",
        "is_confidential",
        "pregnancy",
        "breastfeeding",
    )
    """The fields that the doctor writes, besides medicines and tests."""

    appointment = models.ForeignKey(
        "appointment.Appointment", models.PROTECT, related_name="prescriptions", verbose_name=_("appointment")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="prescriptions", verbose_name=_("patient"))
    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="prescriptions", verbose_name=_("doctor")
    )
    code = models.CharField(_("code"), max_length=20, unique=True, default=new_code, editable=False)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    amends = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="amended_by", verbose_name=_("replaces")
    )
    original = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="versions", verbose_name=_("first version")
    )
    diagnosis = models.TextField(_("diagnosis"), max_length=500)
    symptoms = models.TextField(_("symptoms"), max_length=2000, blank=True)
    advice = models.TextField(_("advice"), max_length=2000, blank=True)
    follow_up_date = models.DateField(_("follow-up"), null=True, blank=True)
    vital_signs = models.JSONField(_("vital signs"), default=dict, blank=True)
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("For patients from 12 to 17: their guardians do not see it."),
    )
    pregnancy = models.CharField(
        _("pregnant"),
        max_length=8,
        choices=Answer,
        blank=True,
        help_text=_("Ask women from 12 to 55 in each visit."),
    )
    breastfeeding = models.CharField(
        _("breast-feeding"),
        max_length=8,
        choices=Answer,
        blank=True,
        help_text=_("Ask women from 12 to 55 in each visit."),
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    parties = models.JSONField(_("names when issued"), default=dict, blank=True, editable=False)
    not_checked = models.JSONField(_("not checked"), default=list, blank=True, editable=False)
    checks = models.JSONField(_("checks"), default=list, blank=True, editable=False)
    digest = models.CharField(_("seal (SHA-256)"), max_length=64, blank=True, editable=False)
    status_reason = models.CharField(_("reason for ending"), max_length=500, blank=True)

    objects = PrescriptionQuerySet.as_manager()
    unlogged_fields = ("updated_at", "checks")  # shown on its page
    locked_fields = (
        "patient",
        "doctor",
        "code",
        "version",
        "amends",
        "original",
        "status",
        "issued_at",
        "digest",
        "status_reason",
    )

    class Meta:
        verbose_name = _("prescription")
        verbose_name_plural = _("prescriptions")
        ordering = ["-issued_at", "-pk"]
        permissions = [
            ("issue_prescription", "Can issue a prescription"),
            ("amend_prescription", "Can amend an issued prescription"),
            ("cancel_prescription", "Can cancel a prescription"),
            ("export_prescription", "Can export prescriptions"),
            ("reprint_prescription", "Can print an issued prescription again for its patient"),
        ]
        constraints = [
            known("status", Status),
            known("pregnancy", Answer, blank=True),
            known("breastfeeding", Answer, blank=True),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="issued"),
                name="prescription_issued_once",
                violation_error_code="prescription_exists",
                violation_error_message=_("This visit already has a prescription."),
            ),
            models.UniqueConstraint(  # "status" in it, since SQLite reports only column names
                fields=["appointment", "status"],
                condition=Q(status="draft"),
                name="prescription_drafted_once",
                violation_error_code="prescription_exists",
                violation_error_message=_("There is already a draft prescription for this visit."),
            ),
            models.CheckConstraint(
                name="prescription_sealed_when_issued",
                condition=Q(status__in=["draft", "cancelled"], digest="", issued_at__isnull=True)
                | (Q(status__in=["issued", "amended", "cancelled"], issued_at__isnull=False) & ~Q(digest="")),
            ),
            models.CheckConstraint(
                name="prescription_version_names_the_old",
                condition=Q(version=1, amends__isnull=True, original__isnull=True)
                | Q(version__gte=2, amends__isnull=False, original__isnull=False),
            ),
            models.CheckConstraint(name="prescription_amends_another", condition=~Q(amends=F("id"))),
            models.CheckConstraint(
                name="prescription_reasoned_when_ended",
                condition=~Q(status__in=["amended", "cancelled"]) | ~Q(status_reason=""),
                violation_error_message=_("Enter a reason."),
            ),
            models.CheckConstraint(name="prescription_diagnosed", condition=~Q(diagnosis="")),
        ]
        indexes = [
            models.Index(fields=["patient", "-issued_at", "-id"], name="prescription_by_patient"),  # a patient's list
            models.Index(fields=["doctor", "-issued_at", "-id"], name="prescription_by_doctor"),  # a doctor's list
            models.Index(fields=["-issued_at", "-id"], name="prescription_by_time"),  # the admin's list of all
            models.Index(
                fields=["status", "-issued_at", "-id"], name="prescription_by_status"
            ),  # the other tabs of the admin's list
            models.Index(fields=["status", "follow_up_date"], name="prescription_follow_up"),  # follow-ups that are due
        ]

    def __str__(self) -> str:
        return f"{self.appointment.number} v{self.version}"

    @property
    def public_id(self) -> int:
        """The id in the API: that of the first version, the same for all that amend it."""
        return self.original_id or self.pk

    @property
    def is_draft(self) -> bool:
        """Whether it is a draft."""
        return self.status == Status.DRAFT

    # --- The seal ---

    def content(self) -> Content:
        """The issued content, in JSON types."""
        return self.content_with(self.lines.all(), self.tests.all(), self.stopped.all())

    def content_with(
        self, lines: Iterable[PrescriptionLine], tests: Iterable[OrderedTest], stopped: Iterable[StoppedMedicine] = ()
    ) -> Content:
        """The content to issue with these rows, which may be unsaved. Only one that stops something says so."""
        found: Content = {
            "appointment": self.appointment.number,
            "code": self.code,
            "version": self.version,
            "issued_at": self.issued_at.astimezone(UTC).isoformat() if self.issued_at else None,
            "parties": self.parties,
            "diagnosis": self.diagnosis,
            "symptoms": self.symptoms,
            "advice": self.advice,
            "follow_up_date": self.follow_up_date.isoformat() if self.follow_up_date else None,
            "vital_signs": self.vital_signs,
            "medications": [line.content() for line in lines],
            "tests": [test.content() for test in tests],
        }
        if stops := [stop.content() for stop in stopped]:
            found["stopped"] = stops
        return found

    def seal(self) -> str:
        """The digest of the present content."""
        return digest_of(self.content())

    def is_intact(self) -> bool:
        """Whether the content equals the issued content; always True for a draft."""
        return not self.digest or secrets.compare_digest(self.digest, self.seal())

    def require_intact(self) -> None:
        """Raises SealBroken (409) if the content differs from the issued content."""
        if not self.is_intact():
            raise SealBroken

    def valid_until(self) -> datetime:
        """The time until which pharmacies may dispense what was issued."""
        return (self.issued_at or self.created_at) + timedelta(days=settings.PRESCRIPTION_VALID_DAYS)

    def validity(self, now: datetime) -> str:
        """What a pharmacy needs to know of what was issued: `damaged` (not what was issued), `amended`, `cancelled`,
        `too_old`, or `valid`."""
        if not self.is_intact():
            return "damaged"
        if self.status != Status.ISSUED:
            return self.status
        return "too_old" if now > self.valid_until() else "valid"

    def require_open(self) -> None:
        """Raises Sealed (409) unless it is a draft."""
        if self.pk and Prescription.objects.filter(pk=self.pk).exclude(status=Status.DRAFT).exists():
            raise Sealed

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuses to save changed content or another digest: an issued prescription can only be changed by an
        amendment."""
        stored = Prescription.objects.filter(pk=self.pk).values_list("digest", flat=True).first() if self.pk else ""
        if (stored and self.digest != stored) or not self.is_intact():
            raise Sealed
        super().save(*args, **kwargs)

    # --- Steps ---

    def issue(
        self, *, now: datetime, parties: Parties, not_checked: list[str], checks: Sequence[Mapping[str, str]] = ()
    ) -> None:
        """Seal the draft; services.issue makes the checks before."""
        with transaction.atomic():
            lock(self)
            self.issued_at, self.parties = now, parties
            move(
                self,
                Status.ISSUED,
                reason="issued",
                issued_at=now,
                parties=parties,
                not_checked=not_checked,
                checks=list(checks),
                digest=self.seal(),
            )

    def supersede(self, *, reason: str) -> None:
        """Mark it as replaced by a new version; it stays readable but is no longer valid. Raises Invalid (422) without
        a reason."""
        _require(reason)
        move(self, Status.AMENDED, reason=reason, status_reason=reason)

    def cancel(self, *, reason: str) -> None:
        """Make it invalid for pharmacies. Raises Invalid (422) without a reason."""
        _require(reason)
        move(self, Status.CANCELLED, reason=reason, status_reason=reason)


def _require(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Enter a reason: it is kept with the prescription."), field="reason")
