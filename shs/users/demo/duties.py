"""A duty that the demo clinic has made."""

from datetime import timedelta

from django.contrib.auth.models import Group

from shs.core.seeding.marks import ADMIN, address
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.users.models import MadeDuty
from shs.users.seeding import made_users

NAME = "Telephone desk"
RIGHTS = {
    "appointment.view_appointment": "clinics",
    "appointment.add_appointment": "clinics",
    "appointment.cancel_appointment": "clinics",
    "appointment.reschedule_appointment": "clinics",
    "doctors.view_doctoravailability": "clinics",
    "doctors.view_timeoff": "clinics",
}


def add_duties(demo: Demo) -> int:
    """Make the duty, if no duty was ever made; returns how many were."""
    if MadeDuty.objects.exists():
        return 0
    group, _is_new = Group.objects.get_or_create(name=NAME)
    by = made_users().filter(email=address(ADMIN)).first()
    made = MadeDuty(group=group, name=NAME, rights=RIGHTS)
    return len(store([told(made, demo.now - timedelta(days=90), by, reason="visits by telephone only")]))
