"""The made-up health network, at any size. `seed` adds what is missing of it, and changes nothing that is there."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from shs.demo.seed.accesses import add_accesses
from shs.demo.seed.articles import add_articles
from shs.demo.seed.clinics import add_clinics
from shs.demo.seed.doctors import add_doctors
from shs.demo.seed.marks import PASSWORD, made_users
from shs.demo.seed.notices import add_reminders
from shs.demo.seed.people import add_patients, add_staff
from shs.demo.seed.size import Size
from shs.demo.seed.vetting import add_vetting
from shs.demo.seed.visits import add_visits


def seed(size: Size, *, seed: int = 1, now: datetime, say: Callable[[str], None]) -> dict[str, int]:
    """Make the network of `size`, or what is missing of it; how many rows of each kind were made.

    The same `seed` and `now` make the same network. All of it is stored, or nothing.
    """
    say(f"A network of {size.doctors} doctors, {size.patients} patients and {size.days} days:")
    with transaction.atomic():
        made = {"staff": add_staff(seed=seed, now=now), "clinics": add_clinics(now=now)}
        made["doctors"] = add_doctors(size.doctors, seed=seed, now=now, say=say)
        made["patients"] = add_patients(size.patients, seed=seed, now=now, say=say)
        made |= add_visits(size.patients, size.days, seed=seed, now=now, say=say)._asdict()
        made["reminders"] = add_reminders(now=now)
        made["register entries"] = add_vetting(now=now)
        made["accesses"] = add_accesses(now=now)
        made["articles"] = add_articles(seed=seed, now=now)
    if any(made.values()):
        say("Made " + ", ".join(f"{count} {kind}" for kind, count in made.items()) + ".")
        say(f"Every account has the password {PASSWORD}: keep this database away from other people's data.")
    else:
        say("It is all there: nothing was made.")
    return made


def fill_if_empty(*, say: Callable[[str], None]) -> None:
    """Make the network in its usual size, unless one is there; a seeding that was interrupted left nothing behind."""
    if not made_users().exists():
        seed(Size(), now=timezone.now(), say=say)
