"""Which visits are meant."""

from datetime import datetime
from typing import Self

from django.db.models import Q

from shs.appointment.models.sequence import CountedRows
from shs.appointment.models.states import HOLDING, LIVE, LONGEST, OPENING, PROVEN, Identity, Status, opening_times
from shs.core.records.models import Row


class VisitRows(CountedRows[Row]):
    """Which visits are active, over, opening a chart, or in each other's way."""

    def live(self) -> Self:
        """Visits that are requested or confirmed."""
        return self.filter(status__in=LIVE)

    def overdue(self, now: datetime) -> Self:
        """Confirmed visits that ended before `now` (aware) without a check-in, with a doctor who was not said to be
        away. A visit with a check-in waits for the doctor to complete it."""
        over = self.filter(status=Status.CONFIRMED, ends_at__lt=now)
        return over.filter(checked_in_at=None, without_doctor_since=None)

    def without_doctor(self) -> Self:
        """Visits whose doctor is away, of which nobody has decided what becomes of them."""
        return self.filter(without_doctor_since__isnull=False)

    def unanswered(self, now: datetime) -> Self:
        """Requests that can no longer be confirmed at `now`."""
        return self.filter(status=Status.PENDING, ends_at__lte=now)

    def opening(self, now: datetime) -> Self:
        """Visits that open something of the patient's chart to their doctor at `now`: from RECORD_ACCESS_BEFORE_DAYS
        before the visit until `opens_until`; if nobody came, until it is overdue; without proof only from the check-in
        on."""
        return self.opening_between(**opening_times(now))

    def opening_between(self, now: datetime, overdue: datetime, begin: datetime) -> Self:
        """As `opening`, with the times of `opening_times(now)`."""
        came = Q(status=Status.COMPLETED) | Q(checked_in_at__isnull=False)
        return self.filter(
            came | Q(identity__in=PROVEN, ends_at__gt=overdue),
            status__in=OPENING,
            opens_until__gt=now,
            starts_at__lte=begin,
            identity__in=[*PROVEN, Identity.NONE],
        )

    def proven(self) -> Self:
        """Visits that count as their patient's."""
        return self.filter(identity__in=PROVEN)

    def meeting(self, starts_at: datetime, ends_at: datetime, since: datetime | None = None) -> Self:
        """Visits that occupy time in [starts_at, ends_at). `since` is LONGEST before `starts_at`; no visit that began
        earlier can reach into it, so that an index finds the few rows without reading all earlier ones."""
        since = starts_at - LONGEST if since is None else since
        return self.filter(status__in=HOLDING, starts_at__gt=since, starts_at__lt=ends_at, ends_at__gt=starts_at)

    def upcoming(self, now: datetime) -> Self:
        """Visits that have not ended at `now`."""
        return self.filter(ends_at__gt=now)

    def past(self, now: datetime) -> Self:
        """Visits that have ended at `now`."""
        return self.filter(ends_at__lte=now)
