"""Changes of verified facts, which wait for a verification officer."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move, save_with_reason
from shs.doctors.models.doctor import DoctorInformation
from shs.users.models import User

FACTS = ("name", "license_number", "license_expires_on", "education", "experience", "specializations")
"""The facts of a verified doctor that are changed by proposals only."""


class ProposalStatus(models.TextChoices):
    """What became of a proposal."""

    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class FactProposalQuerySet(RecordQuerySet["FactProposal"]):
    """Proposals."""

    def waiting(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status=ProposalStatus.WAITING)


class FactProposal(Record):
    """A verified doctor's proposal to change facts: `changes` maps names of FACTS to new values, a day in ISO 8601 and
    specializations as slugs. Until an officer accepts it, everybody sees what was verified."""

    privacy = Administrative(because="about doctors at work")
    crud = NoPages("on the page of the doctor, where officers accept or refuse it")

    Status = ProposalStatus
    STEPS = {Status.WAITING: {Status.ACCEPTED, Status.REFUSED, Status.WITHDRAWN}}

    doctor = models.ForeignKey(DoctorInformation, models.PROTECT, related_name="proposals", verbose_name=_("doctor"))
    changes = models.JSONField(_("changes"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    proposed_at = models.DateTimeField(_("proposed"))
    note = models.CharField(_("note to the doctor"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = FactProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["status", "doctor"], name="factproposal_by_status")]
        constraints = [
            known("status", ProposalStatus),
            models.UniqueConstraint(fields=["doctor"], condition=Q(status="waiting"), name="factproposal_waits_once"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} · {self.get_status_display()}"

    def values(self) -> dict[str, object]:
        """The changes as the fields of a doctor hold them."""
        found: dict[str, object] = dict(self.changes)
        if day := found.get("license_expires_on"):
            found["license_expires_on"] = date.fromisoformat(str(day))
        return found

    def replace(self, changes: dict[str, object], *, now: datetime) -> None:
        """Propose these changes instead."""
        self.changes, self.proposed_at = changes, now
        save_with_reason(self, "changed by the doctor")

    def withdraw(self) -> None:
        """Withdraw it."""
        move(self, ProposalStatus.WITHDRAWN, reason="withdrawn by the doctor")

    def decide(self, status: ProposalStatus, *, note: str, by: User | None, now: datetime) -> None:
        """Store the officer's decision."""
        move(self, status, reason=note, note=note, decided_by=by, decided_at=now)


LABELS: dict[str, Label] = {
    "name": _("Name"),
    "license_number": _("Licence number"),
    "license_expires_on": _("Licence valid until"),
    "education": _("Education"),
    "experience": _("Years of experience"),
    "specializations": _("Specializations"),
}
"""What each fact is called."""
