"""Looks for rows that may be one person: same phone and similar name, or the same identity number. A job does this, so
that no page has to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import combinations
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q

from shs.core.due.rows import one_by_one
from shs.core.names import heard_words
from shs.core.records.models import RecordQuerySet
from shs.users.models import ContactPoint, ContactSystem, Guardianship, PersonIdentifier, PossibleDouble, User

YEARS_APART = 2
"""Between the years of birth of two rows of one person, as an age is often told wrongly."""
PORTION = 500
MANY = 50
"""On a phone of more people, such as a clinic's own, only whole names are compared."""

State, Why = PossibleDouble.State, PossibleDouble.Why


class Known(NamedTuple):
    """What is compared of a person."""

    pk: int
    is_patient: bool
    names: tuple[frozenset[str], ...]
    born: date | None
    gender: str

    def may_be(self, other: "Known") -> bool:
        """Whether two people with one phone may be the same: each word of the shorter name is heard in the longer one,
        they are born in years at most YEARS_APART from each other, and neither sex contradicts."""
        if not (self.is_patient or other.is_patient):
            return False
        if self.born and other.born and abs(self.born.year - other.born.year) > YEARS_APART:
            return False
        sexes = {self.gender, other.gender} - {"", "unknown"}
        return len(sexes) < 2 and any(one <= two or two <= one for one in self.names for two in other.names)


def note_same_number(person: int, other: int) -> None:
    """List two people of whom somebody has entered the same identity number."""
    _list({(min(person, other), max(person, other))}, Why.IDENTIFIER)


def find(*, now: datetime, dry_run: bool = False) -> int:
    """List new pairs, and take away those that are not alike any more; returns how many of both."""
    done = 0
    for wanted in _alike():
        done += _count_new(wanted) if dry_run else _list(wanted, Why.PHONE)
    numbers = _same_numbers()
    done += _count_new(numbers) if dry_run else _list(numbers, Why.IDENTIFIER)
    gone = _no_longer_alike()
    return done + (gone.count() if dry_run else one_by_one(gone, lambda row: row.forget()))


def _alike() -> Iterator[set[tuple[int, int]]]:
    """The pairs of people who share a phone and are alike, in portions of phones."""
    last = ""
    while phones := list(
        ContactPoint.objects.live()
        .filter(value__gt=last)
        .order_by("value")
        .values_list("value", flat=True)
        .annotate(people=Count("person"))
        .filter(people__gt=1)[:PORTION]
    ):
        last = phones[-1]
        yield _pairs_of(phones)


def _pairs_of(phones: list[str]) -> set[tuple[int, int]]:
    points = ContactPoint.objects.live().filter(system=ContactSystem.PHONE, value__in=phones)
    sharing: dict[str, list[int]] = defaultdict(list)
    for value, person in points.order_by("value", "person").values_list("value", "person"):
        sharing[value].append(person)
    people = _known({pk for some in sharing.values() for pk in some})
    found: set[tuple[int, int]] = set()
    for some in sharing.values():
        found |= _pairs_among([people[pk] for pk in some if pk in people])
    return found - _related(found)


def _pairs_among(people: list[Known]) -> set[tuple[int, int]]:
    groups = [people]
    if len(people) > MANY:
        named: dict[frozenset[str], list[Known]] = defaultdict(list)
        for one in people:
            named[one.names[0]].append(one)
        groups = [group[:MANY] for group in named.values()]
    return {
        (min(one.pk, two.pk), max(one.pk, two.pk))
        for group in groups
        for one, two in combinations(group, 2)
        if one.may_be(two)
    }


def _known(keys: Iterable[int]) -> dict[int, Known]:
    """The living and active among people with these keys."""
    rows = User.objects.patients().filter(pk__in=list(keys)).order_by()
    columns = ("pk", "role", "name", "name_bn", "profile__date_of_birth", "profile__gender")
    found = {}
    for pk, role, name, name_bn, born, gender in rows.values_list(*columns):
        names = tuple(heard for text in (name, name_bn) if (heard := frozenset(heard_words(text))))
        if names:
            found[pk] = Known(pk, User(role=role).is_patient, names, born, gender or "")
    return found


def _related(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of `pairs` of whom one was ever the guardian of the other: they are two."""
    keys = {pk for pair in pairs for pk in pair}
    rows = Guardianship.objects.filter(guardian__in=keys, dependant__in=keys)
    return {(min(pair), max(pair)) for pair in rows.values_list("guardian", "dependant")}


def _same_numbers() -> set[tuple[int, int]]:
    """The pairs of people of whom one has, and the other had, the same identity number."""
    ended = PersonIdentifier.objects.filter(ended_at__isnull=False).values_list("system", "digest", "person")
    found = set()
    rows = list(ended)
    for at in range(0, len(rows), PORTION):
        some = rows[at : at + PORTION]
        live = PersonIdentifier.objects.live().filter(digest__in={digest for _system, digest, _pk in some})
        holders = {(system, digest): pk for system, digest, pk in live.values_list("system", "digest", "person")}
        for system, digest, pk in some:
            other = holders.get((system, digest), pk)
            found.add((min(pk, other), max(pk, other)))
    pairs = {pair for pair in found if pair[0] != pair[1]}
    fit = set(_known({pk for pair in pairs for pk in pair}))
    return {pair for pair in pairs if set(pair) <= fit}


def _stored(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], PossibleDouble]:
    rows = PossibleDouble.objects.filter(first__in={first for first, _second in pairs})
    return {(row.first_id, row.second_id): row for row in rows if (row.first_id, row.second_id) in pairs}


def _count_new(pairs: set[tuple[int, int]]) -> int:
    return len(pairs - _stored(pairs).keys())


def _list(pairs: set[tuple[int, int]], why: str) -> int:
    """Store those of `pairs` that are new, and offer again those that were not alike for a time; returns how many."""
    with transaction.atomic():
        stored = _stored(pairs)
        new = [PossibleDouble(first_id=one, second_id=two, why=why) for one, two in sorted(pairs - stored.keys())]
        PossibleDouble.objects.create_with_history(new, reason="found")
        again = [row for row in stored.values() if row.state == State.GONE]
        for row in again:
            row.ask_again(reason="alike again")
    return len(new) + len(again)


def _no_longer_alike() -> RecordQuerySet[PossibleDouble]:
    """Open pairs of whom one has left, died or was merged, or who share no phone any more or have unlike names now."""
    rows = PossibleDouble.objects.open()
    fit = User.objects.patients().order_by().values("pk")
    apart = ~Q(first__in=fit) | ~Q(second__in=fit)
    gone = list(rows.filter(apart).values_list("pk", flat=True))
    for at in range(0, rows.count(), PORTION):
        some = list(rows.filter(why=Why.PHONE).order_by("pk")[at : at + PORTION])
        keys = {pk for row in some for pk in (row.first_id, row.second_id)}
        phones: dict[int, set[str]] = defaultdict(set)
        points = ContactPoint.objects.live().filter(person__in=keys, system=ContactSystem.PHONE)
        for person, value in points.values_list("person", "value"):
            phones[person].add(value)
        people = _known(keys)
        gone += [row.pk for row in some if not _still(row, people, phones)]
    return rows.filter(pk__in=gone)


def _still(row: PossibleDouble, people: dict[int, Known], phones: dict[int, set[str]]) -> bool:
    first, second = people.get(row.first_id), people.get(row.second_id)
    return bool(first and second and first.may_be(second) and phones[first.pk] & phones[second.pk])
