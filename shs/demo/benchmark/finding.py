"""Measures how one person is found among very many: by name, phone, patient number and date of birth, by an admin, who
may see everybody, and at a desk."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services.doubles import doubles
from shs.core.admin.finding import find
from shs.core.context import RequestContext, current
from shs.core.seeding.marks import ADMIN, DOMAIN
from shs.demo.benchmark.copies import finish
from shs.medical_record.emergency import MOST_SHOWN
from shs.users.finding import find_people
from shs.users.models import ContactPoint, Role, User, UserProfile
from shs.users.seeding import account, numbered

BATCH = 5_000
DESK = "desk1"
MADE = "rows of a benchmark"
MOST_MS = 50
"""The processor time that finding may take: milliseconds of this process and the database server's together."""


class Found(NamedTuple):
    """The results of one search: the mean milliseconds of processor time, and how many rows were read."""

    name: str
    ms: float
    rows: int

    def line(self) -> str:
        return f"{self.name:50} {self.ms:8.1f} {self.rows:5}"

    def over_budget(self) -> list[str]:
        """A sentence if the search takes longer than MOST_MS."""
        return [f"{self.name}: {self.ms:.0f} ms of processor time, allowed are {MOST_MS}"] if self.ms > MOST_MS else []


TITLE = f"{'Finding people':50} {'CPU ms':>8} {'rows':>5}"


def add_people(number: int, *, say: Callable[[str], None]) -> None:
    """Add patients, each with a profile and a phone, until there are `number` people: all first names of the demo with
    all its last names, phones and days of birth spread evenly."""
    there = User.objects.count()
    known = list(User.objects.filter(role=Role.PATIENT).exclude(demo_name="").values_list("name", flat=True))
    names = [" ".join(pair) for pair in product(*({name.split()[at]: None for name in known} for at in (0, -1)))]
    first = 1 + (User.objects.aggregate(last=Max("pk"))["last"] or 0)
    last = first + max(0, number - there)
    users, profiles, phones = (model.objects.without_history(MADE) for model in (User, UserProfile, ContactPoint))
    for start in range(first, last, BATCH):
        batch = range(start, min(start + BATCH, last))
        users.bulk_create(
            User(pk=pk, email=f"found{pk}@{DOMAIN}", name=names[pk * 7919 % len(names)], role=Role.PATIENT)
            for pk in batch
        )
        profiles.bulk_create(UserProfile(user_id=pk, date_of_birth=birth_of(pk)) for pk in batch)
        phones.bulk_create(ContactPoint(person_id=pk, system="phone", value=phone_of(pk)) for pk in batch)
        if batch[0] // 100_000 != batch[-1] // 100_000:
            say(f"  about {batch[-1]:,} people")
    finish()


def birth_of(pk: int) -> date:
    """One of thirty thousand days."""
    return date(1940, 1, 1) + timedelta(days=pk * 104_729 % 30_000)


def phone_of(pk: int) -> str:
    """A different phone number for each person."""
    return f"+88017{pk * 48_271 % 100_000_007:08}"


def measure_finding(*, rounds: int) -> Iterator[Found]:
    """Search `rounds` times, as each viewer, for somebody who was added."""
    phones = ContactPoint.objects.filter(system="phone", person__demo_name="", value__startswith="+88017")
    phone = phones.select_related("person").order_by("pk")[phones.count() // 2]
    born = birth_of(phone.person_id)
    for who in (ADMIN, DESK):
        viewer = account(who)
        for what, text in _searches(phone.person, phone.value, born).items():
            yield _measured(f"{who}: {what}", _finder(viewer, text), rounds)
            yield _measured(f"{who}: visits, {what}", _by_visits(viewer, text), rounds)
    doctor = numbered(Role.DOCTOR)[0]
    for what, text in _searches(phone.person, phone.value, born).items():
        if what != "last name" and "digits" not in what:  # that is too little in an emergency
            yield _measured(f"emergency: {what}", _emergency(doctor, text), rounds)
    yield _measured(f"{DESK}: who may be the same as a newcomer", _newcomer(viewer, phone, born), rounds)


def _searches(person: User, phone: str, born: date) -> dict[str, str]:
    """What people type."""
    name, last = person.name, person.name.split()[-1]
    longest = max(name.split(), key=len)
    return {
        "whole name": name,
        "last name": last,
        "whole name, with a letter missing": name.replace(longest, longest[:2] + longest[3:]),
        "whole phone": phone,
        "last four digits of the phone": phone[-4:],
        "last name and those digits": f"{last} {phone[-4:]}",
        "patient number": person.patient_number,
        "date of birth": f"{born:%d/%m/%Y}",
        "last name and date of birth": f"{last} {born:%d/%m/%Y}",
        "nobody of that name": "Zzyqwob",
    }


def _finder(viewer: User, text: str) -> Callable[[], int]:
    """As the list of people and Ctrl+K find."""
    return lambda: len(find(User.objects.allowed(viewer, "view"), ["name"], text, ["-pk"], viewer)[0])


def _by_visits(viewer: User, text: str) -> Callable[[], int]:
    """As the list of visits finds by patient."""
    return lambda: len(find(Appointment.objects.allowed(viewer, "view"), ["patient__name"], text, ["-pk"], viewer)[0])


def _emergency(viewer: User, text: str) -> Callable[[], int]:
    people = User.objects.unrestricted("as in an emergency, in which a doctor finds everybody")
    return lambda: len(find_people(people.all(), text, viewer=viewer, most=MOST_SHOWN + 1))


def _newcomer(viewer: User, phone: ContactPoint, born: date) -> Callable[[], int]:
    name, day = phone.person.name, f"{born:%d/%m/%Y}"
    return lambda: len(doubles(viewer, name=name, phone=phone.value, birth=day, now=timezone.now()))


def _measured(name: str, search: Callable[[], int], rounds: int) -> Found:
    # As in a request, in which permissions are looked up once.
    token = current.set(RequestContext(HttpRequest()))
    rows = search()  # the first search fills caches
    start = used()
    for _round in range(rounds):
        search()
    took = used() - start
    current.reset(token)
    return Found(name, 1000 * took / rounds, rows)


def used() -> float:
    """The seconds of processor time that this process and its database server process have used."""
    if connection.vendor != "postgresql":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server,) = cursor.fetchone()
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
