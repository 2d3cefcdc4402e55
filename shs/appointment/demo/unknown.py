"""An unknown patient, who waits to be recognised."""

from shs.appointment.services import Newcomer, register
from shs.core.records.transitions import save_with_reason
from shs.core.seeding.rows import Demo
from shs.doctors.demo.clinics import desk_workers
from shs.doctors.models import Clinic
from shs.users.models import User

NAME = "unknown1"


def add_unknown(demo: Demo) -> int:
    """Register the unknown patient at the first clinic with a desk, once; returns the number of new ones."""
    desks = desk_workers()
    if not desks or User.history.filter(demo_name=NAME).exists():
        return 0
    clinic = Clinic.objects.unrestricted("of the demo").get(pk=min(desks))
    came = Newcomer(birth="40", gender="male", is_unknown=True, circumstances="Brought by a rickshaw from the bridge.")
    person = register(newcomer=came, clinic=clinic, by=desks[clinic.pk], now=demo.now)
    person.demo_name = NAME
    save_with_reason(person, "made up")
    User.objects.without_history("as if they had been registered then").filter(pk=person.pk).update(created_at=demo.now)
    return 1
