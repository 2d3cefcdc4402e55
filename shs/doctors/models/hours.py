"""Working hours: weekly blocks, those of a period, and time off."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_date
from shs.core.labels import Label
from shs.core.queries import KeptQuery, instance
from shs.core.records.constraints import NeverOverlapsInWeek
from shs.core.records.crud import NoPages
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
    if clocks_stand_still(day, zone):
        return instant
    exists = instant.astimezone(ZoneInfo("UTC")).astimezone(zone).time() == clock
    return instant if exists else None


@lru_cache(maxsize=1000)
def clocks_stand_still(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks are not changed on `day`, as on all days but two a year at most."""
    midnights = (datetime.combine(day + timedelta(days=ahead), time.min, zone) for ahead in (0, 1))
    return len({midnight.utcoffset() for midnight in midnights}) == 1


SHORTEST, LONGEST = 5, 240
"""The minutes of a visit."""
MOST_PLACES = 200
"""So many patients come to one block by serial at most."""
LONGEST_WINDOW = timedelta(hours=12)
"""A block by serial, and one over midnight, is not longer; a longer one would be a slip of the pen."""


def clock_of(step: timedelta) -> time:
    """What the clock on the wall shows so long after midnight."""
    return time(step.seconds // 3600, step.seconds // 60 % 60, step.seconds % 60)


class HoursBlock(Record):
    """Working hours of one weekday. Fixed times: one patient every `slot_minutes`, with `buffer_minutes` between two; a
    remainder shorter than a slot is not offered. With a `capacity` the block is by serial: so many patients arrive
    within it and are seen in the order of their serials.

    An `end` of 00:00 is the end of the day; an end before the start is on the next day. The block belongs to the day on
    which it begins, and so do the serials of its slots after midnight; booked they are for the date of the clock."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start = models.TimeField(_("from"))
    end = models.TimeField(
        _("to"), help_text=_("00:00 is the end of the day; a time before the start is on the next day.")
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes per visit"), default=20, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between visits"), default=0, blank=True, validators=[MaxValueValidator(LONGEST)]
    )
    capacity = models.PositiveSmallIntegerField(
        _("patients by serial"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)],
        help_text=_(
            "Empty: each patient has their own time. A number: that many patients come and are seen by serial."
        ),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"

    @property
    def length(self) -> timedelta:
        """How long the block lasts by the clock on the wall."""
        span = datetime.combine(date.min, self.end) - datetime.combine(date.min, self.start)
        return span if span > timedelta() else span + timedelta(days=1)

    @property
    def passes_midnight(self) -> bool:
        """Whether the block ends on the next day, and not with its own."""
        return self.end <= self.start and self.end != time.min

    def fault(self) -> tuple[str, Label] | None:
        """What is wrong with the times, as a field and a sentence; None if nothing is."""
        if self.end == self.start and self.start != time.min:
            return "end", _("The end must be after the start.")
        if self.passes_midnight and self.length > LONGEST_WINDOW:
            return "end", _("Working hours over midnight last at most 12 hours. Check the times.")
        if self.capacity is not None and self.length > LONGEST_WINDOW:
            return "end", _("Working hours by serial last at most 12 hours.")
        if not self.clocks():
            return "slot_minutes", _("The working hours are shorter than one visit.")
        return None

    def clean(self) -> None:
        self.buffer_minutes = self.buffer_minutes or 0  # a form may leave it empty
        sane = SHORTEST <= (self.slot_minutes or 0) <= LONGEST  # another value has an error of its own
        sane = sane and 0 <= self.buffer_minutes <= LONGEST
        if self.start is not None and self.end is not None and sane and (fault := self.fault()):
            raise ValidationError(fault[1])

    def steps(self) -> list[timedelta]:
        """When the slots of this block begin, since the midnight before it by the clock on the wall."""
        length = timedelta(minutes=self.slot_minutes)
        at = timedelta(hours=self.start.hour, minutes=self.start.minute, seconds=self.start.second)
        end, found = at + self.length, []
        while at + length <= end:
            found.append(at)
            at += length + timedelta(minutes=self.buffer_minutes)
        return found

    def clocks(self) -> list[time]:
        """The wall times at which the slots of this block begin."""
        return [clock_of(at) for at in self.steps()]


def block_constraints(name: str, owner: str) -> list[models.BaseConstraint]:
    """The constraints of a model of blocks, whose blocks of one `owner` never overlap."""
    return [
        models.CheckConstraint(name=f"{name}_weekday_known", condition=Q(weekday__range=(0, 6))),
        models.CheckConstraint(
            name=f"{name}_ends_after_start",
            condition=~Q(end=F("start")) | Q(start=time.min),
            violation_error_message=_("The end must be after the start."),
        ),
        models.CheckConstraint(name=f"{name}_slot_sane", condition=Q(slot_minutes__range=(SHORTEST, LONGEST))),
        models.CheckConstraint(name=f"{name}_buffer_sane", condition=Q(buffer_minutes__lte=LONGEST)),
        models.CheckConstraint(
            name=f"{name}_capacity_sane", condition=Q(capacity=None) | Q(capacity__range=(1, MOST_PLACES))
        ),
        NeverOverlapsInWeek(
            name=f"{name}_never_overlaps",
            fields=[owner],
            weekday="weekday",
            start="start",
            end="end",
            violation_error_message=_("These working hours overlap others of the same day."),
        ),
    ]


class AvailabilityQuerySet(RecordQuerySet["DoctorAvailability"]):
    """Weekly blocks. Those at a clinic that is closed stay stored, and nothing is offered in them."""

    def at_open_clinics(self) -> Self:
        """Those that take place: not at a clinic that is closed."""
        return self.filter(Q(clinic__isnull=True) | Q(clinic__is_active=True))


class DoctorAvailability(HoursBlock):
    """One weekly block of working hours."""

    privacy = Administrative(because="working hours")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.CASCADE, related_name="availability", verbose_name=_("doctor")
    )
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="availability", verbose_name=_("clinic")
    )

    objects = AvailabilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["doctor", "weekday", "start"]
        constraints = block_constraints("doctoravailability", "doctor")

    def clean(self) -> None:
        if self.doctor_id and not self.place(set(self.doctor.clinics.values_list("pk", flat=True))):
            raise ValidationError({"clinic": _("The doctor does not work at this clinic.")})
        super().clean()

    def place(self, clinics: set[int]) -> bool:
        """Whether the block is at one of the doctor's `clinics`. A block without a clinic is at the doctor's only one,
        so that its desk sees the visits."""
        return place(self, clinics)

    @classmethod
    def of_doctor(cls, doctor_id: int) -> "list[DoctorAvailability]":
        """The weekly blocks of a doctor that take place, in order. What they come to on a day, `Timetable` says."""
        rows = BLOCKS.rows(doctor=doctor_id)
        return [instance(cls, row) for row in rows]


def place(block: "DoctorAvailability | PeriodBlock", clinics: set[int]) -> bool:
    """Whether a block is at one of the doctor's `clinics`; one without a clinic is put at their only one."""
    if block.clinic_id is None and len(clinics) == 1:
        (block.clinic_id,) = clinics
    return block.clinic_id is None or block.clinic_id in clinics


TIMES = ("weekday", "start", "end", "slot_minutes", "buffer_minutes", "capacity")
"""The fields of a block in their order."""
BLOCKS = KeptQuery(
    lambda doctor: DoctorAvailability.objects.at_open_clinics().filter(doctor=doctor).order_by("weekday", "start"),
    ("id", *TIMES, "doctor_id", "clinic_id"),
)


LONGEST_PERIOD = timedelta(days=366)


class HoursPeriod(Record):
    """Other working hours of a doctor from `first` to `last` (both included), in place of the weekly ones: in Ramadan,
    or on a single day. Without blocks the doctor does not work then. Of several periods on a day the shortest counts,
    then the one that begins last: so a day in Ramadan can have hours of its own."""

    privacy = Administrative(because="working hours")

    doctor = models.ForeignKey(
        "doctors.DoctorInformation", models.CASCADE, related_name="hours_periods", verbose_name=_("doctor")
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"), help_text=_("The same as the first day for a single day."))
    reason = models.CharField(_("occasion"), max_length=100, blank=True, help_text=_("For example: Ramadan."))

    class Meta:
        verbose_name = _("temporary hours")
        verbose_name_plural = _("temporary hours")
        ordering = ["-first", "doctor"]
        permissions = [("plan_hoursperiod", "Can plan their own hours of a period")]
        constraints = [
            models.CheckConstraint(
                name="hoursperiod_ends_after_start",
                condition=Q(last__gte=F("first")),
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.UniqueConstraint(
                fields=["doctor", "first", "last"],
                name="hoursperiod_once",
                violation_error_message=_(
                    "The doctor already has temporary hours for exactly these days. Change those."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "last"], name="hoursperiod_by_doctor"),  # the slots of a doctor
            models.Index(fields=["last"], name="hoursperiod_by_end"),  # the tab of those to come, and the search
            models.Index(fields=["-first", "-id"], name="hoursperiod_by_start"),  # the admin's list
        ]

    def __str__(self) -> str:
        days = show_date(self.first) if self.first == self.last else f"{show_date(self.first)} – {show_date(self.last)}"
        return f"{self.doctor}: {days}"

    def clean(self) -> None:
        if self.first and self.last and self.last - self.first > LONGEST_PERIOD:
            raise ValidationError(_("Temporary hours last at most a year. Change the weekly hours instead."))

    def weekdays(self) -> set[int]:
        """The weekdays that occur in the period."""
        return {(self.first + timedelta(days=at)).weekday() for at in range(min(7, (self.last - self.first).days + 1))}


class PeriodBlock(HoursBlock):
    """Working hours of one weekday within a period."""

    privacy = Administrative(because="working hours")
    crud = NoPages("on the page of their period")

    period = models.ForeignKey(HoursPeriod, models.CASCADE, related_name="blocks", verbose_name=_("period"))
    clinic = models.ForeignKey(
        "doctors.Clinic", models.PROTECT, null=True, blank=True, related_name="period_blocks", verbose_name=_("clinic")
    )

    class Meta:
        verbose_name = _("working hours in a period")
        verbose_name_plural = _("working hours in a period")
        ordering = ["period", "weekday", "start"]
        constraints = block_constraints("periodblock", "period")


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
        verbose_name_plural = _("time off")
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
            models.Index(fields=["ends_at"], name="timeoff_by_end"),  # for the tabs of present and future time off
        ]

    def __str__(self) -> str:
        return f"{self.doctor}: {show_date(self.starts_at)} – {show_date(self.ends_at)}"
