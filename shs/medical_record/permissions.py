"""Who may read and write a patient's chart. The rule is written once, as WAYS; every check and filter is derived from
it."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.core.caller import Member
from shs.core.context import remember
from shs.core.grants.held import held
from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import NOTHING, everyone, grant, open_rows
from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorInformation
from shs.medical_record.models import BreakGlass, ConditionCode, MedicalRecord
from shs.users.models import Duty, Role, User

Basis = ReadLog.Basis
OPENING_VISITS = (Visit.CONFIRMED, Visit.COMPLETED)
"""The states in which a visit opens the chart to its doctor."""


# --- The ways to a chart: whose chart is open to `user` at `now`, as a Q; `person` is the path to users.User ----------


def practises(user: Member) -> bool:
    """Whether `user` is a verified doctor with an active account."""
    return Role.DOCTOR in user.roles_held and remember(
        ("practises", user.pk), lambda: DoctorInformation.objects.listed().filter(user=user.pk).exists()
    )


def own(user: Member, person: str, now: datetime) -> Q:
    """Their own chart; not for staff, who use the admin only and may not open their own chart there."""
    return Q(**{person: user.pk}) if user.uses_api else NOTHING


def in_care(user: Member, person: str, now: datetime) -> Q:
    """From the confirmation of a visit until RECORD_ACCESS_DAYS after the last one ends."""
    if not practises(user):
        return NOTHING
    since = now - timedelta(days=settings.RECORD_ACCESS_DAYS)
    visits = Appointment.objects.filter(doctor__user=user.pk, status__in=OPENING_VISITS, ends_at__gt=since)
    return Q(Exists(visits.filter(patient=OuterRef(person))))


def consented(user: Member, person: str, now: datetime) -> Q:
    """While the patient's consent lasts."""
    return Q(**{f"{person}__in": held(user, User, "read_chart", now)}) if practises(user) else NOTHING


def in_emergency(user: Member, person: str, now: datetime) -> Q:
    """For an hour after opening the chart in an emergency."""
    return Q(**{f"{person}__in": held(user, User, "break_glass", now)}) if practises(user) else NOTHING


def on_duty(user: Member, person: str, now: datetime) -> Q:
    """Admins and auditors, logged."""
    return everyone(user) if user.roles_held & {Role.ADMIN, Duty.AUDIT} else NOTHING


Way = Callable[..., Q]
WAYS: dict[str, Way] = {
    Basis.OWN: own,
    Basis.CARE: in_care,
    Basis.CONSENT: consented,
    Basis.BREAK_GLASS: in_emergency,
    Basis.DUTY: on_duty,
}
WRITING = (Basis.CARE, Basis.CONSENT)
"""The ways by which a doctor may write. Patients add entries to their own chart; emergency access is read-only."""


def _open_to(user: Member, prefix: str, ways: Iterable[str], now: datetime | None) -> dict[str, Q]:
    """The rows that each of `ways` opens to `user`; none for anonymous and inactive users."""
    if not (user.is_authenticated and user.is_active):
        return {}
    now = now or timezone.now()
    return {basis: WAYS[basis](user, prefix or "pk", now) for basis in ways}


def _any(rows: Iterable[Q]) -> Q:
    found = NOTHING
    for one in rows:
        found = found | one
    return found


# --- Checks and filters ----------------------------------------------------------------------------------------------


def charts_readable(user: Member, prefix: str = "patient", now: datetime | None = None) -> Q:
    """The rows about people whose chart `user` may read; `prefix` is the path from a row to the person (users.User),
    and "" or "pk" for people themselves."""
    return _any(_open_to(user, prefix, WAYS, now).values())


def charts_writable(user: Member, prefix: str = "patient", now: datetime | None = None) -> Q:
    """As `charts_readable`, for the charts in which `user` may write as a doctor."""
    return _any(_open_to(user, prefix, WRITING, now).values())


def bases(
    user: Member, patients: Iterable[int], now: datetime | None = None, ways: Iterable[str] = WAYS
) -> dict[int, str]:
    """The ids among `patients` whose chart `user` may read, each with the first basis that opens it. One query."""
    rows = _open_to(user, "pk", ways, now)
    if not rows:
        return {}
    first = Case(*(When(people, then=Value(basis)) for basis, people in rows.items()), output_field=CharField())
    people = User.objects.filter(_any(rows.values()), pk__in=list(patients)).order_by()
    return dict(people.annotate(basis=first).values_list("pk", "basis"))


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
