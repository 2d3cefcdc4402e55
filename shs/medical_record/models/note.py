"""The note of a visit: what its doctor asked, found, thought and planned. It is a draft until it is signed."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self, TypedDict

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Clinical
from shs.medical_record.errors import NoteSigned

PARTS = {
    "complaint": (_("Complaint"), 2000),
    "findings": (_("Findings"), 4000),
    "assessment": (_("Assessment"), 2000),
    "plan": (_("Plan"), 4000),
}
"""The texts of a note: name → label, and the most letters."""


class Coded(TypedDict):
    """A code of the assessment with its title as it was when the note was signed."""

    code: str
    title: str


class Passed(TypedDict):
    """Who wrote in a visit until somebody else took over: `at` is when, ISO 8601 in UTC; `user` a key of users.User."""

    user: int
    name: str
    at: str


class Former(NamedTuple):
    """Who wrote in a visit until `time`."""

    name: str
    time: datetime


def formers(passed: Sequence[Passed]) -> list[Former]:
    """Who wrote before, in order."""
    return [Former(row["name"], datetime.fromisoformat(row["at"])) for row in passed]


class NotePart(NamedTuple):
    """A part of a note as it is shown."""

    label: object
    text: str


class VisitDraftQuerySet(RecordQuerySet["VisitDraft"]):
    """Drafts of visits."""


class VisitDraft(models.Model):
    """What a doctor has typed on the page of a visit and not signed yet: the note, and the prescription beside it.

    `content`: name of a form's field → the texts that were typed in it, as they were typed. `number` counts the
    savings: who saves says on which one they build, so that nobody overwrites what they have not seen. `writer` is who
    writes now; `passed` who wrote before them. It ends when it is signed, and by `forget_drafts`.
    """

    no_history = "a draft is nobody's statement; what is signed has a history"
    privacy = Clinical(patient="patient")
    crud = NoPages("on the page of its visit, for whoever writes it; ends when it is signed")

    visit = models.OneToOneField(
        "appointment.Appointment", models.PROTECT, related_name="visit_draft", verbose_name=_("visit")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="visit_drafts", verbose_name=_("patient"))
    writer = models.ForeignKey("users.User", models.PROTECT, related_name="drafts_written", verbose_name=_("by"))
    content = models.JSONField(_("content"), default=dict, blank=True)
    passed = models.JSONField(_("written before by"), default=list, blank=True)
    number = models.PositiveIntegerField(_("saved so often"), default=0)
    saved_at = models.DateTimeField(_("saved"))

    objects = VisitDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a visit")
        verbose_name_plural = _("drafts of visits")

    def __str__(self) -> str:
        return f"{self.visit}"

    @property
    def formers(self) -> list[Former]:
        """Who wrote before the writer."""
        return formers(self.passed)


class VisitNoteQuerySet(RecordQuerySet["VisitNote"]):
    """Signed notes, each version a row."""

    def latest(self) -> Self:
        """The current version of each note."""
        return self.filter(amended_by__isnull=True)

    def seen(self, *, in_full: bool) -> Self:
        """All, or for a guardian those that are not confidential."""
        return self if in_full else self.filter(is_confidential=False)


class VisitNote(Record):
    """One version of the signed note of a visit; it never changes, and is amended by the next version.

    `codes`: see Coded. `passed`: see Passed. `reason`: why this version replaces the one that it `amends`. `digest`:
    sha256 over `content()`, the seal of what was signed; whether it `is_confidential` and whose chart it is in is no
    part of it.
    """

    privacy = Clinical(patient="patient")
    crud = NoPages("on the page of its visit, where it is signed and amended")

    visit = models.ForeignKey(
        "appointment.Appointment", models.PROTECT, related_name="visit_notes", verbose_name=_("visit")
    )
    patient = models.ForeignKey("users.User", models.PROTECT, related_name="visit_notes", verbose_name=_("patient"))
    signed_by = models.ForeignKey("users.User", models.PROTECT, related_name="notes_signed", verbose_name=_("by"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    amends = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="amended_by", verbose_name=_("replaces")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    complaint = models.TextField(_("complaint"), max_length=PARTS["complaint"][1], blank=True)
    findings = models.TextField(_("findings"), max_length=PARTS["findings"][1], blank=True)
    assessment = models.TextField(_("assessment"), max_length=PARTS["assessment"][1], blank=True)
    plan = models.TextField(_("plan"), max_length=PARTS["plan"][1], blank=True)
    codes = models.JSONField(_("codes"), default=list, blank=True)
    passed = models.JSONField(_("written before by"), default=list, blank=True)
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("For patients from 12 to 17: their guardians do not see it."),
    )
    signed_at = models.DateTimeField(_("signed"))
    digest = models.CharField(_("seal (SHA-256)"), max_length=64)

    objects = VisitNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note of a visit")
        verbose_name_plural = _("notes of visits")
        ordering = ["-signed_at", "-pk"]
        permissions = [("amend_visitnote", "Can amend a note that they have signed")]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "version"],
                name="visitnote_signed_once",
                violation_error_code="note_signed",
                violation_error_message=_("The note of this visit is signed already."),
            ),
            models.CheckConstraint(
                name="visitnote_version_names_the_old",
                condition=Q(version=1, amends__isnull=True, reason="")
                | (Q(version__gte=2, amends__isnull=False) & ~Q(reason="")),
                violation_error_message=_("Enter a reason."),
            ),
            models.CheckConstraint(name="visitnote_amends_another", condition=~Q(amends=F("id"))),
            models.CheckConstraint(
                name="visitnote_says_something",
                condition=~Q(complaint="", findings="", assessment="", plan=""),
                violation_error_message=_("Write something in the note before you sign it."),
            ),
            models.CheckConstraint(name="visitnote_sealed", condition=~Q(digest="")),
        ]
        indexes = [
            models.Index(fields=["patient", "-signed_at", "-id"], name="visitnote_by_patient"),  # a chart
        ]

    def __str__(self) -> str:
        return f"{self.visit} v{self.version}"

    def content(self) -> Mapping[str, object]:
        """What is signed, in JSON types."""
        return {
            **{name: getattr(self, name) for name in PARTS},
            "codes": self.codes,
            "passed": self.passed,
            "version": self.version,
            "reason": self.reason,
            "visit": self.visit_id,
            "signed_by": self.signed_by_id,
            "signed_at": self.signed_at.astimezone(UTC).isoformat(),
        }

    def seal(self) -> str:
        """The digest of the present content."""
        text = json.dumps(self.content(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_intact(self) -> bool:
        """Whether the content is what was signed."""
        return secrets.compare_digest(self.digest, self.seal())

    @property
    def formers(self) -> list[Former]:
        """Who wrote before the signer."""
        return formers(self.passed)

    @property
    def shown(self) -> list[NotePart]:
        """The parts that say something, in order."""
        texts = [(label, getattr(self, name)) for name, (label, _most) in PARTS.items()]
        return [NotePart(label, text) for label, text in texts if text]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises NoteSigned (409) for content that is not what was signed."""
        if not self.digest:
            self.digest = self.seal()
        stored = VisitNote.objects.filter(pk=self.pk).values_list("digest", flat=True).first() if self.pk else ""
        if (stored and stored != self.digest) or not self.is_intact():
            raise NoteSigned
        super().save(*args, **kwargs)
