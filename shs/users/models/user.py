"""Users: they log in by e-mail, have one role and, for staff, duties by their groups."""

from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.sessions.models import Session
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Caller
from shs.core.context import remember
from shs.core.dates import show_datetime
from shs.core.errors import Invalid
from shs.core.records.constraints import known
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.words import WordsIndex
from shs.core.types import clean_email
from shs.users.errors import Muted


class Role(models.TextChoices):
    """Role of an account."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    STAFF = "staff", _("Staff")
    ADMIN = "admin", _("Admin")


SELF_REGISTERED = (Role.PATIENT, Role.DOCTOR)
"""The roles that people can register as."""


class Duty(models.TextChoices):
    """Duty of a member of staff: the name of a Django group, which a migration creates."""

    VERIFICATION = "Verification officers", _("Verification officers")
    DESK = "Clinic desk", _("Clinic desk")
    MODERATION = "Moderators", _("Moderators")
    AUDIT = "Auditors", _("Auditors")


def works_as_doctor(path: str) -> Q:
    """Condition: the account at `path` is active and has the role of a doctor."""
    return Q(**{f"{path}__is_active": True, f"{path}__role": Role.DOCTOR})


class UserQuerySet(RecordQuerySet["User"]):
    """Users."""

    def by_email(self, email: str) -> Self:
        """The user of an e-mail address in any spelling; at most one."""
        return self.filter(email=clean_email(email))

    def themselves(self, user: Caller) -> Self:
        """The rows of `user` alone."""
        return self.filter(pk=user.pk)

    def due_back(self, now: datetime) -> Self:
        """Suspended users whose suspension has ended by `now` (aware)."""
        return self.filter(is_active=False, suspended_until__lte=now)

    def auditors(self) -> Self:
        """Active staff with the duty of auditors."""
        return self.filter(is_active=True, role=Role.STAFF, groups__name=Duty.AUDIT)

    def create_user(self, email: str, password: str | None = None, *, name: str, **fields: object) -> "User":
        """Create a user; `role` defaults to patient. Raises IntegrityError if the address is taken."""
        user = self.model(email=clean_email(email), name=name, **fields)
        user.set_password(password)
        user.save(using=self.db)
        UserProfile.objects.using(self.db).create(user=user)
        return user

    def create_superuser(self, email: str, password: str | None = None, *, name: str, **fields: object) -> "User":
        """Create an admin with a verified address; for `manage.py createsuperuser`."""
        return self.create_user(email, password, name=name, role=Role.ADMIN, is_verified=True)

    def get_by_natural_key(self, email: str) -> "User":
        """The user whom Django's login asks for. Raises User.DoesNotExist."""
        return self.get(email=clean_email(email))

    def normalize_email(self, email: str) -> str:
        """The address as Django's forms store it."""
        return clean_email(email)


class User(AbstractUser, Record):
    """A person who logs in. Their rights follow from `role` and, for staff, their groups; see the grant table.
    `is_verified`: the e-mail address is confirmed. Increasing `token_version` invalidates every token."""

    privacy = Administrative(because="who has an account; contact details are masked in lists")

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]
    date_joined = None  # type: ignore[assignment]
    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("There is already an account with this address.")}
    )
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.PATIENT)
    is_active = models.BooleanField(_("active"), default=True)
    is_verified = models.BooleanField(_("e-mail confirmed"), default=False)
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, blank=True, help_text=_("Of mails and of the pages.")
    )
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    second_factor_at = models.DateTimeField(_("second factor since"), null=True, blank=True)
    token_version = models.PositiveIntegerField(default=0, editable=False)

    login_count: int
    """The number of open sessions; set by the list that shows it."""

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    unlogged_fields = ("updated_at", "password", "last_login", "token_version")
    locked_fields = (
        "is_active",
        "is_verified",
        "last_login",
        "role",
        "suspended_until",
        "muted_until",
        "second_factor_at",
    )

    objects = UserQuerySet.as_manager()  # type: ignore[assignment]
    role_choices = Role.choices
    duty_choices = Duty.choices
    opening_role_choices = [choice for choice in Role.choices if choice[0] != Role.ADMIN]
    """The roles of accounts that an admin may create; making an admin takes two."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["-pk"]
        permissions = [
            ("suspend_user", "Can suspend and reinstate users"),
            ("reset_user", "Can send a password reset and end sessions"),
            ("reset_factor_user", "Can reset the second factor of users"),
            ("assign_user", "Can change the role and the duties of users"),
            ("mute_user", "Can mute and unmute users"),
            ("recognise_user", "Can see the masked address of users"),
            ("reveal_user", "Can see contact details unmasked"),
            ("export_user", "Can export users"),
            ("read_chart_user", "Can read this person's chart"),
            ("break_glass_user", "Can read this person's chart in an emergency"),
        ]
        constraints = [
            known("role", Role),
            models.CheckConstraint(name="user_name_not_empty", condition=~Q(name="")),
            models.CheckConstraint(name="user_language_known", condition=Q(language__in=["", "en", "bn"])),
        ]
        indexes = [
            models.Index(fields=["role", "-id"], name="user_by_role"),  # the admin's list, by role
            WordsIndex(fields=["name"], name="user_words"),  # every search for people
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.removeprefix("Dr. ").partition(" ")[0]

    @property
    def is_staff(self) -> bool:
        """Django's name for whether the user may enter the admin."""
        return self.uses_back_office

    @property
    def is_superuser(self) -> bool:
        """Always False: nobody bypasses the grant table."""
        return False

    @property
    def uses_back_office(self) -> bool:
        """Whether this account may enter the admin."""
        return self.is_active and self.role != Role.PATIENT

    @property
    def uses_api(self) -> bool:
        """Whether this account may use the patient API beyond its own login; staff work in the admin only."""
        return self.is_active and self.role != Role.STAFF

    @property
    def has_second_factor(self) -> bool:
        """Whether this account has set up a second factor."""
        return self.second_factor_at is not None

    @property
    def is_admin(self) -> bool:
        """Whether this account is an admin's."""
        return self.role == Role.ADMIN

    @property
    def runs_desks(self) -> bool:
        """Whether this account may be assigned to the desk of a clinic."""
        return self.is_active and Duty.DESK in self.roles_held

    @property
    def roles_held(self) -> frozenset[str]:
        """The role and, for staff, the duties, as the grant table names them."""
        if self.role != Role.STAFF:
            return frozenset([self.role])
        groups = remember(("duties", self.pk), lambda: list(self.groups.values_list("name", flat=True)))
        return frozenset([self.role, *groups])

    def suspend(self, *, reason: str, until: datetime | None = None) -> None:
        """Suspend the user and end all sessions and tokens; until `until`, or until somebody reinstates them."""
        lock(self)
        self.is_active = False
        self.suspended_until = until
        self.token_version += 1
        save_with_reason(self, reason)
        self._drop_sessions()

    def reinstate(self, *, reason: str) -> None:
        """End the suspension."""
        lock(self)
        self.is_active = True
        self.suspended_until = None
        save_with_reason(self, reason)

    def mute(self, *, until: datetime | None, reason: str) -> None:
        """Forbid the user to publish comments, reviews and articles until then; everything else stays possible."""
        lock(self)
        self.muted_until = until
        save_with_reason(self, reason)

    def unmute(self, *, reason: str) -> None:
        """Allow a muted user to publish again."""
        lock(self)
        self.muted_until = None
        save_with_reason(self, reason)

    def is_muted(self, now: datetime) -> bool:
        """Whether the user may not publish at `now`."""
        return self.muted_until is not None and self.muted_until > now

    def require_voice(self, now: datetime) -> None:
        """Raises Muted (403) with the end of the muting."""
        if self.muted_until and self.is_muted(now):
            until = show_datetime(self.muted_until)
            raise Muted(_("A moderator has muted you until %(until)s.") % {"until": until})

    def assign(self, *, role: str, duties: list[str], reason: str) -> None:
        """Change the role and, for staff, the duties; all sessions and tokens end. Raises Invalid (422) for staff
        without a duty."""
        if role == Role.STAFF and not duties:
            raise Invalid(_("Choose at least one duty: without one, staff cannot do anything."), field="duties")
        lock(self)
        self.role = role
        self.token_version += 1
        names = ", ".join(duties) if role == Role.STAFF else ""
        save_with_reason(self, f"{reason} ({role}{': ' if names else ''}{names})")
        self.groups.set(Group.objects.filter(name__in=duties if role == Role.STAFF else []))
        self._drop_sessions()

    def would_become_admin(self, role: str) -> bool:
        """Whether changing to `role` would make a new admin, which takes two admins."""
        return role == Role.ADMIN and not self.is_admin

    def become_admin(self, *, reason: str) -> None:
        """As `assign`, also for new admins: the caller makes sure that two admins agreed."""
        self.assign(role=Role.ADMIN, duties=[], reason=reason)

    def end_sessions(self, *, reason: str, keep: str = "") -> None:
        """End all tokens and admin sessions, except the session with the key `keep`, which the caller must update with
        the new `get_session_auth_hash()`."""
        lock(self)
        self.token_version += 1
        save_with_reason(self, reason)
        self._drop_sessions(keep=keep)

    def _drop_sessions(self, *, keep: str = "") -> None:
        """Revoke refresh tokens and delete sessions. Access tokens become invalid by `token_version`, which the caller
        increases."""
        self.refresh_tokens.live().update(revoked_at=timezone.now())
        Session.objects.filter(office_session__user=self).exclude(session_key=keep).delete()

    def set_second_factor(self, since: datetime | None, *, reason: str) -> None:
        """Store when the second factor was set up, or that it was removed. Sessions that passed an earlier one must
        pass the new one."""
        lock(self)
        self.second_factor_at = since
        save_with_reason(self, reason)

    def change_password(self, password: str, *, reason: str) -> None:
        """Set a new password; all tokens become invalid."""
        lock(self)
        self.set_password(password)
        self.token_version += 1
        save_with_reason(self, reason)
        self._drop_sessions()

    def confirm_email(self) -> None:
        """Mark the e-mail address as confirmed."""
        lock(self)
        self.is_verified = True
        save_with_reason(self, "e-mail confirmed")

    def speak(self, language: str) -> None:
        """Set the language of pages and notices."""
        with transaction.atomic():
            lock(self)
            if self.language == language:
                return
            self.language = language
            save_with_reason(self, "language chosen")

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Adds `token_version` to Django's hash, so that admin sessions end together with the tokens."""
        return f"{super()._get_session_auth_hash(secret=secret)}{self.token_version}"


class AdministrativeGender(models.TextChoices):
    """Administrative gender, as in FHIR."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Unknown")


class BloodType(models.TextChoices):
    A_POSITIVE = "A+", "A+"
    A_NEGATIVE = "A-", "A-"
    B_POSITIVE = "B+", "B+"
    B_NEGATIVE = "B-", "B-"
    AB_POSITIVE = "AB+", "AB+"
    AB_NEGATIVE = "AB-", "AB-"
    O_POSITIVE = "O+", "O+"
    O_NEGATIVE = "O-", "O-"


class UserProfile(Record):
    """A person's contact details and demographics."""

    privacy = Administrative(because="who somebody is; opening one is written to the read log")

    Gender = AdministrativeGender

    BloodGroup = BloodType

    user = models.OneToOneField(User, models.CASCADE, related_name="profile", verbose_name=_("user"))
    phone = models.CharField(
        _("phone"),
        max_length=20,
        blank=True,
        validators=[
            RegexValidator(
                r"^\+?[0-9][0-9 \-]{5,18}$", _("Enter the phone number in digits, for example +8801712345678.")
            )
        ],
    )
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender, blank=True)
    blood_group = models.CharField(_("blood group"), max_length=3, choices=BloodGroup, blank=True)
    address = models.CharField(_("address"), max_length=255, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    emergency_contact = models.CharField(_("emergency contact"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("contact details")
        verbose_name_plural = _("contact details")
        permissions = [("read_person_userprofile", "Can read date of birth, gender and blood group")]
        constraints = [
            known("gender", AdministrativeGender, blank=True),
            known("blood_group", BloodType, blank=True),
        ]

    def __str__(self) -> str:
        return self.user.name

    def save_phone(self, phone: str) -> None:
        """Store the phone number from the registration."""
        self.phone = phone
        self.save()

    def age(self, today: date) -> int | None:
        """Age in whole years on `today`; None without a date of birth."""
        born = self.date_of_birth
        if born is None:
            return None
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
