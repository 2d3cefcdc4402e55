"""Registration, login, and the links that confirm an address or reset a password."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.core.due.rows import one_by_one
from shs.core.errors import Invalid, Refused, StepRefused, Unauthenticated
from shs.core.types import MAX_ID
from shs.notices.kinds import Kind
from shs.notices.letters import secret_of
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users import second_factor, sessions
from shs.users.errors import CodeNeeded, locked_out
from shs.users.models import SELF_REGISTERED, RoleRequest, User, UserProfile


class EmailTaken(Refused):
    """The e-mail address already has an account."""

    code = "email_taken"
    title = gettext_lazy("There is already an account with this address")


class VerificationToken(PasswordResetTokenGenerator):
    """Tokens to confirm an address. Each works once, because its hash contains a value that confirming changes."""

    key_salt = "shs.users.verification"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_verified}"


RESET_PAUSE_SECONDS = 60
reset_token = PasswordResetTokenGenerator()
verification_token = VerificationToken()


def register(*, email: str, password: str, name: str, role: str, phone: str = "", language: str = "") -> User:
    """Create a patient's or doctor's account with the preferred `language`, and send the link that confirms the
    address. Raises EmailTaken (409), and Invalid (422) for a weak password."""
    if role not in SELF_REGISTERED:
        raise Invalid(_("Register as a patient or as a doctor."), field="role")
    _require_strong(password, User(email=email, name=name))
    with transaction.atomic():
        if User.objects.by_email(email).exists():
            raise EmailTaken
        user = User.objects.create_user(email, password, name=name, role=role, language=language)
        if phone:
            UserProfile.objects.get(user=user).save_phone(phone)
        send_verification(user)
    return user


def log_in(request: HttpRequest, *, email: str, password: str, code: str = "", now: datetime) -> User:
    """The active user with these credentials. Raises Unauthenticated (401), the same for an unknown address and a wrong
    password, and TooMany (429) after repeated failures. An account with a second factor needs its code: raises
    CodeNeeded (401), and as `second_factor.check`."""
    credentials = {"username": email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise locked_out()
    user = authenticate(request, username=email, password=password)
    if user is None:
        if not AxesProxyHandler.is_allowed(request, credentials):
            raise locked_out()
        raise Unauthenticated(_("Incorrect e-mail address or password."))
    if user.has_second_factor:
        if not code.strip():
            raise CodeNeeded
        second_factor.check(request, user=user, code=code, now=now)
    # Resets the lock-out's counter: otherwise typing errors between successful logins would add up.
    user_logged_in.send(sender=User, request=request, user=user)
    return user


def change_profile(*, user: User, changes: Mapping[str, object]) -> tuple[User, UserProfile]:
    """Update a person's profile; `changes` holds profile fields and `name`."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        profile, _is_new = UserProfile.objects.get_or_create(user=person)
        if "name" in changes and changes["name"] != person.name:
            person.name = str(changes["name"])
            person.save()
        for field in changes.keys() - {"name"}:
            setattr(profile, field, changes[field])
        profile.save()
    return person, profile


def change_password(*, user: User, current_password: str, new_password: str) -> None:
    """Change the password. Raises Invalid (422) for a wrong current password or a weak new one."""
    full = User.objects.get(pk=user.pk)
    if not full.check_password(current_password):
        raise Invalid(_("That is not your current password."), field="current_password")
    _require_strong(new_password, full, field="new_password")
    set_password(user=full, password=new_password, reason="changed by the user")


def set_password(*, user: User, password: str, reason: str) -> None:
    """Set a new password, which ends every login, and notify the user, who may not have done it themselves."""
    with transaction.atomic():
        user.change_password(password, reason=reason)
        notify(notice(to=user, kind=Kind.PASSWORD_CHANGED, data={"changed_at": timezone.now()}))


def ask_reset(*, email: str) -> None:
    """Send a reset mail, at most one a minute, if the address has an active account; the caller does not learn whether
    it has."""
    user = User.objects.by_email(email).filter(is_active=True).first()
    if user is not None and cache.add(f"reset:{user.pk}", True, RESET_PAUSE_SECONDS):
        send_reset(user)


def confirm_reset(*, uid: str, token: str, new_password: str) -> None:
    """Set a new password by a reset link. Raises Invalid (422) for a link that is wrong, used or too old, and for a
    weak password."""
    user = _user_of(uid)
    if user is None or not user.is_active or not reset_token.check_token(user, token):
        raise Invalid(_("This link is no longer valid. Request a new one."), field="token")
    _require_strong(new_password, user, field="new_password")
    set_password(user=user, password=new_password, reason="reset by e-mail")


def confirm_email(*, uid: str, token: str) -> None:
    """Confirm an address by its link. Raises Invalid (422) for a link that is wrong, used or too old."""
    user = _user_of(uid)
    if user is None or not verification_token.check_token(user, token):
        raise Invalid(_("This link is no longer valid. Request a new one."), field="token")
    with transaction.atomic():
        user.confirm_email()


def change_role(*, user: User, role: str, duties: list[str], reason: str, by: User) -> RoleRequest | None:
    """Change the role of `user`; for a new admin, create and return the request that another admin must confirm. Raises
    Invalid (422) for staff without a duty, and Refused (409) if there is an open request already."""
    with transaction.atomic():
        if user.would_become_admin(role):
            return RoleRequest.objects.create(user=user, reason=reason, asked_by=by)
        user.assign(role=role, duties=duties, reason=reason)
    return None


def confirm_admin(*, request: RoleRequest, by: User, now: datetime) -> None:
    """Confirm a request and make the person an admin. Raises StepRefused (409) if the requesting admin no longer is one
    or the person is suspended, and as `RoleRequest.confirm`."""
    with transaction.atomic():
        request.confirm(by=by, now=now)
        person, asked_by = request.user, request.asked_by
        if not (asked_by.is_active and asked_by.is_admin):
            raise StepRefused(_("%(name)s, who asked for it, is no longer an admin.") % {"name": asked_by})
        if not person.is_active:
            raise StepRefused(_("%(name)s is suspended.") % {"name": person})
        person.become_admin(reason=f"{request.reason} (asked by {asked_by}, confirmed by {by})")


def reset_second_factor(*, user: User, reason: str) -> None:
    """Remove the second factor of `user`, end all their logins, and notify them by mail. Raises StepRefused (409) if
    there is none."""
    with transaction.atomic():
        second_factor.remove(user=user, reason=f"second factor reset: {reason}")
        User.objects.get(pk=user.pk).end_sessions(reason=reason)
        notify(notice(to=user, kind=Kind.SECOND_FACTOR_RESET, data={}))


Hits = Callable[[User, datetime], list[str]]
_hits: list[Hits] = []


def suspension_hits(tell: Hits) -> Hits:
    """Register `tell(user, now)` of a later app: sentences about the consequences of suspending `user`."""
    _hits.append(tell)
    return tell


def hit_by_suspension(user: User, now: datetime) -> list[str]:
    """Sentences about the consequences of suspending `user`."""
    return [sentence for tell in _hits for sentence in tell(user, now)]


@suspension_hits
def open_logins(user: User, now: datetime) -> list[str]:
    """The logins that would end."""
    number = sessions.counts([user.pk], now).get(user.pk, 0)
    if not number:
        return [_("This person is not logged in anywhere.")]
    return [ngettext("%d session ends immediately.", "%d sessions end immediately.", number) % number]


def reinstate_due(*, now: datetime, dry_run: bool = False) -> int:
    """Reinstate users whose suspension has ended by `now`; returns their number."""
    due = User.objects.due_back(now)
    if dry_run:
        return due.count()
    return one_by_one(due, lambda user: user.reinstate(reason="the suspension has ended"))


def send_verification(user: User) -> None:
    """Send the link that confirms the address of `user`."""
    notify(notice(to=user, kind=Kind.VERIFY_EMAIL, data={}))


def send_reset(user: User) -> None:
    """Send the link that sets a new password."""
    lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    notify(notice(to=user, kind=Kind.RESET_PASSWORD, data={}, lasts=lasts))


@secret_of(Kind.VERIFY_EMAIL)
def _verification_link(told: Notice) -> dict[str, str]:
    return {"url": _link("verify-email", told.user, verification_token.make_token(told.user))}


@secret_of(Kind.RESET_PASSWORD)
def _reset_link(told: Notice) -> dict[str, str]:
    return {"url": _link("reset-password", told.user, reset_token.make_token(told.user))}


def _link(page: str, user: User, token: str) -> str:
    """The URL of a page of the patient app, with a token for `user`."""
    uid = urlsafe_base64_encode(str(user.pk).encode())
    return f"{settings.FRONTEND_URL}/{page}?uid={uid}&token={token}"


def _user_of(uid: str) -> User | None:
    try:
        pk = force_str(urlsafe_base64_decode(uid))
    except (ValueError, UnicodeDecodeError):
        return None
    return User.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() and int(pk) <= MAX_ID else None


def _require_strong(password: str, user: User, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None
