"""The state of each new doctor's verification, by the doctor's number."""

from shs.core.seeding.marks import LICENCE
from shs.doctors.models import DoctorInformation, Verification

ENDS_SOON = {13: 4, 27: 12, 31: 25}
ENDED = {37: -3}
"""Number of a doctor → days until the licence ends."""
SHORT_LICENCES = {**ENDS_SOON, **ENDED}


def licence_days(number: int) -> int:
    """Days until the licence of this doctor ends."""
    return SHORT_LICENCES.get(number, 200 + number * 37 % 1100)


def number_of(doctor: DoctorInformation) -> int:
    """`DEMO-00012` → 12."""
    return int(doctor.license_number.removeprefix(LICENCE))


def waits(number: int) -> bool:
    """Whether this doctor is not verified yet: three in ten of the first forty, one in fifty of the others."""
    return number % 10 in {2, 5, 8} if number <= 40 else number % 50 == 0


def stage(number: int) -> Verification:
    """The state of this doctor's verification: one is in review, one was asked for more information."""
    if not waits(number):
        return Verification.APPROVED
    return {5: Verification.IN_REVIEW, 8: Verification.NEEDS_INFO}.get(number, Verification.PENDING)


def is_as_seeded(doctor: DoctorInformation) -> bool:
    """Whether the case is still as the seed made it."""
    return doctor.verification_status == stage(number_of(doctor))
