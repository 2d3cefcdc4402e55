"""Routes to find doctors, and for doctors to maintain their own profile."""

from decimal import Decimal
from functools import partial

from django.db.models import Count, Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from ninja.decorators import decorate_view

from shs.core.api.authentication import anyone, requires
from shs.core.api.caching import public_answer, remembered_answer
from shs.core.api.paging import PageOut, paged, paged_kept
from shs.core.grants.table import is_member
from shs.core.queries import KeptQuery
from shs.doctors import services
from shs.doctors.models import DoctorInformation, DoctorReview, DoctorSpecialization, Verification
from shs.doctors.schemas import (
    DOCTOR_FIELDS,
    Answer,
    Application,
    ApplicationChange,
    DoctorDetailOut,
    DoctorOut,
    OwnDoctorOut,
    RatingOut,
    ReviewOut,
    Search,
    SpecializationOut,
    doctor_out,
    hours_out,
    own_out,
    review_out,
)
from shs.users.models import works_as_doctor
from shs.users.requests import UserRequest

router = Router(tags=["Doctors"])
routers = [("/doctors", router)]

doctor_only = requires("doctors.practise_doctorinformation")

ORDERS = {
    "rating": ("-rating", "-rating_count", "id"),
    "-rating": ("rating", "rating_count", "id"),
    "fees": ("fees", "id"),
    "-fees": ("-fees", "-id"),
    "experience": ("-experience", "id"),
    "-experience": ("experience", "-id"),
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
}
LISTED = DoctorInformation.objects.listed()
BY_ORDER = {order: KeptQuery(partial(LISTED.order_by, *fields), DOCTOR_FIELDS) for order, fields in ORDERS.items()}
BY_ID = KeptQuery(lambda pk: LISTED.filter(pk=pk), DOCTOR_FIELDS)
SPECIALIZATIONS = (
    DoctorSpecialization.objects.in_use()
    .annotate(
        doctor_count=Count(
            "doctors",
            filter=works_as_doctor("doctors__user") & Q(doctors__verification_status=Verification.APPROVED),
        )
    )
    .order_by("name")
)


def own_profile(request: UserRequest) -> DoctorInformation:
    """The caller's own profile; 404 if they have none yet."""
    return get_object_or_404(DoctorInformation.objects.allowed(request.user, "practise"))


@router.get("/search", auth=anyone, response=PageOut[DoctorOut])
@decorate_view(remembered_answer)
def search(request: HttpRequest, find: Query[Search]) -> PageOut[DoctorOut]:
    """Verified doctors who can be booked, best rated first."""
    if not find.model_dump(exclude={"page", "page_size", "ordering"}, exclude_defaults=True):
        return paged_kept(BY_ORDER[find.ordering], find, doctor_out)
    rows = LISTED.values(*DOCTOR_FIELDS)
    if find.q:
        rows = rows.matching(find.q)
    if find.specialty:
        rows = rows.of_specialty(find.specialty)
    if find.location:
        rows = rows.at_place(find.location)
    if find.min_rating is not None:
        rows = rows.filter(rating__gte=Decimal(str(find.min_rating)))
    if find.max_fees is not None:
        rows = rows.filter(fees__lte=find.max_fees)
    if find.min_experience is not None:
        rows = rows.filter(experience__gte=find.min_experience)
    if find.language:
        rows = rows.speaking(find.language)
    if find.available_on:
        rows = rows.working_on(find.available_on)
    return paged(rows.order_by(*ORDERS[find.ordering]), find, doctor_out)


@router.get("/specializations", auth=anyone, response=list[SpecializationOut])
def specializations(request: HttpRequest) -> list[SpecializationOut]:
    """Every specialization, with how many doctors of it can be booked."""
    return [
        {"id": row.pk, "name": row.name, "slug": row.slug, "doctor_count": row.doctor_count}
        for row in SPECIALIZATIONS.all()
    ]


@router.post("/register", auth=requires("doctors.apply_doctorinformation"), response={201: OwnDoctorOut})
def register(request: UserRequest, data: Application) -> Status[OwnDoctorOut]:
    """Create the caller's doctor profile, which then waits for verification."""
    doctor = services.apply(user=request.user, **data.model_dump(), now=timezone.now())
    return Status(201, own_out(doctor))


@router.get("/me", auth=doctor_only, response=OwnDoctorOut)
def me(request: UserRequest) -> OwnDoctorOut:
    """The caller's own profile as a doctor."""
    return own_out(own_profile(request))


@router.put("/me", auth=doctor_only, response=OwnDoctorOut)
def replace_me(request: UserRequest, data: Application) -> OwnDoctorOut:
    """Replace the profile. Of a verified doctor, name, licence, education, specializations and experience stay as they
    were verified, and the change waits as `proposal`. The end of the licence, `auto_confirms`, `notice_minutes` and
    `cancel_minutes` are kept unless given."""
    kept = {"license_expires_on", "auto_confirms", "notice_minutes", "cancel_minutes"}
    changes = data.model_dump(exclude=kept - data.model_fields_set)
    return own_out(services.change(doctor=own_profile(request), changes=changes, now=timezone.now()))


@router.patch("/me", auth=doctor_only, response=OwnDoctorOut)
def change_me(request: UserRequest, data: ApplicationChange) -> OwnDoctorOut:
    """Change the given fields; what was verified waits as `proposal`, as with PUT."""
    changes = data.model_dump(exclude_unset=True)
    return own_out(services.change(doctor=own_profile(request), changes=changes, now=timezone.now()))


@router.delete("/me/proposal", auth=doctor_only, response={204: None})
def withdraw_proposal(request: UserRequest) -> Status[None]:
    """Withdraw the proposed change of verified facts."""
    services.withdraw(doctor=own_profile(request))
    return Status(204, None)


@router.post("/me/reviews/{id:pk}/answer", auth=requires("doctors.answer_doctorreview"), response={201: ReviewOut})
def answer_review(request: UserRequest, pk: int, data: Answer) -> Status[ReviewOut]:
    """Reply once to a published review of the caller."""
    rows = DoctorReview.objects.allowed(request.user, "answer").shown().select_related("patient", "doctor__user")
    review = services.answer_review(review=get_object_or_404(rows, pk=pk), text=data.answer, now=timezone.now())
    return Status(201, review_out(review))


@router.get("/{id:pk}/rating", auth=anyone, response=RatingOut)
@decorate_view(public_answer)
def rating(request: HttpRequest, pk: int) -> RatingOut:
    """The average rating of a doctor, and the number of reviews for each number of stars."""
    doctor = get_object_or_404(DoctorInformation.objects.listed(), pk=pk)
    return {
        "rating": float(doctor.rating),
        "rating_count": doctor.rating_count,
        "breakdown": services.breakdown(doctor),
    }


@router.get("/{id:pk}", auth=anyone, response=DoctorDetailOut | OwnDoctorOut)
def detail(request: HttpRequest, pk: int) -> DoctorDetailOut | OwnDoctorOut:
    """A doctor with their working hours. A doctor who is not verified is visible only to themselves and to admins."""
    if is_member(request.user) and request.user.uses_api:
        private = DoctorInformation.objects.allowed(request.user, "view").filter(pk=pk).first()
        if private is not None:
            return own_out(private)
    row = BY_ID.first(pk=pk)
    if row is None:
        raise Http404
    return {**doctor_out(row), "availability": hours_out(pk)}
