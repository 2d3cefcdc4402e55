"""Phones of people: adding, replacing and ending them. Addresses change by `shs.users.addresses` alone."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Invalid, NotFound
from shs.core.phones import clean_phone
from shs.users.models import TELEPHONE, ContactPoint, ContactSystem, User


def number_of(person: int) -> str:
    """The main phone of the person with this key, whom the caller may see; empty if there is none."""
    return ContactPoint.objects.number_of(person)


def numbers_of(people: Iterable[int]) -> dict[int, str]:
    """Key → main phone, of people whom the caller may see; one query."""
    return ContactPoint.objects.numbers(people)


def phones_of(person: int) -> list[ContactPoint]:
    """The phones in use, also as they were told, of a person whom the caller may see; the main one first."""
    points = ContactPoint.objects.live().filter(person=person, system__in=TELEPHONE)
    return list(points.order_by("-system", "-pk"))


def set_phone(*, person: User, text: str, now: datetime, reason: str = "phone changed") -> None:
    """Make `text` the main phone of `person` in place of the present one; an empty text ends that. Others may have the
    same phone. Raises Invalid (422) for what is no phone number."""
    number = _cleaned(text) if text.strip() else ""
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=person.pk)
        points = ContactPoint.objects.live().filter(person=person, system__in=TELEPHONE)
        main = points.order_by("-system", "-pk").first()
        if main and main.value == number:
            return
        for point in points.filter(value=number) if number else ():
            point.end(now=now, reason=reason)
        if main:
            main.end(now=now, reason=reason)
        if number:
            ContactPoint.objects.create(person=person, system=ContactSystem.PHONE, value=number)


def add_phone(*, person: User, text: str) -> ContactPoint:
    """Add a further phone, which becomes the main one. Raises Invalid (422) for what is no phone number, and for one
    that the person has."""
    number = _cleaned(text)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if ContactPoint.objects.of_phone(number).filter(person=person).exists():
            raise Invalid(_("This person has this number already."), field="phone")
        return ContactPoint.objects.create(person=person, system=ContactSystem.PHONE, value=number)


def _cleaned(text: str) -> str:
    try:
        return clean_phone(text)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="phone") from None


def end_phone(*, person: User, point: int, reason: str, now: datetime) -> None:
    """End this phone of `person`. Raises NotFound (404) if it is none of theirs."""
    found = next((phone for phone in phones_of(person.pk) if phone.pk == point), None)
    if found is None:
        raise NotFound
    with transaction.atomic():
        found.end(now=now, reason=reason)
