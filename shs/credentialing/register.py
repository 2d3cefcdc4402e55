"""Look-up in the register of doctors. `settings.DOCTOR_REGISTER` names the function that does it; the default reads the
lines that admins import."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from shs.credentialing.models import RegisterEntry


class Registered(NamedTuple):
    """The register's entry of one licence as of the day `as_of`; `standing` is the register's own wording."""

    license_number: str
    name: str
    degree: str
    standing: str
    is_good: bool
    valid_until: date | None
    source: str
    as_of: date


def look_up(license_number: str) -> Registered | None:
    """The register's entry of a licence number; None if it is not in the register."""
    find: Callable[[str], Registered | None] = import_string(settings.DOCTOR_REGISTER)
    return find(license_number)


def imported(license_number: str) -> Registered | None:
    """Look the number up in the imported lines."""
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
