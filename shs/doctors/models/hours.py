"""Working hours: weekly blocks, and time off."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_date
from shs.core.queries import KeptQuery
from shs.core.records.constraints import NeverOverlaps
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative


class Weekday(models.IntegerChoices):
    """Numbered as by `date.weekday()`."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def at_wall_clock(day: date, clock: time) -> datetime | None:
    """The instant of a wall time in the clinic's zone. Of a time that occurs twice the first is meant; None for a time
    that the change of clocks skips."""
    zone = ZoneInfo(settings.TIME_ZONE)
    instant = datetime.combine(day, clock, zone)
    if _clocks_stand_still(day, zone):
        return instant
    exists = instant.astimezone(ZoneInfo("UTC")).astimezone(zone).time() == clock
    return instant if exists else None


@lru_cache(maxsize=1000)
def _clocks_stand_still(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks are not changed on `day`, as on all days but two a year at most."""
    midnights = (datetime.combine(day + timedelta(days=ahead), time.min, zone) for ahead in (0, 1))
    return len({midnight.utcoffset() for midnight in midnights}) == 1


class DoctorAvailability(Record):
    """One weekly block of working hours, in slots of `slot_minutes`; a remainder shorter than a slot is not offered."""

    privacy = Administrative(because="working hours")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.CASCADE, related_name="availability", verbose_name=_("doctor")
    )
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="availability", verbose_name=_("clinic")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"))
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes a visit"), default=20, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["doctor", "weekday", "start"]
        constraints = [
            models.CheckConstraint(name="doctoravailability_weekday_known", condition=Q(weekday__range=(0, 6))),
            models.CheckConstraint(
                name="doctoravailability_ends_after_start",
                condition=Q(end__gt=F("start")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(name="doctoravailability_slot_sane", condition=Q(slot_minutes__range=(5, 240))),
            NeverOverlaps(
                name="doctoravailability_never_overlaps",
                fields=["doctor", "weekday"],
                start="start",
                end="end",
                violation_error_message=_("These working hours overlap others of the same day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"

    def clean(self) -> None:
        if self.doctor_id and not self.place(set(self.doctor.clinics.values_list("pk", flat=True))):
            raise ValidationError({"clinic": _("The doctor does not work at this clinic.")})
        if self.start and self.end and self.slot_minutes and not self.clocks():
            raise ValidationError(_("The working hours are shorter than one visit."))

    def place(self, clinics: set[int]) -> bool:
        """Whether the block is at one of the doctor's `clinics`. A block without a clinic is at the doctor's only one,
        so that its desk sees the visits."""
        if self.clinic_id is None and len(clinics) == 1:
            (self.clinic_id,) = clinics
        return self.clinic_id is None or self.clinic_id in clinics

    @classmethod
    def of_doctor(cls, doctor_id: int) -> "list[DoctorAvailability]":
        """The blocks of a doctor in order."""
        rows = BLOCKS.rows(doctor=doctor_id)
        return [cls.from_db(DEFAULT_DB_ALIAS, list(row), list(row.values())) for row in rows]

    def clocks(self) -> list[time]:
        """The wall times at which the slots of this block begin."""
        length = timedelta(minutes=self.slot_minutes)
        at, end = datetime.combine(date.min, self.start), datetime.combine(date.min, self.end)
        found = []
        while at + length <= end:
            found.append(at.time())
            at += length
        return found


BLOCKS = KeptQuery(
    lambda doctor: (
        DoctorAvailability.objects.filter(doctor=doctor)
        .order_by("weekday", "start")
        .values("id", "doctor_id", "clinic_id", "weekday", "start", "end", "slot_minutes")
    )
)


class TimeOffQuerySet(RecordQuerySet["TimeOff"]):
    """Times off."""

    def meeting(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Time off that overlaps [starts_at, ends_at)."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class TimeOff(Record):
    """A period in which a doctor sees no patients; `reason` is for the clinic, patients do not see it."""

    privacy = Administrative(because="when a doctor is away")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.CASCADE, related_name="times_off", verbose_name=_("doctor")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("times off")
        ordering = ["-starts_at"]
        permissions = [("plan_timeoff", "Can plan their own time off")]
        constraints = [
            models.CheckConstraint(
                name="timeoff_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The end of the time off must be after its start."),
            )
        ]
        indexes = [
            models.Index(fields=["doctor", "ends_at"], name="timeoff_by_doctor"),  # the slots of a doctor
            models.Index(fields=["-starts_at", "-id"], name="timeoff_by_start"),  # the admin's list
            models.Index(fields=["ends_at"], name="timeoff_by_end"),  # its tabs: who is away, and will be
        ]

    def __str__(self) -> str:
        return f"{self.doctor}: {show_date(self.starts_at)} – {show_date(self.ends_at)}"
