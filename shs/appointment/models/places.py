"""The database constraints on places with a doctor: no visit twice in one place."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.appointment.models.states import HOLDING
from shs.core.records.constraints import NeverOverlaps

PLACES = [
    models.CheckConstraint(name="appointment_place_counts", condition=Q(place__gte=1)),
    models.CheckConstraint(name="appointment_place_of_serial", condition=Q(is_by_serial=True) | Q(place=1)),
    # Visits by serial share a start, each with its own place; a fixed time has one place.
    models.UniqueConstraint(
        fields=["doctor", "starts_at", "place"],
        condition=Q(status__in=HOLDING),
        name="appointment_place_taken_once",
        violation_error_code="slot_taken",
        violation_error_message=_("That time is no longer free."),
    ),
    NeverOverlaps(
        name="appointment_doctor_sees_one_at_a_time",
        fields=["doctor"],
        start="starts_at",
        end="ends_at",
        only=("status", HOLDING),
        but="is_by_serial",
        violation_error_code="slot_taken",
        violation_error_message=_("That time is no longer free."),
    ),
    NeverOverlaps(
        name="appointment_patient_in_one_place",
        fields=["patient"],
        start="starts_at",
        end="ends_at",
        only=("status", HOLDING),
        violation_error_code="patient_busy",
        violation_error_message=_("The patient has another appointment at that time."),
    ),
]
"""The constraints of visits about places and times."""
