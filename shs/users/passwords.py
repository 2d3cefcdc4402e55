"""Passwords: changing one's own, and the links that set a new one."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.gate import trusting
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users import guesses
from shs.users.links import reset_token, user_of
from shs.users.models import User


def change_password(*, user: User, current_password: str, new_password: str) -> User:
    """Change the password; returns the user with the new one. Raises Invalid (422) for a wrong current password or a
    weak new one."""
    full = User.objects.get(pk=user.pk)
    require_current(full, current_password)
    require_strong(new_password, full, field="new_password")
    set_password(user=full, password=new_password, reason="changed by the user")
    return full


def require_current(user: User, password: str, field: str = "current_password") -> None:
    """Raises Invalid (422) if this is not the password of `user`, and Paused (429) after too many wrong ones: whoever
    has stolen a session shall not find the password by it."""
    if not guesses.guess(user.login_name, lambda: user.check_password(password), timezone.now()):
        raise Invalid(_("That is not your current password."), field=field)


def set_password(*, user: User, password: str, reason: str) -> None:
    """Set a new password, which ends every login, and notify the user, who may not have done it themselves. Whoever
    comes so far has shown a right link or the present password."""
    with trusting(True), transaction.atomic():
        user.change_password(password, reason=reason)
        notify(notice(to=user, kind=Kind.PASSWORD_CHANGED, data={"changed_at": timezone.now()}))


def send_reset(user: User, *, is_new: bool = False) -> None:
    """Send the link that sets a new password; to the owner of a new account (`is_new`) as an invitation."""
    data, lasts = {"is_new": True} if is_new else {}, timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    notify(notice(to=user, kind=Kind.RESET_PASSWORD, data=data, lasts=lasts))


def open_reset(*, uid: str, token: str) -> User:
    """The user who may set a new password by a reset link. Raises Invalid (422) for one that is wrong, used or too
    old."""
    user = user_of(uid)
    if user is None or not user.is_active or user.is_dead or not reset_token.check_token(user, token):
        raise Invalid(_("This link is no longer valid. Request a new one."), field="token")
    return user


def confirm_reset(*, uid: str, token: str, new_password: str) -> User:
    """Set a new password by a reset link, which confirms the address that it was sent to and lifts the pauses of the
    account; returns its user. Raises as `open_reset`, and Invalid (422) for a weak password."""
    user = open_reset(uid=uid, token=token)
    require_strong(new_password, user, field="new_password")
    with transaction.atomic():
        set_password(user=user, password=new_password, reason="reset by e-mail")
        user.confirm_email()
        guesses.forgive(user.login_name)
    return user


def require_strong(password: str, user: User, field: str = "password") -> None:
    """Raises Invalid (422) for a password that the validators of the settings refuse."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from None
