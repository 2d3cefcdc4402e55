"""The demo accounts to log in with."""

from typing import NamedTuple

from shs.core.seeding.marks import ADMIN, AUDITOR, MODERATOR, PASSWORD, PHARMACY, VERIFIER, address


class Login(NamedTuple):
    """A demo account for newcomers; `page` is where it logs in: the admin, or the API."""

    who: str
    page: str
    does: str


BACK_OFFICE, API = "/admin/", "/api/v1/"

LOGINS = (
    Login(ADMIN, BACK_OFFICE, "admin: people, clinics, doctors, every visit"),
    Login(VERIFIER, BACK_OFFICE, "verification officer: takes on and decides the doctors who wait"),
    Login("desk1", BACK_OFFICE, "clinic desk of Shapla Medical Centre, Dhaka: its visits and hours"),
    Login(MODERATOR, BACK_OFFICE, "moderator: what patients and doctors publish"),
    Login(AUDITOR, BACK_OFFICE, "auditor: sees who did what, reviews an emergency access, changes nothing else"),
    Login("doctor1", BACK_OFFICE, "verified doctor with a full day: charts, prescriptions, a draft; also by the API"),
    Login("doctor2", BACK_OFFICE, "doctor who waits for verification; also by the API"),
    Login(PHARMACY, BACK_OFFICE, "pharmacy: opens a prescription by its code, and records what it dispenses"),
    Login(
        "patient1", API, "patient with a rich chart, an allergy and prescriptions: finds doctors and books, by the API"
    ),
)


def who_can_log_in() -> str:
    """The lines to print, one for each account: address, password, where, and what to see."""
    width = max(len(address(login.who)) for login in LOGINS)
    lines = [f"  {address(who):{width}}  {PASSWORD}  {page:9} {does}" for who, page, does in LOGINS]
    return "\n".join(["Demo accounts:", *lines])
