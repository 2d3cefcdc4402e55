"""How rows of the demo are recognised: accounts by their e-mail domain, licences and clinics by a prefix. The domain
ends in `.example`, which is reserved (RFC 2606), so no mail can arrive."""

import random

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


def chance(*what: object) -> random.Random:
    """A random generator that depends on `what` only, not on what was drawn before."""
    return random.Random(":".join(map(str, what)))  # noqa: S311  (made-up rows, and no secrets)
