"""Families: every sixth patient has a guardian, who has an account; half of them are children."""

from django.utils import timezone

from shs.core.seeding.marks import SHOWN
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.users.families import is_minor
from shs.users.models import Guardianship, User, UserProfile

FAMILY_SIZE = 6
OPENED, CONSENT = Guardianship.Basis.OPENED, Guardianship.Basis.CONSENT


def guardian_of(number: int) -> int:
    """The number of the guardian of patient `number`; 0 for those who have none."""
    if number % FAMILY_SIZE:
        return 0
    return SHOWN if number == FAMILY_SIZE else number - 2


def add_guardians(numbers: list[int], demo: Demo) -> None:
    """Store the guardianships of new patients."""
    pairs = {number: guardian for number in numbers if (guardian := guardian_of(number))}
    names = {f"patient{number}" for pair in pairs.items() for number in pair}
    people = {user.demo_name: user for user in User.objects.filter(demo_name__in=names).select_related("profile")}
    rows = []
    for number, guardian in pairs.items():
        person, parent = people.get(f"patient{number}"), people.get(f"patient{guardian}")
        if person is None or parent is None or not parent.is_active:
            continue
        is_child = is_minor(person, timezone.localdate(demo.now))
        since = max(person.created_at, parent.created_at)
        row = Guardianship(
            guardian=parent,
            dependant=person,
            relation=_relation(parent, is_child=is_child),
            may_read=is_child,
            is_for_minor=is_child,
            state=Guardianship.State.ACTIVE,
            basis=OPENED if is_child else CONSENT,
            since=since,
            given_by=parent if is_child else person,
        )
        rows.append(told(row, since, row.given_by, reason="seed"))
    store(rows)


def _relation(parent: User, *, is_child: bool) -> str:
    if not is_child:
        return Guardianship.Relation.SPOUSE
    is_mother = parent.profile.gender == UserProfile.Gender.FEMALE
    return Guardianship.Relation.MOTHER if is_mother else Guardianship.Relation.FATHER
