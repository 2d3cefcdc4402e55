"""Registration, login, the confirmation of an address, and what the office does to accounts."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.core.ages import Birth, Precision
from shs.core.due.rows import one_by_one
from shs.core.errors import Forbidden, Invalid, StepRefused, Unauthenticated
from shs.core.records.transitions import save_with_reason
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users import contacts, mail_requests, second_factor, sessions, tokens
from shs.users.at_work import work_changed
from shs.users.errors import CodeNeeded, EmailTaken
from shs.users.links import user_of, verification_token
from shs.users.models import SELF_REGISTERED, Touched, User, UserProfile
from shs.users.passwords import require_strong, send_reset
from shs.users.touches import note, touched

RESEND_PAUSE_SECONDS = 60


def register(
    *,
    email: str | None,
    password: str | None,
    name: str,
    role: str,
    name_bn: str = "",
    phone: str = "",
    birth: Birth | None = None,
    gender: str = "",
    language: str = "",
) -> User:
    """Create a patient's or doctor's account with the preferred `language`, and send the link that confirms the
    address. Raises EmailTaken (409), of which the owner of the account is told, and Invalid (422) for a weak password
    and for what is missing."""
    if role not in SELF_REGISTERED:
        raise Invalid(_("Register as a patient or as a doctor."), field="role")
    if not email:
        raise Invalid(_("Enter an e-mail address, or a phone number."), field="email")
    if not password:
        raise Invalid(_("Enter a password."), field="password")
    require_strong(password, User(email=email, name=name))
    if User.objects.by_email(email).exists():
        mail_requests.tell_taken(email=email, now=timezone.now())
        raise EmailTaken
    with transaction.atomic():
        more = {"name_bn": name_bn} if name_bn else {}
        user = User.objects.create_user(email, password, name=name, role=role, language=language, **more)
        if birth or gender:
            profile: UserProfile = user.profile
            profile.be_born(birth, timezone.localdate())
            profile.gender = gender
            save_with_reason(profile, "registered")
        if phone:
            contacts.set_phone(person=user, text=phone, now=timezone.now(), reason="registered")
        send_verification(user)
    return user


def log_in(
    request: HttpRequest, *, email: str, password: str, code: str = "", now: datetime
) -> tuple[User, tokens.Pair]:
    """The active user with these credentials, and the tokens of their new session. Raises Unauthenticated (401), the
    same for an unknown address and a wrong password, and Paused (429) after repeated failures. An account with a second
    factor needs its code: raises CodeNeeded (401), and as `second_factor.check`. People of pharmacies use no app:
    raises Forbidden (403)."""
    user = authenticate(request, username=email, password=password)
    if user is None:
        raise Unauthenticated(_("Incorrect e-mail address or password."))
    if user.has_second_factor:
        if not code.strip():
            raise CodeNeeded
        second_factor.check(user=user, code=code, now=now)
    if user.is_pharmacys:
        raise Forbidden(_("Your type of account cannot use this."))
    with transaction.atomic():
        user_logged_in.send(sender=User, request=request, user=user)
        return user, tokens.issue(user, now=now, client=sessions.client_of(request))


NameGuard = Callable[[User, str, datetime], bool]
_name_guards: list[NameGuard] = []


def holds_name(guard: NameGuard) -> NameGuard:
    """Register `guard(user, name, now)` of a later app: whether the new name waits to be verified, and is not
    stored."""
    _name_guards.append(guard)
    return guard


def rename(*, user: User, name: str, now: datetime, reason: str = "name changed") -> bool:
    """Change a person's name; returns False where the new name waits to be verified."""
    with transaction.atomic():
        if name == user.name:
            return True
        if any(guard(user, name, now) for guard in _name_guards):
            return False
        user.rename(name, reason=reason)
    return True


FIXED = ("name", "date_of_birth", "gender")
"""By what people without an e-mail address are known."""


def _require_own(person: User, profile: UserProfile, changes: Mapping[str, object]) -> None:
    """Whether `person` may make these changes of their profile without asking. Whoever has no e-mail address is known
    at the clinics by name, date of birth and sex, and opens their account by them: what is recorded of these is
    corrected by a request. Raises StepRefused (409)."""
    if person.email:
        return
    recorded = {"name": person.name, "date_of_birth": profile.date_of_birth, "gender": profile.gender}
    given = {**changes}
    if profile.date_of_birth and changes.get("birth_precision", profile.birth_precision) != profile.birth_precision:
        given["date_of_birth"] = None
    for field in FIXED:
        if field in given and recorded[field] and given[field] != recorded[field]:
            raise StepRefused(
                _("Clinics identify you by this. Request a correction instead; the front desk decides."), field=field
            )


def change_profile(*, user: User, changes: Mapping[str, object], now: datetime) -> tuple[User, UserProfile]:
    """Update a person's profile; `changes` holds profile fields and `name`. The name of a verified doctor waits to be
    verified, and stays as it is. Raises as `_require_own`."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        profile, _is_new = UserProfile.objects.get_or_create(user=person)
        _require_own(person, profile, changes)
        if "name" in changes:
            rename(user=person, name=str(changes["name"]), now=now)
        if "phone" in changes:
            contacts.set_phone(person=person, text=str(changes["phone"]), now=now)
        if "name_bn" in changes:
            person.rename_bn(str(changes["name_bn"]))
        for field in changes.keys() - {"name", "name_bn", "phone"}:
            setattr(profile, field, changes[field])
        if "date_of_birth" in changes and "birth_precision" not in changes:
            profile.birth_precision = Precision.DAY
        if profile.date_of_birth:
            profile.be_born(Birth(profile.date_of_birth, profile.birth_precision), timezone.localdate(now))
        profile.save()
    return person, profile


def resend_verification(user: User) -> None:
    """Send the link that confirms the address again, at most once a minute; nothing if it is confirmed."""
    if not user.is_confirmed and cache.add(f"verify:{user.pk}", True, RESEND_PAUSE_SECONDS):
        send_verification(user)


def open_confirmation(*, uid: str, token: str) -> User:
    """The user whose address a link confirms. Raises Invalid (422) for a link that is wrong, used or too old."""
    user = user_of(uid)
    if user is None or not verification_token.check_token(user, token):
        raise Invalid(_("This link is no longer valid. Request a new one."), field="token")
    return user


def confirm_email(*, uid: str, token: str) -> None:
    """Confirm an address by its link. Raises as `open_confirmation`."""
    user = open_confirmation(uid=uid, token=token)
    with transaction.atomic():
        user.confirm_email()


def open_account(*, email: str, name: str, role: str, by: User, now: datetime) -> User:
    """Create an account for somebody else, and send them the link that sets a password and confirms the address."""
    with transaction.atomic():
        made = User.objects.create_user(email, None, name=name, role=role)
        note(made, Touched.MADE, by=by, now=now)
        send_reset(made, is_new=True)
    return made


def suspend(*, user: User, reason: str, until: datetime | None, by: User, now: datetime) -> None:
    """Suspend an account until `until` (None: until somebody reinstates it), and tell its owner."""
    with transaction.atomic():
        was_admin = user.is_admin and user.is_active
        user.suspend(reason=reason, until=until)
        touched(user, Touched.SUSPENDED, by=by, now=now, was_admin=was_admin)
        work_changed(user, now)


def reinstate(*, user: User, reason: str, by: User, now: datetime) -> None:
    """End a suspension, and tell the owner of the account."""
    with transaction.atomic():
        user.reinstate(reason=reason)
        touched(user, Touched.REINSTATED, by=by, now=now)
        work_changed(user, now)


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


AtDeath = Callable[[User, datetime], None]
_at_death: list[AtDeath] = []


def at_death(do: AtDeath) -> AtDeath:
    """Register `do(user, now)` of a later app: what ends when a person has died."""
    _at_death.append(do)
    return do


def note_death(*, user: User, day: date, told_by: str, reason: str, now: datetime) -> None:
    """Note that a person died on `day`, as `told_by` said: nothing is sent to them or booked for them any more, and
    visits to come are cancelled. The chart stays."""
    with transaction.atomic():
        user.note_death(day, told_by=told_by, reason=reason)
        for do in _at_death:
            do(user, now)
        work_changed(user, now)


def undo_death(*, user: User, reason: str, now: datetime) -> None:
    """Note that the person is alive."""
    with transaction.atomic():
        user.undo_death(reason=reason)
        work_changed(user, now)


def reinstate_due(*, now: datetime, dry_run: bool = False) -> int:
    """Reinstate users whose suspension has ended by `now`; returns their number."""

    def back(user: User) -> None:
        user.reinstate(reason="the suspension has ended")
        work_changed(user, now)

    due = User.objects.due_back(now)
    return due.count() if dry_run else one_by_one(due, back)


def send_verification(user: User) -> None:
    """Send the link that confirms the address of `user`."""
    notify(notice(to=user, kind=Kind.VERIFY_EMAIL, data={}))
