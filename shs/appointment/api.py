"""Routes for booking and for visits."""

from datetime import date, datetime, time, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from ninja.decorators import decorate_view

from shs.appointment import services
from shs.appointment.calendar import calendar_file
from shs.appointment.models import Appointment
from shs.appointment.schemas import (
    ROW,
    AppointmentOut,
    Booking,
    DoctorVisits,
    MyVisits,
    NewTime,
    SlotOut,
    SlotRange,
    StatusChange,
    appointment_out,
    one_out,
)
from shs.core.api.authentication import anyone, requires
from shs.core.api.caching import public_answer
from shs.core.api.idempotency import idempotent
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.queries import KeptQuery
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.doctors.schemas import Review, ReviewOut, review_out
from shs.users.requests import UserRequest

router = Router(tags=["Appointments"])
doctor_router = Router(tags=["Doctors"])
routers = [("/appointments", router), ("/doctors", doctor_router)]
"""Routes under /doctors that need visits. All methods of a path must be in one router: those of a second one would
answer 405."""

patient_only = requires("appointment.book_appointment")
may_view = requires("appointment.view_appointment")
taking_part = requires("appointment.book_appointment", "appointment.attend_appointment")
ROWS = Appointment.objects.unrestricted("each route takes the caller's own").values(*ROW).order_by("-starts_at", "-pk")
OF_PATIENT = KeptQuery(lambda patient: ROWS.filter(patient=patient))
OF_DAY = KeptQuery(
    lambda user, start, end: ROWS.filter(doctor__user=user, starts_at__gte=start, starts_at__lt=end).order_by(
        "starts_at", "pk"
    )
)
BOOKABLE = KeptQuery(lambda pk: DoctorInformation.objects.listed().filter(pk=pk).values("pk"))


@router.post("/", auth=patient_only, response={201: AppointmentOut})
@idempotent
def book(request: UserRequest, data: Booking) -> Status[AppointmentOut]:
    """Book a free slot."""
    fields = data.model_dump()
    visit = services.book(patient=request.user, doctor_id=fields.pop("doctor"), **fields, now=timezone.now())
    return Status(201, one_out(visit))


@router.get("/my-appointments", auth=patient_only, response=PageOut[AppointmentOut])
def my_appointments(request: UserRequest, find: Query[MyVisits]) -> PageOut[AppointmentOut]:
    """The caller's own visits, latest first; with `upcoming`, only visits to come, soonest first."""
    if not find.status and not find.when:
        return paged_kept(OF_PATIENT, find, appointment_out, patient=request.user.pk)
    rows = ROWS.filter(patient=request.user)
    if find.status:
        rows = rows.filter(status=find.status)
    if find.when == "upcoming":
        rows = rows.upcoming(timezone.now()).order_by("starts_at", "pk")
    elif find.when == "past":
        rows = rows.past(timezone.now())
    return paged(rows, find, appointment_out)


@router.get("/doctor-appointments", auth=requires("appointment.attend_appointment"), response=PageOut[AppointmentOut])
def doctor_appointments(request: UserRequest, find: Query[DoctorVisits]) -> PageOut[AppointmentOut]:
    """The caller's visits as a doctor: of one `date` in order of time, else latest first."""
    if find.date and not find.status:
        start, end = _midnight(find.date), _midnight(find.date + timedelta(days=1))
        return paged_kept(OF_DAY, find, appointment_out, user=request.user.pk, start=start, end=end)
    rows = ROWS.filter(doctor__user=request.user)
    if find.status:
        rows = rows.filter(status=find.status)
    if first := find.date or find.first:
        rows = rows.filter(starts_at__gte=_midnight(first))
    if last := find.date or find.last:
        rows = rows.filter(starts_at__lt=_midnight(last + timedelta(days=1)))
    if find.date:
        rows = rows.order_by("starts_at", "pk")
    return paged(rows, find, appointment_out)


@router.get("/{id:pk}", auth=may_view, response=AppointmentOut)
def detail(request: UserRequest, pk: int) -> AppointmentOut:
    """One visit."""
    return one_out(_allowed(request, "view", pk))


@router.patch("/{id:pk}/status", auth=may_view, response=AppointmentOut)
def set_status(request: UserRequest, pk: int, data: StatusChange) -> AppointmentOut:
    """Confirm, complete or cancel a visit; a missed one can be completed for 24 hours, with a reason."""
    visit = _allowed(request, "view", pk)
    return one_out(services.set_status(visit=visit, **data.model_dump(), by=request.user, now=timezone.now()))


@router.post("/{id:pk}/reschedule", auth=taking_part, response=AppointmentOut)
def reschedule(request: UserRequest, pk: int, data: NewTime) -> AppointmentOut:
    """Move a visit to another free slot of its doctor."""
    visit = _allowed(request, "reschedule", pk)
    return one_out(services.reschedule(visit=visit, date=data.date, time=data.time, now=timezone.now()))


@router.get("/{id:pk}/calendar.ics", auth=taking_part)
def calendar(request: UserRequest, pk: int) -> HttpResponse:
    """The visit as an iCalendar file."""
    visit = _allowed(request, "view", pk)
    answer = HttpResponse(calendar_file(visit), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{visit.number}.ics"'
    return answer


@doctor_router.get("/{id:pk}/slots", auth=anyone, response=list[SlotOut])
def slots(request: HttpRequest, pk: int, find: Query[SlotRange]) -> list[SlotOut]:
    """The slots of a doctor's working hours without time off, each with whether it is free; by default for today and
    the next six days."""
    if BOOKABLE.first(pk=pk) is None:
        raise Http404
    first = find.date or find.first or timezone.localdate()
    last = find.date or find.last or first + timedelta(days=6)
    found = services.slots_of(doctor_id=pk, first=first, last=last, now=timezone.now())
    return [_slot(opening.starts_at, available) for opening, available in found]


@doctor_router.get("/{id:pk}/reviews", auth=anyone, response=PageOut[ReviewOut])
@decorate_view(public_answer)
def reviews(request: HttpRequest, pk: int, paging: Paged) -> PageOut[ReviewOut]:
    """The published reviews of a doctor, newest first."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    rows = DoctorReview.objects.shown().filter(doctor=doctor).select_related("patient").order_by("-pk")
    return paged(rows, paging, review_out)


@doctor_router.post("/{id:pk}/reviews", auth=patient_only, response={201: ReviewOut})
def review(request: UserRequest, pk: int, data: Review) -> Status[ReviewOut]:
    """Review a doctor once after a completed visit."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    fields = {**data.model_dump(), "now": timezone.now()}
    return Status(201, review_out(services.review(doctor=doctor, patient=request.user, **fields)))


@doctor_router.put("/{id:pk}/reviews/mine", auth=patient_only, response=ReviewOut)
def change_review(request: UserRequest, pk: int, data: Review) -> ReviewOut:
    """Change the caller's own review, within 14 days."""
    doctor = get_object_or_404(DoctorInformation.objects.unrestricted("only the caller's own review is touched"), pk=pk)
    fields = {**data.model_dump(), "now": timezone.now()}
    return review_out(doctors.change_review(doctor=doctor, patient=request.user, **fields))


@doctor_router.delete("/{id:pk}/reviews/mine", auth=patient_only, response={204: None})
def withdraw_review(request: UserRequest, pk: int) -> Status[None]:
    """Delete the caller's own review."""
    doctors.withdraw_review(
        doctor=get_object_or_404(
            DoctorInformation.objects.unrestricted("only the caller's own review is touched"), pk=pk
        ),
        patient=request.user,
    )
    return Status(204, None)


def _allowed(request: UserRequest, action: str, pk: int) -> Appointment:
    rows = Appointment.objects.allowed(request.user, action).select_related("doctor", "clinic", "patient")
    return get_object_or_404(rows, pk=pk)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _slot(starts_at: datetime, available: bool) -> SlotOut:
    text = starts_at.isoformat()
    return {"date": text[:10], "time": text[11:16], "starts_at": starts_at, "available": available}
