"""A doctor: what they declare, whether it was verified, and what search needs."""

from datetime import date, datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.models import ObjectGrant, Record, RecordQuerySet
from shs.core.permissions import give, holders, take
from shs.core.transitions import lock, move
from shs.doctors.errors import AlreadyClaimed
from shs.doctors.models.clinic import DoctorSpecialization
from shs.doctors.models.hours import TimeOff
from shs.users.models import works_as_doctor


class Verification(models.TextChoices):
    """Where the verification of a doctor stands."""

    PENDING = "pending", _("Waiting")
    IN_REVIEW = "in_review", _("In review")
    NEEDS_INFO = "needs_info", _("Needs information")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")


OPEN = (Verification.PENDING, Verification.IN_REVIEW)
CLAIM_HOURS = 2


class DoctorQuerySet(RecordQuerySet):
    """Doctors."""

    def listed(self):
        """Those whom patients find and can book: verified, with an active account of a doctor."""
        return self.filter(works_as_doctor("user"), verification_status=Verification.APPROVED)

    def waiting(self):
        """Those whose verification waits for us."""
        return self.filter(verification_status__in=OPEN)

    def matching(self, words: str):
        """Those whose name, specialty, place, education or bio holds every word."""
        rows = self
        for word in words.lower().split()[:8]:
            rows = rows.filter(search_text__contains=word)
        return rows

    def of_specialty(self, name_or_slug: str):
        """Those of one specialization; none where there is no such one."""
        specialty = DoctorSpecialization.objects.filter(
            Q(slug=name_or_slug.lower()) | Q(name__iexact=name_or_slug)
        ).first()
        return self.filter(specializations=specialty.pk) if specialty else self.none()

    def speaking(self, language: str):
        """Those who speak a language."""
        return self.filter(language_text__contains=f"|{language.lower()}|")

    def working_on(self, day: date, starts_at: datetime, ends_at: datetime):
        """Those with working hours on `day`, and no time off that covers it whole ([starts_at, ends_at)); nobody on a
        day that has passed."""
        if day < timezone.localdate():
            return self.none()
        bit = 1 << day.weekday()
        away = TimeOff.objects.filter(doctor=OuterRef("pk"), starts_at__lte=starts_at, ends_at__gte=ends_at)
        works = self.annotate(works=F("weekdays").bitand(bit)).filter(works=bit)
        return works.filter(~Exists(away))


class DoctorInformation(Record):
    """A doctor's profile. `experience` in years, `fees` in BDT a visit, `rating` 1–5 (0: nobody rated yet).

    `name` is the name under which they practise, as it was verified; the account's own name may be changed freely.
    `specialty_cards`, `language_text`, `search_text` and `weekdays` repeat what stands elsewhere, so that search reads
    one table; `services.refresh_derived` keeps them.
    """

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
        Verification.APPROVED: {Verification.SUSPENDED, Verification.PENDING},
        Verification.REJECTED: {Verification.PENDING},
        Verification.SUSPENDED: {Verification.PENDING, Verification.APPROVED},
    }

    user = models.OneToOneField("users.User", models.PROTECT, related_name="doctor", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=150)
    license_number = models.CharField(
        _("licence number"),
        max_length=30,
        unique=True,
        error_messages={"unique": _("There is already a doctor with this licence number.")},
    )
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

    verification_status = models.CharField(
        _("verification"), max_length=12, choices=Verification, default=Verification.PENDING
    )
    verification_note = models.TextField(_("note to the doctor"), max_length=1000, blank=True)
    submitted_at = models.DateTimeField(_("waiting since"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    rating = models.DecimalField(_("rating"), max_digits=3, decimal_places=2, default=0)
    rating_count = models.PositiveIntegerField(_("ratings"), default=0)
    specialty_cards = models.JSONField(default=list, editable=False)
    language_text = models.TextField(blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    weekdays = models.PositiveSmallIntegerField(default=0, editable=False)  # one bit a weekday, Monday the lowest

    objects = DoctorQuerySet.as_manager()
    unlogged_fields = ("updated_at", "specialty_cards", "language_text", "search_text", "weekdays")
    _history_m2m_fields = ["specializations", "clinics"]
    locked_fields = (
        "user",
        "verification_status",
        "verification_note",
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
            ("claim_doctorinformation", "Can take a verification on"),
            ("decide_doctorinformation", "Can decide a verification"),
            ("suspend_doctorinformation", "Can suspend a verified doctor"),
            ("review_doctorinformation", "Has taken this verification on"),
            ("export_doctorinformation", "Can export doctors"),
            ("schedule_doctorinformation", "Can change the working hours of a doctor"),
            ("practise_doctorinformation", "Can work as this doctor"),
            ("apply_doctorinformation", "Can apply for verification"),
        ]
        constraints = [
            models.CheckConstraint(
                name="doctorinformation_verification_known",
                condition=Q(
                    verification_status__in=["pending", "in_review", "needs_info", "approved", "rejected", "suspended"]
                ),
            ),
            models.CheckConstraint(name="doctorinformation_rating_range", condition=Q(rating__range=(0, 5))),
            models.CheckConstraint(name="doctorinformation_fees_not_negative", condition=Q(fees__gte=0)),
            models.CheckConstraint(name="doctorinformation_experience_sane", condition=Q(experience__lte=80)),
            models.CheckConstraint(
                name="doctorinformation_licensed",
                condition=~Q(license_number=""),
                violation_error_message=_("Name the licence number."),
            ),
        ]
        indexes = [
            # Search, one index for each of its orders; partial, as the list is.
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
            models.Index(
                fields=["verification_status", "submitted_at"], name="doctor_by_waiting"
            ),  # the verification queue
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """Whether the verification stands; the account may still be inactive."""
        return self.verification_status == Verification.APPROVED

    def reviewer(self) -> ObjectGrant | None:
        """Who has taken the verification on, and until when; None where nobody has."""
        return holders(self, "review").first()

    def claim(self, *, by, now: datetime) -> None:
        """Take the verification on for two hours, or two more. Raises AlreadyClaimed (409) while another holds it."""

        def nobody_else() -> None:
            holder = self.reviewer()
            if holder is not None and holder.user_id != by.pk:
                raise AlreadyClaimed(_("%(name)s has taken this case on.") % {"name": holder.user.name})

        with transaction.atomic():
            lock(self)
            nobody_else()
            if self.verification_status == Verification.PENDING:
                move(self, Verification.IN_REVIEW, field="verification_status", reason="claimed")
            end = now + timedelta(hours=CLAIM_HOURS)
            give(by, self, "review", source=ObjectGrant.Source.CLAIM, reason="claimed", by=by, expires_at=end)

    def approve(self, *, now: datetime, note: str = "") -> None:
        """From now on patients find and book this doctor, who may prescribe and publish."""
        self._decide(Verification.APPROVED, now=now, note=note)

    def reject(self, *, reason: str, now: datetime) -> None:
        """Refuse the application; the doctor reads `reason`, and may correct it and apply again."""
        self._decide(Verification.REJECTED, now=now, note=reason)

    def ask(self, *, question: str, now: datetime) -> None:
        """Ask the doctor for what is missing; the case waits for them."""
        self._decide(Verification.NEEDS_INFO, now=now, note=question)

    def suspend(self, *, reason: str, now: datetime) -> None:
        """Take the verification back at once: no search, no bookings, no prescribing, no publishing."""
        self._decide(Verification.SUSPENDED, now=now, note=reason)

    def resubmit(self, *, reason: str, now: datetime) -> None:
        """Put the case (again) into the queue."""
        move(
            self,
            Verification.PENDING,
            field="verification_status",
            reason=reason,
            submitted_at=now,
            verification_note="",
        )

    def _decide(self, status: str, *, now: datetime, note: str) -> None:
        move(self, status, field="verification_status", reason=note, verification_note=note, decided_at=now)
        take(self, "review")
