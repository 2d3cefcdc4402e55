"""Staff and patients, and the creation of demo accounts."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from shs.core.seeding.marks import (
    ADMIN,
    AUDITOR,
    MODERATOR,
    PASSWORD,
    REVIEWER,
    SHOWN,
    VERIFIER,
    address,
    chance,
    number_of,
)
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import BATCH, batches, store, told
from shs.users.demo.names import FAMILY, FAMILY_OF_WOMEN, FEMALE, MALE
from shs.users.demo.places import DEAL, Place
from shs.users.models import Duty, Role, User, UserProfile
from shs.users.seeding import Portion, made_users, missing, numbered

BLOOD_GROUPS = {"B+": 33, "O+": 30, "A+": 23, "AB+": 9, "B-": 2, "O-": 1, "A-": 1, "AB-": 1}
STAFF_DAYS, PATIENT_DAYS = (1600, 1900), (760, 1100)  # days since registration


class Person(NamedTuple):
    """A made-up person."""

    name: str
    gender: str


class Member(NamedTuple):
    """A made-up member of staff; admins have no duty."""

    who: str
    duty: str


OFFICE = [
    Member(ADMIN, ""),
    Member(VERIFIER, Duty.VERIFICATION),
    Member(REVIEWER, Duty.VERIFICATION),
    Member(MODERATOR, Duty.MODERATION),
    Member(AUDITOR, Duty.AUDIT),
]
"""Staff who belong to no clinic; the same in every size of the network."""


def draw_person(dice: random.Random) -> Person:
    """A name and its gender."""
    if dice.random() < 0.5:
        return Person(f"{dice.choice(FEMALE)} {dice.choice([*FAMILY, *FAMILY_OF_WOMEN])}", UserProfile.Gender.FEMALE)
    return Person(f"{dice.choice(MALE)} {dice.choice(FAMILY)}", UserProfile.Gender.MALE)


def open_accounts(users: list[User], joined: list[datetime]) -> None:
    """Store accounts with the demo's password, which is hashed only once because that takes 20 ms."""
    encoded = make_password(PASSWORD)
    for user in users:
        user.password, user.is_verified = encoded, True
    store([told(user, when, reason="registered") for user, when in zip(users, joined, strict=True)])


def some_days_ago(dice: random.Random, now: datetime, days: tuple[int, int]) -> datetime:
    """A random instant within a range of days before `now`, in whole seconds."""
    return now.replace(microsecond=0) - timedelta(seconds=dice.randint(days[0] * 86400, days[1] * 86400))


def add_staff(members: list[Member], demo: Demo) -> int:
    """Create the missing `members`; returns their number."""
    there = set(User.history.filter(id__in=made_users().values("pk")).values_list("email", flat=True))
    new = [member for member in members if address(member.who) not in there]
    users, joined = [], []
    for who, duty in new:
        dice = chance(demo.seed, "staff", who)
        role = Role.STAFF if duty else Role.ADMIN
        users.append(User(email=address(who), name=draw_person(dice).name, role=role))
        joined.append(some_days_ago(dice, demo.now, STAFF_DAYS))
    open_accounts(users, joined)
    store([told(UserProfile(user=user), user.created_at) for user in users])
    groups = {group.name: group for group in Group.objects.filter(name__in=Duty.values)}
    for user, (_who, duty) in zip(users, new, strict=True):
        if duty:
            user.groups.add(groups[duty])
    return len(new)


def add_patients(demo: Demo) -> int:
    """Create the missing patients; returns their number."""
    seed, now = demo.seed, demo.now
    numbers = missing("patient", demo.size.patients)
    for portion in batches(numbers):
        dices = [chance(seed, "patient", number) for number in portion]
        people = [draw_person(dice) for dice in dices]
        users = [
            User(email=address(f"patient{number}"), name=person.name, role=Role.PATIENT)
            for number, person in zip(portion, people, strict=True)
        ]
        open_accounts(users, [some_days_ago(dice, now, PATIENT_DAYS) for dice in dices])
        profiles = [
            draw_profile(dice, user, person, now.date(), number)
            for dice, user, person, number in zip(dices, users, people, portion, strict=True)
        ]
        store([told(profile, profile.user.created_at, profile.user) for profile in profiles])
        demo.say(f"  patients up to {portion[-1]}")
    return len(numbers)


def draw_profile(dice: random.Random, user: User, person: Person, today: date, number: int) -> UserProfile:
    """A patient's profile. No operator uses the prefix 010, so the phone numbers reach nobody."""
    place: Place = dice.choice(DEAL)
    years = (1, 82)
    if number == SHOWN:  # old enough for a long chart, and near doctor 1
        place, years = DEAL[0], (54, 60)
    return UserProfile(
        user=user,
        phone=f"+88010{number:08d}",
        date_of_birth=today.replace(month=1, day=1) - timedelta(days=dice.randint(365 * years[0], 365 * years[1])),
        gender=person.gender,
        blood_group=dice.choices(list(BLOOD_GROUPS), list(BLOOD_GROUPS.values()))[0],
        address=f"House {dice.randint(1, 90)}, Road {dice.randint(1, 30)}, {dice.choice(place.areas)}",
        city=place.city,
        emergency_contact=f"{draw_person(dice).name}, +88010{number + 50_000_000:08d}",
    )


def age_at(patient: User, day: date) -> int:
    """Age in whole years; without a date of birth 0, so that no medicine is prescribed."""
    return patient.profile.age(day) or 0


def portions(count: int) -> Iterator[Portion]:
    """The active patients 1 to `count`, in portions of some hundred."""
    patients = list(_patients().values_list("pk", "email"))
    found = sorted((number_of(email), pk) for pk, email in patients)
    wanted = [pk for number, pk in found if number <= count]
    for at in range(0, len(wanted), BATCH):
        rows = _patients().select_related("profile").in_bulk(wanted[at : at + BATCH])
        yield Portion(sorted(rows.values(), key=lambda user: number_of(user.email)))


def _patients() -> QuerySet[User]:
    return numbered("patient").filter(role=Role.PATIENT, is_active=True, profile__isnull=False)
