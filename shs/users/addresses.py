"""Changing an e-mail address: a link to the new one does it, a link to the former one undoes it for seven days."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shs.core.errors import Forbidden, Invalid
from shs.core.types import clean_email
from shs.notices.kinds import Kind
from shs.notices.services import keep_address, notice, notify
from shs.users import phone_codes, second_factor
from shs.users.errors import EmailTaken
from shs.users.links import CONFIRM, UNDO, change_of, reset_token, user_url
from shs.users.models import AddressChange, ContactPoint, Touched, User
from shs.users.passwords import require_current, send_reset
from shs.users.touches import note, touched, written_everywhere


def start(*, user: User, email: str, by: User, now: datetime) -> AddressChange:
    """Send to `email` the link that makes it the address of `user`; `by` is the owner, or who asks for it in the
    office, of which the owner is told. A link that was sent before ends. Whether the address has an account is
    said only to whoever opens the link. Raises Invalid (422) if it is the present address."""
    email = clean_email(email)
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if email == user.email:
            raise Invalid(_("This is already the address of the account."), field="email")
        for before in AddressChange.objects.sent().filter(user=user):
            before.end()
        change = AddressChange.objects.create(
            user=user,
            old_email=user.email or "",
            new_email=email,
            was_confirmed=user.is_verified,
            asked_by=by,
            sent_at=now,
        )
        if by.pk != user.pk:
            touched(user, Touched.ADDRESS, by=by, now=now)
        data, lasts = {"change": change.pk}, timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        notify(notice(to=user, kind=Kind.CONFIRM_ADDRESS, data=data, address=email, lasts=lasts))
    return change


def change_own(*, user: User, email: str, current_password: str, now: datetime, proof: str = "") -> AddressChange:
    """As `start`, for the owner, who gives the password again; who logs in by phone and has none, the proof of a
    confirmed phone of theirs, which is used up (see `phone_codes`). Raises Invalid (422) for a wrong one."""
    full = User.objects.get(pk=user.pk)
    if full.has_usable_password():
        require_current(full, current_password)
        return start(user=full, email=email, by=full, now=now)
    with transaction.atomic():
        row = phone_codes.locked(proof, now)
        if not ContactPoint.objects.of_phone(row.phone).filter(person=full, confirmed_at__isnull=False).exists():
            raise Invalid(_("This is not a confirmed phone of yours."), field="proof")
        row.delete()
        return start(user=full, email=email, by=full, now=now)


def open_change(token: str, *, now: datetime) -> AddressChange:
    """The change that a link to the new address confirms. Raises Invalid (422) for a wrong, used or old one."""
    change = change_of(token, CONFIRM)
    if change is None or not change.can_be_done(now):
        raise _no_longer()
    return change


def confirm(*, token: str, now: datetime) -> User:
    """Make the new address that of the account, end all its sessions, and tell its former address, from where it can be
    undone. Raises Invalid (422) for a link that no longer works, EmailTaken (409) if the address has an account."""
    change = open_change(token, now=now)
    try:
        with transaction.atomic():
            return _apply(change, now)
    except IntegrityError:
        raise EmailTaken from None


def _apply(change: AddressChange, now: datetime) -> User:
    """Make the new address that of the account, and tell it and the former ones."""
    change.mark_done(now=now)
    user = User.objects.get(pk=change.user_id)
    keep_address(user, change.old_email)
    user.move_to(change.new_email, reason="e-mail address changed")
    own, *copies = written_everywhere(user, Kind.ADDRESS_CHANGED, {"change": change.pk, "changed_at": now}, now=now)
    for copy in copies:  # an address before the last one cannot undo this change
        copy.data["can_undo"] = change.was_confirmed and copy.address == change.old_email
    notify(own, *copies)
    return user


def open_undo(token: str, *, now: datetime) -> AddressChange:
    """The change that a link to the former address undoes. Raises as `open_change`."""
    change = change_of(token, UNDO)
    if change is None or not change.can_be_undone(now):
        raise _no_longer()
    return change


def undo(*, token: str, now: datetime) -> User:
    """Give the account its former address back, to which a reset link is sent: the password no longer works, all
    sessions end, and a second factor that was set up since then is removed. Raises as `confirm`."""
    change = open_undo(token, now=now)
    try:
        with transaction.atomic():
            for later in AddressChange.objects.sent().filter(user=change.user_id):
                later.end()
            # Whoever has moved the account on must not get it back by the link that undoes that.
            for later in AddressChange.objects.filter(
                user=change.user_id, status=AddressChange.Status.DONE, done_at__gt=change.done_at
            ):
                later.mark_undone()
            change.mark_undone()
            user = User.objects.get(pk=change.user_id)
            user.move_to(change.old_email, reason="change of the e-mail address undone by the former address")
            user.forget_password(reason="the change of the address was undone")
            if user.second_factor_at and change.done_at and user.second_factor_at > change.done_at:
                second_factor.remove(user=user, reason="set up by who had changed the address")
            note(user, Touched.ADDRESS, by=None, now=now)
            notify(*written_everywhere(user, Kind.ACCOUNT_TOUCHED, {"what": "undone", "touched_at": now}, now=now))
            send_reset(user)
    except IntegrityError:
        raise EmailTaken from None
    return user


def recover(*, user: User, new_address: str, now: datetime) -> str:
    """On the server: reinstate `user`, remove their second factor, make the password unusable and, if wanted, replace
    the address; returns the link that sets a new password. The owner is told at every former address. Raises Invalid
    (422) for no address, EmailTaken (409) for one that has an account, Forbidden (403) for others than admins."""
    if not user.is_admin:
        raise Forbidden(_("This is for admins: an admin helps all others."))
    try:
        with transaction.atomic():
            if not user.is_active:
                user.reinstate(reason="recovered on the server")
            if user.has_second_factor:
                second_factor.remove(user=user, reason="recovered on the server")
            touched(user, Touched.RESET, by=None, now=now)
            if new_address:
                _replace(user, new_address, now)
            user.forget_password(reason="recovered on the server")
    except IntegrityError:
        raise EmailTaken from None
    return user_url("account_password", user, reset_token.make_token(user))


def _replace(user: User, email: str, now: datetime) -> None:
    """Replace the address on the server; the former one can undo it like any other change."""
    email = clean_email(email)
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from None
    change = start(user=user, email=email, by=user, now=now)
    _apply(change, now)
    user.refresh_from_db()


def _no_longer() -> Invalid:
    return Invalid(_("This link is no longer valid. Request a new one."), field="token")
