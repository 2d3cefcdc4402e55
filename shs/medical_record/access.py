"""Who has access to a patient's chart, on which basis, since when and until when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Min

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.core.grants.held import holders
from shs.core.grants.models import ObjectGrant
from shs.core.labels import Label
from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorInformation
from shs.medical_record.permissions import OPENING_VISITS
from shs.users.models import User

ACTIONS = {"read_chart": ReadLog.Basis.CONSENT, "break_glass": ReadLog.Basis.BREAK_GLASS}
"""The object grants that open a chart → the basis on which they do."""


class Access(NamedTuple):
    """A person who can read the chart, on which basis, and until when; `grant` is the grant that can be revoked."""

    person: User
    basis: str
    since: datetime | None
    until: datetime | None
    grant: ObjectGrant | None = None

    @property
    def why(self) -> Label:
        return ReadLog.Basis(self.basis).label


def visits_in_care(patient: User, now: datetime) -> list[Appointment]:
    """The visits that open the chart of `patient` to their doctors at `now`, each with its doctor."""
    since = now - timedelta(days=settings.RECORD_ACCESS_DAYS)
    visits = Appointment.objects.filter(patient=patient, status__in=OPENING_VISITS, ends_at__gt=since)
    return list(visits.select_related("doctor"))


def who_can_see(patient: User, *, now: datetime, visits: Iterable[Appointment] | None = None) -> list[Access]:
    """Every doctor who can read the chart at `now`, once for each basis, as the rule of permissions.py has it. `visits`
    are those of `visits_in_care`, where the caller has them. Three queries besides."""
    ends: dict[int, datetime] = {}
    cared = visits_in_care(patient, now) if visits is None else list(visits)
    for visit in cared:
        ends[visit.doctor.user_id] = max(visit.ends_at, ends.get(visit.doctor.user_id, visit.ends_at))
    grants = list(holders(patient, *ACTIONS).order_by("user__name", "pk"))
    # Only verified doctors with an active account read charts of others.
    doctors = DoctorInformation.objects.listed().filter(user__in={*ends, *(row.user_id for row in grants)})
    people = {doctor.user_id: doctor.user for doctor in doctors.select_related("user").order_by("user__name")}
    since = _confirmed(visit.pk for visit in cared)
    grace = timedelta(days=settings.RECORD_ACCESS_DAYS)
    care = [
        Access(person, ReadLog.Basis.CARE, since.get(pk), ends[pk] + grace)
        for pk, person in people.items()
        if pk in ends
    ]
    return care + [
        Access(people[row.user_id], basis, row.updated_at, row.expires_at, row)
        for action, basis in ACTIONS.items()
        for row in grants
        if row.user_id in people and row.permission.codename == f"{action}_user"
    ]


def _confirmed(visits: Iterable[int]) -> dict[int, datetime]:
    """Doctor's user → when the first of these visits to them was confirmed."""
    rows = Appointment.history.filter(id__in=list(visits), status=Visit.CONFIRMED).order_by()
    return dict(rows.values_list("doctor__user").annotate(Min("history_date")))
