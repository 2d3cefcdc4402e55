"""A made-up pharmacy, with one person who logs in, and what it has dispensed lately."""

from datetime import timedelta

from shs.core.seeding.marks import ADMIN, LICENCE, PHARMACY, address, chance
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.prescription.models import DispensedLine, Dispensing, Extent, Pharmacy, PharmacyMember, Prescription, Status
from shs.users.demo.people import add_contact_points, draw_person, open_accounts, some_days_ago
from shs.users.models import Role, User, UserProfile
from shs.users.seeding import account

NAME, PLACE = "Kadam Pharmacy", "House 21, Road 27, Dhanmondi, Dhaka"
DAYS = 20
"""Of prescriptions that were issued so many days ago or later."""
GIVEN = 8
"""So many times it has given something out."""
OPENED = (300, 320)


def add_pharmacy(demo: Demo) -> int:
    """Add the pharmacy, its person and its dispensings, if it was never there; returns how many pharmacies were
    made."""
    licence = f"{LICENCE}DC-1"
    if Pharmacy.history.filter(licence=licence).exists():
        return 0
    pharmacy = Pharmacy(name=NAME, address=PLACE, licence=licence, phone="+8801095000001")
    person, admin = _person(demo), account(ADMIN)
    store([told(pharmacy, person.created_at, admin)])
    store([told(PharmacyMember(user=person, pharmacy=pharmacy), person.created_at, admin, "account opened")])
    _give_out(pharmacy, person, demo)
    return 1


def _person(demo: Demo) -> User:
    dice = chance(demo.seed, "pharmacy", PHARMACY)
    user = User(email=address(PHARMACY), demo_name=PHARMACY, name=draw_person(dice).name, role=Role.PHARMACY)
    open_accounts([user], [some_days_ago(dice, demo.now, OPENED)])
    store([told(UserProfile(user=user), user.created_at)])
    add_contact_points({user: ""})
    return user


def _give_out(pharmacy: Pharmacy, person: User, demo: Demo) -> None:
    """The latest prescriptions of others were dispensed some hours later, every third one without its last medicine."""
    recent = {"issued_at__gt": demo.now - timedelta(days=DAYS), "issued_at__lt": demo.now - timedelta(hours=6)}
    found = Prescription.objects.filter(status=Status.ISSUED, lines__isnull=False, **recent).distinct()
    rows: list[Dispensing] = []
    lines: list[DispensedLine] = []
    for prescription in found.order_by("-issued_at", "-pk").prefetch_related("lines")[:GIVEN]:
        if prescription.issued_at is None:
            continue
        hours = chance(demo.seed, "dispensing", prescription.code).randint(1, 5)
        row = Dispensing(
            prescription=prescription,
            number=0,
            pharmacy=pharmacy.name_and_place,
            registered=pharmacy,
            by=person,
            given_at=prescription.issued_at + timedelta(hours=hours),
        )
        rows.append(row)
        lines += [DispensedLine(dispensing=row, line=line, extent=Extent.ALL) for line in prescription.lines.all()]
        if len(rows) % 3 == 0:
            lines[-1].extent, lines[-1].note = _instead(is_alone=lines[-1].line == prescription.lines.all()[0])
    store([told(row, row.given_at, person, "dispensed by a pharmacy") for row in rows])
    store([told(line, line.dispensing.given_at, person) for line in lines])


def _instead(*, is_alone: bool) -> tuple[str, str]:
    """What became of a medicine that was not dispensed whole: of an only one there was half."""
    return (Extent.PART, "half, the rest next week") if is_alone else (Extent.NONE, "not in stock")
