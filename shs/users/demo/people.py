"""Staff and patients, and the creation of demo accounts."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from shs.core.ages import Birth, born_in
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
from shs.users.demo.families import FAMILY_SIZE, add_guardians, guardian_of
from shs.users.demo.names import FAMILY, FAMILY_OF_WOMEN, FEMALE, MALE
from shs.users.demo.places import DEAL, Place
from shs.users.models import ContactPoint, ContactSystem, Duty, Role, User, UserProfile
from shs.users.seeding import Portion, missing, numbered

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
    """Store people; those with an address have a confirmed account with the demo's password, which is hashed only once
    because that takes 20 ms."""
    encoded = make_password(PASSWORD)
    for user in users:
        user.is_verified = user.has_login
        user.password = encoded if user.has_login else make_password(None)
    store([told(user, when, reason="registered") for user, when in zip(users, joined, strict=True)])


def add_contact_points(phones: dict[User, str]) -> None:
    """Store the phones of new people, and the addresses of those who have one."""
    points = [
        ContactPoint(person=user, system=system, value=value, confirmed_at=user.created_at if user.email else None)
        for user, phone in phones.items()
        for system, value in ((ContactSystem.EMAIL, user.email), (ContactSystem.PHONE, phone))
        if value
    ]
    store([told(point, point.person.created_at, reason="registered") for point in points])


def some_days_ago(dice: random.Random, now: datetime, days: tuple[int, int]) -> datetime:
    """A random instant within a range of days before `now`, in whole seconds."""
    return now.replace(microsecond=0) - timedelta(seconds=dice.randint(days[0] * 86400, days[1] * 86400))


def add_staff(members: list[Member], demo: Demo) -> int:
    """Create the missing `members`; returns their number."""
    there = set(User.history.exclude(demo_name="").values_list("demo_name", flat=True))
    new = [member for member in members if member.who not in there]
    users, joined = [], []
    for who, duty in new:
        dice = chance(demo.seed, "staff", who)
        role = Role.STAFF if duty else Role.ADMIN
        users.append(User(email=address(who), demo_name=who, name=draw_person(dice).name, role=role))
        joined.append(some_days_ago(dice, demo.now, STAFF_DAYS))
    open_accounts(users, joined)
    store([told(UserProfile(user=user), user.created_at) for user in users])
    add_contact_points(dict.fromkeys(users, ""))
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
        users = [draw_user(number, person) for number, person in zip(portion, people, strict=True)]
        open_accounts(users, [some_days_ago(dice, now, PATIENT_DAYS) for dice in dices])
        profiles = [
            draw_profile(dice, user, person, now.date(), number)
            for dice, user, person, number in zip(dices, users, people, portion, strict=True)
        ]
        store([told(profile, profile.user.created_at, profile.user) for profile in profiles])
        add_guardians(portion, demo)
        add_contact_points({user: phone_of(number) for number, user in zip(portion, users, strict=True)})
        demo.say(f"  {portion[-1]} patients")
    return len(numbers)


def draw_user(number: int, person: Person) -> User:
    """A patient: one in three has an address, and so an account. A desk has registered the others."""
    name = f"patient{number}"
    email = address(name) if number % 3 == SHOWN else None
    return User(email=email, demo_name=name, name=person.name, role=Role.PATIENT)


def phone_of(number: int) -> str:
    """A patient's phone; every sixth shares that of the guardian, as in a family. No operator uses the prefix 010, so
    the numbers reach nobody."""
    return f"+88010{guardian_of(number) or number:08d}"


def draw_profile(dice: random.Random, user: User, person: Person, today: date, number: int) -> UserProfile:
    """A patient's profile. Of every fifth person the age was told, and only the year of birth follows from it."""
    place: Place = dice.choice(DEAL)
    years = (1, 82)
    if number % FAMILY_SIZE == FAMILY_SIZE - 2:  # a guardian
        years = (25, 60)
    elif guardian_of(number) and number % (2 * FAMILY_SIZE):  # a child of the two
        years = (1, 15)
    if number == SHOWN:  # old enough for a long chart, and near doctor 1
        place, years = DEAL[0], (54, 60)
    born = today.replace(month=1, day=1) - timedelta(days=dice.randint(365 * years[0], 365 * years[1]))
    birth = Birth(born) if number % 5 else born_in(born.year, None, today)
    return UserProfile(
        user=user,
        date_of_birth=birth.day,
        birth_precision=birth.precision,
        gender=person.gender,
        blood_group=dice.choices(list(BLOOD_GROUPS), list(BLOOD_GROUPS.values()))[0],
        address=f"House {dice.randint(1, 90)}, Road {dice.randint(1, 30)}, {dice.choice(place.areas)}",
        city=place.city,
        district=place.city,
        emergency_contact=f"{draw_person(dice).name}, +88010{number + 50_000_000:08d}",
    )


def age_at(patient: User, day: date) -> int:
    """Age in whole years; without a date of birth 0, so that no medicine is prescribed."""
    return patient.profile.age(day) or 0


def portions(count: int) -> Iterator[Portion]:
    """The active patients 1 to `count`, in portions of some hundred."""
    patients = list(_patients().values_list("pk", "demo_name"))
    found = sorted((number_of(name), pk) for pk, name in patients)
    wanted = [pk for number, pk in found if number <= count]
    for at in range(0, len(wanted), BATCH):
        rows = _patients().select_related("profile").in_bulk(wanted[at : at + BATCH])
        yield Portion(sorted(rows.values(), key=lambda user: number_of(user.demo_name)))


def _patients() -> QuerySet[User]:
    return numbered("patient").filter(role=Role.PATIENT, is_active=True, profile__isnull=False)
