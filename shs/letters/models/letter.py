"""A letter of a visit: sealed when it is issued, then possibly cancelled."""

import secrets
from datetime import UTC, date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid, NotFound
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.core.records.transitions import move
from shs.letters.errors import LetterSealed, SealBroken
from shs.letters.models.content import Absence, Content
from shs.prescription.models.content import digest_of, new_code


class Kind(models.TextChoices):
    """What a letter is."""

    REFERRAL = "referral", _("Referral letter")
    SICK_NOTE = "sick_note", _("Sick note")
    SUMMARY = "summary", _("Visit summary")


class Status(models.TextChoices):
    """Whether a letter counts."""

    ISSUED = "issued", _("Issued")
    CANCELLED = "cancelled", _("Cancelled")


def find_by_code(code: str) -> "Letter":
    """The letter with the code of a QR code, as somebody may have typed it. Raises NotFound (404), always the same."""
    rows = Letter.objects.unrestricted("whoever has the paper has the code")
    found = rows.in_full().filter(code=code.upper().replace("-", "").replace(" ", "")[:100]).first()
    if found is None:
        raise NotFound
    return found


class LetterQuerySet(RecordQuerySet["Letter"]):
    """Letters of visits."""

    def seen(self, *, in_full: bool) -> Self:
        """All, or for a guardian those that are not confidential."""
        return self if in_full else self.filter(is_confidential=False)

    def in_full(self) -> Self:
        """With the related rows that a page, the PDF or the seal needs, in one query."""
        return self.select_related("visit__clinic", "patient", "doctor")


class Letter(Record):
    """A letter that a doctor has written in a visit; it never changes, and can be cancelled.

    `code`: random, in the QR. `language`: that of its labels. `parties`: doctor, clinic and patient as they were when
    it was issued. `written`: see Written. `colleague`: the doctor of this platform to whom the patient is referred.
    `digest`: sha256 over `content()`, the seal; whether it `is_confidential` is no part of it.
    """

    privacy = Clinical(patient="patient")
    crud = Crud(
        add=Never("issued on the page of its visit"),
        change=Never("what was issued stays as it was; it is cancelled, and written anew"),
        remove=By("cancel"),
    )

    Kind, Status = Kind, Status
    STEPS = {Status.ISSUED: {Status.CANCELLED}}

    visit = models.ForeignKey(
        "appointment.Appointment", models.PROTECT, related_name="letters", verbose_name=_("appointment")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="letters", verbose_name=_("patient"))
    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="letters", verbose_name=_("doctor")
    )
    colleague = models.ForeignKey(
        "doctors.DoctorInformation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="referrals",
        verbose_name=_("referred to"),
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    code = models.CharField(_("code"), max_length=20, unique=True, default=new_code, editable=False)
    language = models.CharField(_("language"), max_length=5)
    written = models.JSONField(_("content"), default=dict, editable=False)
    parties = models.JSONField(_("names when issued"), default=dict, editable=False)
    is_confidential = models.BooleanField(_("confidential"), default=False)
    issued_at = models.DateTimeField(_("issued"))
    digest = models.CharField(_("seal (SHA-256)"), max_length=64, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.ISSUED)
    status_reason = models.CharField(_("reason for ending"), max_length=500, blank=True)

    objects = LetterQuerySet.as_manager()
    unlogged_fields = ("updated_at", "written")  # sealed, and shown on its page
    locked_fields = (
        "visit",
        "patient",
        "doctor",
        "colleague",
        "kind",
        "code",
        "language",
        "is_confidential",
        "issued_at",
        "digest",
        "status",
        "status_reason",
    )

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-issued_at", "-pk"]
        permissions = [
            ("issue_letter", "Can issue a letter of a visit"),
            ("cancel_letter", "Can cancel a letter"),
            ("export_letter", "Can export letters"),
            ("reprint_letter", "Can print a letter again for its patient"),
        ]
        constraints = [
            known("kind", Kind),
            known("status", Status),
            models.CheckConstraint(name="letter_sealed", condition=~Q(digest="")),
            models.CheckConstraint(
                name="letter_reasoned_when_cancelled",
                condition=~Q(status="cancelled") | ~Q(status_reason=""),
                violation_error_message=_("Enter a reason."),
            ),
            models.CheckConstraint(
                name="letter_colleague_of_referrals", condition=Q(kind="referral") | Q(colleague__isnull=True)
            ),
            models.UniqueConstraint(  # "status" in it, since SQLite reports only column names
                fields=["visit", "kind", "status"],
                condition=Q(status="issued", kind__in=["sick_note", "summary"]),
                name="letter_issued_once",
                violation_error_code="letter_exists",
                violation_error_message=_("This visit has such a letter already. Cancel that one first."),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-issued_at", "-id"], name="letter_by_patient"),  # a patient's list
            models.Index(fields=["doctor", "-issued_at", "-id"], name="letter_by_doctor"),  # a doctor's list
            models.Index(fields=["-issued_at", "-id"], name="letter_by_time"),  # the admin's list of all
            models.Index(fields=["status", "-issued_at", "-id"], name="letter_by_status"),  # its other tabs
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.visit.number}"

    @property
    def absence(self) -> Absence | None:
        """What a sick note certifies."""
        return self.written.get("absence")  # type: ignore[no-any-return]  # of Written

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day of a sick note."""
        found = self.absence
        return (date.fromisoformat(found["first"]), date.fromisoformat(found["last"])) if found else None

    # --- The seal ---

    def content(self) -> Content:
        """The issued content, in JSON types."""
        return {
            "kind": self.kind,
            "code": self.code,
            "visit": self.visit.number,
            "language": self.language,
            "issued_at": self.issued_at.astimezone(UTC).isoformat(),
            "parties": self.parties,
            "written": self.written,
        }

    def seal(self) -> str:
        """The digest of the present content."""
        return digest_of(self.content())

    def is_intact(self) -> bool:
        """Whether the content is what was issued."""
        return secrets.compare_digest(self.digest, self.seal())

    def require_intact(self) -> None:
        """Raises SealBroken (409) if the content differs from the issued content."""
        if not self.is_intact():
            raise SealBroken

    @property
    def validity(self) -> str:
        """What whoever has the paper needs to know: `damaged` (not what was issued), `cancelled` or `valid`."""
        if not self.is_intact():
            return "damaged"
        return "valid" if self.status == Status.ISSUED else "cancelled"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises LetterSealed (409) for content that is not what was issued."""
        if not self.digest:
            self.digest = self.seal()
        stored = Letter.objects.filter(pk=self.pk).values_list("digest", flat=True).first() if self.pk else ""
        if (stored and stored != self.digest) or not self.is_intact():
            raise LetterSealed
        super().save(*args, **kwargs)

    # --- Steps ---

    def cancel(self, *, reason: str) -> None:
        """It no longer counts. Raises Invalid (422) without a reason."""
        if not reason.strip():
            raise Invalid(__("Enter a reason: it is kept with the letter."), field="reason")
        move(self, Status.CANCELLED, reason=reason, status_reason=reason)
