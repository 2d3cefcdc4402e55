"""A sample row of each model, for the generated tests."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from shs.core.discovery import Case
from shs.doctors import services
from shs.doctors.models import ClosedDay, HoursPeriod, PeriodBlock, PlaceName, SpecialtyAlias


def directory(case: Case, now: datetime) -> None:
    """Alice's review of Carol, and Carol's time off."""
    services.review(doctor=case.dr_carol, patient=case.alice, rating=4, comment="She listens.")
    case.time_off = services.add_time_off(
        doctor=case.dr_carol, starts_at=now + timedelta(days=20), ends_at=now + timedelta(days=21), reason="family"
    )


def other_hours(case: Case, now: datetime) -> None:
    """Carol's hours in a Ramadan, and a day on which her clinic is closed."""
    first = timezone.localdate(now) + timedelta(days=300)
    case.hours_period = HoursPeriod.objects.create(
        doctor=case.dr_carol, first=first, last=first + timedelta(days=29), reason="Ramadan"
    )
    case.period_block = PeriodBlock.objects.create(
        period=case.hours_period, clinic=case.clinic, weekday=first.weekday(), start=time(10), end=time(14)
    )
    case.closed_day = ClosedDay.objects.create(
        clinic=case.clinic, first=first, last=first, reason="Painting", reason_bn="রঙের কাজ"
    )


def other_names(case: Case, now: datetime) -> None:
    """What people call Carol's specialty, and a town."""
    specialty = case.dr_carol.specializations.get()
    case.specialty_alias = SpecialtyAlias.objects.create(specialization=specialty, name="Heart trouble")
    case.place_name = PlaceName.objects.create(place="Dhaka", name="Dakka")


samples = [directory, other_hours, other_names]
