"""Finding people by their number, phone, name as it is heard, or date of birth. The lists, Ctrl+K, the choosers and
emergency access all ask here."""

import re
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from shs.core.ages import Precision
from shs.core.caller import Member
from shs.core.grants.table import rows_allowed
from shs.core.names import fold, words
from shs.core.records.derived import phone_digits
from shs.core.records.first_found import FirstFound
from shs.users.models import TELEPHONE, ContactPoint, User, UserProfile
from shs.users.models.user import UserQuerySet
from shs.users.numbers import LEAST_DIGITS as LEAST_DIGITS_OF_KEYS
from shs.users.numbers import parse_patient_number

LEAST_DIGITS = 4
WHOLE = 10
"""So many digits are a whole phone number."""
DATE = re.compile(r"(?<!\d)(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2}))(?!\d)")
NUMBER = re.compile(r"\+?\d(?:[\d ().-]*\d)?")


class Wanted(NamedTuple):
    """What somebody is looked for by: words of a name, a patient number, a phone number or a part of it as it was
    written, a day."""

    name: str
    number: str
    born: date | None


def read_wanted(text: str) -> Wanted:
    """The parts of a search text, such as "Rohoman 5678" or "12/5/1980" (day, month, year; or ISO), also in Bangla."""
    text, born = fold(text[:200]), None
    for match in DATE.finditer(text):
        day, month, year, *iso = (int(part) if part else 0 for part in match.groups())
        try:
            born = date(*iso) if iso[0] else date(year, month, day)
        except ValueError:
            continue
        text = text.replace(match[0], " ", 1)
        break
    numbers = [found for found in NUMBER.findall(text) if len(re.sub(r"\D", "", found)) >= LEAST_DIGITS]
    for number in numbers:
        text = text.replace(number, " ", 1)
    has_name = any(not word.isdigit() for word in words(text))
    return Wanted(text if has_name else "", numbers[0] if numbers else "", born)


def found_as_person(viewer: Member | None, text: str, nearly: bool) -> Q | None:
    """The people whom `viewer` finds by `text`, as a Q for User; all of its parts must fit. With `nearly`, each word
    of the name may have a wrong letter. None if the text has no part to look for.

    Whoever may open somebody's contact details, which is logged, finds them by any four digits of their phone. All
    others need the whole number: a part that can be tried tells a masked number digit by digit. A date of birth is
    compared as a whole, so everybody who may see a person finds them by it, as they would ask at a desk."""
    wanted = read_wanted(text)
    if nearly and not wanted.name:
        return None
    conditions = []
    if wanted.name:
        conditions.append(Q(**{"heard__nearly" if nearly else "heard__sounds": wanted.name}))
    if wanted.number:
        conditions.append(Q(pk__in=_of_number(viewer, wanted.number)))
    if wanted.born:
        # Of an age that was told the day is not known.
        profiles = UserProfile._base_manager.filter(date_of_birth=wanted.born, birth_precision=Precision.DAY)
        conditions.append(Q(pk__in=profiles.values("user")))
    return Q(*conditions) if conditions else None


def _of_number(viewer: Member | None, number: str) -> QuerySet[Any]:
    """The keys of the people with this patient number, with this phone, or with these digits in their phone."""
    by_phone = _with_phone(viewer, number).order_by().values("person")
    if parse_patient_number(number) is None or len(re.sub(r"\D", "", number)) <= LEAST_DIGITS_OF_KEYS:
        return by_phone
    numbered = User.objects.unrestricted("the lists show only whom the viewer may see").with_number(number)
    return numbered.order_by().values("pk").union(by_phone)


def _with_phone(viewer: Member | None, phone: str) -> QuerySet[ContactPoint]:
    """The phones in use with this number, or with these digits in it."""
    points = ContactPoint.objects.live().filter(system__in=TELEPHONE)
    digits = phone_digits(phone)
    holds = Q(digits__holds=digits)
    if len(digits) >= WHOLE:
        return points.filter(holds, Q(digits=digits) | Q(digits=f"0{digits}"))
    if viewer is None:
        return points.none()
    typed = re.sub(r"\D", "", phone)
    either = holds if typed == digits else holds | Q(digits__holds=typed)
    opened = UserProfile._base_manager.filter(rows_allowed(UserProfile, viewer, "view"))
    return points.filter(either, person__in=opened.order_by().values("user"))


def find_people(people: UserQuerySet, text: str, *, viewer: Member | None, most: int) -> list[User]:
    """At most `most` of `people` whom `viewer` finds by `text`; if there is nobody, of those whose name is nearly so.
    Nobody for a text without anything to look for."""
    for nearly in (False, True):
        wanted = found_as_person(viewer, text, nearly)
        if wanted is None:
            continue
        first = FirstFound(people.filter(wanted).order_by().values("pk"), most=most)
        if found := list(User.objects.unrestricted("rows of `people`").filter(pk__in=first).order_by("-pk")):
            return found
    return []
