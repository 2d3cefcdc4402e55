"""A doctor's profile, its verification, and the columns that search reads."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_time
from shs.core.errors import StepRefused
from shs.core.grants.held import give, holders, take
from shs.core.grants.models import ObjectGrant
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.derived import HeardField
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move, save_with_reason
from shs.core.records.values import validate_person_name
from shs.core.records.words import GramsIndex, WordsIndex
from shs.doctors.errors import AlreadyClaimed, OpenedCase, OwnCase
from shs.doctors.models.bookable import bookable_changed
from shs.doctors.models.clinic import MOST_MINUTES
from shs.doctors.models.search import FoundByWords
from shs.doctors.models.working import FoundByHours
from shs.users.models import User, works_as_doctor


class Verification(models.TextChoices):
    """State of a doctor's verification."""

    PENDING = "pending", _("Waiting")
    IN_REVIEW = "in_review", _("In review")
    NEEDS_INFO = "needs_info", _("Needs information")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")
    EXPIRED = "expired", _("Expired")


class Reason(models.TextChoices):
    """Reason for asking, rejecting or suspending a doctor."""

    NOT_FOUND = "not_found", _("Not in the register")
    EXPIRED = "expired", _("Licence expired")
    NAME_MISMATCH = "name_mismatch", _("Names do not match")
    ILLEGIBLE = "illegible", _("Document illegible")
    INCOMPLETE = "incomplete", _("Documents missing")
    SANCTION = "sanction", _("Sanction of the council")
    DUPLICATE = "duplicate", _("Second account")
    OTHER = "other", _("Another reason")


OPEN = (Verification.PENDING, Verification.IN_REVIEW)
CLAIM_HOURS = 2
RENEWED_EVERY = timedelta(minutes=5)
"""The shortest time between two renewals of a claim by work on the case, because each renewal adds a history line."""
EXPIRING_DAYS = 30


def expiring_on(today: date) -> Q:
    """Verified doctors whose licence ends within EXPIRING_DAYS from `today`."""
    last = today + timedelta(days=EXPIRING_DAYS)
    return Q(verification_status=Verification.APPROVED, license_expires_on__range=(today, last))


class DoctorQuerySet(FoundByHours["DoctorInformation"], FoundByWords["DoctorInformation"]):
    """Doctors."""

    def listed(self) -> Self:
        """Doctors whom patients can find and book: verified, with an active doctor's account."""
        return self.filter(works_as_doctor("user"), verification_status=Verification.APPROVED)

    def waiting(self) -> Self:
        """Doctors whose application waits for a verification officer."""
        return self.filter(verification_status__in=OPEN)

    def expiring(self, today: date) -> Self:
        """Verified doctors whose licence ends within EXPIRING_DAYS from `today`."""
        return self.filter(expiring_on(today))

    def lapsed(self, today: date) -> Self:
        """Verified doctors whose licence ended before `today`."""
        return self.filter(verification_status=Verification.APPROVED, license_expires_on__lt=today)


class DoctorInformation(Record):
    """A doctor's profile. `experience` in years, `fees` in BDT a visit, `rating` 1–5 (0: not rated yet). `name` is the
    verified name under which the doctor practises; that of the account changes with it. `specialty_cards`,
    `language_text`, `search_text` and `weekdays` are copies for search, so that it reads one table;
    `services.refresh_derived` updates them."""

    privacy = Administrative(because="about doctors at work")
    crud = Crud(remove=By("suspend"))

    STEPS = {
        Verification.PENDING: {
            Verification.IN_REVIEW,
            Verification.NEEDS_INFO,
            Verification.APPROVED,
            Verification.REJECTED,
        },
        Verification.IN_REVIEW: {
            Verification.PENDING,
            Verification.NEEDS_INFO,
            Verification.APPROVED,
            Verification.REJECTED,
        },
        Verification.NEEDS_INFO: {Verification.PENDING, Verification.REJECTED},
        Verification.APPROVED: {Verification.SUSPENDED, Verification.EXPIRED, Verification.PENDING},
        Verification.REJECTED: {Verification.PENDING},
        Verification.SUSPENDED: {Verification.PENDING},
        Verification.EXPIRED: {Verification.PENDING},
    }

    user = models.OneToOneField("users.User", models.PROTECT, related_name="doctor", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=150, validators=[validate_person_name])
    heard = HeardField(of=["name"])
    license_number = models.CharField(
        _("licence number"),
        max_length=30,
        unique=True,
        error_messages={"unique": _("There is already a doctor with this licence number.")},
    )
    license_expires_on = models.DateField(_("licence valid until"), null=True, blank=True)
    specializations = models.ManyToManyField(
        "doctors.DoctorSpecialization", related_name="doctors", verbose_name=_("specializations")
    )
    clinics = models.ManyToManyField("doctors.Clinic", related_name="doctors", blank=True, verbose_name=_("clinics"))
    experience = models.PositiveSmallIntegerField(_("years of experience"), validators=[MaxValueValidator(80)])
    education = models.CharField(_("education"), max_length=500)
    location = models.CharField(_("location"), max_length=150)
    fees = models.DecimalField(_("fee (BDT)"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    bio = models.TextField(_("about"), max_length=2000, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    auto_confirms = models.BooleanField(
        _("confirm visits automatically"),
        default=False,
        help_text=_("Visits that patients book or move in the app are confirmed at once."),
    )
    notice_minutes = models.PositiveIntegerField(
        _("minutes of notice"),
        default=0,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_(
            "How many minutes ahead patients have to book or move a visit in the app, for example 120. "
            "0: until the visit begins."
        ),
    )
    cancel_minutes = models.PositiveIntegerField(
        _("minutes before a visit to cancel"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_(
            "How many minutes before a visit patients can no longer cancel or move it themselves; the "
            "desk always can. Empty: as set for the clinic."
        ),
    )

    verification_status = models.CharField(
        _("verification"), max_length=12, choices=Verification, default=Verification.PENDING
    )
    verification_note = models.TextField(_("note to the doctor"), max_length=1000, blank=True)
    verification_reason = models.CharField(_("reason"), max_length=15, choices=Reason, blank=True)
    submitted_at = models.DateTimeField(_("waiting since"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    rating = models.DecimalField(_("rating"), max_digits=3, decimal_places=2, default=0)
    rating_count = models.PositiveIntegerField(_("ratings"), default=0)
    specialty_cards = models.JSONField(default=list, editable=False)
    language_text = models.TextField(blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    weekdays = models.PositiveSmallIntegerField(default=0, editable=False)  # one bit a weekday, Monday the lowest

    objects = DoctorQuerySet.as_manager()
    unlogged_fields = ("updated_at", "heard", "specialty_cards", "language_text", "search_text", "weekdays")
    _history_m2m_fields = ["specializations", "clinics"]
    locked_fields = (
        "user",
        "verification_status",
        "verification_note",
        "verification_reason",
        "submitted_at",
        "decided_at",
        "rating",
        "rating_count",
    )

    class Meta:
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")
        ordering = ["-pk"]
        permissions = [
            ("claim_doctorinformation", "Can claim a case"),
            ("decide_doctorinformation", "Can decide a verification"),
            ("suspend_doctorinformation", "Can suspend a verified doctor"),
            ("confirm_doctorinformation", "Can confirm, as the second person, that a check is overridden"),
            ("review_doctorinformation", "Has claimed this case"),
            ("export_doctorinformation", "Can export doctors"),
            ("schedule_doctorinformation", "Can change the working hours of a doctor"),
            ("practise_doctorinformation", "Can work as this doctor"),
            ("apply_doctorinformation", "Can apply for verification"),
        ]
        constraints = [
            known("verification_status", Verification),
            known("verification_reason", Reason, blank=True),
            models.CheckConstraint(name="doctorinformation_rating_range", condition=Q(rating__range=(0, 5))),
            models.CheckConstraint(name="doctorinformation_fees_not_negative", condition=Q(fees__gte=0)),
            models.CheckConstraint(name="doctorinformation_experience_sane", condition=Q(experience__lte=80)),
            models.CheckConstraint(name="doctorinformation_notice_sane", condition=Q(notice_minutes__lte=MOST_MINUTES)),
            models.CheckConstraint(
                name="doctorinformation_cancel_sane",
                condition=Q(cancel_minutes=None) | Q(cancel_minutes__lte=MOST_MINUTES),
            ),
            models.CheckConstraint(
                name="doctorinformation_licensed",
                condition=~Q(license_number=""),
                violation_error_message=_("Enter the licence number."),
            ),
        ]
        indexes = [
            # Search: one partial index for each order.
            models.Index(
                fields=["-rating", "-rating_count", "id"],
                name="doctor_by_rating",
                condition=Q(verification_status="approved"),
            ),
            models.Index(fields=["fees", "id"], name="doctor_by_fees", condition=Q(verification_status="approved")),
            models.Index(
                fields=["-experience", "id"], name="doctor_by_experience", condition=Q(verification_status="approved")
            ),
            models.Index(fields=["name", "id"], name="doctor_by_name", condition=Q(verification_status="approved")),
            models.Index(fields=["-decided_at", "-id"], name="doctor_by_decision"),  # the tab and graph of decisions
            WordsIndex(fields=["heard"], name="doctor_heard"),  # the back office's searches for doctors
            GramsIndex(fields=["license_number"], name="doctor_licence_parts"),  # the same number, written otherwise
            models.Index(
                fields=["verification_status", "submitted_at"], name="doctor_by_waiting"
            ),  # the verification queue
            models.Index(
                fields=["license_expires_on"], name="doctor_by_expiry", condition=Q(verification_status="approved")
            ),  # the list of ending licences, and the job that ends verifications
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """Whether the doctor is verified; the account may still be inactive."""
        return self.verification_status == Verification.APPROVED

    def reviewer(self) -> ObjectGrant | None:
        """The reviewer who has claimed the case and until when; None if nobody has."""
        return holders(self, "review").first()

    def claim(self, *, by: User, now: datetime) -> None:
        """Claim the case for two hours, or extend the claim. Raises AlreadyClaimed (409) while somebody else holds it,
        and OwnCase (403)."""
        with transaction.atomic():
            lock(self)
            self.require_reviewer(by)
            if self.verification_status == Verification.PENDING:
                move(self, Verification.IN_REVIEW, field="verification_status", reason="claimed")
            self._hold(by, now, "claimed")

    def require_reviewer(self, by: User) -> None:
        """Raises OwnCase (403) for the doctor themselves, OpenedCase (403) for whoever has opened their account, and
        AlreadyClaimed (409), which names the holder and the end of the claim, for everybody except the holder."""
        if by.pk == self.user_id:
            raise OwnCase
        if self.user.was_opened_by(by):
            raise OpenedCase
        holder = self.reviewer()
        if holder is not None and holder.user_id != by.pk:
            until = show_time(holder.expires_at) if holder.expires_at else "–"
            raise AlreadyClaimed(
                _("%(name)s has claimed this case until %(until)s.") % {"name": holder.user.name, "until": until}
            )

    def renew_claim(self, *, by: User, now: datetime) -> None:
        """Extend the holder's claim to two hours from now; does nothing without a claim."""
        holder = self.reviewer()
        if holder is None or holder.user_id != by.pk or holder.expires_at is None:
            return
        if holder.expires_at < now + timedelta(hours=CLAIM_HOURS) - RENEWED_EVERY:
            self._hold(by, now, "renewed by work")

    def release(self, *, now: datetime) -> None:
        """Release the claim; the case keeps its place in the queue and its checks."""
        with transaction.atomic():
            lock(self)
            if self.verification_status == Verification.IN_REVIEW:
                move(self, Verification.PENDING, field="verification_status", reason="given back")
            take(self, "review", reason="given back")

    def approve(self, *, now: datetime, note: str = "") -> None:
        """Approve: patients can find and book the doctor, who may prescribe and publish. The end of the licence is
        taken from the register, if it names one. Raises ChecksMissing (409)."""
        expires_on = self.checks.licence_end() or self.license_expires_on
        self._decide(
            Verification.APPROVED,
            now=now,
            note=note,
            check=lambda: self.checks.require_passed(expires_on, timezone.localdate(now)),
            license_expires_on=expires_on,
        )

    def reject(self, *, reason: str, now: datetime, code: str = "") -> None:
        """Reject the application; the doctor is sent `reason` and may correct the profile and apply again."""
        self._decide(Verification.REJECTED, now=now, note=reason, code=code)

    def ask(self, *, question: str, now: datetime, code: str = "") -> None:
        """Ask the doctor for more information; the case waits for their answer."""
        self._decide(Verification.NEEDS_INFO, now=now, note=question, code=code)

    def suspend(self, *, reason: str, now: datetime, code: str = "") -> None:
        """Suspend the verification with immediate effect: the doctor is hidden from search and cannot be booked,
        prescribe or publish."""
        self._decide(Verification.SUSPENDED, now=now, note=reason, code=code)

    def expire(self, *, note: str, now: datetime) -> None:
        """As `suspend`, because the licence has ended. Raises StepRefused (409) if it has not."""

        def has_ended() -> None:
            if self.license_expires_on is None or self.license_expires_on >= timezone.localdate(now):
                raise StepRefused(_("The licence has not expired."))

        self._decide(Verification.EXPIRED, now=now, note=note, code=Reason.EXPIRED, check=has_ended)

    def renew(self, *, expires_on: date, reason: str) -> None:
        """Store the extended licence, which the reviewer has seen; the doctor stays verified until its new end."""
        lock(self)
        if not self.is_approved:
            raise StepRefused(_("Only the licence of a verified doctor is extended."))
        self.license_expires_on = expires_on
        save_with_reason(self, reason)

    def resubmit(self, *, reason: str, now: datetime) -> None:
        """Put the case into the queue (again); every check must be repeated."""
        with transaction.atomic():
            move(
                self,
                Verification.PENDING,
                field="verification_status",
                reason=reason,
                submitted_at=now,
                verification_note="",
                verification_reason="",
            )
            self.checks.retire(reason=reason)
            bookable_changed(self.pk, now)

    def answer(self, what: str, *, now: datetime) -> None:
        """Called when the doctor has sent something: a case that waited for the doctor or was rejected returns to the
        queue."""
        if self.verification_status in {Verification.NEEDS_INFO, Verification.REJECTED}:
            self.resubmit(reason=what, now=now)

    def _hold(self, by: User, now: datetime, reason: str) -> None:
        end = now + timedelta(hours=CLAIM_HOURS)
        give(by, self, "review", source=ObjectGrant.Source.CLAIM, reason=reason, by=by, expires_at=end)

    def _decide(
        self,
        status: str,
        *,
        now: datetime,
        note: str,
        code: str = "",
        check: Callable[[], None] | None = None,
        **more: object,
    ) -> None:
        with transaction.atomic():
            move(
                self,
                status,
                field="verification_status",
                reason=note,
                verification_note=note,
                verification_reason=code,
                decided_at=now,
                check=check,
                **more,
            )
            take(self, "review")
            bookable_changed(self.pk, now)
