"""Registration, login, tokens and the caller's own profile."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Router, Status

from shs.core.api.authentication import anyone, signed_in
from shs.users import services, tokens
from shs.users.models import User
from shs.users.requests import UserRequest
from shs.users.schemas import (
    Credentials,
    EmailConfirmation,
    LoginOut,
    PasswordChange,
    Profile,
    ProfileChange,
    ProfileOut,
    Refresh,
    Registration,
    ResetConfirmation,
    ResetRequest,
    TokensOut,
    profile_out,
    user_out,
)

router = Router(tags=["Authentication"])
routers = [("/auth", router)]


@router.post("/register", auth=anyone, response={201: LoginOut})
def register(request: HttpRequest, data: Registration) -> Status[LoginOut]:
    """Register as a patient, or as a doctor, who then applies for verification."""
    user = services.register(**data.model_dump(), language=get_language() or "")
    return Status(201, _login(request, user, timezone.now()))


@router.post("/login", auth=anyone, response=LoginOut)
def login(request: HttpRequest, data: Credentials) -> LoginOut:
    """Log in with e-mail address and password, and a code if the account has a second factor; returns a pair of
    tokens."""
    now = timezone.now()
    return _login(request, services.log_in(request, **data.model_dump(), now=now), now)


@router.post("/token/refresh", auth=anyone, response=TokensOut)
def refresh(request: HttpRequest, data: Refresh) -> tokens.Pair:
    """A new pair of tokens; the refresh token that was sent becomes invalid."""
    return tokens.rotate(data.refresh, now=timezone.now(), user_agent=request.headers.get("User-Agent", ""))


@router.post("/logout", auth=signed_in, response={204: None})
def logout(request: UserRequest, data: Refresh) -> Status[None]:
    """End the session of a refresh token."""
    tokens.revoke(data.refresh, user=request.user, now=timezone.now())
    return Status(204, None)


@router.get("/profile", auth=signed_in, response=ProfileOut)
def profile(request: UserRequest) -> ProfileOut:
    """The caller's own profile."""
    return profile_out(request.user, request.user.profile)


@router.put("/profile", auth=signed_in, response=ProfileOut)
def replace_profile(request: UserRequest, data: Profile) -> ProfileOut:
    """Replace the profile; fields that are not given are emptied."""
    return profile_out(*services.change_profile(user=request.user, changes=data.model_dump()))


@router.patch("/profile", auth=signed_in, response=ProfileOut)
def change_profile(request: UserRequest, data: ProfileChange) -> ProfileOut:
    """Change the given fields."""
    return profile_out(*services.change_profile(user=request.user, changes=data.model_dump(exclude_unset=True)))


@router.post("/password/change", auth=signed_in, response={204: None})
def change_password(request: UserRequest, data: PasswordChange) -> Status[None]:
    """Set a new password. All tokens become invalid; log in again."""
    services.change_password(user=request.user, **data.model_dump())
    return Status(204, None)


@router.post("/password/reset", auth=anyone, response={202: None})
def reset_password(request: HttpRequest, data: ResetRequest) -> Status[None]:
    """Request a mail with a reset link; the answer is the same for an unknown address."""
    services.ask_reset(email=data.email)
    return Status(202, None)


@router.post("/password/reset/confirm", auth=anyone, response={204: None})
def confirm_reset(request: HttpRequest, data: ResetConfirmation) -> Status[None]:
    """Set a new password with the token of the reset mail."""
    services.confirm_reset(**data.model_dump())
    return Status(204, None)


@router.post("/email/verify", auth=anyone, response={204: None})
def verify_email(request: HttpRequest, data: EmailConfirmation) -> Status[None]:
    """Confirm the e-mail address with the token of the registration mail."""
    services.confirm_email(**data.model_dump())
    return Status(204, None)


def _login(request: HttpRequest, user: User, now: datetime) -> LoginOut:
    pair = tokens.issue(user, now=now, user_agent=request.headers.get("User-Agent", ""))
    return {**pair, "user": user_out(user)}
