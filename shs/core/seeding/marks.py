"""How demo rows are recognized: people by their `demo_name`, licences and clinics by a prefix. The domain of addresses
ends in `.example`, which is reserved (RFC 2606), so that no mail can arrive."""

import random

DOMAIN = "demo.shs.example"
LICENCE = "DEMO-"
PASSWORD = "shapla-lotus-2026"  # noqa: S105  (shown to everybody who starts the demo)
SHOWN = 1
"""The number of the doctor and the patient whom newcomers log in as; they have the most data, and visits together."""
ADMIN, VERIFIER, REVIEWER, MODERATOR, AUDITOR = "admin", "verification1", "verification2", "moderator", "auditor"
PHARMACY = "pharmacy1"


def address(who: str) -> str:
    """The e-mail address of a demo account: `doctor7`, `patient12`, `admin`."""
    return f"{who}@{DOMAIN}"


def number_of(demo_name: str) -> int:
    """`patient12` → 12."""
    return int("".join(letter for letter in demo_name if letter.isdigit()))


def chance(*what: object) -> random.Random:
    """A random generator that depends on `what` only, not on what was drawn before."""
    return random.Random(":".join(map(str, what)))  # noqa: S311  (made-up rows, and no secrets)
