"""The clinics of the network, and who runs their desks."""

from datetime import datetime, timedelta

from shs.core.grants.held import give, holders
from shs.core.grants.models import ObjectGrant
from shs.demo.seed.marks import ADMIN, account
from shs.demo.seed.stories import store, told
from shs.demo.words.places import CLINICS
from shs.doctors.models import Clinic
from shs.users.models import User


def add_clinics(*, now: datetime) -> int:
    """Make the clinics that were never there, and give their desks to the desk staff; how many."""
    there = set(Clinic.history.values_list("slug", flat=True))
    new = [entry for entry in CLINICS if entry.slug not in there]
    admin = account(ADMIN)
    opened = now.replace(microsecond=0) - timedelta(days=1500)
    rows = [
        Clinic(name=entry.name, slug=entry.slug, address=entry.address, city=entry.city, phone=f"+88010{at:08d}")
        for at, entry in enumerate(new, start=90_000_000)
    ]
    store([told(row, opened, admin, "opened") for row in rows])
    for row in rows:
        for who in desk_of(row.slug):
            give(account(who), row, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=admin)
    return len(rows)


def desk_of(slug: str) -> list[str]:
    """Who runs the desk of a clinic: `desk1`, `desk2`, counted through the clinics."""
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
    """Somebody of the desk of each clinic of the seed, by the id of the clinic."""
    found = {clinic.pk: holders(clinic, "run_desk").first() for clinic in clinics_by_city().values()}
    return {pk: grant.user for pk, grant in found.items() if grant is not None}
