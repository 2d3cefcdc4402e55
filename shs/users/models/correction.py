"""Corrections of what is recorded of a person, which they ask for and a desk decides."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shs.core.ciphers import Unreadable, open_value, seal_value
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.users.models.identifier import IdentifierSystem


class Fact(models.TextChoices):
    """What somebody can ask to have corrected. Numbers of the state have the names of their systems."""

    NAME = "name", _("Name")
    NAME_BN = "name_bn", _("Name in Bangla")
    BIRTH = "date_of_birth", _("Date of birth")
    GENDER = "gender", _("Sex")
    BLOOD_GROUP = "blood_group", _("Blood group")
    FATHER = "father_name", _("Father's name")
    MOTHER = "mother_name", _("Mother's name")
    SPOUSE = "spouse_name", _("Husband's or wife's name")
    PHONE = "phone", _("Phone")
    ADDRESS = "address", _("Address")
    NID = IdentifierSystem.NID.value, IdentifierSystem.NID.label
    BRN = IdentifierSystem.BRN.value, IdentifierSystem.BRN.label
    UHID = IdentifierSystem.UHID.value, IdentifierSystem.UHID.label


class CorrectionStatus(models.TextChoices):
    """What became of it."""

    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CorrectionQuerySet(RecordQuerySet["Correction"]):
    """Corrections that were asked for."""

    def waiting(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status=CorrectionStatus.WAITING)

    def declined_since(self, since: datetime) -> Self:
        """Those that were declined from `since` on."""
        return self.filter(status=CorrectionStatus.DECLINED, decided_at__gte=since)


class Correction(Record):
    """A wish of `asked_by`, who is the `person` or acts for them, to have a `fact` corrected from what was recorded
    then (`present`) to `wanted`, both as they are stored; a desk of the person's clinics accepts or declines it with an
    `answer`. A number of the state is not in `wanted`: it is a ciphertext until it is decided, see
    `shs.core.ciphers`."""

    privacy = Administrative(
        because="who somebody is; opening one is written to the read log", texts=("reason", "answer")
    )
    crud = Crud(
        add=Never("asked for by the person or who acts for them, in the app"),
        change=By("decide"),
        remove=Never("tells who asked for what, and who decided; its asker withdraws it in the app"),
    )

    Fact, Status = Fact, CorrectionStatus
    STEPS = {Status.WAITING: {Status.ACCEPTED, Status.DECLINED, Status.WITHDRAWN}}

    person = models.ForeignKey("users.User", models.PROTECT, related_name="corrections", verbose_name=_("person"))
    fact = models.CharField(_("what"), max_length=20, choices=Fact)
    present = models.CharField(pgettext_lazy("value", "recorded"), max_length=255, blank=True)
    wanted = models.CharField(_("requested value"), max_length=255, blank=True)
    ciphertext = models.CharField(max_length=250, blank=True, editable=False)
    key = models.CharField(max_length=40, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("requested by"))
    asked_at = models.DateTimeField(_("requested"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        "users.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()
    unlogged_fields = ("updated_at", "ciphertext", "key")
    locked_fields = (
        "person",
        "fact",
        "present",
        "wanted",
        "reason",
        "asked_by",
        "asked_at",
        "status",
        "answer",
        "decided_by",
        "decided_at",
    )

    class Meta:
        verbose_name = _("requested correction")
        verbose_name_plural = _("requested corrections")
        ordering = ["-asked_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_correction", "Can accept or decline a correction that a patient asks for"),
            ("withdraw_correction", "Can withdraw a correction that they have asked for"),
        ]
        constraints = [
            known("fact", Fact),
            known("status", CorrectionStatus),
            models.CheckConstraint(name="correction_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="correction_declined_says_why",
                condition=~Q(status="declined") | ~Q(answer=""),
                violation_error_message=_("Write a sentence for the person who asked."),
            ),
            models.CheckConstraint(
                name="correction_number_is_sealed",
                condition=~Q(fact__in=["nid", "brn", "uhid"]) | Q(wanted="") | Q(wanted__startswith="•••"),
            ),
            models.UniqueConstraint(
                fields=["person", "fact"],
                condition=Q(status="waiting"),
                name="correction_waits_once",
                violation_error_message=_("A correction of this has been asked for already. Wait for the answer."),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-asked_at", "-id"], name="correction_by_status"),  # tabs, and the number
            models.Index(fields=["-asked_at", "-id"], name="correction_by_time"),  # the list
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_fact_display()}"

    @staticmethod
    def of_state(*states: str) -> Q:
        """Those in one of these states."""
        return Q(status__in=states)

    @property
    def is_number(self) -> bool:
        """Whether it is about a number of the state."""
        return self.fact in IdentifierSystem.values

    def seal(self, number: str) -> None:
        """Hold a wanted number of the state under the present key, and show its last three characters."""
        self.wanted = f"••• {number[-3:]}"
        self.put(number)

    def put(self, number: str) -> None:
        """Hold this number under the present key."""
        self.key, self.ciphertext, _digest = seal_value(number)

    def reveal_or_none(self) -> str | None:
        """The wanted number of the state; None if its key is missing or it was decided."""
        try:
            return open_value(self.key, self.ciphertext)
        except Unreadable:
            return None

    def accept(self, *, answer: str, by: models.Model, now: datetime) -> None:
        """Note that the desk has made the correction. Raises StepRefused (409) if it was decided."""
        self._decide(CorrectionStatus.ACCEPTED, answer, by, now)

    def decline(self, *, answer: str, by: models.Model, now: datetime) -> None:
        """Decline it with a sentence for whoever asked. Raises StepRefused (409) if it was decided."""
        self._decide(CorrectionStatus.DECLINED, answer, by, now)

    def withdraw(self, *, by: models.Model, now: datetime) -> None:
        """Withdraw it. Raises StepRefused (409) if it was decided."""
        self._decide(CorrectionStatus.WITHDRAWN, "", by, now)

    def _decide(self, status: CorrectionStatus, answer: str, by: models.Model, now: datetime) -> None:
        # Nobody needs the ciphertext any more: the number stands among the person's, or nowhere.
        move(self, status, reason=answer, answer=answer, decided_by=by, decided_at=now, ciphertext="", key="")
