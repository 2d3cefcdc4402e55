"""Routes for doctors' own working hours and time off, which may affect booked visits."""

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import Body, Query, Router, Status

from shs.appointment import services
from shs.appointment.errors import VisitsAffected
from shs.appointment.models import Appointment
from shs.appointment.schemas import Affected, Leave, Period, PlaceOut, PlanOut, one_out, place_out
from shs.core.api.authentication import anyone, requires
from shs.core.errors import Invalid
from shs.doctors import services as doctors
from shs.doctors.models import ClosedDay, DoctorInformation, HoursPeriod, TimeOff
from shs.doctors.schemas import (
    AbsenceOut,
    BlockOut,
    ClosedDayOut,
    Hours,
    HoursOfPeriod,
    PeriodOut,
    block_out,
    closed_day_out,
    period_out,
)
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Doctors"])
doctor_only = requires("doctors.practise_doctorinformation")
MOST_LISTED = 200


def _own_profile(request: UserRequest) -> DoctorInformation:
    return get_object_or_404(DoctorInformation.objects.allowed(request.user, "practise"))


@router.get("/me/availability", auth=doctor_only, response=list[BlockOut])
def hours(request: UserRequest) -> list[BlockOut]:
    """The caller's weekly working hours."""
    return [block_out(block) for block in _own_profile(request).availability.order_by("weekday", "start")]


@router.put("/me/availability", auth=doctor_only, response=list[BlockOut])
def set_hours(request: UserRequest, data: Body[Hours], find: Query[Affected]) -> list[BlockOut]:
    """Replace the weekly working hours. If booked visits lie outside of the new ones, 409 `visits_affected` with these
    `visits`, unless `affected` says what becomes of them: `cancel`, or `keep` (the desk decides)."""
    doctor, now = _own_profile(request), timezone.now()
    blocks = _blocks(data)
    outage = services.other_hours(doctor, doctors.week_of(doctor, blocks))
    _carry_out(outage, find.affected, request.user, now, lambda: doctors.set_hours(doctor=doctor, blocks=blocks))
    return [block_out(block) for block in doctor.availability.order_by("weekday", "start")]


@router.get("/me/periods", auth=doctor_only, response=list[PeriodOut])
def periods(request: UserRequest) -> list[PeriodOut]:
    """The caller's temporary hours, for periods and single days, latest first; at most 200."""
    rows = _own_profile(request).hours_periods.prefetch_related("blocks").order_by("-first", "-pk")
    return [period_out(row) for row in rows[:MOST_LISTED]]


@router.post("/me/periods", auth=doctor_only, response={201: PeriodOut})
def add_period(request: UserRequest, data: HoursOfPeriod, find: Query[Affected]) -> Status[PeriodOut]:
    """Add other hours from `first` to `last`, in place of the weekly ones; for a single day both are the same. Without
    `hours` the caller does not work then. Of several on a day those of the shortest period count. Booked visits that
    lie outside: as with the weekly hours."""
    return Status(201, _store_period(request, data, find, None))


@router.put("/me/periods/{id:pk}", auth=doctor_only, response=PeriodOut)
def change_period(request: UserRequest, pk: int, data: HoursOfPeriod, find: Query[Affected]) -> PeriodOut:
    """Replace other hours. Booked visits that lie outside: as with the weekly hours."""
    row = get_object_or_404(HoursPeriod.objects.allowed(request.user, "plan"), pk=pk)
    return _store_period(request, data, find, row)


@router.delete("/me/periods/{id:pk}", auth=doctor_only, response={204: None})
def delete_period(request: UserRequest, pk: int, find: Query[Affected]) -> Status[None]:
    """Delete other hours, so that the weekly ones hold again. Booked visits that lie outside of these: as with the
    weekly hours."""
    row = get_object_or_404(HoursPeriod.objects.allowed(request.user, "plan"), pk=pk)
    _carry_out(services.other_period(row, None), find.affected, request.user, timezone.now(), row.delete)
    return Status(204, None)


@router.get("/{id:pk}/closed-days", auth=anyone, response=list[ClosedDayOut])
def closed_days(request: HttpRequest, pk: int) -> list[ClosedDayOut]:
    """The days to come on which a clinic of a doctor is closed, soonest first, with the reason in both languages."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    rows = ClosedDay.objects.closing().filter(clinic__doctors=doctor, last__gte=timezone.localdate())
    return [closed_day_out(row) for row in rows.order_by("first", "pk")[:MOST_LISTED]]


def _store_period(request: UserRequest, data: HoursOfPeriod, find: Affected, row: HoursPeriod | None) -> PeriodOut:
    doctor = _own_profile(request)
    period, blocks = doctors.period_of(doctor, data.first, data.last, data.reason, _blocks(data.hours), row)
    outage = services.other_period(period, blocks)
    _carry_out(outage, find.affected, request.user, timezone.now(), lambda: doctors.store_period(period, blocks))
    return period_out(period)


def _blocks(data: Hours) -> list[doctors.Block]:
    return [
        {
            "weekday": block.weekday,
            "start": block.start,
            "end": block.end,
            "slot_minutes": block.slot_minutes,
            "clinic_id": block.clinic,
            "buffer_minutes": block.buffer_minutes,
            "capacity": block.capacity,
        }
        for block in data
    ]


@router.post("/me/availability/preview", auth=doctor_only, response=list[PlanOut])
def preview_hours(request: UserRequest, data: Body[Hours]) -> list[PlanOut]:
    """The visits that would lie outside of other weekly working hours, soonest first, at most 200, each with what is
    proposed as for time off. Nothing is stored."""
    doctor = _own_profile(request)
    return _plan(request, services.other_hours(doctor, doctors.week_of(doctor, _blocks(data))))


@router.post("/me/time-off", auth=doctor_only, response={201: AbsenceOut})
def add_time_off(request: UserRequest, data: Leave) -> Status[AbsenceOut]:
    """Add time off, in which no slots are offered. If it hits booked visits, 409 `visits_affected` with these `visits`,
    unless `affected` says what becomes of them: `cancel`, or `keep` (the desk moves or cancels them; until then they
    are not confirmed, not reminded of, and cannot be missed)."""
    doctor, now = _own_profile(request), timezone.now()
    fields = data.model_dump(exclude={"affected"})
    _require_order(data)
    made: list[TimeOff] = []
    outage = services.leave(doctor, data.starts_at, data.ends_at)
    _carry_out(
        outage, data.affected, request.user, now, lambda: made.append(doctors.add_time_off(doctor=doctor, **fields))
    )
    return Status(201, _absence(made[0]))


@router.get("/me/time-off/preview", auth=doctor_only, response=list[PlanOut])
def preview(request: UserRequest, find: Query[Period]) -> list[PlanOut]:
    """The visits that time off would hit, soonest first, at most 200, each with what is proposed: the caller's next
    free slot at the same clinic (`own`), and the nearest of a colleague of the specialty there (`colleague`)."""
    _require_order(find)
    return _plan(request, services.leave(_own_profile(request), find.starts_at, find.ends_at))


@router.get("/me/time-off", auth=doctor_only, response=list[AbsenceOut])
def times_off(request: UserRequest) -> list[AbsenceOut]:
    """The caller's time off, latest first; at most 200."""
    return [_absence(row) for row in _own_profile(request).times_off.order_by("-starts_at")[:200]]


@router.delete("/me/time-off/{id:pk}", auth=doctor_only, response={204: None})
def cancel_time_off(request: UserRequest, pk: int) -> Status[None]:
    """Delete time off. Visits of which nobody has decided yet take place as planned."""
    row = get_object_or_404(TimeOff.objects.allowed(request.user, "plan"), pk=pk)
    services.end_time_off(row=row, now=timezone.now())
    return Status(204, None)


def _plan(request: UserRequest, outage: services.Outage) -> list[PlanOut]:
    now = timezone.now()
    found = services.propose(outage.hit(now)[:MOST_LISTED], outage, now)
    return [
        {
            "visit": one_out(proposal.visit, request.user),
            "own": _place(proposal.own),
            "colleague": _place(proposal.colleague),
        }
        for proposal in found
    ]


def _carry_out(outage: services.Outage, affected: str | None, by: User, now: datetime, store: services.Store) -> None:
    """Store what takes the caller away. Raises VisitsAffected (409) if visits are hit and nobody said what becomes of
    them."""
    hit = outage.hit(now)
    if hit and affected is None:
        raise _affected(hit, by)
    services.carry_out(outage=outage, decisions={}, store=store, by=by, now=now, others=affected or "")


def _affected(hit: list[Appointment], by: User) -> VisitsAffected:
    words = ngettext("%d booked visit is affected.", "%d booked visits are affected.", len(hit)) % len(hit)
    refusal = VisitsAffected(f"{words} {_('Choose what should happen to them: “cancel” or “keep”.')}")
    refusal.more = {"visits": [one_out(visit, by) for visit in hit[:MOST_LISTED]]}
    return refusal


def _require_order(period: Period | Leave) -> None:
    if period.ends_at <= period.starts_at:
        raise Invalid(_("The end of the time off must be after its start."), field="ends_at")


def _place(place: services.Place | None) -> PlaceOut | None:
    return place_out(place.doctor, place.opening.starts_at) if place else None


def _absence(row: TimeOff) -> AbsenceOut:
    return {
        "id": row.pk,
        "starts_at": timezone.localtime(row.starts_at),
        "ends_at": timezone.localtime(row.ends_at),
        "reason": row.reason,
    }
