"""Decisions on applications, the end of licences, and the documents that doctors send."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.due.rows import one_by_one
from shs.core.errors import Invalid
from shs.core.records.files import JPEG, PDF, PNG, checked_file
from shs.core.records.transitions import lock
from shs.credentialing.casework import record_check
from shs.credentialing.models import DoctorDocument
from shs.credentialing.reasons import text_for
from shs.doctors.models import DoctorInformation, Reason, Verification
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
    """Approve or reject an application; the doctor is told by mail. `code` says why in a word, and stands for its text
    where `reason` is empty; `checks` (kind → result) are made first.

    Raises Invalid (422) without a reason to reject, StepRefused (409) where the state does not allow it, ChecksMissing
    (409) where a required check has not passed, AlreadyClaimed (409) while another holds the case, and OwnCase (403).
    """
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
    """Ask a doctor for what is missing, by mail. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.ask(question=question or text_for(code, doctor.license_number), now=now, code=code)
        tell_decision(doctor)


def suspend(*, doctor: DoctorInformation, reason: str, by: User, now: datetime, code: str = "") -> None:
    """Take a verification back, and tell the doctor by mail. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.suspend(reason=reason or text_for(code, doctor.license_number), now=now, code=code)
        tell_decision(doctor)


def renew_licence(*, doctor: DoctorInformation, expires_on: date, by: User, now: datetime) -> None:
    """Write down until when the licence of a verified doctor was extended. Raises Invalid (422) for a day that is over,
    and as `decide`."""
    require_ahead(expires_on, now)
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.renew(expires_on=expires_on, reason=_("licence valid until %(day)s") % {"day": expires_on})
        doctor.renew_claim(by=by, now=now)


def reopen(*, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Put a decided case into the queue again, to be verified anew. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.resubmit(reason="reopened", now=now)


def expire_licences(*, now: datetime, dry_run: bool = False) -> int:
    """Take the verification back from those whose licence has expired before today, and tell them; how many."""

    def expire(doctor: DoctorInformation) -> None:
        doctor.expire(note=text_for(Reason.EXPIRED, doctor.license_number), now=now)
        tell_decision(doctor)

    lapsed = DoctorInformation.objects.lapsed(timezone.localdate(now))
    return lapsed.count() if dry_run else one_by_one(lapsed, expire)


LICENCE_NOTICE_DAYS = (7, 30, 90)
"""So many days before a licence ends its holder is told."""


def tell_expiring(*, now: datetime, dry_run: bool = False) -> int:
    """Tell verified doctors that their licence ends, once for each of LICENCE_NOTICE_DAYS; how many were told. Who was
    verified late, or a day on which this did not run, is made up for by the nearest of them."""
    today = timezone.localdate(now)
    reach = (today, today + timedelta(days=max(LICENCE_NOTICE_DAYS)))
    ending = DoctorInformation.objects.filter(
        verification_status=Verification.APPROVED, license_expires_on__range=reach
    ).select_related("user")
    told = [_expiring(doctor, today) for doctor in ending]
    known = set(Notice.objects.filter(key__in=[row.key for row in told]).values_list("key", flat=True))
    new = [row for row in told if row.key not in known]
    if new and not dry_run:
        notify(*new)
    return len(new)


def _expiring(doctor: Any, today: date) -> Notice:
    days = (doctor.license_expires_on - today).days
    mark = min(mark for mark in LICENCE_NOTICE_DAYS if days <= mark)
    return notice(
        to=doctor.user,
        kind=Kind.LICENCE_EXPIRING,
        data={"days": days, "expires_on": doctor.license_expires_on},
        about=f"doctor:{doctor.pk}",
        key=f"{doctor.pk}:{doctor.license_expires_on}:{mark}",
    )


def _require_reviewer(doctor: DoctorInformation, by: User) -> None:
    """Lock the case; see DoctorInformation.require_reviewer."""
    lock(doctor)
    doctor.require_reviewer(by)


def tell_decision(doctor: DoctorInformation) -> None:
    """Tell the doctor where the verification stands."""
    is_asked = doctor.verification_status == Verification.NEEDS_INFO
    kind = Kind.VERIFICATION_ASKED if is_asked else Kind.VERIFICATION_DECIDED
    data = {"status": doctor.verification_status, "note": doctor.verification_note}
    notify(notice(to=doctor.user, kind=kind, data=data, about=f"doctor:{doctor.pk}"))


# --- Documents -------------------------------------------------------------------------------------------------------


def add_document(
    *, doctor: DoctorInformation, kind: str, upload: Any, now: datetime, expires_on: date | None = None
) -> DoctorDocument:
    """Keep a document of the doctor. Raises Invalid (422) for what is not a PDF, JPEG or PNG by its content or is too
    large. A case that waited for the doctor goes back into the queue."""
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
        )
        document.file.save(upload.name or "document", content, save=False)
        document.save()
        doctor.answer("document added", now=now)
    return document
