"""The measured cases: requests of the patient API, each with its baseline."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, cycle
from typing import NamedTuple

from django.contrib.auth.hashers import BasePasswordHasher
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from shs.appointment.models import Appointment, Status, new_number, on_day
from shs.appointment.services import Busy, crowding, engaged_times, slots_of
from shs.core.seeding.marks import PASSWORD
from shs.demo.benchmark.bare import Bare, Question
from shs.demo.benchmark.requests import Asked
from shs.doctors.models import DoctorInformation
from shs.users import devices, tokens
from shs.users.models import Role, User


class Unhashed(BasePasswordHasher):
    """A password hasher that does not hash, to measure a login without the time of hashing; used by the benchmark
    only."""

    algorithm = "benchmark"

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}$${password}"

    def verify(self, password: str, encoded: str) -> bool:
        return encoded == self.encode(password, "")

    def must_update(self, encoded: str) -> bool:
        return False


UNHASHED = "shs.demo.benchmark.cases.Unhashed"


class Case(NamedTuple):
    """A case; `ask` makes the next request; `bare` makes the same response through the driver; `beside` is the case to
    compare with if there is no such baseline."""

    name: str
    ask: Callable[[], Asked]
    bare: Question | None = None
    beside: str = ""


class People(NamedTuple):
    """The users who make the requests: those with the most rows, so that pages are full."""

    patient: User
    doctor: DoctorInformation
    day: date
    cared_for: User


def people() -> People:
    """The busiest patient, the busiest day of a doctor who has open charts, and of the patients whose charts that
    doctor may read the one with the most prescriptions."""
    visits = Appointment.objects.unrestricted("of made-up people")
    of_patient = visits.values("patient").annotate(rows=Count("pk")).order_by("-rows", "patient")[0]
    opening = visits.filter(status=Status.COMPLETED, opens_until__gt=timezone.now())
    days = visits.filter(doctor__in=opening.values("doctor")).annotate(day=TruncDate("starts_at"))
    counted = days.values("doctor", "day").annotate(rows=Count("pk"))
    of_doctor = counted.order_by("-rows", "-day", "doctor")[0]
    doctor = DoctorInformation.objects.select_related("user").get(pk=of_doctor["doctor"])
    charts = User.objects.filter(appointments__in=opening.filter(doctor=doctor))
    return People(
        User.objects.get(pk=of_patient["patient"]),
        doctor,
        of_doctor["day"],
        charts.annotate(rows=Count("prescriptions", distinct=True)).order_by("-rows", "pk")[0],
    )


DAY_ROWS = 20


def fill_day(doctor: DoctorInformation, day: date) -> None:
    """Add cancelled bookings of the day's last slot until there are DAY_ROWS visits, as many as the page shows."""
    visits = list(doctor.appointments.filter(on_day(day)).order_by("starts_at", "pk"))
    for _at in range(DAY_ROWS - len(visits)):
        last = visits[-1]
        last.pk, last.number, last.status = None, new_number(last.created_at), Status.CANCELLED
        last.without_doctor_since = None
        last._state.adding = True
        last.save()


def token_of(user: User) -> dict[str, str]:
    """The headers of a request by `user`."""
    pair = tokens.issue(user, now=timezone.now())
    return {"HTTP_AUTHORIZATION": f"Bearer {pair['access']}"}


def api_cases(bare: Bare, *, now: datetime, rounds: int) -> list[Case]:
    """The cases of the patient API; `rounds` is the maximum number of requests of each."""
    who = people()
    fill_day(who.doctor, who.day)
    patient, doctor = token_of(who.patient), token_of(who.doctor.user)
    pk, today = who.doctor.pk, timezone.localdate(now)
    day, cared = who.day, who.cared_for.pk
    return [
        Case("doctor search", same("/api/v1/doctors/search?page_size=20", patient), bare.search),
        Case("doctor search, anonymous", same("/api/v1/doctors/search?page_size=20"), bare.search),
        Case("doctor detail", same(f"/api/v1/doctors/{pk}"), lambda: bare.doctor(pk)),
        Case(
            "slots of 7 days",
            same(f"/api/v1/doctors/{pk}/slots?from={today}&to={today + timedelta(days=6)}"),
            lambda: bare.slots(pk, today),
        ),
        Case(
            "my appointments",
            same("/api/v1/appointments/my-appointments?page_size=30", patient),
            lambda: bare.visits_of_patient(who.patient.pk),
        ),
        Case(
            "doctor's day",
            same(f"/api/v1/appointments/doctor-appointments?date={day}&page_size=20", doctor),
            lambda: bare.visits_of_day(who.doctor.user_id, day),
        ),
        Case(
            "prescriptions of a patient",
            same(f"/api/v1/prescriptions/patient/{cared}?page_size=15", doctor),
            lambda: bare.prescriptions(who.doctor.user_id, cared),
        ),
        Case(
            "chart",
            same(f"/api/v1/medical-records/{cared}?page_size=20", doctor),
            lambda: bare.chart(who.doctor.user_id, cared),
        ),
        Case("articles", same("/api/v1/blogs/?page_size=20", patient), bare.articles),
        Case("articles, anonymous", same("/api/v1/blogs/?page_size=20"), bare.articles),
        Case("profile", same("/api/v1/auth/profile", patient)),
        Case("login beside the hash", _login(), beside="profile"),
        Case("booking", next_of(_bookings(rounds, now))),
    ]


def same(path: str, headers: dict[str, str] | None = None) -> Callable[[], Asked]:
    """A function that returns the same request each time."""
    asked = Asked(path, headers=headers or {})
    return lambda: asked


def next_of(requests: Iterator[Asked]) -> Callable[[], Asked]:
    """A function that returns the next request each time."""
    return lambda: next(requests)


def _login() -> Callable[[], Asked]:
    user = User.objects.filter(role=Role.PATIENT, email__isnull=False).order_by("-pk")[0]
    User.objects.without_history("a login of the benchmark").filter(pk=user.pk).update(
        password=Unhashed().encode(PASSWORD, "")
    )
    device = {"HTTP_X_DEVICE_TOKEN": devices.signed(user, "benchmark")}
    asked = Asked("/api/v1/auth/login", "POST", device, {"email": user.email, "password": PASSWORD})
    return lambda: asked


def _bookings(count: int, now: datetime) -> Iterator[Asked]:
    """Bookings of free slots by patients who may have one more visit open; enough for `count`."""
    return chain.from_iterable(_bookings_of(doctor, patient, now) for doctor, patient in _pairs(count))


def _pairs(count: int) -> Iterator[tuple[DoctorInformation, User]]:
    doctors = DoctorInformation.objects.listed().filter(availability__isnull=False).distinct().order_by("pk")
    patients = list(User.objects.confirmed().filter(role=Role.PATIENT).order_by("pk")[: 20 * count])
    # A number without common factors with that of the patients: in each turn everybody meets another doctor.
    return zip(cycle(doctors[:97]), patients * 5, strict=False)


def _bookings_of(doctor: DoctorInformation, patient: User, now: datetime) -> Iterator[Asked]:
    first = timezone.localdate(now) + timedelta(days=20)
    found = slots_of(doctor_id=doctor.pk, first=first, last=first + timedelta(days=20), now=now)
    start, end = found[0][0].starts_at, found[-1][0].ends_at
    engaged = Busy(engaged_times(patient, start, end))
    free = [opening for opening, is_free in found if is_free and not engaged.meets(opening)]
    at = timezone.localtime(free[0].starts_at) if free else None
    if at and not crowding(patient, doctor.pk, at.date(), now):
        body = {"doctor": doctor.pk, "date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}", "reason": "Benchmark"}
        yield Asked("/api/v1/appointments/", "POST", token_of(patient), body)
