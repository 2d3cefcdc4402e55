"""Identity numbers of people: adding, revealing and finding them."""

from collections.abc import Iterable
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.caller import Member
from shs.core.ciphers import Unreadable, present_key
from shs.core.errors import Invalid, StepRefused
from shs.core.reads.log import log_read
from shs.core.records.models import RecordQuerySet
from shs.core.records.transitions import save_with_reason
from shs.users.models import Correction, PersonIdentifier, User, clean_identifier
from shs.users.pairs import note_same_number

Holder = TypeVar("Holder", PersonIdentifier, Correction)


def add(*, person: User, system: str, text: str, reason: str = "") -> PersonIdentifier:
    """Record a number of `person`. Raises Invalid (422) for what is none, StepRefused (409) for one that is recorded
    for somebody, of whom it does not tell, and where no key is set."""
    try:
        value = clean_identifier(system, text)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="number") from None
    row = PersonIdentifier(person=person, system=system)
    row.put(value)
    with transaction.atomic():
        # Also under former keys, which the constraint cannot compare.
        others = PersonIdentifier.objects.live().with_value(system, value).exclude(person=person)
        other = others.select_for_update(of=("self",)).first()
        if other is None:
            save_with_reason(row, reason)
            return row
    # They may be one person, which is decided on the list of possible duplicates.
    note_same_number(person.pk, other.person_id)
    raise StepRefused(_("This number is recorded for another person. Compare it with the paper."))


def numbers_of(person: int) -> list[PersonIdentifier]:
    """The numbers in use of a person whom the caller may see."""
    return list(PersonIdentifier.objects.live().filter(person=person).order_by("pk"))


def reveal(*, row: PersonIdentifier, by: Member, reason: str) -> str:
    """The number in full, which is written to the read log with the reason. Raises StepRefused (409) if its key is
    missing."""
    try:
        value = row.reveal()
    except Unreadable:
        raise StepRefused(_("The key of this number is missing in IDENTITY_KEYS on the server.")) from None
    log_read(by, what="identity number", ids=[row.pk], subject=row.person, note=reason)
    return value


def are_unreadable() -> bool:
    """Whether a number is stored under a key that IDENTITY_KEYS lacks. Reads one entry of the index for each key."""
    keys = PersonIdentifier.objects.order_by("key").values_list("key", flat=True)
    key: str | None = ""
    while key in ("", *settings.IDENTITY_KEYS):
        key = keys.filter(key__gt=key).first()
    return key is not None


def rotate(*, portion: int = 500) -> tuple[int, int]:
    """Put every number under the present key, also those that people have asked for, which may take a while; returns
    how many were, and how many cannot be because their key is missing. It can be interrupted, and run again."""
    numbers = _rotated(PersonIdentifier.objects.all(), ["key", "ciphertext", "digest"], portion)
    wanted = _rotated(Correction.objects.exclude(key=""), ["key", "ciphertext"], portion)
    return numbers[0] + wanted[0], numbers[1] + wanted[1]


def _rotated(rows: "RecordQuerySet[Holder]", fields: list[str], portion: int) -> tuple[int, int]:
    done = missing = last = 0
    while found := list(rows.exclude(key=present_key()).filter(pk__gt=last).order_by("pk")[:portion]):
        last = found[-1].pk
        ready = list(_put_again(found))
        missing += len(found) - len(ready)
        done += len(ready)
        rows.model._default_manager.without_history("the numbers stay the same").bulk_update(ready, fields)
    return done, missing


def _put_again(rows: Iterable[Holder]) -> Iterable[Holder]:
    for row in rows:
        value = row.reveal_or_none()
        if value is not None:
            row.put(value)
            yield row
