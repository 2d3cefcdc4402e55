"""Logging in and registering by phone. A person whom a desk has registered opens their account by a code to their phone
and a second fact, because a phone is shared in families, and a SIM changes hands: the date of birth, or, where only an
age was told, the patient number; or the code on the card. The account is the person's row, so what was entered before
is theirs at once.

The second fact is asked for again on every new device, and 180 days after it was given. Staff, doctors and admins keep
password and second factor. Whoever has an e-mail address logs in by phone after they have confirmed it in the app.
Minors do not log in by phone: guardians act for them by an account of their own."""

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from shs.core.ages import Birth, Precision
from shs.core.caller import Caller
from shs.core.errors import Forbidden, Invalid
from shs.core.names import initials
from shs.core.reads.log import log_denied
from shs.core.records.transitions import save_with_reason
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users import cards, contacts, devices, guesses, phone_codes, second_factor, sessions, tokens
from shs.users.errors import CodeNeeded, WrongAnswer
from shs.users.families import is_minor
from shs.users.models import ContactPoint, PhoneCode, User, UserProfile
from shs.users.numbers import parse_patient_number
from shs.users.seeding import may_log_in

CONFIRMED_FOR = timedelta(days=180)
"""For so long after the last second fact a device that has logged in before is not asked for one. Operators give a
number that nobody uses to somebody else after more than that."""

MOST_LISTED = 20
"""How many people on a phone are listed, those registered last first: more are no family."""


class Ask(StrEnum):
    """What a person on a phone is asked for beside the code. GUARDIAN: they are a minor, and do not log in by phone."""

    NOTHING = ""
    BIRTH = "date_of_birth"
    NUMBER = "patient_number"
    GUARDIAN = "guardian"


class Fact(NamedTuple):
    """What somebody says of themselves; one of the three."""

    born: date | None = None
    number: str = ""
    card_code: str = ""


class OnPhone(NamedTuple):
    """A person on a phone, for whoever holds it: `key` names the person for this proof alone; `name` is empty until
    this device has logged in as them."""

    key: str
    initials: str
    ages: str
    name: str
    asks: Ask


# --- Who is on a phone -----------------------------------------------------------------------------------------------


def verify(request: HttpRequest, *, challenge: uuid.UUID, code: str, now: datetime) -> tuple[str, list[OnPhone]]:
    """The proof that the caller holds a phone, and the people on it. Raises as `phone_codes.prove`."""
    row = phone_codes.prove(challenge=challenge, code=code, now=now)
    people = [_shown(request, row, point, now) for point in _points_on(row.phone)]
    return phone_codes.proof_of(row), people


def _points_on(phone: str) -> list[ContactPoint]:
    """The contact points of those who may log in by this phone, with the people."""
    rows = ContactPoint.objects.to_log_in(phone).filter(person__profile__isnull=False)
    found = rows.select_related("person__profile").order_by("-person_id")[:MOST_LISTED]
    return [point for point in found if may_log_in(point.person)]


def _shown(request: HttpRequest, row: PhoneCode, point: ContactPoint, now: datetime) -> OnPhone:
    person, asks = point.person, _asked_of(request, point, now)
    name = person.name if asks == Ask.NOTHING else ""
    return OnPhone(key_of(row, person), initials(person.name), age_band(person, timezone.localdate(now)), name, asks)


def key_of(row: PhoneCode, person: User) -> str:
    """What names `person` for this proof alone."""
    return salted_hmac("shs.users.claiming", f"{row.pk}:{person.pk}", algorithm="sha256").hexdigest()[:16]


def _asked_of(request: HttpRequest, point: ContactPoint, now: datetime) -> Ask:
    person: User = point.person
    if is_minor(person, timezone.localdate(now)):
        return Ask.GUARDIAN
    is_fresh = point.confirmed_at is not None and now - point.confirmed_at < CONFIRMED_FOR
    if person.phone_login_at and is_fresh and devices.is_trusted(request, person):
        return Ask.NOTHING
    profile: UserProfile = person.profile
    has_day = profile.date_of_birth is not None and profile.birth_precision == Precision.DAY
    return Ask.BIRTH if has_day else Ask.NUMBER


def age_band(person: User, today: date) -> str:
    """The age as far as it tells a family apart: `0-17`, `18-29`, `30-39` and so on until `80+`; empty if nobody knows
    it."""
    profile: UserProfile = person.profile
    years = profile.age(today)
    if years is None:
        return ""
    if is_minor(person, today):
        return "0-17"
    if years < 30:
        return "18-29"
    return "80+" if years >= 80 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


# --- Logging in ------------------------------------------------------------------------------------------------------


def log_in(
    request: HttpRequest, *, proof: str, person: str, fact: Fact, code: str, now: datetime
) -> tuple[User, tokens.Pair]:
    """The person on the proven phone whom the key `person` names, and the tokens of their new session; the first time
    the account becomes theirs. A proof is used once. Raises Invalid (422) for a proof or a key that is wrong or used
    and for a fact that is missing, WrongAnswer (422) for a wrong one, Paused (429) after several, Forbidden (403) for a
    minor, CodeNeeded (401) and as `second_factor.check` for an account with a second factor."""
    with transaction.atomic():
        row = phone_codes.locked(proof, now)
        point = _chosen(row, person)
        user: User = point.person
        asks = _asked_of(request, point, now)
        is_right = _is_right(user, asks, fact, now)
        if is_right:
            if user.has_second_factor and not code.strip():
                raise CodeNeeded
            row.delete()
        else:
            row.wrong_answers += 1
            row.save(update_fields=["wrong_answers"])
    if not is_right:
        _refuse(request, user, "card_code" if fact.card_code else asks, now)
    if user.has_second_factor:
        second_factor.check(user=user, code=code, now=now)
    with transaction.atomic():
        if asks != Ask.NOTHING:
            point.confirm(now=now)
            user.open_by_phone(now=now, reason=f"opened by phone and {_in_words(asks, fact)}")
            guesses.note_right(guesses.answerer(user))
        user_logged_in.send(sender=User, request=request, user=user)
        return user, tokens.issue(user, now=now, client=sessions.client_of(request))


def _in_words(asks: Ask, fact: Fact) -> str:
    return "card" if fact.card_code else asks.replace("_", " ")


def _chosen(row: PhoneCode, person: str) -> ContactPoint:
    for point in _points_on(row.phone):
        if key_of(row, point.person) == person:
            return point
    raise Invalid(_("Choose one of the people on this phone."), field="person")


def _is_right(user: User, asks: Ask, fact: Fact, now: datetime) -> bool:
    """Whether the second fact is that of `user`. Raises Forbidden (403) for a minor, Paused (429), Invalid (422) where
    another fact is needed than those that were given."""
    if asks == Ask.GUARDIAN:
        raise Forbidden(_("Until you are 18, a guardian books and reads for you, with an account of their own."))
    if asks == Ask.NOTHING:
        return True
    guesses.require_open(guesses.answerer(user), now)
    if fact.card_code:
        return cards.is_code_of(user, fact.card_code)
    if asks == Ask.BIRTH:
        if fact.born is None:
            raise Invalid(_("Enter your date of birth, or the code on your card."), field=asks)
        return bool(user.profile.date_of_birth == fact.born)
    if not fact.number:
        raise Invalid(_("Enter your patient number, or the code on your card."), field=asks)
    return parse_patient_number(fact.number) == user.pk


def _refuse(request: HttpRequest, user: User, field: str, now: datetime) -> None:
    """Count a wrong answer for the person, and tell them when a pause begins. Raises WrongAnswer (422) or Paused
    (429)."""
    reader: Caller = request.user
    log_denied(reader, what="login by phone", subject=user, now=now)
    try:
        guesses.note_wrong(guesses.answerer(user), now)
    except guesses.Paused:
        key = f"{user.pk}:{timezone.localdate(now)}"
        notify(notice(to=user, kind=Kind.CLAIM_REFUSED, data={"asked_at": now}, key=key))
        raise
    raise WrongAnswer(field=field)


# --- Registering -----------------------------------------------------------------------------------------------------


class Newcomer(NamedTuple):
    """Who registers by phone, with a date of birth as far as they know it."""

    name: str
    name_bn: str
    birth: Birth | None
    gender: str
    role: str
    has_address: bool = False
    """Whether an e-mail address or a password was given as well, which belong to the other way."""


def ask_code(*, phone: str, newcomer: Newcomer, now: datetime) -> phone_codes.Asked:
    """Begin a registration by phone: the same for a phone that is known and for one that is not. Nothing of it is kept
    before the code is right. Raises Invalid (422), Forbidden (403), TooMany (429)."""
    _require_whole(newcomer, now)
    return phone_codes.ask(phone=phone, now=now)


def register(
    request: HttpRequest, *, proof: str, newcomer: Newcomer, language: str, now: datetime
) -> tuple[User, tokens.Pair]:
    """Register a patient with the phone that `proof` proves, and log them in. Whether somebody on it has the same name
    and date of birth is not looked at: the answer would tell a date of birth, which opens an account. Who is there
    twice is found and merged by the office. Raises Invalid (422), Forbidden (403)."""
    birth = _require_whole(newcomer, now)
    with transaction.atomic():
        row = phone_codes.locked(proof, now)
        more = {"name_bn": newcomer.name_bn} if newcomer.name_bn else {}
        user = User.objects.create_user(
            None, name=newcomer.name, language=language, reason="registered by phone", **more
        )
        profile: UserProfile = user.profile
        profile.be_born(birth, timezone.localdate(now))
        profile.gender = newcomer.gender
        save_with_reason(profile, "registered by phone")
        contacts.set_phone(person=user, text=row.phone, now=now, reason="registered by phone")
        ContactPoint.objects.of_phone(row.phone).get(person=user).confirm(now=now)
        user.open_by_phone(now=now, reason="registered by phone")
        row.delete()
        user_logged_in.send(sender=User, request=request, user=user)
        return user, tokens.issue(user, now=now, client=sessions.client_of(request))


def _require_whole(newcomer: Newcomer, now: datetime) -> Birth:
    if newcomer.has_address:
        raise Invalid(_("A password belongs to an e-mail address. By phone you log in with a code."), field="password")
    nobody = User(name=newcomer.name, role=newcomer.role)
    if not nobody.may_use_phone:
        raise Invalid(_("Doctors register with an e-mail address and a password."), field="role")
    if newcomer.birth is None:
        raise Invalid(_("Enter the age or the date of birth."), field="date_of_birth")
    nobody.profile = UserProfile()
    nobody.profile.be_born(newcomer.birth, timezone.localdate(now))
    if is_minor(nobody, timezone.localdate(now)):
        raise Forbidden(_("Under 18, a guardian enters you in the app, with an account of their own."))
    return newcomer.birth


# --- A phone of one's own account ------------------------------------------------------------------------------------


def confirm_own(*, user: User, challenge: uuid.UUID, code: str, now: datetime) -> None:
    """Confirm a phone of the logged-in `user` by a code; a patient logs in by it from now on, too. Raises as
    `phone_codes.prove`, Invalid (422) for a phone that is not theirs, Unconfirmed (403)."""
    user.require_confirmed()
    row = phone_codes.prove(challenge=challenge, code=code, now=now)
    with transaction.atomic():
        point = ContactPoint.objects.of_phone(row.phone).filter(person=user.pk).first()
        if point is None:
            raise Invalid(_("This phone is not in your profile. Enter it there first."), field="challenge")
        PhoneCode.objects.filter(pk=row.pk).delete()
        point.confirm(now=now)
        person = User.objects.get(pk=user.pk)
        if person.may_use_phone:
            person.open_by_phone(now=now, reason="phone confirmed in the app")
