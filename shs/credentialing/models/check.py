"""The checks of an application."""

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.errors import StepRefused
from shs.core.records.constraints import known
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import save_with_reason
from shs.credentialing.errors import ChecksMissing, SecondPersonNeeded


class CheckKind(models.TextChoices):
    """What is checked before a doctor is approved; `settings.REQUIRED_CHECKS` names those that must have passed."""

    REGISTER = "register", _("Found in the register")
    IDENTITY = "identity", _("Name matches register and identity card")
    STANDING = "standing", _("In good standing")
    DEGREE = "degree", _("Degree")
    PHOTO = "photo", _("Photo matches the identity card")
    DUPLICATES = "duplicates", _("No second account of the same person")


class CheckResult(models.TextChoices):
    """What a check found."""

    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class CheckQuerySet(RecordQuerySet["VerificationCheck"]):
    """Checks."""

    def current(self) -> Self:
        """Those of the present application; the ones before it count no more."""
        return self.filter(is_current=True)

    def tallies(self, doctors: list[int]) -> dict[int, tuple[int, int, int]]:
        """Doctor's id → how many current checks were made, how many of these stand in the way, and how many wait for a
        second person. One query."""
        disputed = Q(override_asked_by__isnull=False, overridden_by__isnull=True)
        rows = self.current().filter(doctor__in=doctors).order_by().values_list("doctor")
        counted = rows.annotate(
            made=Count("pk"),
            failed=Count("pk", filter=Q(result=CheckResult.FAIL, overridden_by__isnull=True)),
            disputed=Count("pk", filter=disputed),
        )
        return {doctor: tuple(numbers) for doctor, *numbers in counted}

    def missing(self) -> list[tuple[CheckKind, Any]]:
        """Of one doctor: the required checks that stand in the way of an approval, each with how it stands."""
        made = {check.kind: check for check in self.current()}
        required = [kind for kind in CheckKind if kind in settings.REQUIRED_CHECKS]
        return [
            (kind, made[kind].get_result_display() if kind in made else _("not done"))
            for kind in required
            if kind not in made or not made[kind].counts
        ]

    def require_passed(self, expires_on: date | None, today: date) -> None:
        """Of one doctor whose licence is valid until `expires_on`: raises ChecksMissing (409), in words."""
        if expires_on is not None and expires_on < today:
            raise ChecksMissing(_("The licence expired on %(day)s.") % {"day": expires_on})
        if missing := self.missing():
            words = ", ".join(f"{kind.label} ({str(how).lower()})" for kind, how in missing)
            raise ChecksMissing(
                _("Still open: %(checks)s. A failed check can be overridden by a second person.") % {"checks": words}
            )

    def licence_end(self) -> date | None:
        """Of one doctor: until when the licence is valid as the register says; None where it says nothing."""
        return self.current().filter(valid_until__isnull=False).values_list("valid_until", flat=True).first()

    def retire(self, *, reason: str) -> None:
        """Let those of the present application count no more: the doctor has applied anew."""
        for check in self.current():
            check.retire(reason=reason)

    def disputed(self) -> Self:
        """Those that a second person was asked to override, and has not."""
        return self.current().filter(override_asked_by__isnull=False, overridden_by__isnull=True)


class VerificationCheck(Record):
    """One check of one application: what it found, who says so, and the source. `registered_name` and `valid_until`
    are as on the register at `source_date`.

    One that did not pass can be overridden: a first person asks with a reason, a second one confirms.
    """

    privacy = Administrative(because="about doctors at work")

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
    registered_name = models.CharField(_("name as on the register"), max_length=150, blank=True)
    valid_until = models.DateField(_("valid until, as on the register"), null=True, blank=True)

    override_reason = models.CharField(_("why it shall not count"), max_length=500, blank=True)
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
        """Whether nothing of this check stands in the way of an approval."""
        return self.result == CheckResult.PASS or self.overridden_by_id is not None

    @property
    def awaits_second(self) -> bool:
        """Whether a second person was asked to override it."""
        return self.override_asked_by_id is not None and self.overridden_by_id is None

    def judge(self, *, result: str, note: str, by: Any, now: datetime, **facts: Any) -> None:
        """Say what this check found; an override of what it found before ends with it."""
        self.result, self.note, self.by, self.at = result, note, by, now
        self.source, self.source_date = facts.get("source", ""), facts.get("source_date")
        self.registered_name, self.valid_until = facts.get("registered_name", ""), facts.get("valid_until")
        self.override_reason, self.override_asked_by, self.override_asked_at = "", None, None
        self.overridden_by = self.overridden_at = None
        save_with_reason(self, note)

    def ask_override(self, *, reason: str, by: Any, now: datetime) -> None:
        """Ask a second person to let the case pass without this check. Raises StepRefused (409)."""
        if self.counts:
            raise StepRefused(_("This check does not need an override."))
        self.override_reason, self.override_asked_by, self.override_asked_at = reason, by, now
        save_with_reason(self, reason)

    def override(self, *, by: Any, now: datetime) -> None:
        """Let the case pass without this check, as a first person asked. Raises StepRefused (409) where nobody asked,
        and SecondPersonNeeded (409) for the one who did."""
        if not self.awaits_second:
            raise StepRefused(_("No override of this check has been requested."))
        if by.pk == self.override_asked_by_id:
            raise SecondPersonNeeded
        self.overridden_by, self.overridden_at = by, now
        save_with_reason(self, self.override_reason)

    def retire(self, *, reason: str) -> None:
        """Count no more: the doctor has applied anew."""
        self.is_current = False
        save_with_reason(self, reason)
