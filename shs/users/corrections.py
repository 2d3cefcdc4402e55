"""Corrections of what is recorded of a person: asking for them, and deciding them. What a person may correct without
asking is the business of `change_profile`."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from shs.core.ages import Birth, read_birth
from shs.core.errors import Invalid, StepRefused
from shs.core.phones import clean_phone, show_phone
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import tidy, validate_person_name
from shs.notices.kinds import Kind
from shs.notices.services import copy_for, notice, notify
from shs.users import contacts, identity, services
from shs.users.families import acts_for
from shs.users.models import (
    Correction,
    Fact,
    IdentifierSystem,
    PersonIdentifier,
    User,
    UserProfile,
    clean_identifier,
)
from shs.users.permissions import BOOK, READ, wards

MOST_WAITING = 5
"""Corrections of one person that may wait at once."""

SAME_AGAIN = timedelta(days=30)
"""What was declined cannot be asked for again so soon; whoever insists comes to the desk."""


# --- Asking ----------------------------------------------------------------------------------------------------------


def ask(*, person: User, fact: str, wanted: str, reason: str, by: User, now: datetime) -> Correction:
    """Ask to have a fact of `person` corrected, as themselves or acting for them. Raises Invalid (422) for a value that
    is none, StepRefused (409) for what is recorded so already, was declined lately, or waits, and for more than
    MOST_WAITING."""
    value = _read(fact, wanted, now)
    with transaction.atomic():
        person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
        profile, _is_new = UserProfile.objects.get_or_create(user=person)
        if fact == Fact.NAME and User.objects.doctors().filter(pk=person.pk).exists():
            raise StepRefused(_("Change your name on your profile: it is verified together with your licence."))
        present = _present(person, profile, fact)
        row = Correction(person=person, fact=fact, present=present, reason=reason, asked_by=by, asked_at=now)
        if fact in IdentifierSystem.values:
            is_same = PersonIdentifier.objects.live().with_value(fact, value).filter(person=person).exists()
            row.seal(value)
        else:
            is_same, row.wanted = value == present, value
        if is_same:
            raise StepRefused(_("This is what is recorded already."))
        _require_room(row, now)
        save_with_reason(row, "asked for")
    return row


def _require_room(row: Correction, now: datetime) -> None:
    of_person = Correction.objects.filter(person=row.person)
    waiting = list(of_person.waiting().values_list("fact", flat=True))
    if row.fact in waiting:
        raise StepRefused(_("A correction of this has been asked for already. Wait for the answer."))
    if len(waiting) >= MOST_WAITING:
        raise StepRefused(
            _("%(count)s corrections wait for an answer. Wait for it, or withdraw one.") % {"count": MOST_WAITING}
        )
    declined = of_person.declined_since(now - SAME_AGAIN).filter(fact=row.fact, wanted=row.wanted)
    if declined.exists():
        raise StepRefused(_("The clinic has declined this. Come to the front desk with a document."))


def withdraw(*, row: Correction, by: User, now: datetime) -> None:
    """Withdraw a correction. Raises StepRefused (409) if it was decided."""
    with transaction.atomic():
        _locked_person(row)
        row.withdraw(by=by, now=now)


def _locked_person(row: Correction) -> User:
    """The person, locked before the correction in all that decides it: who locked the correction first would wait at
    the commit for whoever holds the person, and they for the correction."""
    return User.objects.select_for_update(of=("self",)).get(pk=row.person_id)


# --- Deciding --------------------------------------------------------------------------------------------------------


def accept(*, row: Correction, answer: str, by: User, now: datetime) -> None:
    """Make the correction, by the rules of the office's form, and tell who asked. Raises StepRefused (409) if it was
    decided, or what is recorded has changed since it was asked for; Invalid (422) for what is no longer a value."""
    with transaction.atomic():
        person = _locked_person(row)
        lock(row)
        if row.status != Correction.Status.WAITING:
            raise StepRefused(_("This has been decided already."))
        profile, _is_new = UserProfile.objects.get_or_create(user=person)
        present = _present(person, profile, row.fact)
        if present != row.present:
            raise StepRefused(
                _("“%(fact)s” has changed since this was asked for: %(present)s is recorded now.")
                % {"fact": row.get_fact_display(), "present": shown(row.fact, present) or "–"}
            )
        _store(row, person, profile, f"correction accepted: {answer}", now)
        row.accept(answer=answer, by=by, now=now)
        _tell(row, now)


def decline(*, row: Correction, answer: str, by: User, now: datetime) -> None:
    """Leave it as it is, and tell who asked why. Raises StepRefused (409) if it was decided."""
    with transaction.atomic():
        _locked_person(row)
        row.decline(answer=answer, by=by, now=now)
        _tell(row, now)


def _store(row: Correction, person: User, profile: UserProfile, reason: str, now: datetime) -> None:
    match row.fact:
        case Fact.NAME:
            if not services.rename(user=person, name=row.wanted, now=now, reason=reason):
                raise StepRefused(_("The name of a verified doctor is changed by a verification officer."))
        case Fact.NAME_BN:
            person.rename_bn(row.wanted, reason=reason)
        case Fact.PHONE:
            contacts.set_phone(person=person, text=row.wanted, now=now, reason=reason)
        case Fact.BIRTH:
            profile.be_born(_birth(row.wanted, now), timezone.localdate(now))
            save_with_reason(profile, reason)
        case Fact.NID | Fact.BRN | Fact.UHID:
            _store_number(row, person, reason, now)
        case _field:
            setattr(profile, row.fact, row.wanted)
            save_with_reason(profile, reason)


def _store_number(row: Correction, person: User, reason: str, now: datetime) -> None:
    number = row.reveal_or_none()
    if number is None:
        raise StepRefused(_("The key of this number is missing in IDENTITY_KEYS on the server."))
    for former in PersonIdentifier.objects.live().filter(person=person, system=row.fact):
        former.withdraw(now=now, reason=reason)
    identity.add(person=person, system=row.fact, text=number, reason=reason)


def _tell(row: Correction, now: datetime) -> None:
    """Tell who asked, and the person if it was somebody who acts for them; not a guardian who is none any more."""
    with override("en"):
        fact = str(row.get_fact_display())  # the text of the notice translates it
    data = {
        "fact": fact,
        "is_accepted": row.status == Correction.Status.ACCEPTED,
        "answer": row.answer,
    }
    to_person = notice(to=row.person, kind=Kind.CORRECTION_DECIDED, data=data, about=f"correction:{row.pk}")
    if row.asked_by_id == row.person_id:
        notify(to_person)
        return
    told = [to_person] if row.person.has_login else []
    ward = wards(row.asked_by, now).get(row.person_id)
    if ward is not None:
        right = BOOK if acts_for(row.asked_by, row.person_id, BOOK, now) else READ
        told.append(copy_for(to_person, to=row.asked_by, person=row.person, right=right))
    notify(*told)


# --- Values ----------------------------------------------------------------------------------------------------------


def shown(fact: str, value: str) -> str:
    """A stored value of a fact, as people read it."""
    if fact == Fact.PHONE:
        return show_phone(value)
    if fact == Fact.GENDER:
        return str(dict(UserProfile.Gender.choices).get(value, value))
    if fact == Fact.BIRTH and value.count("-"):
        return "/".join(reversed(value.split("-")))
    return value


def _present(person: User, profile: UserProfile, fact: str) -> str:
    """What is recorded of a fact, as `wanted` holds it; of a number of the state its last three characters."""
    match fact:
        case Fact.NAME | Fact.NAME_BN:
            return str(getattr(person, fact))
        case Fact.PHONE:
            return contacts.number_of(person.pk)
        case Fact.BIRTH:
            return profile.iso_birth
        case Fact.NID | Fact.BRN | Fact.UHID:
            row = PersonIdentifier.objects.live().filter(person=person, system=fact).first()
            return row.masked if row else ""
    return str(getattr(profile, fact))


def _read(fact: str, text: str, now: datetime) -> str:
    """The value that `text` means. Raises Invalid (422) with a sentence."""
    try:
        return READERS[Fact(fact)](tidy(text), now)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="wanted") from None


def _name(text: str, now: datetime) -> str:
    if len(text) > LONGEST_NAME:
        raise ValidationError(_("This is too long."))
    validate_person_name(text)
    return text


def _name_or_none(text: str, now: datetime) -> str:
    return _name(text, now) if text else ""


def _line(text: str, now: datetime) -> str:
    if len(text) > LONGEST_LINE:
        raise ValidationError(_("This is too long."))
    return text


def _chosen(values: Collection[str]) -> Callable[[str, datetime], str]:
    def read(text: str, now: datetime) -> str:
        found = text.upper() if text.upper() in values else text.lower()
        if found not in values:
            raise ValidationError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(values)})
        return found

    return read


def _number(system: IdentifierSystem) -> Callable[[str, datetime], str]:
    return lambda text, now: clean_identifier(system, text)


def _birth(text: str, now: datetime) -> Birth:
    return read_birth(text, timezone.localdate(now))


def _iso_birth(text: str, now: datetime) -> str:
    profile = UserProfile()
    profile.be_born(_birth(text, now), timezone.localdate(now))
    return profile.iso_birth


LONGEST_NAME, LONGEST_LINE = 150, 255
READERS: dict[Fact, Callable[[str, datetime], str]] = {
    Fact.NAME: _name,
    Fact.NAME_BN: _name_or_none,
    Fact.BIRTH: _iso_birth,
    Fact.GENDER: _chosen(UserProfile.Gender.values),
    Fact.BLOOD_GROUP: _chosen(UserProfile.BloodGroup.values),
    Fact.FATHER: _name_or_none,
    Fact.MOTHER: _name_or_none,
    Fact.SPOUSE: _name_or_none,
    Fact.PHONE: lambda text, now: clean_phone(text),
    Fact.ADDRESS: _line,
    Fact.NID: _number(IdentifierSystem.NID),
    Fact.BRN: _number(IdentifierSystem.BRN),
    Fact.UHID: _number(IdentifierSystem.UHID),
}
