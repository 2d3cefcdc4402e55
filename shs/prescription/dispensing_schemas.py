"""What the API tells of what pharmacies have dispensed."""

from datetime import datetime

from django.utils import timezone
from typing_extensions import TypedDict

from shs.prescription.models import Prescription
from shs.prescription.services.dispensing import code_for, states, whole_state


class GivenOut(TypedDict):
    """One time that a medicine was dispensed; `extent` is `all`, `part` or `none`. `again`: it had been dispensed whole
    before."""

    pharmacy: str
    given_at: datetime
    extent: str
    note: str
    again: bool


class MedicineGivenOut(TypedDict):
    """A medicine and how much of it was dispensed in all, as `extent` of GivenOut."""

    name: str
    extent: str
    given: list[GivenOut]


class DispensingOut(TypedDict):
    """`state` is `all`, `part` or `none`. `code` is what a pharmacy needs for the next time; empty if the prescription
    is not valid any more. `valid_until`: the last day on which it is."""

    state: str
    code: str
    valid_until: str
    medications: list[MedicineGivenOut]


def dispensing_out(found: Prescription, now: datetime) -> DispensingOut:
    """What was dispensed on a prescription, read by `in_full()`."""
    lines = states(found)
    names = {line.pk: line.name for line in found.lines.all()}
    return {
        "state": whole_state(lines),
        "code": code_for(found, now),
        "valid_until": f"{timezone.localtime(found.valid_until()):%Y-%m-%d}",
        "medications": [
            {
                "name": names[state.line],
                "extent": state.extent,
                "given": [
                    {
                        "pharmacy": row.dispensing.pharmacy,
                        "given_at": timezone.localtime(row.dispensing.given_at),
                        "extent": row.extent,
                        "note": row.note,
                        "again": row.again,
                    }
                    for row in state.times
                ],
            }
            for state in lines
        ],
    }
