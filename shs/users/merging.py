"""What happens to what core, the notices and this app know of people when two of them are merged."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from shs.core.admin.models import DefaultView, SavedView
from shs.core.ages import Birth
from shs.core.api.models import KeptAnswer
from shs.core.backup.models import Restore
from shs.core.due.models import JobRun
from shs.core.grants.models import GroupShare, ObjectGrant, UserShare
from shs.core.labels import Label
from shs.core.phones import mask_phone
from shs.core.reads.models import ReadLog
from shs.core.records.merge import Merge
from shs.core.records.transitions import lock, save_with_reason
from shs.notices.models import TOLD_BY_STATE, Notice, Preference, SmsChoice, State
from shs.users import families
from shs.users.merge_rules import (
    DROPPED,
    KEPT,
    Joining,
    Obstacle,
    Pair,
    Part,
    Question,
    Rule,
    Settled,
    hand_over,
    moves,
    stays,
)
from shs.users.models import (
    TELEPHONE,
    AccountTouch,
    AddressChange,
    AppSession,
    ContactPoint,
    Correction,
    DutyChange,
    Guardianship,
    KnownDevice,
    LoginPause,
    OfficeSession,
    PatientCard,
    PersonIdentifier,
    PersonMerge,
    PossibleDouble,
    RoleRequest,
    User,
    UserProfile,
)

PLACE = ("address", "upazila", "district", "city")
"""Fields of a profile that are chosen together."""
PLAIN = ("gender", "blood_group", "father_name", "mother_name", "spouse_name", "emergency_contact")


def _profile(person: User) -> UserProfile:
    return UserProfile.objects.get(user=person.pk)


class Names(Part):
    """The name, and the name in Bangla."""

    def questions(self, pair: Pair) -> Iterable[Question]:
        for name in ("name", "name_bn"):
            kept, dropped = getattr(pair.kept, name), getattr(pair.dropped, name)
            if kept and dropped and kept != dropped:
                yield Question(name, _label(User, name), kept, dropped)

    def join(self, joining: Joining) -> None:
        person, other, before = joining.kept, joining.dropped, {}
        for name in ("name", "name_bn"):
            fills = not getattr(person, name) and joining.choices.get(name) != KEPT
            if (joining.takes(name) or fills) and getattr(other, name) != getattr(person, name):
                before[name] = [getattr(person, name), getattr(other, name)]
                setattr(person, name, getattr(other, name))
        if before:
            save_with_reason(person, joining.reason)
        joining.noted["names"] = before

    def part(self, joining: Joining) -> None:
        _restore(joining.kept, joining.noted.get("names", {}), joining)


class Profiles(Part):
    """Date of birth, sex, address, photo and the like: of what only one row says, that; of what differs, what was
    chosen. The profile of the dropped row stays with it."""

    def questions(self, pair: Pair) -> Iterable[Question]:
        kept, dropped = _profile(pair.kept), _profile(pair.dropped)
        today = timezone.localdate(pair.now)
        if kept.date_of_birth and dropped.date_of_birth and _birth(kept) != _birth(dropped):
            label = _label(UserProfile, "date_of_birth")
            shown = [f"{one.shown_birth} ({one.shown_age(today)})" for one in (kept, dropped)]
            # A day is better known than an age that was told.
            better = dropped.birth_precision == "day" and kept.birth_precision != "day"
            yield Question("birth", label, shown[0], shown[1], DROPPED if better else KEPT)
        for name in PLAIN:
            mine, other = getattr(kept, name), getattr(dropped, name)
            if mine and other and mine != other:
                yield Question(name, _label(UserProfile, name), _shown(name, kept), _shown(name, dropped))
        if _place(kept) and _place(dropped) and _place(kept) != _place(dropped):
            label = _label(UserProfile, "address")
            yield Question("address", label, _place(kept), _place(dropped))

    def told(self, pair: Pair) -> Iterable[Label]:
        if len({_profile(person).photo.name for person in (pair.kept, pair.dropped)} - {""}) == 2:
            yield _("Both have a photo. The one of the kept person stays.")

    def join(self, joining: Joining) -> None:
        kept, dropped = _profile(joining.kept), _profile(joining.dropped)
        lock(kept)
        before: dict[str, list[str]] = {}

        def take(key: str, fields: Iterable[str], *, is_empty: bool) -> None:
            if not (joining.takes(key) or (is_empty and joining.choices.get(key) != KEPT)):
                return
            for name in fields:
                mine, other = getattr(kept, name), getattr(dropped, name)
                if mine != other:
                    before[name] = [_plain(mine), _plain(other)]
                    setattr(kept, name, other.name if name == "photo" else other)

        take("birth", ("date_of_birth", "birth_precision"), is_empty=kept.date_of_birth is None)
        for name in PLAIN:
            is_empty = getattr(kept, name) in ("", UserProfile.Gender.UNKNOWN) and bool(getattr(dropped, name))
            take(name, [name], is_empty=is_empty)
        take("address", PLACE, is_empty=not _place(kept))
        take("photo", ["photo"], is_empty=not kept.photo and bool(dropped.photo))
        if before:
            save_with_reason(kept, joining.reason)
        joining.noted["profile"] = before

    def part(self, joining: Joining) -> None:
        _restore(_profile(joining.kept), joining.noted.get("profile", {}), joining)


def _birth(profile: UserProfile) -> Birth:
    return Birth(profile.date_of_birth, profile.birth_precision)  # type: ignore[arg-type]  # compared only


def _place(profile: UserProfile) -> str:
    return ", ".join(filter(None, (getattr(profile, name) for name in PLACE)))


def _label(model: type[User | UserProfile], name: str) -> Label:
    field: Any = model._meta.get_field(name)
    label: Label = field.verbose_name
    return label


def _shown(name: str, profile: UserProfile) -> str:
    field: Any = UserProfile._meta.get_field(name)
    value = getattr(profile, name)
    return str(dict(field.flatchoices).get(value, value))


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _restore(row: User | UserProfile, before: dict[str, list[str]], joining: Joining) -> None:
    """Give `row` the values of before the merge, as far as nobody has changed them since."""
    changed = False
    lock(row)
    for name, (was, became) in before.items():
        if _plain(getattr(row, name)) == became:
            setattr(row, name, parse_date(was) if name == "date_of_birth" else was)
            changed = True
    if changed:
        save_with_reason(row, joining.reason)


class Phones(Part):
    """Phones that only the dropped row has are added to the kept one, and end with the dropped one, so that a text goes
    to each once. Addresses by which somebody logs in never move."""

    def questions(self, pair: Pair) -> Iterable[Question]:
        kept, dropped = ContactPoint.objects.number_of(pair.kept.pk), ContactPoint.objects.number_of(pair.dropped.pk)
        if kept and dropped and kept != dropped:
            yield Question("phone", _("main phone"), mask_phone(kept), mask_phone(dropped))

    def join(self, joining: Joining) -> None:
        mine, theirs = _phones(joining.kept), _phones(joining.dropped)
        there, main = {point.value for point in mine}, mine[-1] if mine else None
        for point in theirs:
            point.end(now=joining.now, reason=joining.reason)
        added = []
        # The newest is the main one, and `theirs` ends with the main phone of the dropped row.
        for point in theirs:
            if point.value not in there:
                added.append(_added(point, joining))
        remade = []
        if main and added and not joining.takes("phone"):
            main.end(now=joining.now, reason=joining.reason)
            remade.append(_added(main, joining))
        elif main and joining.takes("phone") and not (added and added[-1].value == theirs[-1].value):
            again = next(point for point in mine if point.value == theirs[-1].value)
            again.end(now=joining.now, reason=joining.reason)
            remade.append(_added(again, joining))
        # What the merge itself has made is no news about the person.
        joining.noted["remade"] = [f"{row._meta.label}:{row.pk}" for row in (*added, *remade)]
        joining.noted["phones"] = {"ended": [point.pk for point in theirs], "added": [point.pk for point in added]}

    def part(self, joining: Joining) -> None:
        noted = joining.noted.get("phones", {})
        for point in ContactPoint.objects.live().filter(pk__in=noted.get("added", ()), person=joining.kept):
            point.end(now=joining.now, reason=joining.reason)
        again = {point.value for point in _phones(joining.dropped)}
        for point in ContactPoint.objects.filter(pk__in=noted.get("ended", ()), person=joining.dropped):
            if point.value not in again:
                lock(point)
                point.ended_at = None
                save_with_reason(point, joining.reason)


def _phones(person: User) -> list[ContactPoint]:
    """The phones in use, the main one last."""
    points = ContactPoint.objects.live().filter(person=person.pk, system__in=TELEPHONE)
    return list(points.select_for_update(of=("self",)).order_by("system", "pk"))


def _added(point: ContactPoint, joining: Joining) -> ContactPoint:
    made = ContactPoint(person=joining.kept, system=point.system, value=point.value, confirmed_at=point.confirmed_at)
    save_with_reason(made, joining.reason)
    return made


class Identifiers(Part):
    """Identity numbers move; of two of a kind, the one that was not chosen is withdrawn."""

    def questions(self, pair: Pair) -> Iterable[Question]:
        kept, dropped = _numbers(pair.kept), _numbers(pair.dropped)
        for system in sorted(kept.keys() & dropped.keys()):
            label = kept[system].get_system_display()
            if kept[system].reveal_or_none() == dropped[system].reveal_or_none():
                continue
            yield Question(f"identifier:{system}", label, kept[system].masked, dropped[system].masked)

    def join(self, joining: Joining) -> None:
        kept, dropped = _numbers(joining.kept), _numbers(joining.dropped)
        withdrawn, moved = [], []
        for system, row in sorted(dropped.items()):
            other = kept.get(system)
            wins = other is None or joining.takes(f"identifier:{system}")
            loser = (other if wins else row) if other else None
            if loser:
                loser.withdraw(now=joining.now, reason=joining.reason)
                withdrawn.append(loser.pk)
            if wins:
                _give_number(row, joining.kept, joining.reason)
                moved.append(row.pk)
        joining.noted["identifiers"] = {"withdrawn": withdrawn, "moved": moved}

    def part(self, joining: Joining) -> None:
        noted = joining.noted.get("identifiers", {})
        rows = PersonIdentifier.objects.order_by("pk")
        for row in rows.filter(pk__in=noted.get("moved", ()), person=joining.kept):
            _give_number(row, joining.dropped, joining.reason)
        for row in rows.filter(pk__in=noted.get("withdrawn", ()), ended_at__isnull=False).select_related("person"):
            same = PersonIdentifier.objects.live().filter(
                Q(person=row.person_id) | Q(digest=row.digest), system=row.system
            )
            if not same.exists():
                lock(row)
                row.ended_at = None
                save_with_reason(row, joining.reason)


def _numbers(person: User) -> dict[str, PersonIdentifier]:
    rows = PersonIdentifier.objects.live().filter(person=person.pk)
    return {row.system: row for row in rows.order_by("pk")}


def _give_number(row: PersonIdentifier, person: User, reason: str) -> None:
    lock(row)
    row.person = person
    save_with_reason(row, reason)


class Guardians(Part):
    """Guardianships move, those that have ended too, except between the two. What stands twice is ended first."""

    def obstacles(self, pair: Pair) -> Iterable[Obstacle]:
        open_ones = Guardianship.objects.filter(state__in=[Guardianship.State.ASKED, Guardianship.State.ACTIVE])
        for row in open_ones.filter(_between(pair)).order_by("pk"):
            sentence = _("One of the two is the guardian of the other: they are two people, or it was entered wrongly.")
            yield Obstacle(sentence, row)
        mine = _sides(open_ones.filter(Q(guardian=pair.kept) | Q(dependant=pair.kept)), pair.kept.pk)
        other = _sides(open_ones.filter(Q(guardian=pair.dropped) | Q(dependant=pair.dropped)), pair.dropped.pk)
        for side in sorted(mine.keys() & other.keys()):
            yield Obstacle(_("This guardianship exists twice. End one of them first."), other[side])

    def told(self, pair: Pair) -> Iterable[Label]:
        for row in families.guardians_of(pair.dropped.pk, pair.now):
            words = {"guardian": row.guardian.name, "person": pair.kept.name}
            yield _("%(guardian)s will act for %(person)s as a guardian.") % words

    def join(self, joining: Joining) -> None:
        kept, dropped = joining.kept, joining.dropped
        guardians = [row.guardian_id for row in families.guardians_of(dropped.pk, joining.now)]
        # What waits to be sent to the guardians is about the kept person now.
        waiting = Notice.objects.filter(user__in=guardians, state=State.QUEUED).order_by("pk")
        copies = [row for row in waiting if row.data.get("for_person") == dropped.pk]
        _say(copies, kept)
        rows = Guardianship.objects.exclude(_between(Pair(kept, dropped, joining.now)))
        joining.noted["guardianships"] = {
            "copies": [row.pk for row in copies],
            "guardian": hand_over(rows.filter(guardian=dropped), "guardian", kept, joining),
            "dependant": hand_over(rows.filter(dependant=dropped), "dependant", kept, joining),
        }

    def part(self, joining: Joining) -> None:
        noted = joining.noted.get("guardianships", {})
        _say(Notice.objects.filter(pk__in=noted.get("copies", ()), state=State.QUEUED), joining.dropped)
        for side in ("guardian", "dependant"):
            rows = Guardianship.objects.filter(pk__in=noted.get(side, ()), **{side: joining.kept})
            hand_over(rows, side, joining.dropped, joining)


def _say(copies: Iterable[Notice], person: User) -> None:
    for row in copies:
        data = {**row.data, "for_person": person.pk, "for_name": person.name}
        Notice.objects.without_history(TOLD_BY_STATE).filter(pk=row.pk).update(data=data)


def _between(pair: Pair) -> Q:
    return Q(guardian=pair.kept, dependant=pair.dropped) | Q(guardian=pair.dropped, dependant=pair.kept)


def _sides(rows: Iterable[Guardianship], person: int) -> dict[tuple[str, int, str], Guardianship]:
    """By role of `person`, the other one and the state: what may stand only once."""
    found = {}
    for row in rows:
        is_guardian = row.guardian_id == person
        found["guardian" if is_guardian else "dependant", row.dependant_id if is_guardian else row.guardian_id,
              row.state] = row  # fmt: skip
    return found


ACTED = "who did it, which stays true"
OF_LOGIN = "it belongs to the login, which is never joined with another one"
_third_party: list[Rule] = [
    *stays(LogEntry, "user", because=ACTED),
    *stays(apps.get_model("guardian", "UserObjectPermission"), "user", because="unused: shared rights are UserShare"),
    *stays(TOTPDevice, "user", because=OF_LOGIN),
    *stays(StaticDevice, "user", because=OF_LOGIN),
]
people = [
    *_third_party,
    *stays(SavedView, "owner", because="a view of the office, in which no merged person works"),
    *stays(DefaultView, "user", because="a view of the office, in which no merged person works"),
    *stays(KeptAnswer, "user", because="an answer to a request of this login, for a day"),
    *stays(Restore, "released_by", because=ACTED),
    *stays(JobRun, "by", because=ACTED),
    *stays(ObjectGrant, "user", "granted_by", because="nobody gets a right by a merge"),
    *stays(UserShare, "user", "granted_by", because="nobody gets a right by a merge"),
    *stays(GroupShare, "granted_by", because=ACTED),
    *stays(ReadLog, "reader", "subject", because="sealed; the kept person's access log lists it too"),
    *stays(Merge, "merged_by", because=ACTED),
    *moves(Notice, "user", only=Q(state__in=[State.QUEUED, State.CALL], address="")),
    *stays(Preference, "user", because="a choice of the login"),
    *moves(SmsChoice, "user"),
    Settled(ContactPoint, "person", how="phones are added to the kept person, and end with the dropped one"),
    Settled(PersonIdentifier, "person", how="they move; of two of a kind one is withdrawn"),
    *stays(UserProfile, "user", because="what was chosen of it is copied"),
    *moves(PatientCard, "person"),
    *moves(Correction, "person", only=Q(status=Correction.Status.WAITING)),
    *stays(Correction, "asked_by", "decided_by", because=ACTED),
    *moves(User, "merged_into"),
    *stays(AccountTouch, "user", "by", because=ACTED),
    *stays(AddressChange, "user", "asked_by", because=OF_LOGIN),
    *stays(KnownDevice, "user", because=OF_LOGIN),
    *stays(RoleRequest, "user", "asked_by", "decided_by", because=ACTED),
    *stays(DutyChange, "asked_by", "decided_by", because=ACTED),
    Settled(Guardianship, "guardian", how="they move, but one between the two that has ended stays"),
    Settled(Guardianship, "dependant", how="they move, but one between the two that has ended stays"),
    *moves(Guardianship, "given_by"),
    *stays(LoginPause, "lifted_by", because=ACTED),
    *stays(AppSession, "user", because=OF_LOGIN),
    *stays(OfficeSession, "user", because=OF_LOGIN),
    *stays(PossibleDouble, "first", "second", "decided_by", because="which two were compared, and by whom"),
    *stays(PersonMerge, "kept", "dropped", "asked_by", "decided_by", because="which two were merged, and by whom"),
    Names(),
    Profiles(),
    Phones(),
    Identifiers(),
    Guardians(),
]
