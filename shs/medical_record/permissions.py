"""Who may read and write a patient's chart. The rule is written once, as WAYS; every check and filter is derived from
it."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import PROVEN, Appointment, opening_times
from shs.core.caller import Member
from shs.core.context import remember, remembered
from shs.core.grants.held import held
from shs.core.grants.keys import among
from shs.core.grants.models import ObjectGrant
from shs.core.grants.offered import CHARTS, Breadth, admins_alone, by_two, presuppose, rows_are
from shs.core.grants.table import NOTHING, everyone, grant, keep_back, may_all, open_rows
from shs.core.queries import KeptQuery
from shs.core.reads.models import ReadLog
from shs.doctors.permissions import own_ids
from shs.medical_record.models import BreakGlass, ConditionCode, MedicalRecord, VisitDraft, VisitNote
from shs.users.models import Duty, Role, User
from shs.users.permissions import READ, dependants, wards

Basis = ReadLog.Basis

TO_CHARTS = Breadth("to_charts", _("only grants to charts"))


# --- The ways to a chart: whose chart is open to `user` at `now` ------------------------------------------------------


class Charts(NamedTuple):
    """The charts of these people (ids of users.User), or the charts of all."""

    of: AbstractSet[int] = frozenset()
    are_all: bool = False


NO_CHARTS, ALL_CHARTS = Charts(), Charts(are_all=True)


def practises(user: Member) -> bool:
    """Whether `user` is a verified doctor with an active account and a confirmed address."""
    is_doctor = Role.DOCTOR in user.roles_held and user.is_active and user.is_confirmed
    return is_doctor and bool(own_ids(user, verified=True))


def own(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """Their own chart, once their address is confirmed; not for staff, who use the admin only and may not open their
    own chart there."""
    return Charts({user.pk}) if user.uses_api and user.is_confirmed else NO_CHARTS


class Opened(NamedTuple):
    """A visit that opens something of the chart of `patient` until `until`: all of it if it `is_proven`, else only what
    was written in the visit."""

    visit: int
    patient: int
    is_proven: bool
    until: datetime


FRESH = timedelta(minutes=1)
"""For so long a request relies on the visits that it has read."""


def opened_visits(user: Member, now: datetime, asked: Collection[int] | None = None) -> list[Opened]:
    """The visits to `user` that open something at `now`. One query for all patients, or for those that are `asked` for;
    remembered for the request."""
    if not practises(user):
        return []
    some = None if asked is None else frozenset(asked)
    # Where those of all patients have been read, for a list, they answer for some of them, too.
    of = None if remembered(("care", user.pk, None)) else some
    known_at, rows = remember(("care", user.pk, of), lambda: (now, _opened_visits(user, now, of)))
    rows = rows if known_at <= now < known_at + FRESH else _opened_visits(user, now, of)
    return [row for row in rows if row.until > now and (some is None or row.patient in some)]


def _visits(user: int, now: datetime, overdue: datetime, begin: datetime, **some: int) -> QuerySet[Appointment]:
    visits = Appointment.objects.opening_between(now, overdue, begin).filter(doctor__user=user).order_by()
    return visits.filter(patient__in=some.values()) if some else visits


OPENED = KeptQuery(_visits, ("pk", "patient_id", "identity", "opens_until"))
"""The visits to `user` that open something at these `opening_times()`; of some patients, where some are given."""


def _opened_visits(user: Member, now: datetime, asked: Collection[int] | None) -> list[Opened]:
    if asked is not None and not asked:
        return []
    some = {f"patient{at}": pk for at, pk in enumerate(asked or ())}
    rows = OPENED.rows(user=user.pk, **opening_times(now), **some)
    return [
        Opened(row["pk"], row["patient_id"], row["identity"] in PROVEN, row["opens_until"])
        for row in rows
        if row["opens_until"]
    ]


def guarded(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """Of people whose guardian they are, as far as nothing in it is confidential: see `is_hidden`."""
    if not (user.uses_api and user.is_confirmed):
        return NO_CHARTS
    return Charts({pk for pk, ward in wards(user, now).items() if ward.may_read})


def in_care(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """From RECORD_ACCESS_BEFORE_DAYS before a confirmed visit until RECORD_ACCESS_DAYS after the last one that took
    place, if the visits are known to be the patient's."""
    return Charts({row.patient for row in opened_visits(user, now, asked) if row.is_proven})


def visits_alone(user: Member, now: datetime, asked: Collection[int] | None = None) -> dict[int, int]:
    """Visit → patient, of the visits to `user` without proof of identity: they open what was written in them, and
    nothing else of the chart."""
    if not (user.is_authenticated and user.is_active):
        return {}
    return {row.visit: row.patient for row in opened_visits(user, now, asked) if not row.is_proven}


def visit_alone(user: Member, patient: User, now: datetime) -> int | None:
    """The latest visit without proof in which `user` may write about `patient`; None if there is none."""
    return max(visits_alone(user, now, [patient.pk]), default=None)


def consented(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """While the patient's consent lasts."""
    return Charts(frozenset(held(user, User, "read_chart", now))) if practises(user) else NO_CHARTS


def in_emergency(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """For an hour after opening the chart in an emergency."""
    return Charts(frozenset(held(user, User, "break_glass", now))) if practises(user) else NO_CHARTS


def on_duty(user: Member, now: datetime, asked: Collection[int] | None = None) -> Charts:
    """Those whose role or duty opens every chart, such as admins and auditors; logged."""
    return ALL_CHARTS if may_all(user, User, "read_chart") else NO_CHARTS


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
    Basis.GUARDIAN: guarded,
}
IN_FULL = tuple(basis for basis in WAYS if basis != Basis.GUARDIAN)
"""The ways that open all of a chart; guardians do not see what a doctor has marked as confidential."""
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


def rows_readable(user: Member, now: datetime | None = None) -> Q:
    """The rows about a `patient` that `user` may read, of a model with `is_confidential`: all in charts that are open
    to them in full, and as a guardian what is not confidential."""
    as_guardian = _rows_about(user, "patient", [Basis.GUARDIAN], now)
    in_full = _rows_about(user, "patient", IN_FULL, now)
    return in_full if as_guardian == NOTHING else in_full | as_guardian & Q(is_confidential=False)


# --- The table -------------------------------------------------------------------------------------------------------


def of_readable_charts(user: Member) -> Q:
    """Rows in charts that the user may read."""
    return rows_readable(user)


def seen_by_doctors(user: Member) -> Q:
    """Rows in charts that the user may read, and what was written in their visits without proof of identity."""
    return rows_readable(user) | Q(visit__in=list(visits_alone(user, timezone.now())))


def of_own_chart(user: Member) -> Q:
    """Rows in the user's own chart, once their address is confirmed."""
    return Q(patient=user.pk) if user.is_confirmed else NOTHING


def of_guarded_charts(user: Member) -> Q:
    """Rows in charts of people for whom the user may read as their guardian."""
    return Q(patient__in=dependants(user, READ)) if user.uses_api and user.is_confirmed else NOTHING


def of_writable_charts(user: Member) -> Q:
    """Rows in charts in which the user may write."""
    return charts_writable(user) | Q(visit__in=list(visits_alone(user, timezone.now())))


def written_by_me(user: Member) -> Q:
    """Entries that the user wrote, in charts in which they may still write."""
    return Q(recorded_by=user.pk) & of_writable_charts(user)


def drafts_to_write(user: Member) -> Q:
    """Drafts of visits to the user as a verified doctor, and those that they have taken over, in charts in which they
    may write."""
    mine = Q(visit__doctor__in=own_ids(user, verified=True)) | Q(writer=user.pk)
    return mine & of_writable_charts(user)


def notes_signed_by_me(user: Member) -> Q:
    """Notes that the user has signed, in charts in which they may still write."""
    return Q(signed_by=user.pk) & of_writable_charts(user)


def readable_people(user: Member) -> Q:
    """People whose chart the user may read."""
    return charts_readable(user, "pk")


def opened_by_me(user: Member) -> Q:
    """Emergency accesses of the user."""
    return Q(doctor=user.pk)


@rows_are(TO_CHARTS)
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
grant(MedicalRecord, Role.PATIENT, of_guarded_charts, "add")
grant(MedicalRecord, Role.DOCTOR, of_guarded_charts, "add")
grant(MedicalRecord, Role.DOCTOR, seen_by_doctors, "view")
grant(MedicalRecord, Role.DOCTOR, of_writable_charts, "add")
grant(MedicalRecord, Role.DOCTOR, of_own_chart, "add")  # a doctor can be a patient too
grant(MedicalRecord, Role.DOCTOR, written_by_me, "amend", "retract")
grant(MedicalRecord, Role.ADMIN, everyone, "view", "export")
grant(MedicalRecord, Duty.AUDIT, everyone, "view")

# Drafts are for whoever writes the visit alone: what is no statement yet is read by nobody else.
grant(VisitDraft, Role.DOCTOR, drafts_to_write, "view")
grant(VisitNote, Role.PATIENT, of_readable_charts, "view")
grant(VisitNote, Role.DOCTOR, seen_by_doctors, "view")
grant(VisitNote, Role.DOCTOR, notes_signed_by_me, "amend")
grant(VisitNote, Role.ADMIN, everyone, "view")
grant(VisitNote, Duty.AUDIT, everyone, "view")
keep_back(VisitNote, "view", because="it is read on the page of its visit, and in the chart")

grant(User, Role.DOCTOR, readable_people, "view")
for patient_or_doctor in (Role.PATIENT, Role.DOCTOR):
    grant(User, patient_or_doctor, readable_people, "read_chart")
for on_every_chart in (Role.ADMIN, Duty.AUDIT):
    grant(User, on_every_chart, everyone, "read_chart")
keep_back(User, "read_chart", because="of a chart single entries are shared")

grant(ConditionCode, Role.ADMIN, everyone, "view", "add", "change", "import", "export", "delete", "archive")
for who in (Duty.DESK, Duty.AUDIT):
    grant(ConditionCode, who, everyone, "view")
grant(ConditionCode, Role.DOCTOR, everyone, "view", "choose")

grant(BreakGlass, Role.DOCTOR, opened_by_me, "view", "add")
grant(BreakGlass, Role.ADMIN, everyone, "view")
grant(BreakGlass, Duty.AUDIT, everyone, "view", "review")

open_rows(ReadLog, "about", because="patients are told who read their chart")
open_rows(User, known_from_own_chart, because="patients are told who wrote in their chart, and who read it")
open_rows(BreakGlass, "to_chart_of", because="patients are told of emergency access to their chart")

presuppose("medical_record.view_medicalrecord", "users.read_chart_user")
presuppose("medical_record.view_visitnote", "users.read_chart_user")
admins_alone(MedicalRecord, "export", because="charts leave the clinic by an admin alone")
by_two(BreakGlass, what=CHARTS)
