"""Routes for booking and for visits."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from ninja.decorators import decorate_view

from shs.appointment import services
from shs.appointment.calendar import calendar_file
from shs.appointment.earlier_api import router as earlier_router
from shs.appointment.feed_api import router as feed_router
from shs.appointment.models import Appointment, AppointmentQuerySet
from shs.appointment.schemas import (
    ROW,
    AppointmentOut,
    Booking,
    DoctorVisits,
    MyVisits,
    NewTime,
    QueueOut,
    SlotOut,
    SlotRange,
    StatusChange,
    one_out,
    out_for,
)
from shs.appointment.times_api import router as times_router
from shs.core.api.answers import Answer
from shs.core.api.authentication import anyone, requires
from shs.core.api.caching import public_answer
from shs.core.api.idempotency import idempotent
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.dates import midnight
from shs.core.grants.table import holds, is_shared
from shs.core.queries import KeptQuery
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.doctors.schemas import Review, ReviewOut, review_out
from shs.users.families import acts_for, is_teenager, person_for
from shs.users.models import User
from shs.users.permissions import BOOK, READ
from shs.users.requests import UserRequest

router = Router(tags=["Appointments"])
doctor_router = Router(tags=["Doctors"])
routers = [
    ("/appointments", router),
    ("/appointments/earlier", earlier_router),
    ("/calendar-feeds", feed_router),
    ("/doctors", doctor_router),
    ("/doctors", times_router),
]
"""Routes under /doctors that need visits. All methods of a path must be in one router: those of a second one would
answer 405."""

patient_only = requires("appointment.book_appointment")
may_view = requires("appointment.view_appointment")
taking_part = requires("appointment.book_appointment", "appointment.attend_appointment")
LIST = Answer(PageOut[AppointmentOut])
VISITS = Appointment.objects.unrestricted("each route takes the caller's own").order_by("-starts_at", "-pk")
ROWS = VISITS.values(*ROW)
OF_PATIENT = KeptQuery(lambda patient: VISITS.filter(patient=patient), ROW)
OF_DAY = KeptQuery(
    lambda user, start, end: VISITS.filter(doctor__user=user, starts_at__gte=start, starts_at__lt=end).order_by(
        "starts_at", "pk"
    ),
    ROW,
)
BOOKABLE = KeptQuery(lambda pk: DoctorInformation.objects.listed().filter(pk=pk), ("pk", "notice_minutes"))


@router.post("/", auth=patient_only.limited("book"), response={201: AppointmentOut})
@idempotent
def book(request: UserRequest, data: Booking) -> Status[AppointmentOut]:
    """Book a free slot, for oneself or as a guardian."""
    fields, now = data.model_dump(), timezone.now()
    patient = person_for(request.user, fields.pop("patient"), BOOK, "visits", now)
    doctor = fields.pop("doctor")
    visit = services.book(patient=patient, doctor_id=doctor, **fields, now=now, by=request.user)
    return Status(201, one_out(visit, request.user))


@router.get("/my-appointments", auth=patient_only, response=PageOut[AppointmentOut])
def my_appointments(request: UserRequest, find: Query[MyVisits]) -> HttpResponse:
    """The visits of the caller, or of a `patient` whose guardian they are, latest first; with `upcoming`, only visits
    to come, soonest first."""
    if find.patient not in (None, request.user.pk):
        return LIST(visits_of_dependant(request.user, int(find.patient or 0), find))
    if not find.status and not find.when:
        return LIST(paged_kept(OF_PATIENT, find, out_for(request.user), patient=request.user.pk))
    rows = _chosen(VISITS.filter(patient=request.user), find).values(*ROW)
    return LIST(paged(rows, find, out_for(request.user)))


def visits_of_dependant(user: User, pk: int, find: MyVisits) -> PageOut[AppointmentOut]:
    """The visits of somebody whose guardian `user` is, which is written to the read log. Raises NotFound (404)."""
    now = timezone.now()
    patient = person_for(user, pk, BOOK if acts_for(user, pk, BOOK, now) else READ, "visits", now)
    with_words = acts_for(user, pk, READ, now) and not is_teenager(patient, timezone.localdate(now))
    rows = _chosen(VISITS.filter(patient=patient), find).values(*ROW)
    page = paged(rows, find, out_for(user, with_words=with_words))
    ids = [row["id"] for row in page["items"]]
    log_read(user, what="visits", ids=ids, subject=patient, basis=ReadLog.Basis.GUARDIAN)
    return page


def _chosen(rows: AppointmentQuerySet, find: MyVisits) -> AppointmentQuerySet:
    """Those of `rows` that were asked for."""
    if find.status:
        rows = rows.filter(status=find.status)
    if find.when == "upcoming":
        return rows.upcoming(timezone.now()).order_by("starts_at", "pk")
    return rows.past(timezone.now()) if find.when == "past" else rows


@router.get("/doctor-appointments", auth=requires("appointment.attend_appointment"), response=PageOut[AppointmentOut])
def doctor_appointments(request: UserRequest, find: Query[DoctorVisits]) -> HttpResponse:
    """The caller's visits as a doctor: of one `date` in order of time, else latest first."""
    if find.date and not find.status:
        start, end = midnight(find.date), midnight(find.date + timedelta(days=1))
        return LIST(paged_kept(OF_DAY, find, out_for(request.user), user=request.user.pk, start=start, end=end))
    rows = ROWS.filter(doctor__user=request.user)
    if find.status:
        rows = rows.filter(status=find.status)
    if first := find.date or find.first:
        rows = rows.filter(starts_at__gte=midnight(first))
    if last := find.date or find.last:
        rows = rows.filter(starts_at__lt=midnight(last + timedelta(days=1)))
    if find.date:
        rows = rows.order_by("starts_at", "pk")
    return LIST(paged(rows, find, out_for(request.user)))


@router.get("/{id:pk}", auth=may_view, response=AppointmentOut)
def detail(request: UserRequest, pk: int) -> AppointmentOut:
    """One visit."""
    visit = _allowed(request, "view", pk)
    _note_guardian(visit, request.user)
    return one_out(visit, request.user)


@router.patch("/{id:pk}/status", auth=may_view, response=AppointmentOut)
def set_status(request: UserRequest, pk: int, data: StatusChange) -> AppointmentOut:
    """Confirm, complete or cancel a visit; a missed one can be completed for 24 hours, with a reason."""
    visit = _allowed(request, "view", pk)
    services.set_status(visit=visit, **data.model_dump(), by=request.user, now=timezone.now())
    return one_out(visit, request.user)


@router.post("/{id:pk}/reschedule", auth=taking_part.limited("book"), response=AppointmentOut)
def reschedule(request: UserRequest, pk: int, data: NewTime) -> AppointmentOut:
    """Move a visit to another free slot of its doctor."""
    visit = _allowed(request, "reschedule", pk)
    services.reschedule(visit=visit, date=data.date, time=data.time, by=request.user, now=timezone.now())
    return one_out(visit, request.user)


@router.post("/{id:pk}/not-me", auth=patient_only, response={204: None})
def not_me(request: UserRequest, pk: int) -> Status[None]:
    """Object to a visit that the clinic booked or took in: it opens the caller's chart to nobody from now on, and an
    auditor looks into it."""
    visit = get_object_or_404(Appointment.objects.allowed(request.user, "book"), pk=pk)
    services.object_to(visit=visit, by=request.user, now=timezone.now())
    return Status(204, None)


@router.get("/{id:pk}/queue", auth=may_view, response=QueueOut)
def queue(request: UserRequest, pk: int) -> QueueOut:
    """Where a visit of today stands in its doctor's queue. Asking again every 15 seconds is enough."""
    found = services.queue_status_of(_allowed(request, "view", pk), timezone.now())
    first, last = found.expected_from, found.expected_to
    return {
        "state": found.state.value,
        "serial": found.serial,
        "room": found.room,
        "now_serving": found.now_serving,
        "before_me": found.before_me,
        "expected_from": timezone.localtime(first) if first else None,
        "expected_to": timezone.localtime(last) if last else None,
        "late_minutes": found.late_minutes,
        "note": str(found.note),
    }


@router.get("/{id:pk}/calendar.ics", auth=taking_part.limited("render"))
def calendar(request: UserRequest, pk: int) -> HttpResponse:
    """The visit as an iCalendar file, in the caller's language."""
    visit = _allowed(request, "view", pk)
    _note_guardian(visit, request.user)
    content = calendar_file(visit, reader=request.user)
    answer = HttpResponse(content, content_type="text/calendar; method=PUBLISH; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{visit.number}.ics"'
    return answer


@doctor_router.get("/{id:pk}/slots", auth=anyone, response=list[SlotOut])
def slots(request: HttpRequest, pk: int, find: Query[SlotRange]) -> list[SlotOut]:
    """The slots of a doctor's working hours without time off, each with whether it is free; by default for today and
    the next six days. A block by serial is one entry: whoever books it comes between `starts_at` and `ends_at`."""
    doctor = BOOKABLE.first(pk=pk)
    if doctor is None:
        raise Http404
    first = find.date or find.first or timezone.localdate()
    last = find.date or find.last or first + timedelta(days=6)
    notice = timedelta(minutes=doctor["notice_minutes"])
    found = services.slots_of(doctor_id=pk, first=first, last=last, now=timezone.now(), notice=notice)
    return [_slot(opening, available) for opening, available in found]


@doctor_router.get("/{id:pk}/reviews", auth=anyone, response=PageOut[ReviewOut])
@decorate_view(public_answer)
def reviews(request: HttpRequest, pk: int, paging: Paged) -> PageOut[ReviewOut]:
    """The published reviews of a doctor, newest first."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    rows = DoctorReview.objects.shown().filter(doctor=doctor).select_related("patient").order_by("-pk")
    return paged(rows, paging, review_out)


@doctor_router.post("/{id:pk}/reviews", auth=patient_only.limited("post"), response={201: ReviewOut})
def review(request: UserRequest, pk: int, data: Review) -> Status[ReviewOut]:
    """Review a doctor once after a completed visit."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    fields = {**data.model_dump(), "now": timezone.now()}
    return Status(201, review_out(services.review(doctor=doctor, patient=request.user, **fields)))


@doctor_router.put("/{id:pk}/reviews/mine", auth=patient_only.limited("post"), response=ReviewOut)
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


def _note_guardian(visit: Appointment, user: User) -> None:
    """Write to the read log that a guardian reads a visit of a dependant."""
    if (
        holds(user, "appointment.book_appointment")
        and visit.patient_id != user.pk
        and not is_shared(visit, user, "view")
    ):
        log_read(user, what="visits", ids=[visit.pk], subject=visit.patient, basis=ReadLog.Basis.GUARDIAN)


def _slot(opening: services.Opening, available: bool) -> SlotOut:
    text = opening.starts_at.isoformat()
    return {
        "date": text[:10],
        "time": text[11:16],
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "available": available,
        "by_serial": opening.capacity is not None,
        "capacity": opening.capacity or 1,
        "places_left": opening.places_left or 0,
    }
