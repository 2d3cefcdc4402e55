"""Guessing passwords, codes and links: whoever is wrong too often waits, for a while that grows. Wrong guesses are
counted for the account, for the client's internet address and for both, in the database, which all processes share. A
browser or an app that has logged in to an account before (see `devices`) is counted by itself: others who guess that
account do not slow it down, as OWASP's "device cookies" describe."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from shs.core.context import counted_address, current
from shs.core.errors import Invalid, TooMany
from shs.core.gate import trusting
from shs.core.queries import KeptQuery
from shs.core.types import clean_email
from shs.users import devices
from shs.users.models import ANSWERS, LoginPause, User

Key = tuple[str, str, str]
Given = TypeVar("Given")


class Paused(TooMany):
    """Too many wrong guesses: of this account, from this internet address, or both."""

    title = _("Too many failed logins. Try again later, or reset your password.")


KEY = ("account", "address", "device")


def _any_of(named: Mapping[str, str]) -> Q:
    """The rows with these keys: account0, address0, device0, account1 and so on."""
    found = Q()
    for at in range(len(named) // len(KEY)):
        found |= Q(**{name: named[f"{name}{at}"] for name in KEY})
    return found


COUNTS = KeptQuery(lambda **named: LoginPause.objects.filter(_any_of(named)), ("until",))
OF_ACCOUNT = KeptQuery(lambda account: LoginPause.objects.filter(account=account), ("pk",))


class Guesser(NamedTuple):
    """Who guesses what: the account (empty: none is named), and from where."""

    account: str
    address: str
    device: str

    def counted(self) -> list[Key]:
        """The rows that count this guess: account, address, device."""
        if self.device:
            return [(self.account, "", self.device)]
        keys = [(self.account, "", ""), ("", self.address, ""), (self.account, self.address, "")]
        return [key for key in dict.fromkeys(keys) if any(key)]

    def named(self) -> dict[str, str]:
        """These rows as parameters of COUNTS."""
        return {
            f"{name}{at}": value for at, key in enumerate(self.counted()) for name, value in zip(KEY, key, strict=True)
        }

    def rows(self) -> Q:
        """The condition of these rows."""
        return _any_of(self.named())


def guesser(email: str) -> Guesser | None:
    """Who makes the present request, for the account of `email` (or a phone, or what else names a login) or, if it is
    empty, for no account. None outside of a request: nobody guesses there."""
    context = current.get()
    if context is None:
        return None
    account = _account(email)
    device = devices.known(context.request, clean_email(email)) if account else ""
    return Guesser(account, counted_address(context.address), device)


def answerer(person: User) -> Guesser | None:
    """Who answers in the present request what only `person` knows of themselves: counted by the person, because a date
    of birth is guessed more easily than a password. None outside of a request."""
    context = current.get()
    if context is None:
        return None
    return Guesser(f"{ANSWERS}{person.patient_number}", counted_address(context.address), "")


def require_open(who: Guesser | None, now: datetime) -> None:
    """Raises Paused (429) while no guess is taken."""
    if who is None:
        return
    ends = [row["until"] for row in COUNTS.rows(**who.named()) if row["until"] and row["until"] > now]
    if ends:
        has_password = "@" in who.account or not who.account
        detail = Paused.title if has_password else _("Too many wrong attempts. Try again later.")
        raise Paused(detail, retry_after=max(1, -int((now - max(ends)).total_seconds())))


def note_wrong(who: Guesser | None, now: datetime) -> None:
    """Count a wrong guess. Raises Paused (429) if a pause begins. Call it outside of a transaction that the refusal
    would roll back."""
    if who is None:
        return
    fresh = [LoginPause(account=a, address=i, device=d, failed_at=now) for a, i, d in who.counted()]
    with transaction.atomic():
        LoginPause.objects.without_history("counts, which are forgotten").bulk_create(fresh, ignore_conflicts=True)
        for row in LoginPause.objects.select_for_update().filter(who.rows()).order_by("account", "address", "device"):
            row.add(now)
    require_open(who, now)


def note_right(who: Guesser | None) -> None:
    """Somebody has logged in: forget the wrong guesses of the account from here. Those of the internet address stay,
    or whoever has an account could try others without end."""
    if who is None or not who.account:
        return
    here = Q(account=who.account, address="") | Q(account=who.account, address=who.address, device="")
    mine = Q(account=who.account, device=who.device) if who.device else here
    if OF_ACCOUNT.first(account=who.account):
        LoginPause.objects.filter(mine).delete()


def forgive(email: str) -> None:
    """Lift the pauses of an account: its owner has set a new password by a link."""
    LoginPause.objects.filter(account=_account(email)).delete()


def guess(email: str, take: Callable[[], Given], now: datetime) -> Given:
    """The result of `take()`, which is empty for a wrong guess of a secret of the account of `email`. Raises Paused
    (429) instead of asking it, and when a wrong guess begins a pause."""
    who = guesser(email)
    require_open(who, now)
    with trusting(bool(who and who.device)):
        found = take()
    if not found:
        note_wrong(who, now)
    return found


def follow(use: Callable[[], Given], now: datetime) -> Given:
    """The result of `use()`, which takes a link from a mail. One that does not work (Invalid with the field `token`)
    counts as a wrong guess from this internet address, whose pause (429) does not hold for right ones: they cannot be
    guessed, and their owner may share the address with whoever guesses."""
    try:
        return use()
    except Invalid as refusal:
        if refusal.field == "token":
            who = guesser("")
            require_open(who, now)
            note_wrong(who, now)
        raise


def _account(email: str) -> str:
    """What is stored of a typed address. If it is none, it may be a password in the wrong field: only a hash."""
    email = clean_email(email)[:254]
    if email and "@" not in email:
        return f"#{salted_hmac('shs.users.guesses', email, algorithm='sha256').hexdigest()[:32]}"
    return email
