"""How the seed knows its own: accounts by the domain of their address, licences and clinics by how they begin.

The domain ends in `.example`, which is reserved (RFC 2606): nobody has an address there, and no mail arrives.
"""

import random
import re
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

DOMAIN = "demo.shs.example"
LICENCE = "DEMO-"
PASSWORD = "shapla-lotus-2026"  # noqa: S105  (shown to everybody who starts the demo)
SHOWN = 1
"""The number of the doctor and of the patient whom newcomers log in as: they know each other and have most to show."""
ADMIN, VERIFIER, REVIEWER, MODERATOR, AUDITOR = "admin", "verification1", "verification2", "moderator", "auditor"


def address(who: str) -> str:
    """The address of the demo's `who`: `doctor7`, `patient12`, `admin`."""
    return f"{who}@{DOMAIN}"


def number_of(email: str) -> int:
    """`patient12@…` → 12."""
    return int("".join(letter for letter in email.partition("@")[0] if letter.isdigit()))


def made_users() -> QuerySet[Any]:
    """The accounts that the seed made, also those whose address was changed since."""
    first = get_user_model().history.filter(history_type="+", email__endswith=f"@{DOMAIN}")
    return get_user_model().objects.filter(pk__in=first.values("id"))


def numbered(kind: str) -> QuerySet[Any]:
    """The doctors or the patients that the seed made and that have their address: `doctor1`, `doctor2` and so on."""
    return made_users().filter(email__regex=f"^{kind}[0-9]+@")


def account(who: str) -> Any:
    """The account of the demo's `who`, also where its address was changed since."""
    first = get_user_model().history.filter(history_type="+", email=address(who))
    return get_user_model().objects.filter(pk__in=first.values("id")).latest("pk")


def missing(kind: str, count: int) -> list[int]:
    """The numbers from 1 to `count` for which there never was an account of this kind: one that was taken out or has
    another address now is not made again."""
    ever = get_user_model().history.filter(email__regex=rf"^{kind}[0-9]+@{re.escape(DOMAIN)}$")
    there = {number_of(email) for email in ever.values_list("email", flat=True).distinct()}
    return [number for number in range(1, count + 1) if number not in there]


def chance(*what: object) -> random.Random:
    """Dice that fall the same way for the same `what`, however many others were thrown before."""
    return random.Random(":".join(map(str, what)))  # noqa: S311  (made-up rows, and no secrets)
