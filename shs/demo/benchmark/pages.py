"""Admin pages to measure: lists, searches, tabs, dashboards and Ctrl+K."""

from collections.abc import Iterator

from django.conf import settings
from django.test import Client

from shs.core.seeding.marks import ADMIN, AUDITOR, MODERATOR
from shs.demo.benchmark.cases import Case, people, same
from shs.doctors.models import DoctorInformation
from shs.users.models import User
from shs.users.seeding import account


def page_cases() -> list[Case]:
    """The pages, each with the user who works with it."""
    who = people()
    return [
        *_pages(account(ADMIN), "admin", _of_admin(who.patient, who.doctor)),
        *_pages(who.doctor.user, "doctor", {**OF_DOCTOR, "patient": f"{RECORDS}patient/{who.cared_for.pk}/"}),
        *_pages(account(AUDITOR), "auditor", OF_AUDITOR),
        *_pages(account(MODERATOR), "moderator", {"queue": "/admin/moderation/"}),
    ]


def _of_admin(patient: User, doctor: DoctorInformation) -> dict[str, str]:
    visit = patient.appointments.order_by("pk")[0]
    visits = "/admin/appointment/appointment/"
    return {
        "dashboard": "/admin/",
        "visits": visits,
        "visits by number": f"{visits}?q={visit.number}",
        "visits by name": f"{visits}?q={patient.name.split()[-1]}",
        "change visit": f"{visits}{visit.pk}/change/",
        "slots": "/admin/appointment/appointmentslot/",
        "users": "/admin/users/user/",
        "users by name": f"/admin/users/user/?q={patient.name.split()[-1]}",
        "doctors": DOCTORS,
        "change doctor": f"{DOCTORS}{doctor.pk}/change/",
        "details of doctor": f"{DOCTORS}{doctor.pk}/details/",
        "Ctrl+K": f"/admin/search/?s={patient.name.split()[-1]}",
    }


DOCTORS, RECORDS = "/admin/doctors/doctorinformation/", "/admin/medical_record/medicalrecord/"
OF_DOCTOR = {
    "dashboard": "/admin/",
    "visits": "/admin/appointment/appointment/",
    "records": RECORDS,
    "prescriptions": "/admin/prescription/prescription/",
}
OF_AUDITOR = {"read log": "/admin/core/readlog/"}


def _pages(user: User, who: str, paths: dict[str, str]) -> Iterator[Case]:
    client = Client()
    client.force_login(user, backend="shs.users.backends.EmailBackend")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    for name, path in paths.items():
        yield Case(f"{who}: {name}", same(path, {"HTTP_COOKIE": cookie}))
