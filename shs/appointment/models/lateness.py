"""Announced delays of doctors."""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative


class LatenessQuerySet(models.QuerySet["Lateness"]):
    """What was said."""

    def delays(self, day: date, clinic_id: int | None) -> dict[int, timedelta]:
        """Doctor id → how late they are on `day` at a clinic (None: where they work without one), by what was said
        last; without those on time. One query."""
        rows = self.filter(Q(clinic=clinic_id) | Q(clinic=None), day=day)
        last = dict(rows.order_by("pk").values_list("doctor", "minutes"))
        return {doctor: timedelta(minutes=minutes) for doctor, minutes in last.items() if minutes}

    def longest(self, day: date) -> dict[int, timedelta]:
        """As `delays`, of the clinic at which each doctor is latest. One query."""
        last: dict[int, dict[int | None, int]] = {}
        for doctor, clinic, minutes in self.filter(day=day).order_by("pk").values_list("doctor", "clinic", "minutes"):
            if not clinic:
                last[doctor] = {}  # it is said of all clinics
            last.setdefault(doctor, {})[clinic] = minutes
        most = {doctor: max(said.values()) for doctor, said in last.items()}
        return {doctor: timedelta(minutes=minutes) for doctor, minutes in most.items() if minutes}


class Lateness(models.Model):
    """It was announced that `doctor` is this many `minutes` late on `day` (0: on time after all), at a `clinic` (None:
    wherever they work). What was said last counts, until the day ends."""

    privacy = Administrative(because="when a doctor comes")
    crud = NoPages("said on the desk board, and true for its day")
    no_history = "each saying is a row of its own"

    MOST: ClassVar[int] = 300

    doctor = models.ForeignKey("doctors.DoctorInformation", models.CASCADE, related_name="+", verbose_name=_("doctor"))
    clinic = models.ForeignKey(
        "doctors.Clinic", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("clinic")
    )
    day = models.DateField(_("day"))
    minutes = models.PositiveSmallIntegerField(_("minutes late"))
    by = models.ForeignKey("users.User", models.PROTECT, related_name="+", verbose_name=_("announced by"))
    said_at = models.DateTimeField(_("announced"))

    objects = LatenessQuerySet.as_manager()

    class Meta:
        verbose_name = _("doctor's delay")
        verbose_name_plural = _("doctors' delays")
        default_permissions = ()
        constraints = [models.CheckConstraint(name="lateness_at_most", condition=Q(minutes__lte=300))]
        indexes = [
            models.Index(fields=["day", "doctor"], name="lateness_by_day")
        ]  # the board, and each booking of today

    def __str__(self) -> str:
        return f"{self.doctor_id}: {self.minutes} min"
