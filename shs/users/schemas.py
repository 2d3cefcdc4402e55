"""Input and output of the users' routes."""

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from pydantic import AfterValidator, BeforeValidator, StringConstraints
from typing_extensions import TypedDict

from shs.core.ages import Birth
from shs.core.phones import clean_phone
from shs.core.records.values import validate_person_name
from shs.core.types import Email, In, Line, Password, PastDay, PersonName, Text, by_rule
from shs.users import contacts, devices
from shs.users.claiming import Newcomer
from shs.users.models import User, UserProfile
from shs.users.places import validate_district
from shs.users.tokens import Pair


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


def _phone(value: str) -> str:
    """A phone number as E.164, or nothing."""
    if not value.strip():
        return ""
    by_rule(clean_phone)(value)
    return clean_phone(value)


Phone = Annotated[str, Text(100), AfterValidator(_phone)]
NameOrNone = Annotated[
    str, Text(150), AfterValidator(lambda value: by_rule(validate_person_name)(value) if value else value)
]
District = Annotated[str, Text(40), AfterValidator(by_rule(validate_district))]
Precision = Literal["year", "month", "day"]
Gender = Annotated[Literal["", "female", "male", "other", "unknown"], BeforeValidator(_none_is_empty)]
BloodGroup = Annotated[Literal["", "A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"], BeforeValidator(_none_is_empty)]
Token = Annotated[str, Text(2000, least=1)]


class Registration(In):
    """A new account: with `email` and `password`; or, for a patient, by `phone` with `date_of_birth` (as far as it is
    known), first without and then with the `proof` of the phone."""

    email: Email | None = None
    password: Password | None = None
    name: PersonName
    name_bn: NameOrNone = ""
    role: Literal["patient", "doctor"] = "patient"
    phone: Phone = ""
    proof: Annotated[str, Text(200)] = ""
    date_of_birth: PastDay | None = None
    birth_precision: Precision = "day"
    gender: Gender = ""

    def birth(self) -> Birth | None:
        """The date of birth, as far as it is known."""
        return Birth(self.date_of_birth, self.birth_precision) if self.date_of_birth else None

    def newcomer(self) -> Newcomer:
        """Who registers by phone."""
        has_address = self.email is not None or self.password is not None
        return Newcomer(self.name, self.name_bn, self.birth(), self.gender, self.role, has_address)


class Credentials(In):
    """A login. `code` is needed for an account with a second factor: from the authenticator app, or a backup code."""

    email: Annotated[str, Text(254, least=1)]
    password: Password
    code: Annotated[str, Text(30)] = ""


class Refresh(In):
    """A refresh token."""

    refresh: Token


class PasswordChange(In):
    """A new password, with the present one."""

    current_password: Password
    new_password: Password


class ResetRequest(In):
    """A request for a reset mail."""

    email: Email


class ResetConfirmation(In):
    """A new password, with the token of the reset mail."""

    uid: Annotated[str, StringConstraints(max_length=100)]
    token: Annotated[str, StringConstraints(max_length=200)]
    new_password: Password


class EmailConfirmation(In):
    """The token of the mail that confirms an address."""

    uid: Annotated[str, StringConstraints(max_length=100)]
    token: Annotated[str, StringConstraints(max_length=200)]


class EmailChange(In):
    """Another e-mail address, with the present password; who logs in by phone and has none sends the `proof` of
    `POST /auth/otp/verify` instead."""

    email: Email
    current_password: Password = ""
    proof: Annotated[str, Text(200)] = ""


class ChangeToken(In):
    """The token of a mail about a change of address."""

    token: Annotated[str, StringConstraints(max_length=200)]


class Profile(In):
    """A person's profile. PUT replaces all of it; PATCH changes the given fields."""

    name: PersonName
    name_bn: NameOrNone = ""
    phone: Phone = ""
    date_of_birth: PastDay | None = None
    birth_precision: Precision = "day"
    gender: Gender = ""
    blood_group: BloodGroup = ""
    address: Line = ""
    city: Annotated[str, Text(100)] = ""
    district: District = ""
    upazila: Annotated[str, Text(60)] = ""
    father_name: NameOrNone = ""
    mother_name: NameOrNone = ""
    spouse_name: NameOrNone = ""
    emergency_contact: Annotated[str, Text(150)] = ""


class ProfileChange(Profile):
    """Some fields of a profile."""

    name: PersonName = ""  # defaults are never stored, only the given fields


class FactorOffer(In):
    """A wish to set up a second factor. The password is needed if the login was more than ten minutes ago."""

    current_password: Annotated[str, StringConstraints(max_length=128)] = ""


class Code(In):
    """A code from the authenticator app, or a backup code."""

    code: Annotated[str, Text(30, least=1)]


class FactorRemoval(Code):
    """The password, and a code of the second factor to remove."""

    current_password: Password


class OfferedOut(TypedDict):
    """The key for an authenticator app, and the `otpauth:` address that its QR code holds."""

    key: str
    url: str


class BackupCodesOut(TypedDict):
    """Ten backup codes, each of which works once; they are shown this once."""

    backup_codes: list[str]


class UserOut(TypedDict):
    """A user; `is_verified` means that the e-mail address is confirmed, or without one the phone."""

    id: int
    email: str | None
    name: str
    role: str
    is_verified: bool


class TokensOut(TypedDict):
    """An access token, and the refresh token for the next pair."""

    access: str
    refresh: str


class LoginOut(TokensOut):
    """A pair of tokens and their user; `device` shows at later logins that this app has logged in before. With
    `must_enrol` the tokens only open the routes that set up a second factor."""

    must_enrol: bool

    device: str
    user: UserOut


class ProfileOut(UserOut):
    """A user with the profile. `date_of_birth` is known as far as `birth_precision` says (year, month or day): then it
    is a day in the middle of that year or month. `age` is what people say, such as "7 months" or "about 45 years"."""

    name_bn: str
    patient_number: str
    phone: str
    date_of_birth: date | None
    birth_precision: str
    age: str
    gender: str
    blood_group: str
    address: str
    city: str
    district: str
    upazila: str
    father_name: str
    mother_name: str
    spouse_name: str
    emergency_contact: str


def login_out(request: HttpRequest, user: User, pair: Pair) -> LoginOut:
    """The answer to a login of `user` with this pair of tokens."""
    return {
        **pair,
        "device": devices.token_for(request, user),
        "must_enrol": user.must_have_factor and not user.has_second_factor,
        "user": user_out(user),
    }


def user_out(user: User) -> UserOut:
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "is_verified": user.is_confirmed,
    }


def profile_out(user: User, profile: UserProfile, today: date) -> ProfileOut:
    """Convert a user with the profile into ProfileOut; the age is that on `today`."""
    return {
        **user_out(user),
        "name_bn": user.name_bn,
        "patient_number": user.patient_number,
        "phone": contacts.number_of(user.pk),
        "date_of_birth": profile.date_of_birth,
        "birth_precision": profile.birth_precision,
        "age": profile.shown_age(today),
        "gender": profile.gender,
        "blood_group": profile.blood_group,
        "address": profile.address,
        "city": profile.city,
        "district": profile.district,
        "upazila": profile.upazila,
        "father_name": profile.father_name,
        "mother_name": profile.mother_name,
        "spouse_name": profile.spouse_name,
        "emergency_contact": profile.emergency_contact,
    }
