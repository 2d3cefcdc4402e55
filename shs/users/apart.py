"""What distinguishes people of the same name: age, sex, the end of the phone number, and what other apps add."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.utils import timezone

from shs.core.caller import Member
from shs.core.phones import mask_phone
from shs.users import contacts
from shs.users.models import User, UserProfile

Facts = Mapping[int, str]
"""The key of a person → what tells them apart."""
Further = Callable[[Member, Collection[int], datetime], Facts]
_further: list[Further] = []


def tell_apart_by(further: Further) -> None:
    """Add what another app knows of people: `further(viewer, keys, now)` tells only what `viewer` may see, in one
    query."""
    _further.append(further)


def told_apart(viewer: Member, people: Collection[int], now: datetime) -> dict[int, str]:
    """For people with these keys, what tells them apart, in two queries and one for each app: of those whom `viewer`
    may recognise, which is also what shows them a masked address."""
    known = User.objects.allowed(viewer, "recognise").filter(pk__in=people)
    parts = [facts_of(known.order_by().values_list("pk", flat=True), now)] if people else []
    parts += [further(viewer, people, now)] if people else []
    return {key: " · ".join(filter(None, (part.get(key, "") for part in parts))) for key in people}


def further(viewer: Member, people: Collection[int], now: datetime) -> dict[int, str]:
    """What other apps tell `viewer` of people with these keys, in one query for each app."""
    found = [more(viewer, people, now) for more in _further]
    return {key: " · ".join(filter(None, (facts.get(key, "") for facts in found))) for key in people}


def facts_of(people: Collection[int], now: datetime) -> dict[int, str]:
    """Age, sex and the end of the phone number of people with these keys (or of a queryset of keys), unasked: the
    caller decides who may see them."""
    today, found = timezone.localdate(now), {}
    profiles = list(UserProfile._base_manager.filter(user__in=people))
    phones = contacts.numbers_of(profile.user_id for profile in profiles)
    for profile in profiles:
        facts = [
            profile.shown_age(today),
            str(profile.get_gender_display()),
            mask_phone(phones.get(profile.user_id, "")),
        ]
        found[profile.user_id] = " · ".join(filter(None, facts))
    return found
