"""Routes of the waiting list: asking to come earlier, and answering offers."""

from datetime import datetime
from typing import Annotated

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field
from typing_extensions import TypedDict

from shs.appointment import services
from shs.appointment.models import Appointment, EarlierOffer, EarlierOfferQuerySet, EarlierWish, EarlierWishQuerySet
from shs.appointment.schemas import AppointmentOut, PatientRef, one_out
from shs.core.api.authentication import requires
from shs.core.api.paging import PageOut, Paging, paged
from shs.core.types import Clock, Day, Id, In
from shs.doctors.models import Clinic, DoctorInformation, DoctorSpecialization
from shs.users.families import person_for
from shs.users.family_schemas import AboutWhom, ForWhom
from shs.users.permissions import BOOK
from shs.users.requests import UserRequest

router = Router(tags=["Waiting list"])

asking = requires("appointment.ask_earlierwish")

Weekday = Annotated[int, Field(ge=0, le=6, strict=True)]


class NewWish(In):
    """A wish to come earlier: with a `visit`, which is moved then; or for the first time with a `doctor`, or with any
    doctor of a `specialization` at a `clinic`. `patient`: for whom, by default the caller. Days by default from today
    to the visit; `weekdays` from 0, Monday; times in the clinic's wall-clock time."""

    visit: Id | None = None
    doctor: Id | None = None
    specialization: Id | None = None
    clinic: Id | None = None
    patient: ForWhom = None
    from_date: Day | None = None
    to_date: Day | None = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = []
    from_time: Clock | None = None
    to_time: Clock | None = None


class MyWishes(Paging):
    """Whose wishes: the caller's, or those of a `patient` whose guardian they are."""

    patient: AboutWhom = None


class Named(TypedDict):
    """A doctor, a specialty or a clinic."""

    id: int
    name: str


class OfferOut(TypedDict):
    """A time that is kept for the patient until `open_until`; `date` and `time` in the clinic's wall-clock time."""

    id: int
    doctor: Named
    clinic: Named | None
    date: str
    time: str
    starts_at: datetime
    open_until: datetime


class WishOut(TypedDict):
    """A wish to come earlier. `state`: `waiting`, `served` (then `visit` is the earlier one), `withdrawn` or `ended`.
    `offer`: a time that is kept for them, if there is one."""

    id: int
    patient: PatientRef
    visit: int | None
    doctor: Named | None
    specialization: Named | None
    clinic: Named | None
    from_date: str
    to_date: str
    weekdays: list[int]
    from_time: str | None
    to_time: str | None
    state: str
    made_at: datetime
    offer: OfferOut | None


@router.get("/", auth=asking, response=PageOut[WishOut])
def wishes(request: UserRequest, find: Query[MyWishes]) -> PageOut[WishOut]:
    """The wishes to come earlier of the caller, or of somebody for whom they book, latest first, each with what is
    offered."""
    now = timezone.now()
    patient = person_for(request.user, find.patient, BOOK, "waiting list", now)
    rows = _rows(request, now).filter(patient=patient).order_by("-made_at", "-pk")
    return paged(rows, find, wish_out)


@router.post("/", auth=asking.limited("book"), response={201: WishOut})
def ask(request: UserRequest, data: NewWish) -> Status[WishOut]:
    """Ask to come earlier. Free times are offered in the order of asking, one at a time, by a notice."""
    now = timezone.now()
    patient = person_for(request.user, data.patient, BOOK, "waiting list", now)
    visit = None
    if data.visit is not None:
        visits = Appointment.objects.allowed(request.user, "reschedule").filter(patient=patient)
        visit = get_object_or_404(visits.select_related("doctor", "clinic", "patient"), pk=data.visit)
    suits = services.Suits(
        first_on=data.from_date,
        last_on=data.to_date,
        weekdays=data.weekdays,
        from_time=data.from_time,
        to_time=data.to_time,
    )
    wish = services.ask_earlier(
        patient=patient,
        visit=visit,
        doctor_id=data.doctor,
        specialty_id=data.specialization,
        clinic_id=data.clinic,
        suits=suits,
        now=now,
    )
    return Status(201, wish_out(_rows(request, now).get(pk=wish.pk)))


@router.delete("/{id:pk}", auth=asking, response={204: None})
def withdraw(request: UserRequest, pk: int) -> Status[None]:
    """Leave the waiting list; the visit stays as it is."""
    rows = EarlierWish.objects.allowed(request.user, "withdraw")
    services.withdraw_wish(wish=get_object_or_404(rows, pk=pk), now=timezone.now())
    return Status(204, None)


@router.get("/offers", auth=asking, response=list[OfferOut])
def offers(request: UserRequest) -> list[OfferOut]:
    """The times that are kept at present for the caller and for those for whom they book, soonest first."""
    rows = _offers(request).holding(timezone.now()).order_by("starts_at", "pk")
    return [offer_out(offer) for offer in rows]


@router.post("/offers/{id:pk}/accept", auth=asking.limited("book"), response=AppointmentOut)
def accept(request: UserRequest, pk: int) -> AppointmentOut:
    """Accept an offer: the visit is moved, or booked. 409 `offer_over` if the time was taken meanwhile or is no longer
    kept; the wish keeps its place. A second acceptance returns the visit."""
    offer = get_object_or_404(_offers(request), pk=pk)
    visit = services.accept_offer(offer=offer, by=request.user, now=timezone.now())
    return one_out(visit, request.user)


@router.post("/offers/{id:pk}/decline", auth=asking, response={204: None})
def decline(request: UserRequest, pk: int) -> Status[None]:
    """Decline an offer: the next one gets the time, and the wish keeps its place."""
    services.decline_offer(offer=get_object_or_404(_offers(request), pk=pk), now=timezone.now())
    return Status(204, None)


def _rows(request: UserRequest, now: datetime) -> EarlierWishQuerySet:
    kept = EarlierOffer.objects.unrestricted("of the caller's wishes").holding(now).select_related("doctor", "clinic")
    rows = EarlierWish.objects.allowed(request.user, "ask").select_related("patient", "doctor", "specialty", "clinic")
    return rows.prefetch_related(Prefetch("offers", kept, to_attr="kept"))


def _offers(request: UserRequest) -> EarlierOfferQuerySet:
    wishes = EarlierWish.objects.allowed(request.user, "ask")
    return (
        EarlierOffer.objects.unrestricted("of the caller's wishes")
        .filter(wish__in=wishes.order_by().values("pk"))
        .select_related("wish__patient", "wish__visit", "doctor", "clinic")
    )


def _named(row: DoctorInformation | DoctorSpecialization | Clinic | None) -> Named | None:
    return {"id": row.pk, "name": row.name} if row is not None else None


def offer_out(offer: EarlierOffer) -> OfferOut:
    """Convert an offer, with its doctor and clinic loaded."""
    at = timezone.localtime(offer.starts_at)
    text = at.isoformat()
    return {
        "id": offer.pk,
        "doctor": {"id": offer.doctor_id, "name": offer.doctor.name},
        "clinic": _named(offer.clinic),
        "date": text[:10],
        "time": text[11:16],
        "starts_at": at,
        "open_until": timezone.localtime(offer.open_until),
    }


def wish_out(wish: EarlierWish) -> WishOut:
    """Convert a wish of `_rows`."""
    kept: list[EarlierOffer] = vars(wish)["kept"]
    return {
        "id": wish.pk,
        "patient": {"id": wish.patient_id, "name": wish.patient.name},
        "visit": wish.visit_id,
        "doctor": _named(wish.doctor),
        "specialization": _named(wish.specialty),
        "clinic": _named(wish.clinic),
        "from_date": wish.first_on.isoformat(),
        "to_date": wish.last_on.isoformat(),
        "weekdays": [int(day) for day in wish.weekdays],
        "from_time": f"{wish.from_time:%H:%M}" if wish.from_time else None,
        "to_time": f"{wish.to_time:%H:%M}" if wish.to_time else None,
        "state": wish.state,
        "made_at": timezone.localtime(wish.made_at),
        "offer": offer_out(kept[0]) if kept else None,
    }
