"""Every field that the back office and the API accept refuses the same values in both, and stores the same."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple
from unittest.mock import patch

from django.core.files import File
from django.db import transaction
from django.db.models import Model
from django.template.response import TemplateResponse
from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils import timezone

from shs.blog.models import BlogPost
from shs.blog.schemas import Writing
from shs.doctors.models import DoctorAvailability, DoctorInformation, TimeOff
from shs.doctors.schemas import Absence, ApplicationChange, Block
from shs.medical_record.models import MedicalRecord
from shs.medical_record.schemas import Entry
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine
from shs.prescription.schemas import Content, Medicine, TestOrder
from shs.testing import Api, TestUsers
from shs.users.models import User, UserProfile
from shs.users.schemas import ProfileChange

TEXTS = [
    "Tanvir Rahman",
    "  padded  ",
    "e\u0301clair",
    "\u09a1\u09bc\u09be",
    "ক্\u200dষ রহমান",
    "a\x00b",
    "a\x07b",
    "x" * 10_000,
    "\u200b",
    "\u3164\u3164",
    "\u202eabc",
    "first\nsecond",
    "Unknown patient 3",
    "Baby of Alice",
    "7",
    "<b>bold</b>",
]
DAYS = ["2030-01-01", "1899-12-31", "0001-01-01", "1990-02-30", "1990-02-28", "x"]
PHONES = ["+8801712345678", "12", "call me", "+880 1712-345678", "+" + "1" * 40]
NUMBERS = ["-1", "1e9", "NaN", "12.345", "800.00", "99999999999"]
CHOICES = ["female", "nonsense", "A+"]
COUNTS = [-1, 0, 1, 5, 20, 240, 241, 731, 10**12]
TIMES = ["18:30", "20:00", "23:59", "25:00", "x"]


class Writers(NamedTuple):
    """One kind of row: how the API and the office are sent values of it, and the row that they change."""

    model: type[Model]
    schema: type
    api: Callable[[dict], int]
    office: Callable[[dict], int]
    row: Callable[[], Model]


@tag("long")
class OfficeAndApi(TestUsers, TestCase):
    maxDiff = None

    def setUp(self):
        self.enterContext(patch("shs.console.navigation", lambda request: [{"items": []}]))  # no value changes the menu

    def page(self, url: str, name: str = "frank") -> Callable[[dict], int]:
        """What posts the form of a page of the back office with some fields changed."""
        client = Client()
        client.force_login(self.people[name], backend="shs.users.backends.EmailBackend")
        form = client.get(url).context["adminform"].form
        self.offered = set(form.fields)
        filled: dict[str, object] = {}
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and not isinstance(value, File):
                filled[bound.html_name] = [getattr(v, "pk", v) for v in value] if isinstance(value, list) else value
        return lambda changes: client.post(url, {**filled, **changes}).status_code

    def writers(self) -> Iterator[tuple[Writers, set[str]]]:
        alice, carol = Api(self.alice), Api(self.carol)

        def chart(body: dict) -> int:
            known = {"patient": self.alice.pk, "kind": "condition", "title": "Asthma"}
            return carol.post("/medical-records/", {**known, **body}).status_code

        self.visit.confirm(now=timezone.now())
        pages = {
            UserProfile: reverse("admin:users_userprofile_change", args=(self.alice.profile.pk,)),
            User: reverse("admin:users_user_change", args=(self.alice.pk,)),
            DoctorInformation: reverse("admin:doctors_doctorinformation_change", args=(self.dr_carol.pk,)),
        }
        rows: dict[type[Model], Callable[[], Model]] = {
            UserProfile: lambda: UserProfile.objects.get(user=self.alice),
            User: lambda: User.objects.get(pk=self.alice.pk),
            DoctorInformation: lambda: DoctorInformation.objects.get(pk=self.dr_carol.pk),
        }
        profile = lambda body: alice.patch("/auth/profile", body).status_code  # noqa: E731
        doctor = lambda body: carol.patch("/doctors/me", body).status_code  # noqa: E731
        for model, schema, api in (
            (UserProfile, ProfileChange, profile),
            (User, ProfileChange, profile),
            (DoctorInformation, ApplicationChange, doctor),
        ):
            yield Writers(model, schema, api, self.page(pages[model]), rows[model]), self.offered
        entry = reverse("admin:medical_record_medicalrecord_add")
        office = self.page(f"{entry}?patient={self.alice.pk}", "carol")
        known = {"patient": self.alice.pk, "kind": "condition", "title": "Asthma", "status": "active"}
        latest: Callable[[], Model] = lambda: MedicalRecord.objects.latest("pk")  # noqa: E731
        yield Writers(MedicalRecord, Entry, chart, lambda body: office({**known, **body}), latest), self.offered

        yield from self.writings(carol)
        yield from self.hours(carol)
        yield from self.prescriptions(carol)

    def writings(self, carol: Api) -> Iterator[tuple[Writers, set[str]]]:
        known = {"title": "Hands", "content": "<p>Wash your hands.</p>"}
        office = self.page(reverse("admin:blog_blogpost_add"), "carol")
        yield (
            Writers(
                BlogPost,
                Writing,
                lambda body: carol.post("/blogs/", {**known, **body}).status_code,
                lambda body: office({**known, **body}),
                lambda: BlogPost.objects.latest("pk"),
            ),
            self.offered,
        )

    def hours(self, carol: Api) -> Iterator[tuple[Writers, set[str]]]:
        known = {"weekday": 1, "start": "18:00", "end": "20:00", "slot_minutes": 20}
        office = self.page(reverse("admin:doctors_doctoravailability_add"))
        doctor = {"doctor": self.dr_carol.pk, "clinic": self.clinic.pk}
        yield (
            Writers(
                DoctorAvailability,
                Block,
                lambda body: carol.put("/doctors/me/availability?affected=keep", [{**known, **body}]).status_code,
                lambda body: office({**doctor, **known, **body}),
                lambda: DoctorAvailability.objects.filter(doctor=self.dr_carol).latest("pk"),
            ),
            self.offered,
        )
        begins = timezone.now() + timedelta(days=400)
        away = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(days=1)).isoformat()}
        office_of_time_off = self.page(reverse("admin:doctors_timeoff_add"))
        split = {
            f"{name}_{at}": f"{timezone.localtime(moment):{form}}"
            for name, moment in (("starts_at", begins), ("ends_at", begins + timedelta(days=1)))
            for at, form in enumerate(("%d/%m/%Y", "%H:%M"))
        }
        yield (
            Writers(
                TimeOff,
                Absence,
                lambda body: carol.post("/doctors/me/time-off", {**away, **body}).status_code,
                lambda body: office_of_time_off({"doctor": self.dr_carol.pk, **split, **body}),
                lambda: TimeOff.objects.latest("pk"),
            ),
            self.offered,
        )

    def prescriptions(self, carol: Api) -> Iterator[tuple[Writers, set[str]]]:
        medicine = {"name": "Paracetamol", "dosage": "1 tablet", "frequency": "1+0+1", "duration_days": 3}
        test = {"name": "Haemoglobin"}
        written = {"appointment": self.visit.pk, "diagnosis": "fever", "advice": "rest"}
        office = self.page(f"{reverse('admin:prescription_prescription_add')}?appointment={self.visit.pk}", "carol")
        counts = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0}
        rows = {f"{part}-{name}": number for part in ("lines", "tests") for name, number in counts.items()}

        def by_api(medicines: dict, tests: dict, body: dict) -> int:
            parts = {"medications": [{**medicine, **medicines}], "tests": [{**test, **tests}]}
            return carol.post("/prescriptions/", {**written, **parts, **body}).status_code

        def by_office(medicines: dict, tests: dict, body: dict) -> int:
            lines = {f"lines-0-{name}": value for name, value in {**medicine, **medicines}.items()}
            ordered = {f"tests-0-{name}": value for name, value in {**test, **tests}.items()}
            return office({**rows, **written, **lines, **ordered, **body})

        offered = self.offered
        for model, schema, place, fields in (
            (Prescription, Content, 2, offered),
            (PrescriptionLine, Medicine, 0, {*medicine, "instructions"}),
            (OrderedTest, TestOrder, 1, {"name", "instructions"}),
        ):

            def sent(send: Callable[..., int], body: dict, place: int = place) -> int:
                return send(*({} if at != place else body for at in range(3)))

            yield (
                Writers(
                    model,
                    schema,
                    partial(sent, by_api),
                    partial(sent, by_office),
                    partial(self.newest, model),
                ),
                fields,
            )

    def newest(self, model: type[Model]) -> Model:
        return model._default_manager.order_by("-pk")[0]

    def outcome(self, writers: Writers, send: Callable[[dict], int], field: str, value: object) -> object:
        """What is stored by `send`; "refused" if nothing is. The page with the errors of a form is not rendered."""
        with transaction.atomic(), patch.object(TemplateResponse, "rendered_content", ""):
            status = send({field: value})
            is_taken = status == 302 if send is writers.office else status in (200, 201)  # a form with errors is a 200
            found = getattr(writers.row(), field) if is_taken else "refused"
            transaction.set_rollback(True)
        return found

    def test_the_same_values_are_refused_and_stored(self):
        tried = 0
        for writers, offered in self.writers():
            both = offered & set(writers.schema.model_fields) & {f.name for f in writers.model._meta.concrete_fields}
            for field in sorted(both):
                for value in self.values(writers.model, field):
                    with self.subTest(row=writers.model.__name__, field=field, value=str(value)[:20]):
                        api = self.outcome(writers, writers.api, field, value)
                        self.assertEqual(api, self.outcome(writers, writers.office, field, value))
                        tried += 1
        self.assertGreater(tried, 380)

    def values(self, model: type[Model], name: str) -> list[object]:
        field = model._meta.get_field(name)
        kind = field.get_internal_type()
        if name == "phone":
            return PHONES
        if "Integer" in kind:
            return COUNTS
        if field.choices:
            return CHOICES
        texts = {"CharField": TEXTS, "TextField": TEXTS}
        return {"DateField": DAYS, "DecimalField": NUMBERS, "TimeField": TIMES, **texts}.get(kind, [])

    def test_a_day_of_birth_lies_in_the_past(self):
        tomorrow = timezone.localdate() + timedelta(days=1)
        writers, _offered = next(self.writers())
        for send in (writers.api, writers.office):
            self.assertEqual(self.outcome(writers, send, "date_of_birth", f"{tomorrow}"), "refused")
            self.assertEqual(self.outcome(writers, send, "date_of_birth", "1990-02-28"), date(1990, 2, 28))
