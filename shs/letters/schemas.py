"""Input and output of the letters API."""

from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from typing_extensions import TypedDict

from shs.appointment.schemas import PatientRef
from shs.core.api.paging import Paging
from shs.core.names import initials
from shs.letters.models import Letter


class FindLetters(Paging):
    """Selects letters of one kind."""

    kind: Literal["", "referral", "sick_note", "summary"] = ""


class WriterRef(TypedDict):
    """The doctor of a letter, as they were named when it was issued."""

    id: int
    name: str
    license_number: str


class LetterOut(TypedDict):
    """A letter: `kind` is `referral`, `sick_note` or `summary`, `status` `issued` or `cancelled` (then with the
    `status_reason`). `first` and `last` are the days of a sick note, `to` is to whom a referral is addressed, in one
    line. What it says is on its paper (GET /letters/{id}/pdf). `code` leads to the page that says whether it is
    valid."""

    id: int
    kind: str
    status: str
    status_reason: str
    appointment: int
    doctor: WriterRef
    patient: PatientRef
    first: str | None
    last: str | None
    to: str
    code: str
    is_confidential: bool
    issued_at: datetime


ROW = (
    "id",
    "kind",
    "status",
    "status_reason",
    "visit_id",
    "doctor_id",
    "patient_id",
    "parties",
    "written",
    "code",
    "is_confidential",
    "issued_at",
)


def letter_out(row: dict[str, Any]) -> LetterOut:
    """The answer about a row of `.values(*ROW)`."""
    doctor, absence, to = row["parties"]["doctor"], row["written"].get("absence"), row["written"].get("to")
    return {
        "id": row["id"],
        "kind": row["kind"],
        "status": row["status"],
        "status_reason": row["status_reason"],
        "appointment": row["visit_id"],
        "doctor": {"id": row["doctor_id"], "name": doctor["name"], "license_number": doctor["license_number"]},
        "patient": {"id": row["patient_id"], "name": row["parties"]["patient"]["name"]},
        "first": absence["first"] if absence else None,
        "last": absence["last"] if absence else None,
        "to": ", ".join(filter(None, (to["name"], to["specialty"], to["place"]))) if to else "",
        "code": row["code"],
        "is_confidential": row["is_confidential"],
        "issued_at": timezone.localtime(row["issued_at"]),
    }


class CheckedOut(TypedDict):
    """What whoever has the paper needs: `status` is `valid`, `cancelled` or `damaged` (not what was issued). `first`
    and `last` are the days of a sick note."""

    valid: bool
    status: str
    kind: str
    issued_on: str
    doctor: str
    license_number: str
    initials: str
    first: str | None
    last: str | None


def checked_out(found: Letter) -> CheckedOut:
    """The public answer about a letter; a damaged one's days cannot be trusted."""
    doctor, patient = found.parties["doctor"], found.parties["patient"]
    days = found.days if found.validity != "damaged" else None
    return {
        "valid": found.validity == "valid",
        "status": found.validity,
        "kind": found.kind,
        "issued_on": f"{timezone.localtime(found.issued_at):%Y-%m-%d}",
        "doctor": doctor["name"],
        "license_number": doctor["license_number"],
        "initials": initials(patient["name"]),
        "first": days[0].isoformat() if days else None,
        "last": days[1].isoformat() if days else None,
    }
