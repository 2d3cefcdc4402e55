"""A reviewer's work on a case before the decision: checks, the register, overrides, notes, and the next case."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple, Unpack

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.dates import show_date
from shs.core.errors import Invalid, NotFound, StepRefused
from shs.core.grants.held import held_by
from shs.core.labels import Label
from shs.core.records.transitions import lock
from shs.credentialing.models import CaseNote, CheckKind, CheckResult, VerificationCheck
from shs.credentialing.models.check import Facts
from shs.credentialing.register import Registered, look_up
from shs.doctors.errors import OwnCase
from shs.doctors.models import DoctorInformation
from shs.doctors.models.doctor import OPEN
from shs.users.models import ContactPoint, User
from shs.users.requests import UserRequest

TITLES = re.compile(r"\b(dr|prof|md|mr|mrs|ms)\b\.?", re.IGNORECASE)
MOST_ALIKE = 8


class Section(NamedTuple):
    """A section of a case that a later app adds: `find` returns its rows, which are rendered by `template`."""

    key: str
    title: Label
    template: str
    find: Callable[[DoctorInformation, User, datetime], Sequence[object]]


CASE_SECTIONS: list[Section] = []
"""Later apps append theirs."""


Store = Callable[[], None]
Plan = Callable[[UserRequest, DoctorInformation, Store], None]
_plans: list[Plan] = []


def plan_suspensions(plan: Plan) -> Plan:
    """Register `plan(request, doctor, store)` of a later app: it calls `store()`, which suspends the doctor, and
    decides about what that hits, or raises AskFirst to ask whoever suspends."""
    _plans[:] = [plan]
    return plan


def planned(request: UserRequest, doctor: DoctorInformation, store: Store) -> None:
    """Call `store()`, which suspends the doctor, by what has been registered."""
    for plan in _plans:
        return plan(request, doctor, store)
    return store()


class Compared(NamedTuple):
    """One line of the comparison between the doctor's declaration and the register; `flag` names the difference."""

    label: Label
    declared: str
    registered: str
    flag: str


class Alike(NamedTuple):
    """Another doctor who may be the same person, with the reason."""

    doctor: DoctorInformation
    why: str


# --- Checks ----------------------------------------------------------------------------------------------------------


def record_check(
    *,
    doctor: DoctorInformation,
    kind: str,
    result: str,
    by: User,
    now: datetime,
    note: str = "",
    **facts: Unpack[Facts],
) -> VerificationCheck:
    """Store the result of a check of an open case, or replace it. `facts` are the source and the register's entry (see
    VerificationCheck). Raises AlreadyClaimed and StepRefused (409), OwnCase (403), and Invalid (422) for a failed check
    without a note."""
    if result == CheckResult.FAIL and not note:
        raise Invalid(_("Describe what is wrong, for colleagues who read this case later."), field="note")
    with transaction.atomic():
        _begin(doctor, by, now)
        check = doctor.checks.current().filter(kind=kind).first() or VerificationCheck(doctor=doctor, kind=kind)
        check.judge(result=result, note=note, by=by, now=now, **facts)
    return check


def pass_rest(*, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Pass every required check that is not done yet; the licence is looked up in the register. Raises as
    `record_check`."""
    with transaction.atomic():
        _begin(doctor, by, now)
        made = set(doctor.checks.current().values_list("kind", flat=True))
        for kind in (kind for kind in CheckKind if kind in settings.REQUIRED_CHECKS and kind not in made):
            if kind == CheckKind.REGISTER:
                check_register(doctor=doctor, by=by, now=now)
            else:
                record_check(doctor=doctor, kind=kind, result=CheckResult.PASS, by=by, now=now)


def check_register(*, doctor: DoctorInformation, by: User, now: datetime) -> VerificationCheck:
    """Look the licence number up in the register and store the answer as the check's result. Raises as
    `record_check`."""
    today = timezone.localdate(now)
    found = look_up(doctor.license_number)
    if found is None:
        result, note = (
            CheckResult.FAIL,
            _("The register has no licence %(number)s.") % {"number": doctor.license_number},
        )
        facts: Facts = {"source_date": today}
    else:
        result, note = CheckResult.PASS, ""
        facts = {"source": found.source, "source_date": found.as_of}
        facts |= {"registered_name": found.name, "valid_until": found.valid_until}
    return record_check(doctor=doctor, kind=CheckKind.REGISTER, result=result, by=by, now=now, note=note, **facts)


def ask_override(*, doctor: DoctorInformation, kind: str, reason: str, by: User, now: datetime) -> None:
    """Request that a second officer override a check. Raises as `record_check`, and NotFound."""
    with transaction.atomic():
        _begin(doctor, by, now)
        check = doctor.checks.current().filter(kind=kind).first()
        if check is None:
            raise NotFound(_("Record this check first: only a check that failed can be overridden."))
        check.ask_override(reason=reason, by=by, now=now)


def confirm_overrides(*, doctor: DoctorInformation, reason: str, by: User, now: datetime) -> int:
    """As the second officer, confirm all requested overrides of a case with one's own reason; returns their number.
    Raises OwnCase (403), SecondPersonNeeded and StepRefused (409), and Invalid (422) without a reason. The first
    officer keeps the claim."""
    with transaction.atomic():
        lock(doctor)
        _require_open(doctor)
        if by.pk == doctor.user_id:
            raise OwnCase
        checks = list(doctor.checks.disputed())
        for check in checks:
            check.override(reason=reason, by=by, now=now)
        if not checks:
            raise StepRefused(_("No override has been requested in this case."))
    return len(checks)


def add_note(*, doctor: DoctorInformation, text: str, by: User, now: datetime) -> CaseNote:
    """Store a note for other reviewers. Raises AlreadyClaimed (409), OwnCase (403), and Invalid (422) without a
    text."""
    if not text.strip():
        raise Invalid(_("Write a note first."), field="text")
    with transaction.atomic():
        lock(doctor)
        doctor.require_reviewer(by)
        doctor.renew_claim(by=by, now=now)
        return CaseNote.objects.create(doctor=doctor, text=text.strip(), by=by)


def release(*, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Release the claim on a case. Raises AlreadyClaimed (409) for everybody except its holder."""
    with transaction.atomic():
        lock(doctor)
        doctor.require_reviewer(by)
        doctor.release(now=now)


def _begin(doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Lock the case's row for its reviewer and renew the claim."""
    lock(doctor)
    doctor.require_reviewer(by)
    _require_open(doctor)
    doctor.renew_claim(by=by, now=now)


def _require_open(doctor: DoctorInformation) -> None:
    if doctor.verification_status not in OPEN:
        raise StepRefused(
            _("Checks can be recorded only while the case is open. Its status is: %(status)s.")
            % {"status": doctor.get_verification_status_display().lower()}
        )


# --- What there is to see --------------------------------------------------------------------------------------------


def compare(doctor: DoctorInformation, found: Registered | None, *, today: date) -> list[Compared]:
    """The comparison of the doctor's declaration with the register, line by line."""
    known = found or Registered("", "", "", "", True, None, "", date.min)
    degrees_agree = set(_words(known.degree)) <= set(_words(doctor.education))
    ends = _line(_("Valid until"), _day(doctor.license_expires_on), _day(known.valid_until))
    if known.valid_until and known.valid_until < today:
        ends = ends._replace(flag=_("has ended"))
    return [
        _line(_("Name"), doctor.name, known.name, _words(doctor.name) == _words(known.name)),
        _line(_("Licence number"), doctor.license_number, known.license_number),
        _line(_("Degree"), doctor.education, known.degree, degrees_agree),
        ends,
        Compared(_("Standing"), "", known.standing, "" if known.is_good else _("not in good standing")),
    ]


def _line(label: Label, declared: str, registered: str, agrees: bool | None = None) -> Compared:
    """Compare two texts; `agrees` replaces the usual comparison by spelling."""
    agrees = declared == registered if agrees is None else agrees
    return Compared(label, declared, registered, _("differs") if declared and registered and not agrees else "")


def _day(day: date | None) -> str:
    return show_date(day) if day else ""


def _words(text: str) -> list[str]:
    """The words of a name or degree for comparison: titles and punctuation removed, order ignored."""
    return sorted(re.sub(r"[^\w\s]", " ", TITLES.sub(" ", text)).lower().split())


def alike(doctor: DoctorInformation) -> list[Alike]:
    """Other doctors with nearly the same licence number, the same or a similar name, or the same phone; at most a few.
    One query, in which each of these is found by an index of its own."""
    digits = re.sub(r"\D", "", doctor.license_number)
    phones = ContactPoint.objects.phones().order_by()
    own = phones.filter(person=doctor.user_id).values("value")
    sharing = Q(user__in=phones.filter(value__in=own).values("person"))
    ways = [sharing, Q(heard__sounds=" ".join(_words(doctor.name)))]
    if len(digits) >= 4:
        ways.append(Q(license_number__holds=digits) & Q(license_number__endswith=digits))
    others = DoctorInformation.objects.order_by().exclude(pk=doctor.pk)
    first, *more = (others.filter(way).values("pk") for way in ways)
    rows = DoctorInformation.objects.filter(pk__in=first.union(*more))
    rows = rows.annotate(shares_phone=ExpressionWrapper(sharing, BooleanField())).order_by("pk")
    return [Alike(other, _why(doctor, other, digits, vars(other)["shares_phone"])) for other in rows[:MOST_ALIKE]]


def _why(doctor: DoctorInformation, other: DoctorInformation, digits: str, shares_phone: bool) -> str:
    found = [
        (_("same phone"), shares_phone),
        (_("same number"), len(digits) >= 4 and other.license_number.endswith(digits)),
        (_("same name"), set(_words(doctor.name)) <= set(_words(other.name))),
        (_("similar name"), not set(_words(doctor.name)) <= set(_words(other.name))),
    ]
    reasons = [words for words, holds in found[:3] if holds]
    return ", ".join(reasons) or str(found[3][0])


def next_case(user: User, *, after: DoctorInformation | None = None) -> DoctorInformation | None:
    """The id of the case that has waited longest, of those that `user` may claim and nobody else has claimed, except
    `after`; None if there is none."""
    others = [pk for pk, claim in held_by(DoctorInformation, "review").items() if claim.user_id != user.pk]
    rows = DoctorInformation.objects.allowed(user, "claim").waiting().exclude(pk__in=others)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
    return rows.order_by("submitted_at", "pk").first()
