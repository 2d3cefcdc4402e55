"""Rules of single values of a doctor's profile."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.doctors.errors import LicenceTaken
from shs.doctors.models import DoctorInformation, DoctorSpecialization

LICENCE = re.compile(r"[A-Z0-9][A-Z0-9/ -]{2,29}", re.ASCII)
LANGUAGE = re.compile(r"[^\W\d_][^|\x00-\x1f]{1,39}")


def specialties(slugs: list[str], of: DoctorInformation | None = None) -> list[DoctorSpecialization]:
    """The specializations of `slugs`; of a merged one that which it was merged into. Raises Invalid (422) for an
    unknown one, for one that is archived and not of the doctor `of`, and for none."""
    found = {row.slug: row for row in DoctorSpecialization.objects.filter(slug__in=slugs).select_related("merged_into")}
    rows = list({row.current().pk: row.current() for row in found.values()}.values())
    kept = (
        set(of.specializations.values_list("pk", flat=True)) if of and any(row.is_archived for row in rows) else set()
    )
    gone = {slug for slug, row in found.items() if row.current().is_archived and row.current().pk not in kept}
    missing = set(slugs) - (found.keys() - gone)
    if missing or not rows:
        raise Invalid(
            _("There is no such specialization: %(slugs)s") % {"slugs": ", ".join(sorted(missing))},
            field="specializations",
        )
    return rows


def normal_licence(number: str) -> str:
    """Normalise a licence number, so that another spelling is not taken for another licence. Raises Invalid (422)."""
    number = number.strip().upper()
    if not LICENCE.fullmatch(number):
        raise Invalid(
            _("Enter a licence number of 3 to 30 letters, digits, dashes and slashes."), field="license_number"
        )
    return number


def require_ahead(expires_on: date | None, now: datetime) -> None:
    """Raises Invalid (422) if the licence has expired."""
    if expires_on is not None and expires_on < timezone.localdate(now):
        raise Invalid(_("This licence has expired. Enter the new expiry date."), field="license_expires_on")


def normal_languages(names: Sequence[str]) -> list[str]:
    """The languages without duplicates. Raises Invalid (422) for a name that search could not find."""
    names = [name.strip() for name in names]
    for at, name in enumerate(names):
        if not LANGUAGE.fullmatch(name):
            raise Invalid(_("“%(name)s” is not the name of a language.") % {"name": name[:40]}, field=f"languages.{at}")
    return list({name.lower(): name for name in reversed(names)}.values())[::-1]


def require_free_licence(license_number: str, but: DoctorInformation | None = None) -> None:
    """Raises LicenceTaken (409) if another doctor than `but` has the licence."""
    rows = DoctorInformation.objects.filter(license_number=license_number)
    if rows.exclude(pk=but.pk if but else None).exists():
        raise LicenceTaken
