"""Registering people at a desk: newcomers, and patients whose identity is unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from shs.appointment.models import Registration
from shs.core.ages import Birth, read_birth, show_age
from shs.core.errors import Invalid, StepRefused
from shs.core.phones import clean_phone
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import is_bangla, tidy, validate_person_name
from shs.doctors.models import Clinic
from shs.users.contacts import set_phone
from shs.users.models import User, UserProfile

LONGEST_NAME = 150


@dataclass(frozen=True)
class Newcomer:
    """What is told at the desk, as it was typed: a `name` in Latin or Bangla; a `phone`, or why there is none
    (`no_phone`); an age or a date of birth; the `gender` (of UserProfile.Gender). Of somebody unknown (`is_unknown`)
    the age is an estimate, and `circumstances` stand for name and phone."""

    name: str = ""
    phone: str = ""
    no_phone: str = ""
    birth: str = ""
    gender: str = ""
    is_unknown: bool = False
    circumstances: str = ""

    def complaints(self, today: date) -> dict[str, str]:
        """Field → a sentence, for all that is missing or wrong."""
        checks: dict[str, Callable[[], object]] = {
            "birth": lambda: self.born(today),
            "gender": self._check_gender,
        }
        if self.is_unknown:
            checks["circumstances"] = self._check_circumstances
        else:
            checks |= {"name": self._check_name, "phone": self._check_phone}
        found = {}
        for field, check in checks.items():
            try:
                check()
            except ValidationError as error:
                found[field] = " ".join(error.messages)
        if self.no_phone_missing and "phone" not in found:
            found["no_phone"] = _("Enter the phone, or why there is none.")
        return found

    @property
    def no_phone_missing(self) -> bool:
        """Whether there is neither a phone nor a reason."""
        return not (self.is_unknown or self.phone.strip() or len(self.no_phone.strip()) > 1)

    def require_whole(self, today: date) -> None:
        """Raises Invalid (422) for the first of `complaints`."""
        for field, sentence in self.complaints(today).items():
            raise Invalid(sentence, field=field)

    def born(self, today: date) -> Birth:
        """When they were born. Raises ValidationError."""
        if not self.birth.strip():
            raise ValidationError(_("Enter the age or the date of birth."))
        return read_birth(self.birth, today)

    def names(self, today: date) -> tuple[str, str]:
        """The name, and the name in Bangla: of somebody unknown made of sex and age, such as "Unknown, male, about 40
        years". A name in Bangla alone is both, see `create_user`."""
        if not self.is_unknown:
            name = tidy(self.name)
            return name, name if is_bangla(name) else ""
        return self._unknown_name("en", today), self._unknown_name("bn", today)

    def _unknown_name(self, language: str, today: date) -> str:
        with override(language):
            sex = UserProfile.Gender(self.gender)
            age = show_age(*self.born(today), today)
            words = _("Unknown, %(sex)s, %(age)s") if sex != UserProfile.Gender.UNKNOWN else _("Unknown, %(age)s")
            return words % {"sex": str(sex.label).lower(), "age": age}

    def _check_name(self) -> None:
        if not self.name.strip():
            raise ValidationError(_("Enter the name."))
        validate_person_name(tidy(self.name))
        if len(self.name) > LONGEST_NAME:
            raise ValidationError(_("A name has at most %(most)d letters.") % {"most": LONGEST_NAME})

    def _check_phone(self) -> None:
        if self.phone.strip():
            clean_phone(self.phone)

    def _check_gender(self) -> None:
        if self.gender not in UserProfile.Gender.values:
            raise ValidationError(_("Choose the sex."))

    def _check_circumstances(self) -> None:
        if len(tidy(self.circumstances)) < 5:
            raise ValidationError(_("Enter where and how they came, and how they can be recognised."))


def register(*, newcomer: Newcomer, clinic: Clinic, by: User, now: datetime) -> User:
    """Register somebody at the desk of `clinic`. They have no login: nobody is registered into an account that exists,
    also not with its phone. Raises Invalid (422) for what is missing or wrong."""
    today = timezone.localdate(now)
    newcomer.require_whole(today)
    name, name_bn = newcomer.names(today)
    reason = f"registered at the desk of {clinic.name}"[:100]
    with transaction.atomic():
        person = User.objects.create_user(None, name=name, name_bn=name_bn, reason=reason)
        _describe(person, newcomer, now, reason)
        registration = Registration(
            person=person,
            clinic=clinic,
            by=by,
            at=now,
            no_phone="" if newcomer.phone.strip() else tidy(newcomer.no_phone),
            is_unknown=newcomer.is_unknown,
            circumstances=tidy(newcomer.circumstances) if newcomer.is_unknown else "",
        )
        save_with_reason(registration, "registered")
    return person


def recognise(*, registration: Registration, newcomer: Newcomer, now: datetime) -> None:
    """Enter who an unknown patient is, if it is a newcomer; whoever is registered already is merged with them instead.
    Raises Invalid (422) for what is missing or wrong, StepRefused (409) if it is known."""
    newcomer.require_whole(timezone.localdate(now))
    name, name_bn = newcomer.names(timezone.localdate(now))
    with transaction.atomic():
        lock(registration)
        if not registration.is_unknown:
            raise StepRefused(_("It is known who this patient is."))
        person = registration.person
        person.rename(name, reason="recognised")
        person.rename_bn(name_bn)
        _describe(person, newcomer, now, "recognised")
        registration.is_unknown, registration.no_phone = False, tidy(newcomer.no_phone)
        save_with_reason(registration, "recognised")


def _describe(person: User, newcomer: Newcomer, now: datetime, reason: str) -> None:
    """Store age, sex and phone."""
    today = timezone.localdate(now)
    profile: UserProfile = person.profile
    lock(profile)
    profile.be_born(newcomer.born(today), today)
    profile.gender = newcomer.gender
    save_with_reason(profile, reason)
    if newcomer.phone.strip() and not newcomer.is_unknown:
        set_phone(person=person, text=newcomer.phone, now=now, reason=reason)


def is_newcomer(person: User, clinic_id: int | None, now: datetime) -> bool:
    """Whether `person` was registered at this clinic today and has had no visit: their chart is empty, so that a first
    visit needs no proof of who came."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    if person.has_login or not Registration.objects.of_newcomer(person, clinic_id, midnight).exists():
        return False
    return not person.appointments.exists()
