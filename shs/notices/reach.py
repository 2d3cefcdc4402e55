"""How people can be reached. The users app, which has the phone numbers, registers the function that looks them up."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from shs.core.caller import Member


class Contact(NamedTuple):
    """How a person can be reached beside their e-mail address: `phone` is E.164, or None; `has_app` is whether an app
    is logged in; `is_made_up` marks people of the demo, to whom no text may go; `is_confirmed` says that the phone was
    proved to be theirs by a code, so that another code sent there is a proof."""

    phone: str | None = None
    has_app: bool = False
    is_made_up: bool = False
    is_confirmed: bool = False


LookUp = Callable[[Collection[int]], dict[int, Contact]]
_look_ups: list[LookUp] = []


def contacts_by(look_up: LookUp) -> LookUp:
    """Register the function that finds the contacts of people: ids → id → Contact, in a fixed number of queries."""
    _look_ups[:] = [look_up]
    return look_up


def contacts_of(people: Collection[int]) -> dict[int, Contact]:
    """Each person's id → how they can be reached, in a fixed number of queries."""
    found = _look_ups[0](people) if _look_ups else {}
    return {pk: found.get(pk, Contact()) for pk in people}


def contact_of(person: Member) -> Contact:
    """How one person can be reached."""
    return contacts_of([person.pk])[person.pk]


def phone_of(person: Member) -> str | None:
    """The number to which texts for a person go, as E.164; None if there is none."""
    return contact_of(person).phone
