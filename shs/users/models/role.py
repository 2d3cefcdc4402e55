"""Roles and duties."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Role of an account."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    STAFF = "staff", _("Staff")
    ADMIN = "admin", _("Admin")
    PHARMACY = "pharmacy", _("Pharmacy")


ROLES = frozenset(Role.values)
"""The names of all roles; `Role.values` is made anew each time, and each question of a right asks for it."""

PRACTISING = Role.DOCTOR
"""The role of a doctor's account."""

DISPENSING = Role.PHARMACY
"""The role of the account of somebody of a pharmacy."""

BY_PHONE = (Role.PATIENT,)
"""Roles of which people log in by phone; all others have a password."""

OUTSIDE_OFFICE = (Role.PATIENT, Role.PHARMACY)
"""The roles that never enter the admin. People of a pharmacy log in on its login page, to a few pages of their own."""

INSIDE_OFFICE = tuple(role for role in Role if role not in OUTSIDE_OFFICE)
"""The roles that may enter the admin."""

SELF_REGISTERED = (Role.PATIENT, Role.DOCTOR)
"""The roles that people can register as."""


class Duty(models.TextChoices):
    """Duty of a member of staff: the name of a Django group, which a migration creates."""

    VERIFICATION = "Verification officers", _("Verification officers")
    DESK = "Clinic desk", _("Clinic desk")
    MODERATION = "Moderators", _("Moderators")
    AUDIT = "Auditors", _("Auditors")


def is_patients(role: str) -> bool:
    """Whether it is the role of a patient."""
    return role == Role.PATIENT


def works_as_doctor(path: str) -> Q:
    """Condition: the account at `path` is active and has the role of a doctor, who is alive."""
    return Q(**{f"{path}__is_active": True, f"{path}__role": Role.DOCTOR, f"{path}__died_on__isnull": True})
