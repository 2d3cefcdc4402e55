"""The clinics of the network and their desk staff."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from shs.core.grants.held import give, holders
from shs.core.grants.models import ObjectGrant
from shs.core.seeding.marks import ADMIN
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.doctors.models import Clinic, ClosedDay
from shs.users.demo.people import Member, add_staff
from shs.users.models import Duty, User
from shs.users.seeding import account


class ClinicEntry(NamedTuple):
    """A clinic of the network; its short name begins with `demo-`. `desk` is the number of desk staff."""

    name: str
    slug: str
    address: str
    city: str
    desk: int


CLINICS = (
    ClinicEntry("Shapla Medical Centre", "demo-shapla", "House 14, Road 27, Dhanmondi", "Dhaka", 2),
    ClinicEntry("Karnaphuli Family Clinic", "demo-karnaphuli", "212 Strand Road, Agrabad", "Chattogram", 1),
    ClinicEntry("Rupsha Health Point", "demo-rupsha", "5 Majid Sarani, Sonadanga", "Khulna", 1),
    ClinicEntry("Surma Specialist Clinic", "demo-surma", "31 Jail Road, Zindabazar", "Sylhet", 2),
)

CLOSED = "demo-karnaphuli"
"""This clinic has a closed day."""


def add_clinics(demo: Demo) -> int:
    """Create missing clinics and assign their desk staff; returns the number of new clinics."""
    now = demo.now
    desks = [Member(who, Duty.DESK) for entry in CLINICS for who in desk_of(entry.slug)]
    demo.made["staff"] += add_staff(desks, demo)
    there = set(Clinic.history.values_list("slug", flat=True))
    new = [entry for entry in CLINICS if entry.slug not in there]
    admin = account(ADMIN)
    opened = now.replace(microsecond=0) - timedelta(days=1500)
    rows = [
        Clinic(name=entry.name, slug=entry.slug, address=entry.address, city=entry.city, phone=f"+88010{at:08d}")
        for at, entry in enumerate(new, start=90_000_000)
    ]
    store([told(row, opened, admin, "opened") for row in rows])
    store([told(day, now.replace(microsecond=0) - timedelta(days=3), admin) for day in _closed_days(rows, now)])
    for row in rows:
        for who in desk_of(row.slug):
            give(account(who), row, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=admin)
    return len(rows)


def _closed_days(clinics: list[Clinic], now: datetime) -> list[ClosedDay]:
    """A day on which one of the new clinics is closed, sixteen days from now."""
    day = timezone.localdate(now) + timedelta(days=16)
    return [
        ClosedDay(
            clinic=clinic,
            first=day,
            last=day,
            reason="The water pipes are repaired",
            reason_bn="পানির পাইপ মেরামত করা হচ্ছে",
        )
        for clinic in clinics
        if clinic.slug == CLOSED
    ]


def desk_of(slug: str) -> list[str]:
    """Desk staff of a clinic: `desk1`, `desk2`, …, numbered across all clinics."""
    first = 1
    for entry in CLINICS:
        if entry.slug == slug:
            return [f"desk{first + at}" for at in range(entry.desk)]
        first += entry.desk
    return []


def clinics_by_city() -> dict[str, Clinic]:
    """The clinics of the seed."""
    return {clinic.city: clinic for clinic in Clinic.objects.filter(slug__in=[entry.slug for entry in CLINICS])}


def desk_workers() -> dict[int, User]:
    """One desk user of each clinic of the seed, by the clinic's id."""
    found = {clinic.pk: holders(clinic, "run_desk").first() for clinic in clinics_by_city().values()}
    return {pk: grant.user for pk, grant in found.items() if grant is not None}
