"""Input and output of the users' routes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from shs.core.types import Day, Email, In, Line, Name, Password, Text
from shs.users.models import User, UserProfile


def _in_the_past(value: date | None) -> date | None:
    from django.utils import timezone

    if value and value > timezone.localdate():
        raise PydanticCustomError("date", "A date of birth is in the past.")
    return value


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


Phone = Annotated[str, StringConstraints(pattern=r"^(\+?[0-9][0-9 \-]{5,18})?$", max_length=20, strip_whitespace=True)]
Gender = Annotated[Literal["", "female", "male", "other", "unknown"], BeforeValidator(_none_is_empty)]
BloodGroup = Annotated[Literal["", "A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"], BeforeValidator(_none_is_empty)]
Token = Annotated[str, Text(2000, least=1)]


class Registration(In):
    """A new account."""

    email: Email
    password: Password
    name: Name
    role: Literal["patient", "doctor"] = "patient"
    phone: Phone = ""


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


class Profile(In):
    """A person's profile. PUT replaces all of it; PATCH changes the given fields."""

    name: Name
    phone: Phone = ""
    date_of_birth: Annotated[Day, AfterValidator(_in_the_past)] | None = None
    gender: Gender = ""
    blood_group: BloodGroup = ""
    address: Line = ""
    city: Annotated[str, Text(100)] = ""
    emergency_contact: Annotated[str, Text(150)] = ""


class ProfileChange(Profile):
    """Some fields of a profile."""

    name: Name = ""  # defaults are never stored, only the given fields


class UserOut(TypedDict):
    """A user; `is_verified` means that the e-mail address is confirmed."""

    id: int
    email: str
    name: str
    role: str
    is_verified: bool


class TokensOut(TypedDict):
    """An access token, and the refresh token for the next pair."""

    access: str
    refresh: str


class LoginOut(TokensOut):
    """A pair of tokens and their user."""

    user: UserOut


class ProfileOut(UserOut):
    """A user with the profile."""

    phone: str
    date_of_birth: date | None
    gender: str
    blood_group: str
    address: str
    city: str
    emergency_contact: str


def user_out(user: User) -> UserOut:
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "is_verified": user.is_verified,
    }


def profile_out(user: User, profile: UserProfile) -> ProfileOut:
    """Convert a user with the profile into ProfileOut."""
    return {
        **user_out(user),
        "phone": profile.phone,
        "date_of_birth": profile.date_of_birth,
        "gender": profile.gender,
        "blood_group": profile.blood_group,
        "address": profile.address,
        "city": profile.city,
        "emergency_contact": profile.emergency_contact,
    }
