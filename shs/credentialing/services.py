"""Decisions on applications, the end of licences, and doctors' documents."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.due.rows import one_by_one
from shs.core.errors import Invalid
from shs.core.grants.held import take
from shs.core.records.files import JPEG, PDF, PNG, checked_file
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock
from shs.credentialing.casework import Store, record_check
from shs.credentialing.models import DoctorDocument
from shs.credentialing.reasons import text_for
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, FactProposal, Reason, Verification
from shs.doctors.services import require_ahead
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users.models import User

MAX_DOCUMENTS = 12


# --- Decisions


def decide(
    *,
    doctor: DoctorInformation,
    decision: str,
    reason: str,
    by: User,
    now: datetime,
    code: str = "",
    checks: dict[str, str] | None = None,
) -> DoctorInformation:
    """Approve or reject an application and notify the doctor. If `reason` is empty, the usual text of `code` is sent;
    `checks` (kind → result) are stored first. Raises Invalid (422) for a rejection without a reason, StepRefused (409)
    if the state does not allow it, ChecksMissing (409) if a required check has not passed, AlreadyClaimed (409) while
    somebody else holds the case, and OwnCase (403)."""
    reason = reason or text_for(code, doctor.license_number)
    if decision == "reject" and not reason:
        raise Invalid(_("Enter a reason: it is sent to the doctor."), field="reason")
    with transaction.atomic():
        _require_reviewer(doctor, by)
        for kind, result in (checks or {}).items():
            record_check(doctor=doctor, kind=kind, result=result, note=reason, by=by, now=now)
        if decision == "approve":
            doctor.approve(now=now, note=reason)
        else:
            doctor.reject(reason=reason, now=now, code=code)
        tell_decision(doctor)
    return doctor


def ask(*, doctor: DoctorInformation, question: str, by: User, now: datetime, code: str = "") -> None:
    """Ask the doctor for missing information. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.ask(question=question or text_for(code, doctor.license_number), now=now, code=code)
        tell_decision(doctor)


@atomic_with_retry
def suspend(
    *,
    doctor: DoctorInformation,
    reason: str,
    by: User,
    now: datetime,
    code: str = "",
    plan: Callable[[Store], None] | None = None,
) -> None:
    """Suspend a verification and notify the doctor. `plan` calls what it is given, which suspends, and decides about
    booked visits; without it they wait until the desks decide. Raises as `decide`, and as `plan`."""
    words = reason or text_for(code, doctor.license_number)
    _require_reviewer(doctor, by)

    def store() -> None:
        doctor.suspend(reason=words, now=now, code=code)

    plan(store) if plan else store()
    tell_decision(doctor)


def renew_licence(*, doctor: DoctorInformation, expires_on: date, by: User, now: datetime) -> None:
    """Store the new end of a verified doctor's licence. Raises Invalid (422) for a day in the past, and as `decide`."""
    require_ahead(expires_on, now)
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.renew(expires_on=expires_on, reason=_("licence valid until %(day)s") % {"day": expires_on})
        doctor.renew_claim(by=by, now=now)


def reopen(*, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Return a decided case to the queue. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.resubmit(reason="reopened", now=now)
        doctors.fold(doctor, now=now)


def accept_changes(*, doctor: DoctorInformation, note: str, by: User, now: datetime) -> None:
    """Make what a verified doctor has proposed the verified facts, and notify them. Raises as `decide`, and as
    `doctors.services.accept`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        _tell_proposal(doctors.accept(doctor=doctor, note=note, by=by, now=now))
        take(doctor, "review")


def refuse_changes(*, doctor: DoctorInformation, note: str, by: User, now: datetime) -> None:
    """Leave the facts as they were verified, and notify the doctor of the reason. Raises as `accept_changes`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        _tell_proposal(doctors.refuse(doctor=doctor, note=note, by=by, now=now))
        take(doctor, "review")


def _tell_proposal(proposal: FactProposal) -> None:
    data = {"is_accepted": proposal.status == FactProposal.Status.ACCEPTED, "note": proposal.note}
    about = f"doctor:{proposal.doctor_id}"
    notify(notice(to=proposal.doctor.user, kind=Kind.FACTS_DECIDED, data=data, about=about))


def expire_licences(*, now: datetime, dry_run: bool = False) -> int:
    """End the verification of doctors whose licence expired before today and notify them; returns their number."""

    def expire(doctor: DoctorInformation) -> None:
        with transaction.atomic():
            doctor.expire(note=text_for(Reason.EXPIRED, doctor.license_number), now=now)
            tell_decision(doctor)
            folded = doctors.fold(doctor, now=now)
            if folded and folded.changes.keys() & {"license_number", "license_expires_on"}:
                doctor.resubmit(reason="licence changed", now=now)

    lapsed = DoctorInformation.objects.lapsed(timezone.localdate(now))
    return lapsed.count() if dry_run else one_by_one(lapsed, expire)


LICENCE_NOTICE_DAYS = (7, 30, 90)
"""Days before the end of a licence on which its holder is notified."""


def tell_expiring(*, now: datetime, dry_run: bool = False) -> int:
    """Notify verified doctors of the end of their licence, once for each of LICENCE_NOTICE_DAYS; returns their number.
    If a day was missed, the nearest notice is sent instead."""
    today = timezone.localdate(now)
    reach = (today, today + timedelta(days=max(LICENCE_NOTICE_DAYS)))
    ending = DoctorInformation.objects.filter(
        verification_status=Verification.APPROVED, license_expires_on__range=reach
    ).select_related("user")
    told = [_expiring(doctor, doctor.license_expires_on, today) for doctor in ending if doctor.license_expires_on]
    known = set(Notice.objects.filter(key__in=[row.key for row in told]).values_list("key", flat=True))
    new = [row for row in told if row.key not in known]
    if new and not dry_run:
        notify(*new)
    return len(new)


def _expiring(doctor: DoctorInformation, expires_on: date, today: date) -> Notice:
    days = (expires_on - today).days
    mark = min(mark for mark in LICENCE_NOTICE_DAYS if days <= mark)
    return notice(
        to=doctor.user,
        kind=Kind.LICENCE_EXPIRING,
        data={"days": days, "expires_on": expires_on},
        about=f"doctor:{doctor.pk}",
        key=f"{doctor.pk}:{expires_on}:{mark}",
    )


def _require_reviewer(doctor: DoctorInformation, by: User) -> None:
    """Lock the case's row; see DoctorInformation.require_reviewer."""
    lock(doctor)
    doctor.require_reviewer(by)


def tell_decision(doctor: DoctorInformation) -> None:
    """Notify the doctor of the state of the verification."""
    is_asked = doctor.verification_status == Verification.NEEDS_INFO
    kind = Kind.VERIFICATION_ASKED if is_asked else Kind.VERIFICATION_DECIDED
    data = {"status": doctor.verification_status, "note": doctor.verification_note}
    notify(notice(to=doctor.user, kind=kind, data=data, about=f"doctor:{doctor.pk}"))


# --- Documents -------------------------------------------------------------------------------------------------------


def add_document(
    *,
    doctor: DoctorInformation,
    kind: str,
    upload: "UploadedFile[bytes]",
    now: datetime,
    expires_on: date | None = None,
) -> DoctorDocument:
    """Store a document of the doctor. Raises Invalid (422) if it has expired, is too large, or its content is not PDF,
    JPEG or PNG. A case that waited for the doctor returns to the queue, and one whose licence has expired with the
    renewed licence."""
    if expires_on is not None and expires_on < timezone.localdate(now):
        raise Invalid(_("This document has expired: send a valid one."), field="expires_on")
    content = checked_file(upload, (PDF, JPEG, PNG))
    with transaction.atomic():
        lock(doctor)
        if doctor.documents.count() >= MAX_DOCUMENTS:
            raise Invalid(_("At most %(most)s documents can be kept.") % {"most": MAX_DOCUMENTS}, field="file")
        document = DoctorDocument(
            doctor=doctor,
            kind=kind,
            original_name=(upload.name or "")[-150:],
            content_type=content.content_type,
            size=content.size,
            expires_on=expires_on,
            proposal=doctors.waiting(doctor),
        )
        document.file.save(upload.name or "document", content, save=False)
        document.save()
        if kind == DoctorDocument.Kind.LICENSE and doctor.verification_status == Verification.EXPIRED:
            _relicense(doctor, expires_on, now)
        else:
            doctor.answer("document added", now=now)
    return document


def _relicense(doctor: DoctorInformation, expires_on: date | None, now: datetime) -> None:
    """Put a doctor whose licence has expired into the queue, with the end of the renewed one, if it is known."""
    if expires_on is None:
        doctor.resubmit(reason="renewed licence added", now=now)
    else:
        doctors.change(doctor=doctor, changes={"license_expires_on": expires_on}, now=now)
