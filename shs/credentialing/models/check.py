"""The checks of an application."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self, TypedDict, Unpack

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid, StepRefused
from shs.core.labels import Label
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import save_with_reason
from shs.core.records.values import NameField
from shs.credentialing.errors import ChecksMissing, SecondPersonNeeded
from shs.users.models import User


class CheckKind(models.TextChoices):
    """Kinds of checks before an approval; `settings.REQUIRED_CHECKS` names those that must have passed."""

    REGISTER = "register", _("Found in the register")
    IDENTITY = "identity", _("Name matches register and identity card")
    STANDING = "standing", _("In good standing")
    DEGREE = "degree", _("Degree")
    PHOTO = "photo", _("Photo matches the identity card")
    DUPLICATES = "duplicates", _("No second account of the same person")


class CheckResult(models.TextChoices):
    """Result of a check."""

    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class Facts(TypedDict, total=False):
    """What the register says: its name and date, and of the doctor the name and until when the licence is valid."""

    source: str
    source_date: date
    registered_name: str
    valid_until: date | None


class CheckQuerySet(RecordQuerySet["VerificationCheck"]):
    """Checks."""

    def current(self) -> Self:
        """Checks of the present application; those of earlier applications no longer count."""
        return self.filter(is_current=True)

    def tallies(self, doctors: list[int]) -> dict[int, tuple[int, int, int]]:
        """Doctor's id → number of current checks, of those that block the approval, and of those that wait for a second
        officer. One query."""
        disputed = Q(override_asked_by__isnull=False, overridden_by__isnull=True)
        rows = self.current().filter(doctor__in=doctors).order_by().values_list("doctor")
        counted = rows.annotate(
            made=Count("pk"),
            failed=Count("pk", filter=Q(result=CheckResult.FAIL, overridden_by__isnull=True)),
            disputed=Count("pk", filter=disputed),
        )
        return {doctor: tuple(numbers) for doctor, *numbers in counted}

    def missing(self) -> list[tuple[CheckKind, Label]]:
        """For the checks of one doctor: see `missing_among`."""
        return missing_among(self.current())

    def require_passed(self, expires_on: date | None, today: date) -> None:
        """For the checks of one doctor whose licence is valid until `expires_on`: raises ChecksMissing (409) with a
        message that names what blocks the approval."""
        if expires_on is not None and expires_on < today:
            raise ChecksMissing(_("The licence expired on %(day)s.") % {"day": expires_on})
        if missing := self.missing():
            words = ", ".join(f"{kind.label} ({str(how).lower()})" for kind, how in missing)
            raise ChecksMissing(
                _("Still open: %(checks)s. A failed check can be overridden by a second person.") % {"checks": words}
            )

    def licence_end(self) -> date | None:
        """For the checks of one doctor: the licence's end according to the register; None if the register names
        none."""
        return self.current().filter(valid_until__isnull=False).values_list("valid_until", flat=True).first()

    def retire(self, *, reason: str) -> None:
        """Mark the present checks as outdated, because the doctor has applied again."""
        for check in self.current():
            check.retire(reason=reason)

    def disputed(self) -> Self:
        """Checks with a requested override that is not confirmed yet."""
        return self.current().filter(override_asked_by__isnull=False, overridden_by__isnull=True)


def missing_among(checks: Iterable["VerificationCheck"]) -> list[tuple[CheckKind, Label]]:
    """Of the current checks of one doctor: the required ones that block an approval, each with its state."""
    made = {check.kind: check for check in checks}
    required = [kind for kind in CheckKind if kind in settings.REQUIRED_CHECKS]
    return [
        (kind, made[kind].get_result_display() if kind in made else _("not done"))
        for kind in required
        if kind not in made or not made[kind].counts
    ]


class VerificationCheck(Record):
    """One check of one application: result, reviewer and source. `registered_name` and `valid_until` are the
    register's, as of `source_date`. A check that did not pass can be overridden: one officer requests it with a reason,
    a second one confirms."""

    privacy = Administrative(because="about doctors at work")
    crud = NoPages("on the page of the case, where officers make it")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="checks", verbose_name=_("doctor")
    )
    kind = models.CharField(_("check"), max_length=12, choices=CheckKind)
    result = models.CharField(_("result"), max_length=15, choices=CheckResult)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="checks_made", verbose_name=_("checked by")
    )
    at = models.DateTimeField(_("checked"))
    is_current = models.BooleanField(_("of the present application"), default=True)

    source = models.CharField(_("source"), max_length=150, blank=True)
    source_date = models.DateField(_("source of"), null=True, blank=True)
    registered_name = NameField(_("name as on the register"), max_length=150, blank=True)
    valid_until = models.DateField(_("valid until, as on the register"), null=True, blank=True)

    override_reason = models.CharField(_("reason for the override"), max_length=500, blank=True)
    override_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="overrides_asked",
        verbose_name=_("override asked by"),
    )
    override_asked_at = models.DateTimeField(_("override asked"), null=True, blank=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="overrides_confirmed",
        verbose_name=_("overridden by"),
    )
    overridden_at = models.DateTimeField(_("overridden"), null=True, blank=True)
    second_reason = models.CharField(_("reason of the second officer"), max_length=500, blank=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [
            known("kind", CheckKind),
            known("result", CheckResult),
            models.UniqueConstraint(
                fields=["doctor", "kind"],
                condition=Q(is_current=True),
                name="verificationcheck_one_current",
                violation_error_message=_("Somebody else has just recorded this check."),
            ),
            models.CheckConstraint(
                name="verificationcheck_second_person",
                condition=Q(overridden_by__isnull=True)
                | (Q(override_asked_by__isnull=False) & ~Q(overridden_by=F("override_asked_by"))),
                violation_error_message=_("A second person has to confirm an override."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_result_display()}"

    @property
    def counts(self) -> bool:
        """Whether this check does not block an approval."""
        return self.result == CheckResult.PASS or self.overridden_by_id is not None

    @property
    def awaits_second(self) -> bool:
        """Whether an override was requested and not confirmed yet."""
        return self.override_asked_by_id is not None and self.overridden_by_id is None

    def judge(self, *, result: str, note: str, by: User, now: datetime, **facts: Unpack[Facts]) -> None:
        """Store the result; an override of an earlier result ends."""
        self.result, self.note, self.by, self.at = result, note, by, now
        self.source, self.source_date = facts.get("source", ""), facts.get("source_date")
        self.registered_name, self.valid_until = facts.get("registered_name", ""), facts.get("valid_until")
        self.override_reason, self.override_asked_by, self.override_asked_at = "", None, None
        self.overridden_by, self.overridden_at, self.second_reason = None, None, ""
        save_with_reason(self, note)

    def ask_override(self, *, reason: str, by: User, now: datetime) -> None:
        """Request an override by a second officer. Raises StepRefused (409)."""
        if self.counts:
            raise StepRefused(_("This check does not need an override."))
        self.override_reason, self.override_asked_by, self.override_asked_at = reason, by, now
        save_with_reason(self, reason)

    def override(self, *, reason: str, by: User, now: datetime) -> None:
        """Confirm the requested override, with a reason of one's own. Raises StepRefused (409) if none was requested,
        SecondPersonNeeded (409) for the person who requested it, and Invalid (422) without a reason."""
        if not self.awaits_second:
            raise StepRefused(_("No override of this check has been requested."))
        if by.pk == self.override_asked_by_id:
            raise SecondPersonNeeded
        if not reason.strip():
            raise Invalid(_("Enter why you agree: your reason is kept with that of the first officer."), field="reason")
        self.overridden_by, self.overridden_at, self.second_reason = by, now, reason.strip()
        save_with_reason(self, self.second_reason)

    def retire(self, *, reason: str) -> None:
        """Mark as outdated, because the doctor has applied again."""
        self.is_current = False
        save_with_reason(self, reason)
