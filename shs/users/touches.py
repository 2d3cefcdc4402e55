"""What others do to an account: it is recorded, and the owner is notified at every address that was theirs before."""

from collections.abc import Mapping
from datetime import datetime

from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users.models import UNDO_FOR, AccountTouch, AddressChange, Touched, User


def touched(user: User, what: Touched, *, by: User | None, now: datetime, was_admin: bool | None = None) -> None:
    """Write down that `by` (None: somebody on the server) has changed the account of `user`, and tell its owner. Call
    it in the transaction of the change; `was_admin` is what the account was before it (default: what it is)."""
    note(user, what, by=by, now=now, was_admin=was_admin)
    tell_everywhere(user, Kind.ACCOUNT_TOUCHED, {"what": what, "touched_at": now}, now=now)


def note(user: User, what: Touched, *, by: User | None, now: datetime, was_admin: bool | None = None) -> None:
    """Write it down without telling anybody: for a change whose own notice says more."""
    was = (user.is_admin and user.is_active) if was_admin is None else was_admin
    AccountTouch.objects.create(user=user, what=what, by=by, at=now, was_admin=was)


def tell_everywhere(user: User, kind: Kind, data: Mapping[str, object], *, now: datetime, about: str = "") -> None:
    """Tell `user` in the app, at the present address, and at each confirmed one of the last 30 days."""
    notify(*written_everywhere(user, kind, data, now=now, about=about))


def written_everywhere(
    user: User, kind: Kind, data: Mapping[str, object], *, now: datetime, about: str = ""
) -> list[Notice]:
    """The notices of `tell_everywhere`, unsaved: the first one to the account itself."""
    copies = [
        notice(to=user, kind=kind, data=data, about=about, address=address) for address in former_addresses(user, now)
    ]
    return [notice(to=user, kind=kind, data=data, about=about), *copies]


def former_addresses(user: User, now: datetime) -> list[str]:
    """The confirmed addresses of the last 30 days that are no longer the account's."""
    former = AddressChange.objects.former(now).filter(user=user).order_by("pk").values_list("old_email", flat=True)
    return [address for address in dict.fromkeys(former) if address != user.email]


def moved_lately(user: User, now: datetime) -> bool:
    """Whether the address of `user` has changed in the last seven days."""
    from_then = AddressChange.objects.lately(now, UNDO_FOR)
    return from_then.filter(user=user).exists()
