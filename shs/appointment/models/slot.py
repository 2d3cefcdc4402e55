"""Booked slots."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import midnight, show_datetime
from shs.core.records.crud import Crud, Never
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


def on_day(day: date) -> Q:
    """Slots that start on `day` in the clinic's zone."""
    start = midnight(day)
    end = midnight(day + timedelta(days=1))
    return Q(starts_at__gte=start, starts_at__lt=end)


class AppointmentSlot(Record):
    """A slot of a doctor that has been booked at least once. Free slots are not stored but computed from the working
    hours."""

    privacy = Administrative(because="times")
    crud = Crud(
        add=Never("made from working hours when it is booked"),
        change=Never("follows the working hours"),
        remove=Never("kept with its visit"),
    )

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="slots", verbose_name=_("doctor")
    )
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="slots", verbose_name=_("clinic")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "starts_at"], name="appointmentslot_once"),
            models.CheckConstraint(name="appointmentslot_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="appointmentslot_by_time"),  # the list of slots
            models.Index(fields=["clinic", "-starts_at", "-id"], name="appointmentslot_by_clinic"),  # the desk's list
        ]

    def __str__(self) -> str:
        return show_datetime(self.starts_at)
