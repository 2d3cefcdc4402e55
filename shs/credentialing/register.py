"""The register of doctors that licences are looked up in. `settings.DOCTOR_REGISTER` names the function that asks it;
the one that comes with the project reads the lines that admins import."""

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from shs.credentialing.models import RegisterEntry


class Registered(NamedTuple):
    """What a register says of one licence; `as_of` is the day on which it said so, `standing` in words."""

    license_number: str
    name: str
    degree: str
    standing: str
    is_good: bool
    valid_until: date | None
    source: str
    as_of: date


def look_up(license_number: str) -> Registered | None:
    """What the register says of a licence number; None where it does not know it."""
    return import_string(settings.DOCTOR_REGISTER)(license_number)


def imported(license_number: str) -> Registered | None:
    """As `look_up`, from the imported lines."""
    entry = RegisterEntry.objects.filter(license_number=license_number).first()
    if entry is None:
        return None
    return Registered(
        license_number=entry.license_number,
        name=entry.name,
        degree=entry.degree,
        standing=entry.get_standing_display(),
        is_good=entry.is_good,
        valid_until=entry.valid_until,
        source=entry.source,
        as_of=entry.as_of,
    )
