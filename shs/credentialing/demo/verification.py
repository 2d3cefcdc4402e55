"""The demo register, the checks of the cases, and licences that expire."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from shs.core.seeding.marks import LICENCE, REVIEWER, VERIFIER
from shs.core.seeding.stories import BATCH, store, told
from shs.credentialing import services
from shs.credentialing.models import CaseNote, CheckKind, CheckResult, RegisterEntry, VerificationCheck
from shs.credentialing.reasons import text_for
from shs.doctors.demo.stages import ENDED, is_as_seeded, number_of
from shs.doctors.models import DoctorInformation, Verification
from shs.notices.kinds import Kind
from shs.notices.models import Notice, State
from shs.users.models import User
from shs.users.seeding import account, made_users

DEGREE_NOTE = "The certificate says 2011, the profile says 2010."
OVERRIDE = "The university confirmed by telephone that 2011 is right; the profile has a slip of the pen."
CASE_NOTE = "Telephoned the examinations office; they answer questions from Sunday to Thursday, 9 to 13."

SOURCE = "Demo Register of Doctors"
CHECKED = 40
"""For doctors above this number the checks of past verifications are left out, to keep a large network small."""

# Differences between the register and the declaration, by the doctor's number.
NOT_REGISTERED, OTHER_NAME, NOT_IN_GOOD_STANDING, OVER, LESSER_DEGREE = 12, 15, 18, 22, 25


def add_verification(*, now: datetime) -> int:
    """Add missing doctors to the register; returns their number. Cases that only the seed has worked on get their
    checks, and verifications whose licence has ended are ended."""
    known = set(RegisterEntry.history.values_list("license_number", flat=True))
    rows = DoctorInformation.objects.filter(license_number__startswith=LICENCE).select_related("user")
    doctors = [doctor for doctor in rows.order_by("pk") if doctor.license_number not in known]
    entries = [told(entry, now - timedelta(days=2)) for doctor in doctors if (entry := _entry(doctor, now))]
    officers = account(VERIFIER), account(REVIEWER)
    checked = set(VerificationCheck.history.values_list("doctor_id", flat=True))
    doctors = [doctor for doctor in doctors if doctor.pk not in checked and is_as_seeded(doctor)]
    made = [check for doctor in doctors for check in _checks(doctor, *officers, now)]
    checks = [told(check, check.at, check.by, check.note) for check in made]
    for stories in (entries, checks):
        for at in range(0, len(stories), BATCH):
            store(stories[at : at + BATCH])
    for doctor in doctors:
        if doctor.verification_status == Verification.IN_REVIEW:
            note = CaseNote(doctor=doctor, text=CASE_NOTE, by=officers[1])
            store([told(note, now - timedelta(hours=1), officers[1])])
        if number_of(doctor) in ENDED and _has_ended(doctor, now):
            doctor.expire(note=text_for("expired", doctor.license_number), now=now)
    return len(entries)


def _has_ended(doctor: DoctorInformation, now: datetime) -> bool:
    ends = doctor.license_expires_on
    return doctor.is_approved and ends is not None and ends < timezone.localdate(now)


def _entry(doctor: DoctorInformation, now: datetime) -> RegisterEntry | None:
    """The register's entry of a doctor; None for the one doctor who is not in it."""
    number, today = number_of(doctor), timezone.localdate(now)
    if number == NOT_REGISTERED:
        return None
    name = doctor.name.removeprefix("Dr. ")
    entry = RegisterEntry(
        license_number=doctor.license_number,
        name=f"{name.split()[0]} Kumar {name.split()[-1]}" if number == OTHER_NAME else name,
        degree="MBBS" if number == LESSER_DEGREE else doctor.education,
        valid_until=doctor.license_expires_on,
        source=SOURCE,
        as_of=today - timedelta(days=2),
    )
    if number == NOT_IN_GOOD_STANDING:
        entry.standing = RegisterEntry.Standing.SUSPENDED
    if number == OVER:
        entry.valid_until = today - timedelta(days=40)
    if number == LESSER_DEGREE:
        entry.degree = "BDS"
    return entry


def _checks(doctor: DoctorInformation, verifier: User, reviewer: User, now: datetime) -> Iterator[VerificationCheck]:
    """The checks of decided cases, and those made so far of the case in review."""
    if doctor.is_approved and number_of(doctor) <= CHECKED and doctor.decided_at:
        for kind in CheckKind:
            yield _check(doctor, kind, verifier, doctor.decided_at - timedelta(minutes=5))
    if doctor.verification_status == Verification.IN_REVIEW:
        at = now.replace(microsecond=0) - timedelta(hours=1)
        for kind in (CheckKind.REGISTER, CheckKind.IDENTITY, CheckKind.STANDING):
            yield _check(doctor, kind, reviewer, at)
        disputed = _check(doctor, CheckKind.DEGREE, reviewer, at, result=CheckResult.FAIL, note=DEGREE_NOTE)
        disputed.override_reason, disputed.override_asked_by = OVERRIDE, reviewer
        disputed.override_asked_at = at
        yield disputed


def _check(doctor: DoctorInformation, kind: CheckKind, by: User, at: datetime, **more: object) -> VerificationCheck:
    facts: dict[str, object] = {"result": CheckResult.PASS, **more}
    if kind == CheckKind.REGISTER:
        facts |= {"source": SOURCE, "source_date": timezone.localdate(at), "valid_until": doctor.license_expires_on}
        facts["registered_name"] = doctor.name.removeprefix("Dr. ")
    return VerificationCheck(doctor=doctor, kind=kind, by=by, at=at, **facts)


def tell_expiring(*, now: datetime) -> None:
    """Mark the notices about ending licences as sent before the demo began, so that no mail goes out."""
    last = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    services.tell_expiring(now=now)
    made = Notice.objects.without_history("what the demo has told").filter(user__in=made_users(), pk__gt=last)
    made.filter(kind=Kind.LICENCE_EXPIRING).update(state=State.SENT, attempts=1, sent_at=now)
