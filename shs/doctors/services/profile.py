"""A doctor's profile, and the copies of it that search reads."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.context import forget
from shs.core.errors import Invalid
from shs.core.records.transitions import lock
from shs.doctors.errors import LicenceTaken, ProfileExists
from shs.doctors.models import (
    DoctorInformation,
    DoctorSpecialization,
    Verification,
)
from shs.users.models import User

LICENCE = re.compile(r"[A-Z0-9][A-Z0-9/ -]{2,29}", re.ASCII)


LANGUAGE = re.compile(r"[^\W\d_][^|\x00-\x1f]{1,39}")


def apply(
    *,
    user: User,
    specializations: list[str],
    license_number: str,
    now: datetime,
    languages: Sequence[str] = (),
    license_expires_on: date | None = None,
    **fields: object,
) -> DoctorInformation:
    """Create a doctor's profile and put it into the verification queue. `specializations` are slugs. Raises
    ProfileExists and LicenceTaken (409), and Invalid (422) for an unknown specialization, a malformed licence number or
    language, or an expired licence."""
    license_number = _licence(license_number)
    require_ahead(license_expires_on, now)
    fields |= {"languages": _languages(languages), "license_expires_on": license_expires_on}
    with transaction.atomic():
        lock(user)
        if DoctorInformation.objects.filter(user=user).exists():
            raise ProfileExists
        _require_free(license_number)
        doctor = DoctorInformation(user=user, name=user.name, license_number=license_number, **fields)
        doctor.save()
        doctor.specializations.set(_specialties(specializations))
        refresh_derived(doctor)
    forget()  # rights follow from the profile
    return doctor


def change(*, doctor: DoctorInformation, changes: dict[str, Any], now: datetime) -> DoctorInformation:
    """Change a doctor's profile. A changed licence number or end, or an answer to a request for information, puts the
    doctor (back) into the verification queue. Raises as `apply`."""
    changes = dict(changes)
    slugs = changes.pop("specializations", None)
    if "license_number" in changes:
        changes["license_number"] = _licence(changes["license_number"])
    if "languages" in changes:
        changes["languages"] = _languages(changes["languages"])
    with transaction.atomic():
        lock(doctor)
        licence = changes.get("license_number", doctor.license_number)
        expires_on = changes.get("license_expires_on", doctor.license_expires_on)
        is_renewed = expires_on != doctor.license_expires_on
        is_relicensed = licence != doctor.license_number or is_renewed
        if licence != doctor.license_number:
            _require_free(licence)
        if is_renewed:
            require_ahead(expires_on, now)
        for name, value in changes.items():
            setattr(doctor, name, value)
        doctor.save()
        if slugs is not None:
            doctor.specializations.set(_specialties(slugs))
        refresh_derived(doctor)
        if is_relicensed and doctor.verification_status in {Verification.APPROVED, Verification.EXPIRED}:
            doctor.resubmit(reason="licence changed", now=now)
        else:
            doctor.answer("profile changed", now=now)
    return doctor


def refresh_derived(doctor: DoctorInformation) -> None:
    """Update the copies in the doctor's row that search reads: specializations, languages, words, weekdays."""
    specialties = list(doctor.specializations.order_by("name").values("id", "name", "slug"))
    places = doctor.clinics.values_list("name", flat=True)
    words = [doctor.name, *(row["name"] for row in specialties), doctor.location, *places, doctor.education, doctor.bio]
    DoctorInformation.objects.without_history("these columns only repeat others").filter(pk=doctor.pk).update(
        specialty_cards=specialties,
        language_text="".join(f"|{language.lower()}" for language in doctor.languages) + "|",
        search_text=" ".join(word for word in words if word).lower(),
        weekdays=sum({1 << day for day in doctor.availability.values_list("weekday", flat=True)}),
    )


def refresh_all(doctors: QuerySet[DoctorInformation]) -> None:
    """As `refresh_derived`, for all doctors of a renamed specialization or clinic."""
    for doctor in doctors.iterator():
        refresh_derived(doctor)


def _specialties(slugs: list[str]) -> list[DoctorSpecialization]:
    rows = list(DoctorSpecialization.objects.filter(slug__in=slugs))
    missing = set(slugs) - {row.slug for row in rows}
    if missing or not rows:
        raise Invalid(
            _("There is no such specialization: %(slugs)s") % {"slugs": ", ".join(sorted(missing))},
            field="specializations",
        )
    return rows


def _licence(number: str) -> str:
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


def _languages(names: Sequence[str]) -> list[str]:
    """The languages without duplicates. Raises Invalid (422) for a name that search could not find."""
    names = [name.strip() for name in names]
    for at, name in enumerate(names):
        if not LANGUAGE.fullmatch(name):
            raise Invalid(_("“%(name)s” is not the name of a language.") % {"name": name[:40]}, field=f"languages.{at}")
    return list({name.lower(): name for name in reversed(names)}.values())[::-1]


def _require_free(license_number: str) -> None:
    if DoctorInformation.objects.filter(license_number=license_number).exists():
        raise LicenceTaken
