"""How patients find doctors by the days on which they work."""

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Generic, Self, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from shs.core.dates import midnight
from shs.core.records.models import RecordQuerySet
from shs.doctors.models.closed import ClosedDay
from shs.doctors.models.hours import DoctorAvailability, HoursPeriod, PeriodBlock, TimeOff

Doctor = TypeVar("Doctor", bound=Model, covariant=True)
DAY = timedelta(days=1)


class FoundByHours(RecordQuerySet[Doctor], Generic[Doctor]):
    """Doctors, found by their working hours."""

    def working_on(self, day: date) -> Self:
        """Doctors with working hours on `day` (`Timetable.works_on`, as the database says it) and no time off that
        covers all of it; none for a past day. Two queries decide whether any closed day or period is in the way; as a
        rule none is, and the weekdays in the doctor's row suffice."""
        if day < timezone.localdate():
            return self.none()
        away = TimeOff.objects.filter(
            doctor=OuterRef("pk"), starts_at__lte=midnight(day), ends_at__gte=midnight(day + DAY) - timedelta(seconds=1)
        )
        closed = list(
            ClosedDay.objects.closing().filter(first__lte=day, last__gte=day).values_list("clinic", flat=True)
        )
        bit = 1 << day.weekday()
        works = self.alias(works=F("weekdays").bitand(bit))
        if closed or HoursPeriod.objects.filter(first__lte=day, last__gte=day - DAY).exists():
            works = works.alias(period=_period_on(day), period_before=_period_on(day - DAY)).filter(
                _in_hours(day, "period", closed) | _in_hours(day - DAY, "period_before", closed, is_night=True)
            )
        else:
            works = works.filter(works=bit)
        return works.filter(~Exists(away))


def _period_on(day: date) -> Subquery:
    """The key of the period that decides about a doctor's hours on `day`."""
    rows = HoursPeriod.objects.filter(doctor=OuterRef("pk"), first__lte=day, last__gte=day)
    return Subquery(rows.order_by(F("last") - F("first"), "-first").values("pk")[:1])


def _in_hours(day: date, period: str, closed: Collection[int], *, is_night: bool = False) -> Q:
    """Doctors with a block that begins on `day` at a clinic that is not closed; with `is_night` one over midnight."""
    weekly = DoctorAvailability.objects.filter(doctor=OuterRef("pk"))
    special = PeriodBlock.objects.filter(period=OuterRef(period))

    def there(rows: QuerySet[Model]) -> Exists:
        is_open = Q(clinic__is_active=True) & ~Q(clinic__in=closed)
        rows = rows.filter(is_open | Q(clinic=None), weekday=day.weekday())
        return Exists(rows.filter(end__lt=F("start"), end__gt=time.min) if is_night else rows)

    return Q(**{period: None}) & Q(there(weekly)) | Q(there(special))
