"""The demo network, at any size. The seed adds missing rows, and changes no existing ones."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from shs.core.discovery import collect
from shs.core.seeding.files import all_or_nothing
from shs.core.seeding.marks import PASSWORD
from shs.core.seeding.rows import Demo, Size
from shs.users.demo.people import portions
from shs.users.seeding import DemoRows, made_users


def seed(size: Size, *, seed: int = 1, now: datetime, say: Callable[[str], None]) -> dict[str, int]:
    """Make the network of `size`, or what is missing of it; how many rows of each kind were made.

    The same `seed` and `now` make the same network. All of it is stored, or nothing.
    """
    say(f"A network of {size.doctors} doctors, {size.patients} patients and {size.days} days:")
    demo = Demo(size, seed, now, say)
    with all_or_nothing():
        _add(demo)
    made = dict(demo.made)
    if any(made.values()):
        say("Added " + ", ".join(f"{count} {kind}" for kind, count in made.items()) + ".")
        say(f"Every account has the password {PASSWORD}: never use this database for real patients.")
    else:
        say("Nothing is missing: nothing was added.")
    return made


def _add(demo: Demo) -> None:
    brought: list[DemoRows] = collect("demo")
    for rows in brought:
        rows.add(demo)
    for portion in portions(demo.size.patients):
        for rows in brought:
            rows.add_for(portion, demo)
    for rows in brought:
        rows.finish(demo)


def fill_if_empty(*, say: Callable[[str], None]) -> None:
    """Make the network in its usual size, unless one is there; a seeding that was interrupted left nothing behind."""
    if not made_users().exists():
        seed(Size(), now=timezone.now(), say=say)
