"""Registration, login, tokens and the caller's own profile."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Router, Status

from shs.core.api.authentication import anyone, enrolling, signed_in
from shs.users import addresses, claiming, devices, guesses, mail_requests, passwords, second_factor, services, tokens
from shs.users.counted import by_device, by_link
from shs.users.family_api import router as families
from shs.users.merge_api import router as merges
from shs.users.models import User
from shs.users.phone_api import router as by_phone
from shs.users.phone_schemas import CodeSentOut, code_sent_out
from shs.users.requests import UserRequest
from shs.users.schemas import (
    BackupCodesOut,
    ChangeToken,
    Code,
    Credentials,
    EmailChange,
    EmailConfirmation,
    FactorOffer,
    FactorRemoval,
    LoginOut,
    OfferedOut,
    PasswordChange,
    Profile,
    ProfileChange,
    ProfileOut,
    Refresh,
    Registration,
    ResetConfirmation,
    ResetRequest,
    TokensOut,
    login_out,
    profile_out,
)
from shs.users.sessions import client_of

router = Router(tags=["Authentication"])
routers = [("/auth", router), ("/auth/otp", by_phone), ("/patients", families), ("/patients", merges)]


@router.post("/register", auth=anyone.limited("register"), response={201: LoginOut, 202: CodeSentOut})
def register(request: HttpRequest, data: Registration) -> Status[LoginOut] | Status[CodeSentOut]:
    """Register as a patient, or as a doctor, who then applies for verification: by `email` and `password`. A patient
    can register by `phone` instead: the answer is 202 for every phone, and a code is sent. Exchange it for a `proof` by
    `POST /auth/otp/verify`, and send the same again with that. Nothing is kept before."""
    now, language = timezone.now(), get_language() or ""
    if data.proof:
        newcomer = data.newcomer()
        found = claiming.register(request, proof=data.proof, newcomer=newcomer, language=language, now=now)
        return Status(201, login_out(request, *found))
    if data.email is None and data.phone:
        asked = claiming.ask_code(phone=data.phone, newcomer=data.newcomer(), now=now)
        return Status(202, code_sent_out(asked))
    fields = data.model_dump(include={"email", "password", "name", "name_bn", "role", "phone", "gender"})
    user = services.register(**fields, birth=data.birth(), language=language)
    client = client_of(request)
    devices.note(user=user, agent=client.user_agent, now=now)
    return Status(201, login_out(request, user, tokens.issue(user, now=now, client=client)))


@router.post("/login", auth=anyone.limited("login", by_device), response=LoginOut)
def login(request: HttpRequest, data: Credentials) -> LoginOut:
    """Log in with e-mail address and password, and a code if the account has a second factor; returns a pair of
    tokens. Keep `device`, also after a logout, and send it as `X-Device-Token`: an app that has logged in before does
    not have to wait when others guess the password, and the owner is told of logins without it."""
    return login_out(request, *services.log_in(request, **data.model_dump(), now=timezone.now()))


@router.post("/token/refresh", auth=anyone.limited("refresh"), response=TokensOut)
def refresh(request: HttpRequest, data: Refresh) -> tokens.Pair:
    """A new pair of tokens. The refresh token that was sent is used up; the same client gets the same pair again for it
    within 30 seconds, so that an answer may get lost."""
    return tokens.rotate(data.refresh, now=timezone.now(), client=client_of(request))


@router.post("/logout", auth=enrolling, response={204: None})
def logout(request: UserRequest, data: Refresh) -> Status[None]:
    """End the session of a refresh token: its access tokens are refused at once."""
    tokens.revoke(data.refresh, user=request.user, now=timezone.now())
    return Status(204, None)


@router.get("/profile", auth=signed_in, response=ProfileOut)
def profile(request: UserRequest) -> ProfileOut:
    """The caller's own profile."""
    return profile_out(request.user, request.user.profile, timezone.localdate())


@router.put("/profile", auth=signed_in, response=ProfileOut)
def replace_profile(request: UserRequest, data: Profile) -> ProfileOut:
    """Replace the profile; fields that are not given are emptied."""
    return _changed(request.user, data.model_dump())


@router.patch("/profile", auth=signed_in, response=ProfileOut)
def change_profile(request: UserRequest, data: ProfileChange) -> ProfileOut:
    """Change the given fields. The name of a verified doctor waits to be verified, and stays as it is."""
    return _changed(request.user, data.model_dump(exclude_unset=True))


@router.post("/password/change", auth=signed_in.limited("login", by_device), response={204: None})
def change_password(request: UserRequest, response: HttpResponse, data: PasswordChange) -> Status[None]:
    """Set a new password. All tokens become invalid; log in again. The header `X-Device-Token` of the answer is the new
    `device` of this app."""
    user = passwords.change_password(user=request.user, **data.model_dump())
    response[devices.HEADER] = devices.token_for(request, user)
    return Status(204, None)


@router.post("/password/reset", auth=anyone.limited("mail", by_device), response={202: None})
def reset_password(request: HttpRequest, data: ResetRequest) -> Status[None]:
    """Request a mail with a reset link; the answer is the same for an unknown address."""
    mail_requests.ask_reset(email=data.email, now=timezone.now())
    return Status(202, None)


@router.post("/password/reset/confirm", auth=anyone.limited("login", by_link), response={204: None})
def confirm_reset(request: HttpRequest, response: HttpResponse, data: ResetConfirmation) -> Status[None]:
    """Set a new password with the token of the reset mail. The header `X-Device-Token` of the answer is the `device` of
    this app, as after a login."""
    user = guesses.follow(lambda: passwords.confirm_reset(**data.model_dump()), timezone.now())
    response[devices.HEADER] = devices.token_for(request, user)
    return Status(204, None)


@router.post("/email/verify", auth=anyone.limited("link", by_link), response={204: None})
def verify_email(request: HttpRequest, data: EmailConfirmation) -> Status[None]:
    """Confirm the e-mail address with the token of the registration mail."""
    guesses.follow(lambda: services.confirm_email(**data.model_dump()), timezone.now())
    return Status(204, None)


@router.post("/email/resend", auth=signed_in.limited("mail"), response={202: None})
def resend(request: UserRequest) -> Status[None]:
    """Send the link that confirms the caller's e-mail address again, at most once a minute. Routes that need a
    confirmed address answer 403 with the type `urn:shs:problem:email_unconfirmed`."""
    services.resend_verification(request.user)
    return Status(202, None)


@router.post("/email/change", auth=signed_in.limited("mail"), response={202: None})
def change_email(request: UserRequest, data: EmailChange) -> Status[None]:
    """Ask for another e-mail address: a link is sent to it, and the address changes when the link is opened."""
    addresses.change_own(user=request.user, **data.model_dump(), now=timezone.now())
    return Status(202, None)


@router.post("/email/change/confirm", auth=anyone.limited("link", by_link), response={204: None})
def confirm_change(request: HttpRequest, data: ChangeToken) -> Status[None]:
    """Change the e-mail address with the token that was sent to the new one. All tokens become invalid."""
    now = timezone.now()
    guesses.follow(lambda: addresses.confirm(token=data.token, now=now), now)
    return Status(204, None)


@router.post("/email/change/undo", auth=anyone.limited("link", by_link), response={204: None})
def undo_change(request: HttpRequest, data: ChangeToken) -> Status[None]:
    """Undo the change of an e-mail address with the token that was sent to the former one. The password becomes
    invalid, and a reset mail is sent to the former address."""
    now = timezone.now()
    guesses.follow(lambda: addresses.undo(token=data.token, now=now), now)
    return Status(204, None)


@router.post("/second-factor", auth=enrolling.limited("login", by_device), response=OfferedOut)
def offer_factor(request: UserRequest, data: FactorOffer) -> OfferedOut:
    """A new key for an authenticator app. Accounts that must have a second factor and have none get tokens that open
    these routes alone; others answer 403 with the type `urn:shs:problem:second_factor_required`."""
    key, url = second_factor.offer(user=request.user, current_password=data.current_password, now=timezone.now())
    return {"key": key, "url": url}


@router.post("/second-factor/confirm", auth=enrolling.limited("login", by_device), response=BackupCodesOut)
def confirm_factor(request: UserRequest, data: Code) -> BackupCodesOut:
    """Set up the offered key with a code of the app; returns the backup codes. This login goes on; others of the
    account have to log in again, with a code."""
    return {"backup_codes": second_factor.enrol_by_app(user=request.user, code=data.code, now=timezone.now())}


@router.post("/second-factor/backup-codes", auth=signed_in.limited("login", by_device), response=BackupCodesOut)
def renew_backup_codes(request: UserRequest, data: Code) -> BackupCodesOut:
    """New backup codes; the former ones no longer work."""
    second_factor.check(user=request.user, code=data.code, now=timezone.now())
    return {"backup_codes": second_factor.renew_codes(user=request.user)}


@router.post("/second-factor/remove", auth=signed_in.limited("login", by_device), response={204: None})
def remove_factor(request: UserRequest, data: FactorRemoval) -> Status[None]:
    """Remove the second factor."""
    second_factor.remove_own(user=request.user, **data.model_dump(), now=timezone.now())
    return Status(204, None)


def _changed(user: User, changes: dict[str, object]) -> ProfileOut:
    now = timezone.now()
    return profile_out(*services.change_profile(user=user, changes=changes, now=now), timezone.localdate(now))
