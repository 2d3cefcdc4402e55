"""Who can log in to the demo, and what to see as each."""

from typing import NamedTuple

from shs.core.seeding.marks import ADMIN, AUDITOR, MODERATOR, PASSWORD, VERIFIER, address


class Persona(NamedTuple):
    """Somebody whom a newcomer may log in as; `page` is the address where they do."""

    who: str
    page: str
    does: str


BACK_OFFICE, API = "/admin/", "/api/v1/"

PERSONAS = (
    Persona(ADMIN, BACK_OFFICE, "admin: people, clinics, doctors, every visit"),
    Persona(VERIFIER, BACK_OFFICE, "verification officer: takes on and decides the doctors who wait"),
    Persona("desk1", BACK_OFFICE, "clinic desk of Shapla Medical Centre, Dhaka: its visits and hours"),
    Persona(MODERATOR, BACK_OFFICE, "moderator: what patients and doctors publish"),
    Persona(AUDITOR, BACK_OFFICE, "auditor: sees who did what, reviews an emergency access, changes nothing else"),
    Persona("doctor1", BACK_OFFICE, "verified doctor with a full day: charts, prescriptions, a draft; also by the API"),
    Persona("doctor2", BACK_OFFICE, "doctor who waits for verification; also by the API"),
    Persona(
        "patient1", API, "patient with a rich chart, an allergy and prescriptions: finds doctors and books, by the API"
    ),
)


def who_can_log_in() -> str:
    """One line a persona: address, password, where, and what they do."""
    width = max(len(address(persona.who)) for persona in PERSONAS)
    lines = [f"  {address(who):{width}}  {PASSWORD}  {page:9} {does}" for who, page, does in PERSONAS]
    return "\n".join(["Who can log in:", *lines])
