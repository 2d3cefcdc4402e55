"""Patients whom a desk has registered twice; they wait on the list of possible duplicates."""

from shs.appointment.models import Appointment
from shs.appointment.services import Newcomer, register
from shs.core.records.transitions import save_with_reason
from shs.core.seeding.rows import Demo
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.models import Clinic
from shs.users import pairs
from shs.users.contacts import number_of
from shs.users.models import User, UserProfile

HOW_MANY = 4
TITLES: dict[str, str] = {UserProfile.Gender.MALE: "Md.", UserProfile.Gender.FEMALE: "Mst."}
"""Before a name at one visit, and left out at the next."""


def add_twice(demo: Demo) -> int:
    """Register some patients of the first clinic with a desk again, with the age as it was told, and look for
    duplicates; returns the number of new rows."""
    desks = desk_workers()
    if not desks:
        return 0
    clinic = Clinic.objects.unrestricted("of the demo").get(pk=min(desks))
    visits = Appointment.objects.proven().filter(clinic=clinic, patient__email__isnull=True)
    known = User.objects.patients().filter(pk__in=visits.order_by().values("patient"), demo_name__startswith="patient")
    grown = known.filter(profile__date_of_birth__isnull=False, guarded_by__isnull=True).select_related("profile")
    made = 0
    for number, person in enumerate(grown.order_by("pk")[:HOW_MANY], start=1):
        name = f"twice{number}"
        if User.history.filter(demo_name=name).exists():
            continue
        again = register(newcomer=_again(person, demo), clinic=clinic, by=desks[clinic.pk], now=demo.now)
        again.demo_name = name
        save_with_reason(again, "made up")
        User.objects.without_history("as if registered then").filter(pk=again.pk).update(created_at=demo.now)
        made += 1
    pairs.find(now=demo.now)
    return made


def _again(person: User, demo: Demo) -> Newcomer:
    profile: UserProfile = person.profile
    title = TITLES.get(profile.gender, "")
    age = profile.age(demo.now.date()) or 0
    return Newcomer(
        name=f"{title} {person.name}".strip(), phone=number_of(person.pk), birth=str(max(age, 1)), gender=profile.gender
    )
