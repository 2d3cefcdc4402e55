"""How the desk knew who a patient was, and what patients object to."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shs.appointment.models.visit import Appointment
from shs.core.caller import Caller
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never, NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models import Document, User


class How(models.TextChoices):
    """How somebody was identified, or why that is in question."""

    CODE = "code", _("Code sent to the confirmed address")
    PHONE = "phone", _("Code sent to the confirmed phone")
    CARD = "card", _("Code of the patient card")
    DOCUMENT = "document", _("Document seen")
    NONE = "none", _("Without proof")
    OBJECTED = "objected", _("“This was not me”")


class Review(models.TextChoices):
    """What an auditor has to do about it."""

    NOT_NEEDED = "not_needed", _("Nothing to review")
    WAITING = "waiting", _("To review")
    JUSTIFIED = "justified", _("Justified")
    OBJECTED = "objected", _("Not justified")


class IdentityCheckQuerySet(RecordQuerySet["IdentityCheck"]):
    """Proofs of identity."""

    def objections_to_review(self, patient: Caller) -> Self:
        """What `patient` objected to, and no auditor has reviewed."""
        return self.filter(visit__patient=patient.pk, how=How.OBJECTED, status=Review.WAITING)


class IdentityCheck(Record):
    """One check of who came to `visit`: by a code, by their card, by a document (its kind and last four characters), or
    none, for a `reason`; or the patient's objection. What is without proof, or objected to, is reviewed by an
    auditor."""

    privacy = Administrative(because="how the desk knew who came; of a document its kind and last four characters")
    crud = Crud(
        add=Never("made when a visit is taken in"),
        change=By("review"),
        remove=Never("kept as the proof of who opened a chart"),
    )

    How, Document, Review = How, Document, Review
    STEPS = {Review.WAITING: {Review.JUSTIFIED, Review.OBJECTED}}

    visit = models.ForeignKey(
        Appointment, models.PROTECT, related_name="identity_checks", verbose_name=_("appointment")
    )
    how = models.CharField(_("how"), max_length=10, choices=How)
    document = models.CharField(_("document"), max_length=10, choices=Document, blank=True)
    last_four = models.CharField(_("its last four characters"), max_length=4, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="identities_checked", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))
    status = models.CharField(
        pgettext_lazy("check", "review"), max_length=10, choices=Review, default=Review.NOT_NEEDED
    )
    finding = models.CharField(_("the auditor's finding"), max_length=500, blank=True)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)

    objects = IdentityCheckQuerySet.as_manager()
    locked_fields = (
        "visit",
        "how",
        "document",
        "last_four",
        "reason",
        "by",
        "at",
        "status",
        "finding",
        "reviewed_by",
        "reviewed_at",
    )

    class Meta:
        verbose_name = _("proof of identity")
        verbose_name_plural = _("proofs of identity")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        permissions = [("review_identitycheck", "Can review visits without proof of identity, and objections")]
        constraints = [
            known("how", How),
            known("document", Document, blank=True),
            known("status", Review),
            models.CheckConstraint(
                name="identitycheck_document_named",
                condition=Q(how="document", document__gt="", last_four__gt="")
                | (~Q(how="document") & Q(document="", last_four="")),
            ),
            models.CheckConstraint(name="identitycheck_none_says_why", condition=~Q(how="none") | Q(reason__gt="")),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="identitycheck_by_time"),  # the auditors' list
            models.Index(fields=["status", "-at", "-id"], name="identitycheck_by_status"),  # its tabs, and the number
        ]

    def __str__(self) -> str:
        return f"{self.visit} · {self.get_how_display()}"

    @staticmethod
    def waiting() -> Q:
        """Those that no auditor has reviewed yet."""
        return Q(status=Review.WAITING)

    def review(self, outcome: str, *, finding: str, by: User, now: datetime) -> None:
        """Store the auditor's finding."""
        move(self, outcome, reason=finding, finding=finding, reviewed_by=by, reviewed_at=now)


class IdentityCode(models.Model):
    """A code that was sent to the patient of `visit`, to their address or `to_phone`. It is derived from `nonce` and
    the secret key, and not stored."""

    privacy = Administrative(because="that a code was sent; not the code")
    crud = NoPages("lasts for minutes")
    no_history = "lasts for minutes; what it proves is an IdentityCheck"

    visit = models.OneToOneField(Appointment, models.CASCADE, related_name="identity_code")
    nonce = models.CharField(max_length=32)
    sent_at = models.DateTimeField()
    to_phone = models.BooleanField(default=False)
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.visit_id}"
