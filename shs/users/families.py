"""Guardians: opening a dependant, linking somebody who exists, ending it, and who is told what about whom."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.ages import ADULT, TEENAGER, Birth, first_day_at
from shs.core.caller import Member
from shs.core.context import forget
from shs.core.due.rows import one_by_one
from shs.core.errors import Forbidden, Invalid, NotFound, StepRefused
from shs.core.queries import KeptQuery
from shs.core.reads.log import log_denied
from shs.core.records.transitions import save_with_reason
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.sending import withholds
from shs.notices.services import copy_for, notice, notify
from shs.users.models import Guardianship, User, UserProfile, require_document
from shs.users.permissions import BOOK, READ, wards

MOST_OPENED = 12
"""How many dependants one account may open in all; more are registered at a desk."""

Basis, State = Guardianship.Basis, Guardianship.State


# --- Ages ------------------------------------------------------------------------------------------------------------


def is_under(person: User, years: int, today: date) -> bool:
    """Whether a person is known to be under so many years; as `minors` for a query."""
    profile = getattr(person, "profile", None)
    if profile is None or profile.date_of_birth is None:
        return False
    return first_day_at(profile.date_of_birth, profile.birth_precision, years) > today


def is_minor(person: User, today: date) -> bool:
    """Whether a person is known to be under 18, so that guardians may decide for them."""
    return is_under(person, ADULT, today)


def is_teenager(person: User, today: date) -> bool:
    """Whether a person is from 12 to 17: they may have something to themselves with their doctor."""
    return is_minor(person, today) and not is_under(person, TEENAGER, today)


# --- Acting for somebody ---------------------------------------------------------------------------------------------


def acts_for(user: Member, person: int, right: str, now: datetime) -> bool:
    """Whether `user` has the right (BOOK or READ) for the person with this key as their guardian."""
    ward = wards(user, now).get(person)
    return ward is not None and bool(getattr(ward, right))


def person_for(user: User, pk: int | None, right: str, what: str, now: datetime, *or_right: str) -> User:
    """The person for whom `user` books or reads: themselves by default, or a dependant for whom they have the `right`
    (or one of `or_right`). Raises NotFound (404) for anybody else; that is logged as a denied reading of `what`."""
    if pk is None or pk == user.pk:
        return user
    person = User.objects.unrestricted("refused below unless its guardian asks").select_related("profile").filter(pk=pk)
    found = person.first()
    if found is not None and found.is_merged:
        found = found.current()  # an app may still know the former one
        if found.pk == user.pk:
            return user
    if found is not None and any(acts_for(user, found.pk, one, now) for one in (right, *or_right)):
        return found
    if found is not None:
        log_denied(user, what=what, subject=found, now=now)
    raise NotFound


def speaks_for(user: User, person: User, now: datetime) -> bool:
    """Whether `user` acts as the patient in a visit of `person`: as themselves, or as a guardian who books."""
    return user.pk == person.pk or (user.uses_api and acts_for(user, person.pk, BOOK, now))


IN_FORCE = KeptQuery(
    lambda person: Guardianship.objects.filter(dependant=person, state=Guardianship.State.ACTIVE), ("pk",)
)


def guardians_of(person: int, now: datetime, *rights: str) -> list[Guardianship]:
    """The guardianships in force of a person, with their guardians, that give all of `rights`; one query for those who
    have none, as most people, else two."""
    if IN_FORCE.first(person=person) is None:
        return []
    rows = Guardianship.objects.in_force(now).filter(dependant=person, **dict.fromkeys(rights, True))
    return list(rows.select_related("guardian", "dependant__profile").order_by("since", "pk"))


def require_decides(user: User, person: User, now: datetime) -> None:
    """Whether `user` may consent for `person`. Raises Forbidden (403) for a minor with a guardian, who decides, and for
    the guardian of an adult, who decides for themselves."""
    today = timezone.localdate(now)
    if user.pk != person.pk:
        if not is_minor(person, today):
            raise Forbidden(_("Adults decide for themselves who may read their chart."))
    elif is_minor(person, today) and guardians_of(person.pk, now, READ):
        raise Forbidden(_("Until you are 18, your guardian decides who may read your chart."))


# --- Who is told -----------------------------------------------------------------------------------------------------


def to_family(told: Iterable[Notice], person: User, right: str, now: datetime) -> list[Notice]:
    """The notices `told` to `person`, and a copy of each to the guardians who have the right (BOOK or READ): the one
    place that decides who is told about a dependant. One query."""
    told = list(told)
    if not told:
        return []
    guardians = [row.guardian for row in guardians_of(person.pk, now, right)]
    copies = [copy_for(one, to=to, person=person, right=right) for to in guardians for one in told]
    if copies:
        for one in told:
            one.data["is_told_to_guardians"] = True
    return [*told, *copies]


@withholds
def no_longer_theirs(claimed: Notice, now: datetime) -> str:
    """Why a notice about somebody else is not sent any more: its reader is no longer their guardian."""
    person = claimed.data.get("for_person")
    if person is None or acts_for(claimed.user, person, str(claimed.data.get("for_right")), now):
        return ""
    return "no longer a guardian"


def _tell(link: Guardianship, people: Iterable[User], what: str) -> None:
    data = {"what": what, "guardian": link.guardian.name, "dependant": link.dependant.name}
    about = f"guardianship:{link.pk}"
    notify(*(notice(to=to, kind=Kind.GUARDIANSHIP, data=data, about=about) for to in dict.fromkeys(people)))


def _others(link: Guardianship, now: datetime) -> list[User]:
    """Who has a say in the guardianship beside its guardian: an adult themselves, else the guardians in force."""
    if not link.is_for_minor:
        return [link.dependant]
    return [row.guardian for row in guardians_of(link.dependant_id, now) if row.guardian_id != link.guardian_id]


# --- Opening, asking, agreeing, ending -------------------------------------------------------------------------------


def open_dependant(
    *, guardian: User, name: str, name_bn: str = "", birth: Birth, gender: str, relation: str, now: datetime
) -> Guardianship:
    """Enter a child of one's own, a person without a login. Raises Invalid (422) for an adult, StepRefused (409) after
    MOST_OPENED, Unconfirmed (403)."""
    guardian.require_confirmed()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=guardian.pk)
        _require_adult(guardian, now)
        if Guardianship.objects.filter(guardian=guardian, basis=Basis.OPENED).count() >= MOST_OPENED:
            raise StepRefused(_("You have entered many people already. Others are registered at the front desk."))
        person = User.objects.create_user(None, name=name, name_bn=name_bn)
        profile: UserProfile = person.profile
        profile.be_born(birth, timezone.localdate(now))
        profile.gender = gender
        save_with_reason(profile, "entered by the guardian")
        if not is_minor(person, timezone.localdate(now)):
            raise Invalid(
                _("Only children under 18 are entered here. Adults have an account of their own."),
                field="date_of_birth",
            )
        link = Guardianship(guardian=guardian, dependant=person, relation=relation, is_for_minor=True)
        link.store_in_force(Basis.OPENED, by=guardian, now=now)
    forget()
    return link


def ask(
    *,
    guardian: User,
    number: str,
    born: date,
    relation: str,
    may_book: bool = True,
    may_read: bool = True,
    now: datetime,
) -> Guardianship:
    """Ask to act for somebody who exists, with their patient number and date of birth. An adult answers themselves, the
    guardian of a minor for the minor. Raises NotFound (404) where the two do not belong together, StepRefused (409)
    where nobody can answer in the app, Invalid (422), Unconfirmed (403)."""
    guardian.require_confirmed()
    person = _known(number, born)
    today = timezone.localdate(now)
    if person.pk == guardian.pk:
        raise Invalid(_("Nobody is their own guardian."), field="patient_number")
    link = Guardianship(
        guardian=guardian,
        dependant=person,
        relation=relation,
        may_book=may_book,
        may_read=may_read,
        is_for_minor=is_minor(person, today),
    )
    with transaction.atomic():
        _require_adult(guardian, now)
        _require_new(link)
        asked = [to for to in _others(link, now) if to.has_login]
        if not asked:
            raise StepRefused(_("Nobody can agree to it in the app. Come to the front desk with a document."))
        link.full_clean(validate_constraints=False)
        save_with_reason(link, "asked for")
        _tell(link, asked, "asked")
    return link


def accept(*, link: Guardianship, by: User, now: datetime) -> Guardianship:
    """Agree to a guardianship that was asked for; a former one of the same two ends. Raises Forbidden (403) for a
    guardian who would give more than they have, StepRefused (409) if it was answered, Unconfirmed (403)."""
    by.require_confirmed()
    with transaction.atomic():
        basis = Basis.AGREED if link.is_for_minor else Basis.CONSENT
        if link.is_for_minor:
            if not is_minor(link.dependant, timezone.localdate(now)):
                raise StepRefused(_("This person is an adult now, and decides for themselves."))
            wanted = [right for right in (BOOK, READ) if getattr(link, right)]
            if not all(acts_for(by, link.dependant_id, right, now) for right in wanted):
                raise Forbidden(_("You cannot grant more than you have yourself."))
        _end_former(link, now)
        link.begin(basis=basis, by=by, now=now)
        _tell(link, [link.guardian, *(to for to in _others(link, now) if to.pk != by.pk)], "began")
    forget()
    return link


def end(*, link: Guardianship, by: User | None, reason: str, now: datetime) -> None:
    """End a guardianship, or decline one that was asked for, and tell those who have a say in it. Raises StepRefused
    (409) if it has ended."""
    with transaction.atomic():
        others = _others(link, now)
        was_asked = link.state == State.ASKED
        link.end(now=now, reason=reason)
        told = [link.guardian, *others]
        _tell(link, (to for to in told if by is None or to.pk != by.pk), "declined" if was_asked else "ended")
    forget()


def add_at_desk(*, link: Guardianship, by: User, now: datetime) -> Guardianship:
    """Record a guardianship that was proven at the desk with a document: an adult was there themselves and agreed, for
    a minor the guardian. Replaces one that exists. Raises Invalid (422), Forbidden (403)."""
    require_document(link.document, link.last_four)
    if len(link.reason.strip()) < 5:
        raise Invalid(_("Enter how this was verified."), field="reason")
    if link.dependant.is_dead or link.guardian.is_dead or not link.guardian.is_active:
        raise Invalid(_("This person cannot be a guardian, or have one."), field="guardian")
    if not User.objects.allowed(by, "recognise").filter(pk=link.dependant.pk).exists():
        raise Invalid(_("This person is no patient of your clinics."), field="dependant")
    with transaction.atomic():
        _require_adult(link.guardian, now)
        link.last_four = link.last_four.upper()
        link.is_for_minor = is_minor(link.dependant, timezone.localdate(now))
        _end_former(link, now)
        link.store_in_force(Basis.DESK, by=by, now=now)
        _tell(link, [link.guardian, *_others(link, now)], "began")
    forget()
    return link


def end_outgrown(*, now: datetime, dry_run: bool = False) -> int:
    """Mark guardianships as ended whose dependant may be 18: they give nothing from that day on. Returns how many."""
    rows = Guardianship.objects.outgrown(now).order_by("pk")
    if dry_run:
        return rows.count()
    return one_by_one(rows, lambda link: end(link=link, by=None, reason="the person may be 18 now", now=now))


def _end_former(link: Guardianship, now: datetime) -> None:
    rows = Guardianship.objects.filter(guardian=link.guardian, dependant=link.dependant, state=State.ACTIVE)
    for former in rows.exclude(pk=link.pk):
        former.end(now=now, reason="replaced by a new one")


def _require_new(link: Guardianship) -> None:
    same = Guardianship.objects.filter(guardian=link.guardian, dependant=link.dependant)
    if same.filter(state=State.ASKED).exists():
        raise StepRefused(_("You have asked for this already. Wait for the answer."))
    rights = {BOOK: link.may_book, READ: link.may_read}
    if same.filter(state=State.ACTIVE, is_for_minor=link.is_for_minor, **rights).exists():
        raise StepRefused(_("This guardianship exists already."))


def _require_adult(guardian: User, now: datetime) -> None:
    if is_minor(guardian, timezone.localdate(now)):
        raise Forbidden(_("Guardians are at least 18 years old."))


def _known(number: str, born: date) -> User:
    """The living person with this patient number and date of birth, as far as it is known."""
    people = User.objects.unrestricted("whoever knows the number and the date of birth").select_related("profile")
    person = people.with_number(number).filter(is_active=True, died_on__isnull=True).first()
    profile = getattr(person, "profile", None)
    if person is None or profile is None or profile.date_of_birth is None:
        raise NotFound(_("No patient has this number and date of birth."))
    size = len(profile.iso_birth)
    if born.isoformat()[:size] != profile.iso_birth:
        raise NotFound(_("No patient has this number and date of birth."))
    return person
