"""Users: people, with a login or without. They have one role and, for staff, duties by their groups."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.context import remember
from shs.core.errors import Invalid, StepRefused
from shs.core.grants.shares import duties_of
from shs.core.queries import KeptQuery, instance
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.derived import HeardField
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import is_bangla
from shs.core.records.words import WordsIndex
from shs.core.types import clean_email
from shs.users.errors import CodeNeeded, FactorNeeded
from shs.users.models.contact import ContactPoint
from shs.users.models.made_duty import require_given, works_at_desks
from shs.users.models.password import ComposedPassword
from shs.users.models.people import PeopleQuerySet
from shs.users.models.person import Person
from shs.users.models.profile import UserProfile
from shs.users.models.role import BY_PHONE, OUTSIDE_OFFICE, ROLES, Duty, Role


class UserQuerySet(PeopleQuerySet["User"]):
    """Users."""

    def create_user(
        self, email: str | None, password: str | None = None, *, name: str, reason: str = "", **fields: object
    ) -> "User":
        """Create a user; `role` defaults to patient. Without an address it is a person without a login. A name that is
        given in Bangla alone is the `name` too: every list shows that one, and a Latin spelling that nobody has given
        would stand on prescriptions as if it were the person's. `reason` stands in the history. Raises IntegrityError
        if the address is taken."""
        fields.setdefault("name_bn", name if is_bangla(name) else "")
        user = self.model(email=clean_email(email) if email else None, name=name, **fields)
        user.set_password(password)
        save_with_reason(user, reason)
        UserProfile.objects.using(self.db).create(user=user)
        ContactPoint.objects.using(self.db).follow_login(user, now=user.created_at, reason="account opened")
        return user

    def create_superuser(self, email: str, password: str | None = None, *, name: str, **fields: object) -> "User":
        """Create an admin with a verified address; for `manage.py createsuperuser`."""
        return self.create_user(email, password, name=name, role=Role.ADMIN, is_verified=True)

    def get_by_natural_key(self, email: str) -> "User":
        """The user whom Django's login asks for. Raises User.DoesNotExist."""
        row = BY_EMAIL.first(email=clean_email(email))
        if row is None:
            raise User.DoesNotExist
        return instance(User, row)

    def normalize_email(self, email: str | None) -> str | None:
        """The address as Django's forms store it; None for none."""
        return clean_email(email) if email else None


class User(ComposedPassword, AbstractUser, Person):
    """A person. Whoever has an `email` logs in by it; a patient who has proved their phone, and who they are, by that
    phone from `phone_login_at` on; others are patients all the same. Their rights follow from `role` and, for staff,
    their groups; see the grant table. `is_verified`: the e-mail address is confirmed. Increasing `token_version`
    invalidates every token. `demo_name` names a made-up person, such as `patient12`."""

    privacy = Administrative(because="who has an account; contact details are masked in lists")
    crud = Crud(remove=By("suspend"))

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]
    date_joined = None  # type: ignore[assignment]
    email = models.EmailField(  # type: ignore[assignment]  # Django's cannot be null
        _("e-mail address"),
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": _("There is already an account with this address.")},
    )
    heard = HeardField(of=["name", "name_bn"])
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.PATIENT)
    is_active = models.BooleanField(_("active"), default=True)
    is_verified = models.BooleanField(_("e-mail confirmed"), default=False)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Language of e-mails and pages."),
    )
    second_factor_at = models.DateTimeField(_("second factor since"), null=True, blank=True)
    token_version = models.PositiveIntegerField(default=0, editable=False)

    app_session_id: uuid.UUID | None = None
    passed_factor_at: datetime | None = None
    """The session that the token of a request names, and the second factor that it has passed (see `AppSession`); set
    where the API reads the token."""
    acts_as_patient = False
    """Whether this is a member of staff in the patient API, where they see what is theirs as a patient and nothing of
    the office; set where the API reads the token."""
    login_count: int
    """The number of open sessions; set by the list that shows it."""

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    unlogged_fields = ("updated_at", "heard", "password", "last_login", "token_version")
    locked_fields = (
        "email",
        "died_on",
        "death_told_by",
        "is_active",
        "is_verified",
        "last_login",
        "role",
        "suspended_until",
        "muted_until",
        "second_factor_at",
        "phone_login_at",
        "merged_into",
    )

    objects = UserQuerySet.as_manager()  # type: ignore[assignment]
    role_choices = Role.choices
    duty_choices = Duty.choices
    assigned_role_choices = [choice for choice in Role.choices if choice[0] != Role.PHARMACY]
    """The roles that an account can be given; accounts of a pharmacy are opened on its page."""
    opening_role_choices = [choice for choice in Role.choices if choice[0] not in (Role.ADMIN, Role.PHARMACY)]
    """The roles of accounts that an admin may create; making an admin takes two."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["-pk"]
        permissions = [
            ("suspend_user", "Can suspend and reinstate users"),
            ("reset_user", "Can send a password reset and end sessions"),
            ("reset_factor_user", "Can reset the second factor of users"),
            ("readdress_user", "Can ask for another e-mail address of users"),
            ("assign_user", "Can change the role and the duties of users"),
            ("mute_user", "Can mute and unmute users"),
            ("recognise_user", "Can see the masked address of users"),
            ("reveal_user", "Can see contact details unmasked"),
            ("export_user", "Can export users"),
            ("note_death_user", "Can note that a person has died"),
            ("card_user", "Can print the code of a person's card, and replace it"),
            ("merge_user", "Can merge two rows of one person, if a second person confirms it"),
            ("read_chart_user", "Can read this person's chart"),
            ("break_glass_user", "Can read this person's chart in an emergency"),
        ]
        constraints = [
            known("role", Role),
            models.CheckConstraint(name="user_name_not_empty", condition=~Q(name="")),
            models.CheckConstraint(name="user_email_null_if_none", condition=~Q(email="") | Q(email__isnull=True)),
            models.CheckConstraint(
                name="user_death_told_by_somebody",
                condition=Q(died_on__isnull=True, death_told_by="") | (Q(died_on__isnull=False) & ~Q(death_told_by="")),
            ),
            models.CheckConstraint(name="user_language_known", condition=Q(language__in=["", "en", "bn"])),
            models.CheckConstraint(
                name="user_merged_is_inactive", condition=Q(merged_into__isnull=True) | Q(is_active=False)
            ),
            models.CheckConstraint(
                name="user_merged_into_another", condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id"))
            ),
        ]
        indexes = [
            models.Index(fields=["role", "-id"], name="user_by_role"),  # the admin's list, by role
            models.Index(fields=["demo_name"], condition=~Q(demo_name=""), name="user_demo"),  # the seed
            WordsIndex(fields=["heard"], name="user_heard"),  # every search for people
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.removeprefix("Dr. ").partition(" ")[0]

    @property
    def may_be_patient(self) -> bool:
        """Whether visits are booked for this person: a patient, or one of the staff, who are patients somewhere."""
        return self.is_active and self.is_patient_somewhere

    @property
    def is_patient(self) -> bool:
        """Whether this is a patient who does not work here."""
        return self.role == Role.PATIENT

    @property
    def is_patient_somewhere(self) -> bool:
        """Whether this is a patient, or one of the staff, who are patients somewhere; also of suspended ones."""
        return self.role in (Role.PATIENT, Role.STAFF)

    def act_as_patient(self) -> None:
        """Enter the patient API: staff see there what is theirs as patients, and nothing of the office."""
        self.acts_as_patient = self.role == Role.STAFF

    @property
    def is_staff(self) -> bool:
        """Django's name for whether the user may log in on the admin's login page."""
        return self.logs_in_here

    @property
    def is_superuser(self) -> bool:
        """Always False: nobody bypasses the grant table."""
        return False

    @property
    def uses_back_office(self) -> bool:
        """Whether this account may enter the admin."""
        return self.is_active and self.role not in OUTSIDE_OFFICE and not self.acts_as_patient

    @property
    def is_pharmacys(self) -> bool:
        """Whether this is the account of somebody of a pharmacy, who sees nothing but prescriptions by their code."""
        return self.role == Role.PHARMACY

    @property
    def logs_in_here(self) -> bool:
        """Whether this account logs in on the admin's login page: whoever may enter it, and people of pharmacies, to
        whom only the few pages are open that are added with `also_outside`."""
        return self.uses_back_office or (self.is_active and self.is_pharmacys)

    @property
    def uses_api(self) -> bool:
        """Whether this account may use the patient API beyond its own login: staff only as the patients that they are
        somewhere, and not in the admin; people of pharmacies never."""
        return self.is_active and not self.is_pharmacys and (self.role != Role.STAFF or self.acts_as_patient)

    @property
    def may_use_phone(self) -> bool:
        """Whether this person may log in by phone: a living patient. Others keep password and second factor."""
        return self.is_active and self.role in BY_PHONE and not self.is_dead

    @property
    def has_second_factor(self) -> bool:
        """Whether this account has set up a second factor."""
        return self.second_factor_at is not None

    @property
    def must_have_factor(self) -> bool:
        """Whether this account may do nothing before it has a second factor: for all who use the back office."""
        enters = self.is_active and self.role != Role.PATIENT  # staff also where they act as patients
        return enters and settings.STAFF_SECOND_FACTOR == "required"

    def require_factor(self) -> None:
        """For the session of a token. Raises FactorNeeded (403) if the account must have a second factor and has none
        yet, CodeNeeded (401) if this session has not passed the present one."""
        if self.has_second_factor:
            if self.passed_factor_at != self.second_factor_at:
                raise CodeNeeded(_("A second factor was set up after this login. Log in again."))
        elif self.must_have_factor:
            raise FactorNeeded

    @property
    def is_admin(self) -> bool:
        """Whether this account is an admin's."""
        return self.role == Role.ADMIN

    def was_opened_by(self, other: "User") -> bool:
        """Whether `other` has opened this account, or a doctor's profile on it, for its owner."""
        return self.touches.filter(what__in=["made", "profile"], by=other).exists()

    @property
    def takes_two(self) -> bool:
        """Whether the address and the second factor of this account are changed by the office only if two admins agree:
        for everybody but patients, and for patients whose role the office has ever changed."""
        return self.role != Role.PATIENT or self.touches.filter(what="role").exists()

    @property
    def runs_desks(self) -> bool:
        """Whether this account may be assigned to the desk of a clinic."""
        return self.is_active and (Duty.DESK in self.roles_held or works_at_desks(self))

    @property
    def roles_held(self) -> frozenset[str]:
        """The role and, for staff, the duties, as the grant table names them; no group is a role."""
        if self.acts_as_patient:
            return frozenset([Role.PATIENT])
        if self.role != Role.STAFF:
            return frozenset([self.role])
        # Each question to the grant table asks for them: put together once a request.
        return remember(("roles", self.pk), lambda: frozenset([self.role, *(duties_of(self.pk) - ROLES)]))

    def assign(self, *, role: str, duties: list[str], reason: str) -> None:
        """Change the role and, for staff, the duties; all sessions and tokens end. Raises Invalid (422) for staff
        without a duty, and for a duty that is archived, unless they have it already; StepRefused (409) to and from the
        role of a pharmacy, whose accounts belong to it."""
        if Role.PHARMACY in (role, self.role):
            raise StepRefused(_("Accounts of a pharmacy are opened on its page, and stay its own."))
        groups = Group.objects.filter(name__in=duties if role == Role.STAFF else [])
        if role == Role.STAFF and not groups:
            raise Invalid(_("Choose at least one duty: without one, staff cannot do anything."), field="duties")
        lock(self)
        require_given(groups, kept=self.groups.all())
        self.role = role
        self.token_version += 1
        names = ", ".join(duties) if role == Role.STAFF else ""
        save_with_reason(self, f"{reason} ({role}{': ' if names else ''}{names})")
        self.groups.set(groups)
        self.drop_sessions()

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
        self.drop_sessions(keep=keep)

    def drop_sessions(self, *, keep: str = "") -> None:
        """End the sessions of apps and of browsers, except the browser's with the key `keep`."""
        self.app_sessions.live().update(ended_at=timezone.now())
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
        self.drop_sessions()

    def confirm_email(self) -> None:
        """Mark the e-mail address as confirmed."""
        lock(self)
        if not self.is_verified and self.email:
            self.is_verified = True
            save_with_reason(self, "e-mail confirmed")
            ContactPoint.objects.follow_login(self, now=timezone.now(), reason="e-mail confirmed")

    def move_to(self, email: str, *, reason: str) -> None:
        """Change the address to `email`, which a link to it has confirmed, and end all sessions and tokens. Raises
        IntegrityError if it is taken."""
        lock(self)
        self.email, self.is_verified = email, True
        self.token_version += 1
        save_with_reason(self, reason)
        ContactPoint.objects.follow_login(self, now=timezone.now(), reason=reason)
        self.drop_sessions()

    def forget_password(self, *, reason: str) -> None:
        """Make the password unusable, so that only a reset link leads to a new one, and end all sessions and tokens."""
        lock(self)
        self.set_unusable_password()
        self.token_version += 1
        save_with_reason(self, reason)
        self.drop_sessions()

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


BY_EMAIL = KeptQuery(
    lambda email: User._base_manager.filter(email=email), [field.attname for field in User._meta.concrete_fields]
)
