"""Looks up how people can be reached, for the notices."""

from collections.abc import Collection

from django.utils import timezone

from shs.core.phones import MADE_UP
from shs.notices.reach import Contact, contacts_by
from shs.users.models import AppSession, ContactPoint, User


@contacts_by
def contacts(people: Collection[int]) -> dict[int, Contact]:
    """Each of `people` → how they can be reached; three queries."""
    rows = User.objects.unrestricted("their phone numbers are used to write to them, not shown").filter(pk__in=people)
    sessions = AppSession.objects.live().filter(user__in=people, expires_at__gt=timezone.now())
    with_app = set(sessions.values_list("user", flat=True))
    phones = ContactPoint.objects.phones().filter(person__in=people).order_by("pk")
    numbers = {person: (number, at) for person, number, at in phones.values_list("person", "value", "confirmed_at")}
    found = {}
    for pk, demo_name in rows.values_list("pk", "demo_name"):
        number, confirmed_at = numbers.get(pk, (None, None))
        is_made_up = bool(demo_name) or bool(number and MADE_UP.fullmatch(number))
        found[pk] = Contact(number, pk in with_app, is_made_up, is_confirmed=confirmed_at is not None)
    return found
