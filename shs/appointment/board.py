"""The desk board's content: the visits of one day, in a column for each state."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import (
    LIVE,
    Appointment,
    CancelledBy,
    EarlierOffer,
    EarlierWish,
    Lateness,
    Status,
    Turn,
    on_day,
)
from shs.appointment.notices import ABOUT, about, to_call
from shs.core.caller import Caller
from shs.core.dates import show_time
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.doctors.models import Clinic, DoctorInformation

MOST_CARDS = 200
"""The most visits that a board shows; with more the desk chooses a doctor."""


class Flag(NamedTuple):
    """A warning label on a card."""

    text: Label
    is_danger: bool = False


Flagger = Callable[[Caller, list[Appointment], datetime], dict[int, list[Flag]]]
FLAGS: list[Flagger] = []
"""Functions of later apps that add flags: `(user, visits, now)` → visit id → flags, in a fixed number of queries. Each
checks by itself what `user` may know."""


class Column(NamedTuple):
    """A column of the board; `holds(visit)` tells whether the visit belongs in it."""

    key: str
    title: Label
    empty: Label
    holds: Callable[[Appointment], bool]


COLUMNS = (
    Column(
        "requested",
        Status.PENDING.label,
        _("No open requests."),
        lambda visit: visit.status == Status.PENDING,
    ),
    Column(
        "confirmed",
        Status.CONFIRMED.label,
        _("No confirmed visits left."),
        lambda visit: visit.status == Status.CONFIRMED and not visit.waits,
    ),
    Column("checked_in", _("Checked in"), _("Nobody is waiting."), lambda visit: visit.waits),
    Column(
        "completed",
        Status.COMPLETED.label,
        _("No completed visits yet."),
        lambda visit: visit.status == Status.COMPLETED,
    ),
    Column("missed", Status.MISSED.label, _("No missed visits."), lambda visit: visit.status == Status.MISSED),
)
CANCELLED = Column(
    "cancelled", Status.CANCELLED.label, _("No cancelled visits."), lambda visit: visit.status == Status.CANCELLED
)


def clinics_for(user: Caller) -> list[Clinic]:
    """The clinics whose board `user` may open."""
    rows = rows_allowed(Clinic, user, "view") | rows_allowed(Clinic, user, "choose")
    return list(Clinic.objects.filter(rows).order_by("name", "pk"))


def doctors_for(user: Caller, clinic: Clinic) -> list[DoctorInformation]:
    """The bookable doctors of `clinic` that `user` may see."""
    rows = DoctorInformation.objects.allowed(user, "view").listed().filter(clinics=clinic)
    return list(rows.order_by("name", "pk"))


def doctors_at(user: Caller, clinic_id: int) -> list[DoctorInformation]:
    """As `doctors_for`, of a clinic by its key; none of a clinic whose board `user` may not open. One query."""
    rows = rows_allowed(Clinic, user, "view") | rows_allowed(Clinic, user, "choose")
    doctors = DoctorInformation.objects.allowed(user, "view").listed()
    return list(doctors.filter(clinics__in=Clinic.objects.filter(rows, pk=clinic_id)).order_by("name", "pk"))


More = Callable[["QuerySet[Appointment]"], "QuerySet[Appointment]"]


def visits_on(
    user: Caller,
    day: date,
    *,
    clinic: Clinic | None,
    doctor: int | None = None,
    action: str = "view",
    also: More | None = None,
) -> list[Appointment]:
    """The visits of `day` on which `user` has the right `action`, in order of time, at `clinic` (None: all) and with
    `doctor` (None: all). At most MOST_CARDS + 1, so that the caller sees whether there are more. `also` adds what is
    read with them."""
    rows = Appointment.objects.allowed(user, action).filter(on_day(day))
    if clinic is not None:
        rows = rows.filter(clinic=clinic)
    if doctor is not None:
        rows = rows.filter(doctor=doctor)
    waiting = EarlierWish.objects.allowed(user, "view").waiting().filter(visit=OuterRef("pk"))
    rows = rows.annotate(**{WANTS: Exists(waiting)})
    rows = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "doctor__name", "pk")
    return list((also(rows) if also else rows)[: MOST_CARDS + 1])


WANTS = "wants_earlier"
"""Annotation of visits whose patient waits for an earlier time."""
MOST_LEFT = 20
"""So many visits without a doctor stand on the board; their page has all."""


def without_doctor(user: Caller, *, clinic: Clinic | None) -> list[Appointment]:
    """The visits of any day whose doctor is away, of which nobody has decided yet, soonest first: at most
    MOST_LEFT + 1, so that the caller sees whether there are more."""
    rows = Appointment.objects.allowed(user, "view").without_doctor()
    if clinic is not None:
        rows = rows.filter(clinic=clinic)
    rows = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")
    return list(rows[: MOST_LEFT + 1])


class Late(NamedTuple):
    """A doctor who is late on a day, by how many minutes."""

    doctor: str
    minutes: int


def late_doctors(doctors: Iterable[DoctorInformation], day: date, *, clinic: Clinic | None) -> list[Late]:
    """Those of `doctors` who were said to be late on `day`, at `clinic` (None: anywhere); one query."""
    delays = Lateness.objects.delays(day, clinic.pk) if clinic else Lateness.objects.longest(day)
    late = [(doctor.name, delays[doctor.pk]) for doctor in doctors if doctor.pk in delays]
    return [Late(name, int(delay.total_seconds() // 60)) for name, delay in late]


def offers_now(user: Caller, now: datetime, *, clinic: Clinic | None) -> list[EarlierOffer]:
    """The times that are kept at present for those who wait, soonest first; the first MOST_LEFT. One query."""
    mine = EarlierWish.objects.allowed(user, "offer").order_by().values("pk")
    rows = EarlierOffer.objects.holding(now).filter(wish__in=mine)
    if clinic is not None:
        rows = rows.filter(clinic=clinic)
    return list(rows.select_related("wish__patient", "doctor").order_by("starts_at", "pk")[:MOST_LEFT])


CALL, EARLIER, INSIDE, SEEN = "call", "earlier", "inside", "seen"


def _known_of(user: Caller, visits: list[Appointment]) -> dict[str, set[int]]:
    """Those of `visits` whose patient the desk has to call (CALL), waits for an earlier time (EARLIER), is inside with
    the doctor (INSIDE), or was (SEEN) and has not been checked in again; one query. `visits_on` has read the second."""
    live = [visit for visit in visits if visit.status in LIVE]
    unread = [visit.pk for visit in live if WANTS not in vars(visit)]
    found: dict[str, set[int]] = {CALL: set(), INSIDE: set(), SEEN: set()}
    found[EARLIER] = {visit.pk for visit in live if vars(visit).get(WANTS)}
    if not visits:
        return found
    rows = to_call(visits).order_by().annotate(known=Value(CALL)).values_list("known", "about")
    others = []
    if unread:
        others.append(_about(EARLIER, EarlierWish.objects.allowed(user, "view").waiting(), unread))
    if waiting := [visit.pk for visit in live if visit.waits]:
        others += [_about(INSIDE, Turn.objects.inside(), waiting), _about(SEEN, Turn.objects.over(), waiting)]
    by_about = {about(visit): visit.pk for visit in visits}
    for known, key in rows.union(*others, all=True) if others else rows:
        found[known].add(by_about[key])
    return found


def _about(known: str, rows: QuerySet[Model], visits: list[int]) -> QuerySet[Model, tuple[str, str]]:
    """Of the `rows` that belong to these visits: what is known, and of which visit, as notices name it."""
    told_of = Concat(Value(ABOUT), Cast("visit_id", CharField()), output_field=CharField())
    return rows.filter(visit__in=visits).order_by().values_list(Value(known), told_of)


CALLS = _("call")


def is_to_call(flags: Iterable[Flag]) -> bool:
    """Whether one of a visit's `flags` says that its patient is to be called."""
    return any(flag.text == CALLS for flag in flags)


def flags_of(
    user: Caller, visits: Iterable[Appointment], now: datetime, *, without: Collection[Flagger] = ()
) -> dict[int, list[Flag]]:
    """Visit id → flags: those of the visit itself, then those of later apps for `user`; `without` those that the page
    tells in its own way."""
    rows = list(visits)
    known = _known_of(user, rows)
    found = {visit.pk: _own_flags(visit, now, {name for name in known if visit.pk in known[name]}) for visit in rows}
    for pk in known[EARLIER]:
        found[pk].append(Flag(_("wants earlier")))
    for flagger in FLAGS:
        if flagger in without:
            continue
        for pk, flags in flagger(user, rows, now).items():
            found[pk] += flags
    return found


def _own_flags(visit: Appointment, now: datetime, known: set[str]) -> list[Flag]:
    flags = []
    if visit.without_doctor_since is not None:
        flags.append(Flag(_("without a doctor"), is_danger=True))
    if visit.expected_at is not None and visit.status in LIVE:
        flags.append(Flag(_("expected %(time)s") % {"time": show_time(visit.expected_at)}))
    if CALL in known and visit.starts_at > now and visit.cancelled_by != CancelledBy.PATIENT:
        flags.append(Flag(CALLS, is_danger=True))
    if visit.is_extra:
        flags.append(Flag(_("extra")))
    if INSIDE in known:
        flags.append(Flag(_("inside")))
    elif SEEN in known:
        flags.append(Flag(_("seen")))
    elif (waited := visit.minutes_waiting(now)) is not None:
        flags.append(Flag(_("waiting %(minutes)s min") % {"minutes": waited}))
    if late := visit.minutes_late(now):
        flags.append(Flag(_("%(minutes)s min late") % {"minutes": late}, is_danger=True))
    return flags
