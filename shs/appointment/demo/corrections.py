"""Corrections that patients of the first desk have asked for."""

from datetime import timedelta

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.doctors.demo.clinics import desk_workers
from shs.users import contacts
from shs.users.models import Correction, Guardianship, User
from shs.users.seeding import made_users

MOST = 3


def add_corrections(demo: Demo) -> int:
    """Let some patients and guardians wait for an answer, once; returns the number of new rows."""
    desks = desk_workers()
    if not desks or Correction.objects.filter(person__in=made_users()).exists():
        return 0
    came = Appointment.objects.proven().filter(clinic=min(desks)).order_by().values("patient")
    patients = made_users().filter(pk__in=came, died_on__isnull=True)
    own = list(patients.filter(email__isnull=False).order_by("pk")[1 : MOST + 1])
    links = Guardianship.objects.in_force(demo.now).filter(dependant__in=patients, may_book=True)
    rows = [_wish(at, person, person) for at, person in enumerate(own)]
    rows += [_wish(MOST, link.dependant, link.guardian) for link in links.order_by("pk")[:1]]
    for at, row in enumerate(rows):
        row.asked_at = demo.now.replace(microsecond=0) - timedelta(hours=5 + 19 * at)
    store([told(row, row.asked_at, row.asked_by, reason="asked for") for row in rows])
    return len(rows)


def _wish(at: int, person: User, by: User) -> Correction:
    """A correction of a name, a phone or the mother's name."""
    first, _space, last = person.name.partition(" ")
    facts = [
        (Correction.Fact.NAME, person.name, f"Md. {first} {last}".strip(), "My certificate has the whole name."),
        (Correction.Fact.PHONE, contacts.number_of(person.pk), f"+88010{70_000_000 + person.pk:08d}", "A new number."),
        (Correction.Fact.MOTHER, "", "Rokeya Begum", "It is missing on my card."),
        (Correction.Fact.NAME, person.name, f"{person.name} Chowdhury", "The school wrote it so."),
    ]
    fact, present, wanted, reason = facts[at % len(facts)]
    return Correction(person=person, fact=fact, present=present, wanted=wanted, reason=reason, asked_by=by)
