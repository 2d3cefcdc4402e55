"""Reasons for which visits are cancelled or missed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CancelledBy(models.TextChoices):
    """On whose side it lay that a visit was cancelled."""

    PATIENT = "patient", _("Patient")
    DOCTOR = "doctor", _("Doctor")
    CLINIC = "clinic", _("Clinic")
    NOBODY = "nobody", _("Nobody answered")


class CancelCode(models.TextChoices):
    """Why a visit was cancelled."""

    CANNOT_COME = "cannot_come", _("The patient cannot come")
    NOT_NEEDED = "not_needed", _("No longer needed")
    MISTAKE = "mistake", _("Booked by mistake, or twice")
    DIED = "died", _("The patient has died")
    DOCTOR_AWAY = "doctor_away", _("The doctor is away")
    CLINIC_CLOSED = "clinic_closed", _("The clinic is closed")
    NOT_ANSWERED = "not_answered", _("The request was not answered")
    OTHER = "other", _("Another reason")


GIVEN = [code for code in CancelCode if code not in (CancelCode.NOT_ANSWERED, CancelCode.DIED)]
"""The codes that people give; the others are noted by what happens."""
