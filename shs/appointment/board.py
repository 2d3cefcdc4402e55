"""The desk board's content: the visits of one day, in a column for each state."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment, Status, on_day
from shs.core.caller import Caller
from shs.core.grants.table import rows_allowed
from shs.core.labels import Label
from shs.doctors.models import Clinic, DoctorInformation

MOST_CARDS = 200
"""The most visits that a board shows; with more the desk chooses a doctor."""


class Flag(NamedTuple):
    """A warning label on a card."""

    text: Label
    is_danger: bool = False


FLAGS: list[Callable[[Caller, list[Appointment], datetime], dict[int, list[Flag]]]] = []
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
    Column("checked_in", _("Checked in"), _("Nobody waits."), lambda visit: visit.waits),
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


def visits_on(
    user: Caller, day: date, *, clinic: Clinic | None, doctor: int | None = None, action: str = "view"
) -> list[Appointment]:
    """The visits of `day` on which `user` has the right `action`, in order of time, at `clinic` (None: all) and with
    `doctor` (None: all). At most MOST_CARDS + 1, so that the caller sees whether there are more."""
    rows = Appointment.objects.allowed(user, action).filter(on_day(day))
    if clinic is not None:
        rows = rows.filter(clinic=clinic)
    if doctor is not None:
        rows = rows.filter(doctor=doctor)
    rows = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "doctor__name", "pk")
    return list(rows[: MOST_CARDS + 1])


def flags_of(user: Caller, visits: Iterable[Appointment], now: datetime) -> dict[int, list[Flag]]:
    """Visit id → flags: those of the visit itself, then those of later apps for `user`."""
    rows = list(visits)
    found = {visit.pk: _own_flags(visit, now) for visit in rows}
    for flagger in FLAGS:
        for pk, flags in flagger(user, rows, now).items():
            found[pk] += flags
    return found


def _own_flags(visit: Appointment, now: datetime) -> list[Flag]:
    flags = []
    if visit.is_extra:
        flags.append(Flag(_("extra")))
    if (waited := visit.minutes_waiting(now)) is not None:
        flags.append(Flag(_("waiting %(minutes)s min") % {"minutes": waited}))
    if late := visit.minutes_late(now):
        flags.append(Flag(_("%(minutes)s min late") % {"minutes": late}, is_danger=True))
    return flags
