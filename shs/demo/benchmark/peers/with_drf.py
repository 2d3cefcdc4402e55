"""The peer with Django REST framework: serializers of the models, generic views, and page numbers, tuned by
`select_related`, `only` and `prefetch_related`. Needs shs/demo/benchmark/requirements.txt."""

from datetime import date

from django.http import Http404
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shs.appointment.models import Appointment
from shs.blog.models import BlogPost, Category, Tag
from shs.demo.benchmark.peers import rows
from shs.doctors.models import DoctorAvailability, DoctorInformation
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine, PrescriptionWarning
from shs.users.models import User


class Bearer(BaseAuthentication):
    """Authentication by an access token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        kind, _gap, token = request.headers.get("Authorization", "").partition(" ")
        user = rows.caller(token) if kind == "Bearer" else None
        return (user, None) if user else None


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class Open(generics.GenericAPIView):
    """A route that everybody may call."""

    authentication_classes = [Bearer]
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    pagination_class = Pages


class SignedIn(Open):
    """A route for users with a token."""

    permission_classes = [IsAuthenticated]


class DoctorSerializer(serializers.ModelSerializer):
    specializations = serializers.JSONField(source="specialty_cards")
    rating = serializers.FloatField()

    class Meta:
        model = DoctorInformation
        fields = ["id", "specializations", *(name for name in rows.SEARCHED if name != "specialty_cards")]


class HoursSerializer(serializers.ModelSerializer):
    start = serializers.TimeField(format="%H:%M")
    end = serializers.TimeField(format="%H:%M")

    class Meta:
        model = DoctorAvailability
        fields = ["weekday", "start", "end", "slot_minutes", "clinic", "buffer_minutes", "capacity"]


class DoctorDetailSerializer(DoctorSerializer):
    availability = HoursSerializer(many=True)

    class Meta(DoctorSerializer.Meta):
        fields = [*DoctorSerializer.Meta.fields, "availability"]


class Search(Open, generics.ListAPIView):
    queryset = rows.DOCTORS.only(*rows.SEARCHED)
    serializer_class = DoctorSerializer


class Detail(Open, generics.RetrieveAPIView):
    queryset = rows.DOCTORS.only(*rows.SEARCHED).prefetch_related("availability")
    serializer_class = DoctorDetailSerializer


class SlotSerializer(serializers.Serializer):
    date = serializers.CharField()
    time = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    available = serializers.BooleanField()
    by_serial = serializers.BooleanField()
    capacity = serializers.IntegerField()
    places_left = serializers.IntegerField()


class Slots(Open, APIView):
    def get(self, request: Request, pk: int) -> Response:
        first, last = (date.fromisoformat(request.query_params[name]) for name in ("from", "to"))
        return Response(SlotSerializer(rows.slots_of(pk, first, last), many=True).data)


class DoctorRefSerializer(serializers.ModelSerializer):
    specializations = serializers.JSONField(source="specialty_cards")

    class Meta:
        model = DoctorInformation
        fields = ["id", "name", "specializations", "location"]


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "name"]


class VisitSerializer(serializers.ModelSerializer):
    doctor = DoctorRefSerializer()
    patient = PersonSerializer()
    date = serializers.DateTimeField(source="starts_at", format="%Y-%m-%d")
    time = serializers.DateTimeField(source="starts_at", format="%H:%M")
    by_serial = serializers.BooleanField(source="is_by_serial")
    is_without_doctor = serializers.SerializerMethodField()

    class Meta:
        model = Appointment
        fields = [
            "id",
            "number",
            "serial",
            "doctor",
            "patient",
            "date",
            "time",
            "starts_at",
            "duration_minutes",
            "by_serial",
            "status",
            "cancelled_by",
            "cancel_code",
            "is_without_doctor",
            "expected_at",
            "reason",
            "notes",
            "created_at",
        ]

    def get_is_without_doctor(self, visit: Appointment) -> bool:
        return visit.without_doctor_since is not None


class MyVisits(SignedIn, generics.ListAPIView):
    serializer_class = VisitSerializer

    def get_queryset(self) -> object:
        return rows.visits_of(self.request.user)


class DoctorVisits(SignedIn, generics.ListAPIView):
    serializer_class = VisitSerializer

    def get_queryset(self) -> object:
        return rows.visits_on(self.request.user, date.fromisoformat(self.request.query_params["date"]))


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = PrescriptionLine
        fields = ["name", "dosage", "frequency", "duration_days", "instructions"]


class TestSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderedTest
        fields = ["name", "instructions"]


class WarningSerializer(serializers.ModelSerializer):
    class Meta:
        model = PrescriptionWarning
        fields = ["key", "kind", "medication", "text", "reason"]


class PrescriptionSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="first_id")
    doctor = DoctorRefSerializer()
    patient = PersonSerializer()
    medications = LineSerializer(source="lines", many=True)
    tests = TestSerializer(many=True)
    warnings = WarningSerializer(many=True)

    class Meta:
        model = Prescription
        fields = [
            "id",
            "version",
            "status",
            "appointment",
            "doctor",
            "patient",
            "diagnosis",
            "symptoms",
            "advice",
            "medications",
            "tests",
            "vital_signs",
            "follow_up_date",
            "issued_at",
            "code",
            "warnings",
            "not_checked",
            "created_at",
        ]


class Prescriptions(SignedIn, generics.ListAPIView):
    serializer_class = PrescriptionSerializer

    def get_queryset(self) -> object:
        return rows.prescriptions_of(self.request.user, self.kwargs["pk"])


class EntrySerializer(serializers.ModelSerializer):
    patient = PersonSerializer()
    recorded_by = PersonSerializer()
    code_title = serializers.CharField(source="code.title", default=None)

    class Meta:
        model = MedicalRecord
        fields = [
            "id",
            "patient",
            "kind",
            "title",
            "details",
            "code",
            "code_title",
            "severity",
            "status",
            "onset_date",
            "vital_signs",
            "recorded_by",
            "source",
            "recorded_at",
        ]


class Chart(SignedIn, generics.ListAPIView):
    serializer_class = EntrySerializer

    def get_queryset(self) -> object:
        return rows.chart_of(self.request.user, self.kwargs["pk"])


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "name", "slug"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name", "slug"]


class PostSerializer(serializers.ModelSerializer):
    category = CategorySerializer()
    tags = TagSerializer(many=True)
    author = DoctorRefSerializer()
    reviewed_by = serializers.CharField(source="reviewed_by.name", default=None)

    class Meta:
        model = BlogPost
        fields = [
            "id",
            "published_title",
            "slug",
            "excerpt",
            "category",
            "tags",
            "author",
            "published_source",
            "reviewed_by",
            "reviewed_at",
            "published_at",
            "views",
        ]


class Posts(Open, generics.ListAPIView):
    queryset = rows.POSTS
    serializer_class = PostSerializer


class BookingSerializer(serializers.Serializer):
    doctor = serializers.IntegerField()
    date = serializers.DateField()
    time = serializers.TimeField()
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class Book(SignedIn, APIView):
    def post(self, request: Request) -> Response:
        given = BookingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = given.validated_data
        try:
            visit = rows.book(
                patient=request.user,
                doctor=found["doctor"],
                day=found["date"],
                at=found["time"],
                reason=found["reason"],
            )
        except rows.Conflict:
            return Response(status=409)
        except Http404:
            return Response(status=404)
        return Response(VisitSerializer(visit).data, status=201)


urlpatterns = [
    path("api/v1/doctors/search", Search.as_view()),
    path("api/v1/doctors/<int:pk>", Detail.as_view()),
    path("api/v1/doctors/<int:pk>/slots", Slots.as_view()),
    path("api/v1/appointments/", Book.as_view()),
    path("api/v1/appointments/my-appointments", MyVisits.as_view()),
    path("api/v1/appointments/doctor-appointments", DoctorVisits.as_view()),
    path("api/v1/prescriptions/patient/<int:pk>", Prescriptions.as_view()),
    path("api/v1/medical-records/<int:pk>", Chart.as_view()),
    path("api/v1/blogs/", Posts.as_view()),
]
