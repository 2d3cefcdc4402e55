"""How rows of the demo are recognised: accounts by their e-mail domain, licences and clinics by a prefix. The domain
ends in `.example`, which is reserved (RFC 2606), so no mail can arrive."""

import random
import re
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

DOMAIN = "demo.shs.example"
LICENCE = "DEMO-"
PASSWORD = "shapla-lotus-2026"  # noqa: S105  (shown to everybody who starts the demo)
SHOWN = 1
"""The number of the doctor and the patient whom newcomers log in as; they have the most data, and visits together."""
ADMIN, VERIFIER, REVIEWER, MODERATOR, AUDITOR = "admin", "verification1", "verification2", "moderator", "auditor"


def address(who: str) -> str:
    """The address of the demo's `who`: `doctor7`, `patient12`, `admin`."""
    return f"{who}@{DOMAIN}"


def number_of(email: str) -> int:
    """`patient12@…` → 12."""
    return int("".join(letter for letter in email.partition("@")[0] if letter.isdigit()))


def made_users() -> QuerySet[Any]:
    """The accounts of the seed, also if their address was changed later."""
    first = get_user_model().history.filter(history_type="+", email__endswith=f"@{DOMAIN}")
    return get_user_model().objects.filter(pk__in=first.values("id"))


def numbered(kind: str) -> QuerySet[Any]:
    """The seed's doctors or patients that still have their address: `doctor1`, `doctor2` and so on."""
    return made_users().filter(email__regex=f"^{kind}[0-9]+@")


def account(who: str) -> Any:
    """The account of the demo's `who`, also if its address was changed later."""
    first = get_user_model().history.filter(history_type="+", email=address(who))
    return get_user_model().objects.filter(pk__in=first.values("id")).latest("pk")


def missing(kind: str, count: int) -> list[int]:
    """The numbers from 1 to `count` that never had an account of this kind; deleted or renamed accounts are not created
    again."""
    ever = get_user_model().history.filter(email__regex=rf"^{kind}[0-9]+@{re.escape(DOMAIN)}$")
    there = {number_of(email) for email in ever.values_list("email", flat=True).distinct()}
    return [number for number in range(1, count + 1) if number not in there]


def chance(*what: object) -> random.Random:
    """A random generator that depends on `what` only, not on what was drawn before."""
    return random.Random(":".join(map(str, what)))  # noqa: S311  (made-up rows, and no secrets)
