"""Booked slots."""

from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


def on_day(day: date) -> Q:
    """Slots that start on `day` in the clinic's zone."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return Q(starts_at__gte=start, starts_at__lt=end)


class AppointmentSlot(Record):
    """A slot of a doctor that has been booked at least once. Free slots are not stored but computed from the working
    hours."""

    privacy = Administrative(because="times")

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
