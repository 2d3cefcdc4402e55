"""The peer with plain django-ninja: schemas of the models, and its own pages."""

from datetime import date, time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from ninja import ModelSchema, NinjaAPI, Query, Schema, Status
from ninja.pagination import PageNumberPagination, paginate
from ninja.security import HttpBearer
from pydantic import Field

from shs.appointment.models import Appointment
from shs.blog.models import BlogPost, Category, Tag
from shs.demo.benchmark.peers import rows
from shs.doctors.models import DoctorAvailability, DoctorInformation
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine, PrescriptionWarning
from shs.users.models import User
from shs.users.requests import UserRequest


class Bearer(HttpBearer):
    """Authentication by an access token."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = rows.caller(token)
        if user:
            request.user = user
        return user


api = NinjaAPI(urls_namespace="benchmark", docs_url=None, openapi_url=None)
signed_in = Bearer()


class DoctorOut(ModelSchema):
    specializations: list[dict[str, Any]] = Field(alias="specialty_cards")
    rating: float

    class Meta:
        model = DoctorInformation
        fields = ["id", "name", "experience", "education", "location", "fees", "languages", "bio", "rating_count"]


class HoursOut(ModelSchema):
    class Meta:
        model = DoctorAvailability
        fields = ["weekday", "start", "end", "slot_minutes", "clinic", "buffer_minutes", "capacity"]


class DoctorDetailOut(DoctorOut):
    availability: list[HoursOut]


class SlotOut(Schema):
    date: str
    time: str
    starts_at: Any
    ends_at: Any
    available: bool
    by_serial: bool
    capacity: int
    places_left: int


class Days(Schema):
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class DoctorRef(ModelSchema):
    specializations: list[dict[str, Any]] = Field(alias="specialty_cards")

    class Meta:
        model = DoctorInformation
        fields = ["id", "name", "location"]


class Person(ModelSchema):
    class Meta:
        model = User
        fields = ["id", "name"]


class VisitOut(ModelSchema):
    doctor: DoctorRef
    patient: Person
    date: str
    time: str
    duration_minutes: int
    by_serial: bool
    is_without_doctor: bool

    class Meta:
        model = Appointment
        fields = [
            "id",
            "number",
            "serial",
            "starts_at",
            "status",
            "cancelled_by",
            "cancel_code",
            "expected_at",
            "reason",
            "notes",
            "created_at",
        ]

    @staticmethod
    def resolve_by_serial(visit: Appointment) -> bool:
        return visit.is_by_serial

    @staticmethod
    def resolve_is_without_doctor(visit: Appointment) -> bool:
        return visit.without_doctor_since is not None

    @staticmethod
    def resolve_date(visit: Appointment) -> str:
        return f"{timezone.localtime(visit.starts_at):%Y-%m-%d}"

    @staticmethod
    def resolve_time(visit: Appointment) -> str:
        return f"{timezone.localtime(visit.starts_at):%H:%M}"


class LineOut(ModelSchema):
    class Meta:
        model = PrescriptionLine
        fields = ["name", "dosage", "frequency", "duration_days", "instructions"]


class TestOut(ModelSchema):
    class Meta:
        model = OrderedTest
        fields = ["name", "instructions"]


class WarningOut(ModelSchema):
    class Meta:
        model = PrescriptionWarning
        fields = ["key", "kind", "medication", "text", "reason"]


class PrescriptionOut(ModelSchema):
    id: int = Field(alias="first_id")
    doctor: DoctorRef
    patient: Person
    medications: list[LineOut] = Field(alias="lines")
    tests: list[TestOut]
    warnings: list[WarningOut]

    class Meta:
        model = Prescription
        fields = [
            "version",
            "status",
            "appointment",
            "diagnosis",
            "symptoms",
            "advice",
            "vital_signs",
            "follow_up_date",
            "issued_at",
            "code",
            "not_checked",
            "created_at",
        ]


class EntryOut(ModelSchema):
    patient: Person
    recorded_by: Person
    code: str | None = Field(None, alias="code_id")
    code_title: str | None = Field(None, alias="code.title")

    class Meta:
        model = MedicalRecord
        fields = [
            "id",
            "kind",
            "title",
            "details",
            "severity",
            "status",
            "onset_date",
            "vital_signs",
            "source",
            "recorded_at",
        ]


class CategoryOut(ModelSchema):
    class Meta:
        model = Category
        fields = ["id", "name", "slug"]


class TagOut(ModelSchema):
    class Meta:
        model = Tag
        fields = ["id", "name", "slug"]


class PostOut(ModelSchema):
    category: CategoryOut | None
    tags: list[TagOut]
    author: DoctorRef
    reviewed_by: str | None = Field(None, alias="reviewed_by.name")

    class Meta:
        model = BlogPost
        fields = [
            "id",
            "published_title",
            "slug",
            "excerpt",
            "published_source",
            "reviewed_at",
            "published_at",
            "views",
        ]


class Booking(Schema):
    doctor: int
    date: date
    time: time
    reason: str = Field("", max_length=500)


@api.get("/doctors/search", response=list[DoctorOut])
@paginate(PageNumberPagination)
def search(request: HttpRequest) -> "QuerySet[DoctorInformation]":
    return rows.DOCTORS.only(*rows.SEARCHED)


@api.get("/doctors/{int:pk}", response=DoctorDetailOut)
def detail(request: HttpRequest, pk: int) -> DoctorInformation:
    return get_object_or_404(rows.DOCTORS.only(*rows.SEARCHED).prefetch_related("availability"), pk=pk)


@api.get("/doctors/{int:pk}/slots", response=list[SlotOut])
def slots(request: HttpRequest, pk: int, days: Query[Days]) -> list[rows.Slot]:
    return rows.slots_of(pk, days.first, days.last)


@api.post("/appointments/", auth=signed_in, response={201: VisitOut, 409: None})
def book(request: UserRequest, data: Booking) -> Status[Appointment | None]:
    try:
        visit = rows.book(patient=request.user, doctor=data.doctor, day=data.date, at=data.time, reason=data.reason)
    except rows.Conflict:
        return Status(409, None)
    return Status(201, visit)


@api.get("/appointments/my-appointments", auth=signed_in, response=list[VisitOut])
@paginate(PageNumberPagination)
def my_appointments(request: UserRequest) -> "QuerySet[Appointment]":
    return rows.visits_of(request.user)


@api.get("/appointments/doctor-appointments", auth=signed_in, response=list[VisitOut])
@paginate(PageNumberPagination)
def doctor_appointments(request: UserRequest, date: date) -> "QuerySet[Appointment]":
    return rows.visits_on(request.user, date)


@api.get("/prescriptions/patient/{int:pk}", auth=signed_in, response=list[PrescriptionOut])
@paginate(PageNumberPagination)
def prescriptions(request: UserRequest, pk: int) -> "QuerySet[Prescription]":
    return rows.prescriptions_of(request.user, pk)


@api.get("/medical-records/{int:pk}", auth=signed_in, response=list[EntryOut])
@paginate(PageNumberPagination)
def chart(request: UserRequest, pk: int) -> "QuerySet[MedicalRecord]":
    return rows.chart_of(request.user, pk)


@api.get("/blogs/", response=list[PostOut])
@paginate(PageNumberPagination)
def posts(request: HttpRequest) -> "QuerySet[BlogPost]":
    return rows.POSTS.all()


urlpatterns = [path("api/v1/", api.urls)]
