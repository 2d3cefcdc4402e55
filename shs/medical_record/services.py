"""Reading and writing charts, opening them to a doctor, and emergency access."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypedDict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.caller import Member
from shs.core.errors import Forbidden, Invalid, NotFound
from shs.core.grants.held import give, take
from shs.core.grants.models import ObjectGrant
from shs.core.reads.log import log_read, log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.transitions import save_with_reason
from shs.doctors.models import DoctorInformation
from shs.medical_record import vital_signs
from shs.medical_record.errors import AlreadyReadable, ReviewPending
from shs.medical_record.models import BreakGlass, ConditionCode, Kind, MedicalRecord, Source
from shs.medical_record.permissions import bases, may_read_chart, may_write_chart, practises
from shs.notices.kinds import Kind as NoticeKind
from shs.notices.services import notice, notify
from shs.users.models import User

# --- Reading ---------------------------------------------------------------------------------------------------------


def note_reading(
    reader: Member, patient: User, what: str, ids: Sequence[int], *, now: datetime | None = None, note: str = ""
) -> str | None:
    """Log that `reader` reads the rows `ids` of `what` in the chart of `patient`, or is denied it; returns the basis,
    or None. Do not call it inside a transaction that a refusal rolls back, because a denial must be stored."""
    basis = may_read_chart(reader, patient, now)
    log_read(reader, what=what, ids=ids, subject=patient, basis=basis or ReadLog.Basis.DENIED, note=note)
    return basis


def require_chart(reader: Member, patient: User, what: str) -> str:
    """The basis on which `reader` may read the chart of `patient`. Raises NotFound (404) after logging the denial. The
    caller logs what it then shows."""
    basis = may_read_chart(reader, patient)
    if basis is None:
        log_read(reader, what=what, ids=[], subject=patient, basis=ReadLog.Basis.DENIED)
        raise NotFound
    return basis


def read_chart(
    reader: Member, patient: User, what: str, ids: Sequence[int], *, now: datetime | None = None, note: str = ""
) -> str:
    """As `note_reading`, for a page or route: raises NotFound (404) once the denial is logged."""
    basis = note_reading(reader, patient, what, ids, now=now, note=note)
    if basis is None:
        raise NotFound
    return basis


def read_own_chart(
    reader: Member, patient: User, what: str, ids: Sequence[int], *, now: datetime | None = None
) -> None:
    """As `read_chart`, where only the patient themselves may: 403 for others who may read the chart, else 404."""
    if reader.pk == patient.pk:
        read_chart(reader, patient, what, ids, now=now)
        return
    log_read(reader, what=what, ids=ids, subject=patient, basis=ReadLog.Basis.DENIED)
    raise Forbidden if may_read_chart(reader, patient, now) else NotFound


class OfPatient(Protocol):
    """A row about a patient."""

    pk: int
    patient_id: int


def note_rows(
    reader: Member, rows: Iterable[OfPatient], what: str, *, now: datetime | None = None, note: str = ""
) -> None:
    """Log that `reader` was shown `rows` (each with a `patient_id`): one line for each patient, so that it appears in
    their own access log; in one insert."""
    ids: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        ids[row.patient_id].append(row.pk)
    found = bases(reader, ids, now)
    log_reads(
        reader,
        what=what,
        rows=[(patient, pks, found.get(patient, ReadLog.Basis.DENIED)) for patient, pks in ids.items()],
        note=note,
    )


def age_of(patient: User, today: date | None = None) -> int | None:
    """The patient's age in whole years; None without a date of birth."""
    profile = getattr(patient, "profile", None)
    return profile.age(today or timezone.localdate()) if profile else None


# --- Writing ---------------------------------------------------------------------------------------------------------


def record(*, entry: MedicalRecord, by: User, now: datetime) -> MedicalRecord:
    """Store a new entry: by a doctor in the chart of one of their patients, or by patients in their own.

    Raises NotFound (404) for a chart that `by` may not read, Forbidden (403) for one that they may only read, Invalid
    (422) for impossible vital signs and for an onset in the future.
    """
    entry.source = _source(entry.patient, by, now)
    entry.recorded_by, entry.recorded_at = by, now
    entry.vital_signs = checked_signs(entry.kind, entry.vital_signs)
    entry.title = _titled(entry)
    _require_code(entry.code_id)
    _require_onset(entry.onset_date, now)
    save_with_reason(entry, "recorded")
    return entry


def _source(patient: User, by: User, now: datetime) -> str:
    if by.pk == patient.pk:
        return Source.PATIENT
    if may_write_chart(by, patient, now):
        return Source.DOCTOR
    log_read(by, what="medical record add", ids=[], subject=patient, basis=ReadLog.Basis.DENIED)
    raise Forbidden if may_read_chart(by, patient, now) else NotFound


def _titled(entry: MedicalRecord) -> str:
    """Vital signs need no title; their kind is the default."""
    title = entry.title.strip() or (str(Kind.VITAL_SIGNS.label) if entry.kind == Kind.VITAL_SIGNS else "")
    if not title:
        raise Invalid(_("Enter a title."), field="title")
    return title


def _require_code(code: str | None) -> None:
    if code is not None and not ConditionCode.objects.filter(code=code).exists():
        raise Invalid(_("This code is not in the clinic's ICD-10 list."), field="code")


def _require_onset(day: date | None, now: datetime) -> None:
    if day and day > timezone.localdate(now):
        raise Invalid(_("The date must not be in the future."), field="onset_date")


def checked_signs(kind: str, values: Mapping[str, object] | None) -> dict[str, float] | None:
    """The checked vital signs of an entry; None if `kind` is another. Raises Invalid (422)."""
    found = vital_signs.checked(values or {})
    if kind == Kind.VITAL_SIGNS and not found:
        raise Invalid(_("Enter at least one vital sign."), field="vital_signs")
    if kind != Kind.VITAL_SIGNS and found:
        raise Invalid(_("Vital signs need an entry of the kind “vital signs”."), field="vital_signs")
    return found or None


class Amendment(TypedDict, total=False):
    """Fields of an entry (MedicalRecord.AMENDABLE) with what they shall hold."""

    title: str
    details: str
    code: ConditionCode | None
    severity: str
    onset_date: date | None
    vital_signs: Mapping[str, object] | None


def amend(*, entry: MedicalRecord, changes: Amendment, reason: str, now: datetime) -> None:
    """Correct or complete an entry, with the checks of a new one."""
    if "vital_signs" in changes:
        changes = {**changes, "vital_signs": checked_signs(entry.kind, changes["vital_signs"])}
    _require_onset(changes.get("onset_date"), now)
    entry.amend(changes, reason=reason)


# --- Consent ---------------------------------------------------------------------------------------------------------


def open_chart(*, patient: User, doctor_id: int, expires_at: datetime | None, now: datetime) -> ObjectGrant:
    """Store the patient's consent that a verified doctor reads and writes their chart, until `expires_at` or until it
    is revoked. Raises NotFound (404) for a doctor who is not listed, Invalid (422) for an end in the past."""
    doctor = DoctorInformation.objects.listed().filter(pk=doctor_id).exclude(user=patient.pk).first()
    if doctor is None:
        raise NotFound(_("Doctor not found."))
    if expires_at is not None and expires_at <= now:
        raise Invalid(_("This time has passed."), field="expires_at")
    return give(
        doctor.user,
        patient,
        "read_chart",
        source=ObjectGrant.Source.CONSENT,
        reason="the patient's consent",
        by=patient,
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
        notify(notice(to=patient, kind=NoticeKind.CHART_OPENED, data=data, about=f"break_glass:{row.pk}"))
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
    if not practises(doctor) or doctor.pk == patient.pk:
        raise Forbidden(_("Only verified doctors can use emergency access."))
    if may_read_chart(doctor, patient, now):
        raise AlreadyReadable
    if BreakGlass.objects.filter(doctor=doctor, status=BreakGlass.Review.WAITING).exists():
        raise ReviewPending
