"""A doctor's profile: applying, and changing it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.context import forget
from shs.core.grants.table import holds
from shs.core.records.transitions import lock
from shs.doctors.errors import NotYetADoctor, ProfileExists
from shs.doctors.models import (
    FACTS,
    DoctorInformation,
    Verification,
)
from shs.doctors.services.derived import refresh_derived
from shs.doctors.services.proposals import propose
from shs.doctors.services.values import (
    normal_languages,
    normal_licence,
    require_ahead,
    require_free_licence,
    specialties,
)
from shs.users.errors import EmailTaken
from shs.users.models import PRACTISING, Touched, User
from shs.users.services import open_account
from shs.users.touches import touched


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
    license_number = normal_licence(license_number)
    require_ahead(license_expires_on, now)
    fields |= {"languages": normal_languages(languages), "license_expires_on": license_expires_on}
    with transaction.atomic():
        lock(user)
        if DoctorInformation.objects.filter(user=user).exists():
            raise ProfileExists
        require_free_licence(license_number)
        doctor = DoctorInformation(user=user, name=user.name, license_number=license_number, **fields)
        doctor.save()
        doctor.specializations.set(specialties(specializations))
        refresh_derived(doctor)
    forget()  # rights follow from the profile
    return doctor


def open_profile(*, email: str, name: str, by: User, now: datetime, **profile: Any) -> DoctorInformation:
    """Open the account and the profile of a doctor for them, and send them the link that sets a password and confirms
    the address. If the address has the account of a doctor without a profile, the profile is opened on it, its login
    stays as it is, and its owner is told at every address. The case begins as that of a doctor who applies; `by` may
    not decide it. Raises as `apply`, NotYetADoctor (409) for the address of a patient, whose owner has to agree first,
    and EmailTaken (409), which says what to do."""
    with transaction.atomic():
        user = User.objects.by_email(email).first()
        if user is None:
            user = open_account(email=email, name=name, role=PRACTISING, by=by, now=now)
        else:
            _require_ready(user)
            touched(user, Touched.PROFILE, by=by, now=now)
        return apply(user=user, now=now, **profile)


def _require_ready(user: User) -> None:
    """Raises EmailTaken (409) unless a profile can be opened on the account of `user`. Nobody turns the account of
    somebody else into a doctor's here: a patient agrees by a link (NotYetADoctor), and the role of others is changed by
    an admin, of which the owner is told."""
    if user.may_begin_to_practise:
        raise NotYetADoctor(owner=user)
    why = ""
    if not user.is_active:
        why = _("The account with this address is suspended: an admin has to reinstate it first.")
    elif DoctorInformation.objects.filter(user=user).exists():
        why = _("This doctor has a profile already: look for it under “Doctor applications”.")
    elif not holds(user, "doctors.apply_doctorinformation"):
        why = _(
            "This address has an account that is not a doctor's. Let its owner agree, then ask an admin to change its "
            "role to doctor on the page of the account (the owner is told by mail), and open the profile here; or "
            "enter another address of the doctor."
        )
    elif not user.is_confirmed:
        why = _("The owner of this account has not confirmed the address yet: ask them to open the link in their mail.")
    if why:
        raise EmailTaken(why, field="email")


def change(*, doctor: DoctorInformation, changes: dict[str, Any], now: datetime) -> DoctorInformation:
    """Change a doctor's profile. What was verified of a verified doctor (FACTS) waits as a proposal until an officer
    accepts it, and everybody sees what was verified; all else changes at once. A new licence of a doctor whose
    verification has expired, or an answer to a request for information, puts the doctor (back) into the verification
    queue. Raises as `apply`."""
    changes = _checked(doctor, changes)
    with transaction.atomic():
        lock(doctor)
        _require_licence(doctor, changes, now)
        if doctor.is_approved:
            propose(doctor, {name: changes.pop(name) for name in FACTS if name in changes}, now=now)
        _store(doctor, changes, now)
    return doctor


def _checked(doctor: DoctorInformation, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with normalised values. Raises Invalid (422)."""
    found = dict(changes)
    if "license_number" in found:
        found["license_number"] = normal_licence(found["license_number"])
    if "languages" in found:
        found["languages"] = normal_languages(found["languages"])
    if found.get("specializations") is not None:
        specialties(found["specializations"], doctor)
    else:
        found.pop("specializations", None)
    return found


def _require_licence(doctor: DoctorInformation, changes: Mapping[str, Any], now: datetime) -> None:
    """Raises LicenceTaken (409) for the licence of another doctor, Invalid (422) for one that has ended."""
    if changes.get("license_number", doctor.license_number) != doctor.license_number:
        require_free_licence(changes["license_number"], doctor)
    if changes.get("license_expires_on", doctor.license_expires_on) != doctor.license_expires_on:
        require_ahead(changes["license_expires_on"], now)


def _store(doctor: DoctorInformation, changes: dict[str, Any], now: datetime) -> None:
    slugs = changes.pop("specializations", None)
    licence = ("license_number", "license_expires_on")
    is_relicensed = any(changes.get(name, getattr(doctor, name)) != getattr(doctor, name) for name in licence)
    for name, value in changes.items():
        setattr(doctor, name, value)
    doctor.save()
    if slugs is not None:
        doctor.specializations.set(specialties(slugs, doctor))
    refresh_derived(doctor)
    if is_relicensed and doctor.verification_status == Verification.EXPIRED:
        doctor.resubmit(reason="licence changed", now=now)
    else:
        doctor.answer("profile changed", now=now)
