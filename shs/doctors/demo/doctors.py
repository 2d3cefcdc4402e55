"""Doctors: most are verified, some are at each other stage of the verification."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from shs.core.seeding.marks import LICENCE, REVIEWER, VERIFIER, address, chance
from shs.core.seeding.stories import Step, Story, batches, store, told
from shs.doctors import services
from shs.doctors.demo.clinics import clinics_by_city
from shs.doctors.demo.hours import add_hours
from shs.doctors.demo.practices import LANGUAGES, PRACTICES, Practice
from shs.doctors.demo.stages import licence_days, stage, waits
from shs.doctors.models import Clinic, DoctorInformation, DoctorSpecialization, Verification
from shs.users.demo.people import add_contact_points, draw_person, open_accounts, some_days_ago
from shs.users.demo.places import DEAL
from shs.users.models import Role, User, UserProfile
from shs.users.seeding import account, missing

QUESTION = "The scan of your degree is cut off at the right. Please send the whole page again."
DOCTOR_DAYS = (770, 1300)  # two years ago, before the first visits
# Some were verified recently and have had no visits yet: number → the range of days ago in which they applied.
NEWCOMERS = {29: (49, 51), 33: (40, 44), 34: (33, 35), 36: (26, 27), 39: (12, 13), 40: (4, 5)}
# Hours that the twelve applicants have waited, from first to last.
WAITING_HOURS = (76, 122, 190, 3, 21, 29, 50, 98, 146, 242, 317, 410)


class Setting(NamedTuple):
    """What new doctors refer to: specializations by slug, clinics by city, and the verification officers."""

    specializations: dict[str, DoctorSpecialization]
    clinics: dict[str, Clinic]
    verifier: User
    reviewer: User


def add_doctors(count: int, *, seed: int, now: datetime, say: Callable[[str], None]) -> int:
    """Create the missing doctors of 1 to `count`, with their working hours; returns their number."""
    numbers = missing("doctor", count)
    if not numbers:
        return 0
    slugs = [practice.slug for practice in PRACTICES]
    specializations = {row.slug: row for row in DoctorSpecialization.objects.filter(slug__in=slugs)}
    setting = Setting(specializations, clinics_by_city(), account(VERIFIER), account(REVIEWER))
    for portion in batches(numbers):
        doctors = _add_portion(portion, setting, seed, now)
        add_hours(doctors, seed=seed, now=now)
        for doctor in doctors:
            services.refresh_derived(doctor)
            if doctor.verification_status == Verification.IN_REVIEW:
                doctor.claim(by=setting.reviewer, now=now)
        say(f"  {portion[-1]} doctors")
    return len(numbers)


def _add_portion(numbers: list[int], setting: Setting, seed: int, now: datetime) -> list[DoctorInformation]:
    dices = {number: chance(seed, "doctor", number) for number in numbers}
    people = {number: draw_person(dice) for number, dice in dices.items()}
    users = [
        User(email=address(f"doctor{number}"), demo_name=f"doctor{number}", name=f"Dr. {person.name}", role=Role.DOCTOR)
        for number, person in people.items()
    ]
    applied = {number: _applied(number, dice, now) for number, dice in dices.items()}
    open_accounts(users, [when - timedelta(hours=1) for when in applied.values()])
    profiles = [
        UserProfile(user=user, gender=people[number].gender) for number, user in zip(numbers, users, strict=True)
    ]
    store([told(profile, profile.user.created_at, profile.user) for profile in profiles])
    add_contact_points({user: f"+88010{number + 80_000_000:08d}" for number, user in zip(numbers, users, strict=True)})
    practices = {number: practice_of(number, setting.specializations) for number in numbers}
    stories = [
        _story(number, _draw(number, user, practices[number], dices[number], now), applied[number], setting, now)
        for number, user in zip(numbers, users, strict=True)
    ]
    doctors = store(stories)
    specialties = [setting.specializations[practices[number].slug] for number in numbers]
    _link(DoctorInformation.specializations, doctors, specialties)
    _link(DoctorInformation.clinics, doctors, [setting.clinics.get(city_of(number)) for number in numbers])
    return doctors


def practice_of(number: int, specializations: Mapping[str, object]) -> Practice:
    """The practice of this doctor, chosen among those whose specialization exists."""
    known = [practice for practice in PRACTICES if practice.slug in specializations]
    return known[(number - 1) % len(known)]


def city_of(number: int) -> str:
    """Where this doctor works."""
    return DEAL[(number - 1) % len(DEAL)].city


def _applied(number: int, dice: random.Random, now: datetime) -> datetime:
    """When this doctor applied."""
    if not waits(number):
        return some_days_ago(dice, now, NEWCOMERS.get(number, DOCTOR_DAYS))
    rank = sum(waits(other) for other in range(1, min(number, 40)))
    hours = WAITING_HOURS[rank] if rank < len(WAITING_HOURS) else dice.randint(2, 400)
    return now.replace(microsecond=0) - timedelta(hours=hours, minutes=dice.randint(0, 50))


def _draw(number: int, user: User, practice: Practice, dice: random.Random, now: datetime) -> DoctorInformation:
    place = DEAL[(number - 1) % len(DEAL)]
    experience = dice.randint(3, 34)
    basic = "" if practice.degree == "BDS" else "MBBS, "
    return DoctorInformation(
        user=user,
        name=user.name,
        license_number=f"{LICENCE}{number:05d}",
        license_expires_on=timezone.localdate(now) + timedelta(days=licence_days(number)),
        experience=experience,
        education=f"{basic}{practice.degree}",
        location=f"{dice.choice(place.areas)}, {place.city}",
        fees=min(300 + 50 * dice.randint(0, experience), 1500),
        bio=f"Cares for {practice.cares_for}. In practice for {experience} years, now in {place.city}.",
        languages=dice.choice(LANGUAGES),
    )


def _story(
    number: int, doctor: DoctorInformation, applied: datetime, setting: Setting, now: datetime
) -> Story[DoctorInformation]:
    """The application, and the steps taken on it so far."""
    doctor.submitted_at = applied
    stands = stage(number)
    steps = [Step(applied, doctor.user, "applied", {"verification_status": Verification.PENDING})]
    if stands != Verification.PENDING:
        officer = setting.reviewer if stands == Verification.IN_REVIEW else setting.verifier
        claimed = applied + (now - applied) / 2 if waits(number) else applied + timedelta(hours=30)
        steps.append(Step(claimed, officer, "claimed", {"verification_status": Verification.IN_REVIEW}))
        if stands != Verification.IN_REVIEW:
            note = QUESTION if stands == Verification.NEEDS_INFO else ""
            decided = claimed + timedelta(minutes=25)
            changes = {"verification_status": stands, "verification_note": note, "decided_at": decided}
            steps.append(Step(decided, officer, note, changes))
    return Story(doctor, steps)


def _link(relation: Any, doctors: list[DoctorInformation], others: Sequence[models.Model | None]) -> None:
    """Add each pair of doctor and related row, and copy it into the doctor's history lines."""
    field = relation.field
    owner, target = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    pairs = [(doctor.pk, other.pk) for doctor, other in zip(doctors, others, strict=True) if other is not None]
    made = relation.through.objects.bulk_create(
        relation.through(**{owner: doctor, target: other}) for doctor, other in pairs
    )
    links = {getattr(link, owner): link for link in made}
    lines = DoctorInformation.history.filter(id__in=links)
    past = getattr(lines.model, field.name).model
    past.objects.bulk_create(
        past(history_id=line, id=links[doctor].pk, **{owner: doctor, target: getattr(links[doctor], target)})
        for line, doctor in lines.values_list("history_id", "id")
    )
