"""Pages of the back office to measure: lists, searches, tabs, dashboards and the search by Ctrl+K."""

from collections.abc import Iterator

from django.conf import settings
from django.test import Client

from shs.core.seeding.marks import ADMIN, AUDITOR
from shs.demo.benchmark.cases import Case, people, same
from shs.users.models import User
from shs.users.seeding import account


def page_cases() -> list[Case]:
    """The pages, each as the person whom it concerns most."""
    who = people()
    return [
        *_pages(account(ADMIN), "admin", _of_admin(who.patient)),
        *_pages(who.doctor.user, "doctor", OF_DOCTOR),
        *_pages(account(AUDITOR), "auditor", OF_AUDITOR),
    ]


def _of_admin(patient: User) -> dict[str, str]:
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
        "doctors": "/admin/doctors/doctorinformation/",
        "Ctrl+K": f"/admin/search/?s={patient.name.split()[-1]}",
    }


OF_DOCTOR = {
    "dashboard": "/admin/",
    "visits": "/admin/appointment/appointment/",
    "records": "/admin/medical_record/medicalrecord/",
    "prescriptions": "/admin/prescription/prescription/",
}
OF_AUDITOR = {"read log": "/admin/core/readlog/"}


def _pages(user: User, who: str, paths: dict[str, str]) -> Iterator[Case]:
    client = Client()
    client.force_login(user, backend="shs.users.backends.EmailBackend")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    for name, path in paths.items():
        yield Case(f"{who}: {name}", same(path, {"HTTP_COOKIE": cookie}))
