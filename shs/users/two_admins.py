"""What takes two admins: to make an admin, to change the address or take away the second factor of staff, doctors and
admins, and to send a reset to an address that has just changed. What is about a patient is done at once."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Forbidden, StepRefused
from shs.core.types import clean_email
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users import addresses, second_factor
from shs.users.at_work import work_changed
from shs.users.models import RoleRequest, Touched, User
from shs.users.models.role_request import RequestKind as Asked
from shs.users.passwords import send_reset
from shs.users.touches import moved_lately, note, tell_everywhere, touched


def change_role(
    *, user: User, role: str, duties: list[str], reason: str, by: User, now: datetime
) -> RoleRequest | None:
    """Change the role of `user`; for a new admin, create and return the request that another admin must confirm. Raises
    Invalid (422) for staff without a duty, and Refused (409) if there is an open request already."""
    with transaction.atomic():
        if user.would_become_admin(role):
            return _ask(user, Asked.ADMIN, reason=reason, by=by, now=now)
        was_admin = user.is_admin and user.is_active
        user.assign(role=role, duties=duties, reason=reason)
        touched(user, Touched.ROLE, by=by, now=now, was_admin=was_admin)
        work_changed(user, now)
    return None


def change_address(*, user: User, email: str, reason: str, by: User, now: datetime) -> RoleRequest | None:
    """Send a patient's new address the link that confirms it; for others create and return the request. Raises as
    `addresses.start`, and Refused (409) if there is an open request already."""
    with transaction.atomic():
        if user.takes_two:
            return _ask(user, Asked.ADDRESS, reason=reason, by=by, now=now, email=clean_email(email))
        addresses.start(user=user, email=email, by=by, now=now)
    return None


def reset_factor(*, user: User, reason: str, by: User, now: datetime) -> RoleRequest | None:
    """Remove a patient's second factor; for others create and return the request. Raises StepRefused (409) if there is
    none, and Refused (409) if there is an open request already."""
    with transaction.atomic():
        if user.takes_two:
            if not user.has_second_factor:
                raise StepRefused(_("No second factor is set up."))
            return _ask(user, Asked.FACTOR, reason=reason, by=by, now=now)
        reset_second_factor(user=user, reason=reason, by=by, now=now)
    return None


def reset_password(*, user: User, reason: str, by: User, now: datetime) -> RoleRequest | None:
    """Send a reset mail, and tell the owner that it was not they who asked; where the address of staff, a doctor or an
    admin has changed in the last seven days, create and return the request."""
    with transaction.atomic():
        if user.takes_two and moved_lately(user, now):
            return _ask(user, Asked.RESET, reason=reason, by=by, now=now)
        _send_reset(user, by=by, now=now)
    return None


def confirm(*, request: RoleRequest, by: User, now: datetime) -> None:
    """Confirm a request as the second admin, and do what it asks. Raises StepRefused (409) if the requesting admin no
    longer is one or the person is suspended, and as `RoleRequest.confirm`."""
    with transaction.atomic():
        request.confirm(by=by, now=now)
        asked_by = request.asked_by
        if not (asked_by.is_active and asked_by.is_admin):
            raise StepRefused(_("%(name)s, who asked for it, is no longer an admin.") % {"name": asked_by})
        _do(request, now, f"{request.reason} (asked by {asked_by}, confirmed by {by})")
        note(request.user, _TOUCHES[Asked(request.kind)], by=by, now=now)


def confirm_alone(*, request: RoleRequest, by: User | None, now: datetime) -> None:
    """Confirm one's own request where there is no other admin, 24 hours after it was made; auditors and the person are
    told. On the server (`by` is None) any request, at once. Raises as `RoleRequest.confirm_alone`."""
    with transaction.atomic():
        request.confirm_alone(by=by, now=now)
        if not (request.asked_by.is_active and request.asked_by.is_admin):
            raise Forbidden
        who = "on the server" if by is None else f"by {by} alone"
        _do(request, now, f"{request.reason} (asked by {request.asked_by}, confirmed {who})")
        readers = [*User.objects.auditors(), *User.objects.admins().exclude(pk=request.user_id)]
        _tell(request, [reader for reader in readers if by is None or reader.pk != by.pk], now=now, is_alone=True)


def reset_second_factor(*, user: User, reason: str, by: User | None, now: datetime) -> None:
    """Remove the second factor of `user`, end all their logins, and notify them by mail. Raises StepRefused (409) if
    there is none."""
    with transaction.atomic():
        second_factor.remove(user=user, reason=f"second factor reset: {reason}")
        person = User.objects.get(pk=user.pk)
        person.end_sessions(reason=reason)
        note(person, Touched.FACTOR, by=by, now=now)
        tell_everywhere(person, Kind.SECOND_FACTOR_RESET, {}, now=now)


_TOUCHES = {
    Asked.ADMIN: Touched.ROLE,
    Asked.ADDRESS: Touched.ADDRESS,
    Asked.FACTOR: Touched.FACTOR,
    Asked.RESET: Touched.RESET,
}


def _ask(user: User, kind: str, *, reason: str, by: User, now: datetime, email: str = "") -> RoleRequest:
    """Store a request, and tell the person whom it is about and the other admins."""
    request = RoleRequest.objects.create(user=user, kind=kind, email=email, reason=reason, asked_by=by)
    _tell(request, User.objects.admins().exclude(pk__in=[user.pk, by.pk]), now=now)
    return request


def _tell(request: RoleRequest, readers: Iterable[User], *, now: datetime, is_alone: bool = False) -> None:
    data = {
        "request": request.kind,
        "person": request.user.name,
        "asked_by": request.asked_by.name,
        "is_alone": is_alone,
    }
    about = f"role_request:{request.pk}"
    notify(*(notice(to=reader, kind=Kind.ADMIN_REQUEST, data=data, about=about) for reader in readers))
    tell_everywhere(request.user, Kind.ADMIN_REQUEST, {**data, "as_person": True}, now=now, about=about)


def _do(request: RoleRequest, now: datetime, reason: str) -> None:
    person, asked_by = request.user, request.asked_by
    if not person.is_active:
        raise StepRefused(_("%(name)s is suspended.") % {"name": person})
    match request.kind:
        case Asked.ADMIN:
            person.become_admin(reason=reason)
            touched(person, Touched.ROLE, by=asked_by, now=now, was_admin=False)
            work_changed(person, now)
        case Asked.ADDRESS:
            addresses.start(user=person, email=request.email, by=asked_by, now=now)
        case Asked.FACTOR:
            reset_second_factor(user=person, reason=reason, by=asked_by, now=now)
        case Asked.RESET:
            _send_reset(person, by=asked_by, now=now)


def _send_reset(user: User, *, by: User, now: datetime) -> None:
    send_reset(user)
    touched(user, Touched.RESET, by=by, now=now)
