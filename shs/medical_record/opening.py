"""Opening charts: to a doctor by consent, and in an emergency."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Forbidden, Invalid, NotFound
from shs.core.grants.held import give, take
from shs.core.grants.models import ObjectGrant
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.core.records.transitions import save_with_reason
from shs.doctors.models import DoctorInformation
from shs.medical_record.errors import AlreadyReadable, ReviewPending
from shs.medical_record.models import BreakGlass
from shs.medical_record.permissions import may_read_chart, practises
from shs.notices.kinds import Kind as NoticeKind
from shs.notices.services import notice, notify
from shs.users.families import person_for, require_decides, to_family
from shs.users.models import User
from shs.users.permissions import READ

# --- Consent ---------------------------------------------------------------------------------------------------------


def require_consent_of(user: User, patient: int | None, now: datetime) -> User:
    """The person for whom `user` decides who reads their chart: themselves, or a minor whose guardian they are. Raises
    Unconfirmed and Forbidden (403), NotFound (404)."""
    user.require_confirmed()
    person = person_for(user, patient, READ, "access to the chart", now)
    require_decides(user, person, now)
    return person


def open_chart(
    *, patient: User, doctor_id: int, expires_at: datetime | None, by: User | None = None, now: datetime
) -> ObjectGrant:
    """Store the consent of the patient, or of the guardian `by` of a minor, that a verified doctor reads and writes
    their chart, until `expires_at` or until it is revoked. Raises NotFound (404) for a doctor who is not listed,
    Invalid (422) for an end in the past, Unconfirmed (403) for somebody whose address is not confirmed, and as
    `require_decides`."""
    by = by or patient
    by.require_confirmed()
    require_decides(by, patient, now)
    doctor = DoctorInformation.objects.listed().filter(pk=doctor_id).exclude(user__in=[patient.pk, by.pk]).first()
    if doctor is None:
        raise NotFound(_("Doctor not found."))
    if expires_at is not None and expires_at <= now:
        raise Invalid(_("This time has passed."), field="expires_at")
    return give(
        doctor.user,
        patient,
        "read_chart",
        source=ObjectGrant.Source.CONSENT,
        reason="the patient's consent" if by.pk == patient.pk else "the guardian's consent",
        by=by,
        expires_at=expires_at,
    )


def close_chart(*, grant: ObjectGrant, reason: str = "") -> None:
    """Revoke a consent or an emergency access, effective immediately."""
    patient = User.objects.get(pk=grant.object_pk)
    action = grant.permission.codename.removesuffix("_user")
    take(patient, action, users=[grant.user], reason=reason)


# --- Emergency -------------------------------------------------------------------------------------------------------


def break_glass(*, doctor: User, patient: User, reason: str, now: datetime) -> BreakGlass:
    """Give a doctor emergency access to a chart: read-only, for an hour. The patient is notified by mail. Raises
    Forbidden (403) for others than verified doctors, Invalid (422) for a reason under 20 characters, AlreadyReadable
    (409), and ReviewPending (409) until an auditor has reviewed the last use."""
    reason = reason.strip()
    if len(reason) < BreakGlass.LEAST_REASON:
        raise Invalid(_("Explain in at least 20 characters why this cannot wait."), field="reason")
    with transaction.atomic():
        # Read again under a lock, so that the doctor's present state counts.
        doctor = User.objects.select_for_update(of=("self",)).get(pk=doctor.pk)
        _require_glass(doctor, patient, now)
        row = store_broken_glass(doctor=doctor, patient=patient, reason=reason, now=now)
        data = {"doctor": doctor.name, "opened_at": now, "ends_at": row.ends_at}
        told = notice(to=patient, kind=NoticeKind.CHART_OPENED, data=data, about=f"break_glass:{row.pk}")
        notify(*to_family([told], patient, READ, now))
    return row


def store_broken_glass(*, doctor: User, patient: User, reason: str, now: datetime) -> BreakGlass:
    """Store an emergency access at `now`, with its permission and a line in the read log. Without any checks or
    notices: `break_glass` does those."""
    row = BreakGlass(doctor=doctor, patient=patient, reason=reason, opened_at=now, ends_at=BreakGlass.end_of(now))
    save_with_reason(row, "opened")
    source = ObjectGrant.Source.BREAK_GLASS
    give(doctor, patient, "break_glass", source=source, reason=reason, by=doctor, expires_at=row.ends_at)
    log_read(doctor, what="break-glass", ids=[row.pk], subject=patient, basis=ReadLog.Basis.BREAK_GLASS, note=reason)
    return row


def _require_glass(doctor: User, patient: User, now: datetime) -> None:
    require_emergency_doctor(doctor)
    if doctor.pk == patient.pk:
        raise Forbidden(_("Only verified doctors can use emergency access."))
    if may_read_chart(doctor, patient, now):
        raise AlreadyReadable
    require_reviewed(doctor)


def require_emergency_doctor(doctor: User) -> None:
    """Raises Forbidden (403) for others than verified doctors."""
    if not practises(doctor):
        raise Forbidden(_("Only verified doctors can use emergency access."))


def require_reviewed(doctor: User) -> None:
    """Raises ReviewPending (409) until an auditor has reviewed the last use."""
    if BreakGlass.objects.filter(doctor=doctor, status=BreakGlass.Review.WAITING).exists():
        raise ReviewPending
