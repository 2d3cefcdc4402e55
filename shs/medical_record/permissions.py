"""Who may read and write a patient's chart. The rule is written once, as WAYS; every check and filter is derived from
it."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.core.caller import Member
from shs.core.context import remember
from shs.core.grants.held import held
from shs.core.grants.keys import among
from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import NOTHING, everyone, grant, open_rows
from shs.core.reads.models import ReadLog
from shs.doctors.permissions import own_ids
from shs.medical_record.models import BreakGlass, ConditionCode, MedicalRecord
from shs.users.models import Duty, Role, User

Basis = ReadLog.Basis
OPENING_VISITS = (Visit.CONFIRMED, Visit.COMPLETED)
"""The states in which a visit opens the chart to its doctor."""


# --- The ways to a chart: whose chart is open to `user` at `now` ------------------------------------------------------


class Charts(NamedTuple):
    """The charts of these people (ids of users.User), or the charts of all."""

    of: AbstractSet[int] = frozenset()
    are_all: bool = False


NO_CHARTS, ALL_CHARTS = Charts(), Charts(are_all=True)


def practises(user: Member) -> bool:
    """Whether `user` is a verified doctor with an active account."""
    return Role.DOCTOR in user.roles_held and user.is_active and bool(own_ids(user, verified=True))


def own(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """Their own chart; not for staff, who use the admin only and may not open their own chart there."""
    return Charts({user.pk}) if user.uses_api else NO_CHARTS


def in_care(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """From the confirmation of a visit until RECORD_ACCESS_DAYS after the last one ends. One query for all patients of
    the user, or for those that are `asked` for; remembered for the request."""
    if not practises(user):
        return NO_CHARTS
    since = now - timedelta(days=settings.RECORD_ACCESS_DAYS)
    some = None if asked is None else frozenset(asked)
    known_since, ends = remember(("care", user.pk, some), lambda: (since, _last_ends(user, since, some)))
    ends = ends if since >= known_since else _last_ends(user, since, some)
    return Charts({patient for patient, end in ends.items() if end > since})


def _last_ends(user: Member, since: datetime, asked: Collection[int] | None = None) -> dict[int, datetime]:
    """Patient → when their last visit to `user` ends, of those that end after `since`."""
    visits = Appointment.objects.filter(
        doctor__user=user.pk,
        status__in=OPENING_VISITS,
        ends_at__gt=since,
        starts_at__gt=since - timedelta(days=1),  # follows from the end; the index of a doctor's visits is by start
    )
    if asked is not None:
        visits = visits.filter(patient__in=asked)
    return dict(visits.order_by().values_list("patient").annotate(Max("ends_at")))


def consented(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """While the patient's consent lasts."""
    return Charts(frozenset(held(user, User, "read_chart", now))) if practises(user) else NO_CHARTS


def in_emergency(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """For an hour after opening the chart in an emergency."""
    return Charts(frozenset(held(user, User, "break_glass", now))) if practises(user) else NO_CHARTS


def on_duty(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """Admins and auditors, logged."""
    return ALL_CHARTS if user.roles_held & {Role.ADMIN, Duty.AUDIT} else NO_CHARTS


class Way(Protocol):
    """A reason for which charts are open to `user` at `now`. Of those that are not `asked` for, where some are, nothing
    need be said."""

    def __call__(self, user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts: ...


WAYS: dict[str, Way] = {
    Basis.OWN: own,
    Basis.CARE: in_care,
    Basis.CONSENT: consented,
    Basis.BREAK_GLASS: in_emergency,
    Basis.DUTY: on_duty,
}
WRITING = (Basis.CARE, Basis.CONSENT)
"""The ways by which a doctor may write. Patients add entries to their own chart; emergency access is read-only."""


def _rows_about(user: Member, prefix: str, ways: Iterable[str], now: datetime | None) -> Q:
    """The rows about people whose chart one of `ways` opens to `user`; none for anonymous and inactive users."""
    if not (user.is_authenticated and user.is_active):
        return NOTHING
    now = now or timezone.now()
    ids: set[int] = set()
    for basis in ways:
        charts = WAYS[basis](user, now)
        if charts.are_all:
            return everyone(user)
        ids |= charts.of
    return among(prefix or "pk", ids)


# --- Checks and filters ----------------------------------------------------------------------------------------------


def charts_readable(user: Member, prefix: str = "patient", now: datetime | None = None) -> Q:
    """The rows about people whose chart `user` may read; `prefix` is the path from a row to the person (users.User),
    and "" or "pk" for people themselves."""
    return _rows_about(user, prefix, WAYS, now)


def charts_writable(user: Member, prefix: str = "patient", now: datetime | None = None) -> Q:
    """As `charts_readable`, for the charts in which `user` may write as a doctor."""
    return _rows_about(user, prefix, WRITING, now)


def bases(
    user: Member, patients: Iterable[int], now: datetime | None = None, ways: Iterable[str] = WAYS
) -> dict[int, str]:
    """The ids among `patients` whose chart `user` may read, each with the first basis that opens it. No way is
    asked for whom an earlier one has opened."""
    asked = set(patients)
    if not (user.is_authenticated and user.is_active):
        return {}
    now = now or timezone.now()
    found: dict[int, str] = {}
    for basis in ways:
        if left := asked - found.keys():
            charts = WAYS[basis](user, now, left)
            found |= dict.fromkeys(left if charts.are_all else left & charts.of, basis)
    return found


def may_read_chart(user: Member, patient: User, now: datetime | None = None) -> str | None:
    """The basis (a ReadLog.Basis) on which `user` may read the chart of `patient` at `now`, or None."""
    return bases(user, [patient.pk], now).get(patient.pk)


def may_write_chart(user: Member, patient: User, now: datetime | None = None) -> str | None:
    """The basis on which `user` may write in the chart of `patient` as a doctor (care or consent), or None."""
    return bases(user, [patient.pk], now, WRITING).get(patient.pk)


# --- The table -------------------------------------------------------------------------------------------------------


def of_readable_charts(user: Member) -> Q:
    """Rows in charts that the user may read."""
    return charts_readable(user)


def of_own_chart(user: Member) -> Q:
    """Rows in the user's own chart."""
    return Q(patient=user.pk)


def of_writable_charts(user: Member) -> Q:
    """Rows in charts in which the user may write."""
    return charts_writable(user)


def written_by_me(user: Member) -> Q:
    """Entries that the user wrote, in charts in which they may still write."""
    return Q(recorded_by=user.pk) & charts_writable(user)


def readable_people(user: Member) -> Q:
    """People whose chart the user may read."""
    return charts_readable(user, "pk")


def opened_by_me(user: Member) -> Q:
    """Emergency accesses of the user."""
    return Q(doctor=user.pk)


def to_charts(user: Member) -> Q:
    """Grants that open a chart."""
    return Q(source__in=[ObjectGrant.Source.CONSENT, ObjectGrant.Source.BREAK_GLASS])


def known_from_own_chart(user: Member) -> Q:
    """People who wrote in the chart of `user` or read it."""
    written = MedicalRecord.objects.filter(patient=user.pk, recorded_by=OuterRef("pk"))
    read = ReadLog.objects.about(user).filter(reader=OuterRef("pk"))
    return Q(Exists(written)) | Q(Exists(read))


grant(MedicalRecord, Role.PATIENT, of_readable_charts, "view")
grant(MedicalRecord, Role.PATIENT, of_own_chart, "add", "share")
grant(MedicalRecord, Role.DOCTOR, of_readable_charts, "view")
grant(MedicalRecord, Role.DOCTOR, of_writable_charts, "add")
grant(MedicalRecord, Role.DOCTOR, of_own_chart, "add")  # a doctor can be a patient too
grant(MedicalRecord, Role.DOCTOR, written_by_me, "amend", "retract")
grant(MedicalRecord, Role.ADMIN, everyone, "view", "export")
grant(MedicalRecord, Duty.AUDIT, everyone, "view")

grant(User, Role.DOCTOR, readable_people, "view")
for who in (Role.PATIENT, Role.DOCTOR, Role.ADMIN, Duty.AUDIT):
    grant(User, who, readable_people, "read_chart")

grant(ConditionCode, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
for who in (Duty.DESK, Duty.AUDIT):
    grant(ConditionCode, who, everyone, "view")
grant(ConditionCode, Role.DOCTOR, everyone, "view", "choose")

grant(BreakGlass, Role.DOCTOR, opened_by_me, "view", "add")
grant(BreakGlass, Role.ADMIN, everyone, "view")
grant(BreakGlass, Duty.AUDIT, everyone, "view", "review")

open_rows(ReadLog, "about", because="patients are told who read their chart")
open_rows(User, known_from_own_chart, because="patients are told who wrote in their chart, and who read it")
open_rows(BreakGlass, "to_chart_of", because="patients are told of emergency access to their chart")
