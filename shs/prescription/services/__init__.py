"""Services: writing, issuing, amending and cancelling prescriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.core.errors import Forbidden, Invalid, NotFound
from shs.core.grants.table import NOTHING
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic, DoctorInformation
from shs.medical_record import vital_signs
from shs.medical_record.permissions import charts_writable, may_write_chart
from shs.medical_record.services import read_chart
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify, take_back
from shs.prescription.errors import AlreadyPrescribed, NotAVisit, Unacknowledged
from shs.prescription.models import (
    MedicalTest,
    OrderedTest,
    Prescription,
    PrescriptionLine,
    PrescriptionWarning,
    Status,
)
from shs.prescription.models.prescription import Parties
from shs.prescription.services.checks import Catalogue, Checked, check, judge
from shs.users.models import User

__all__ = [
    "Checked",
    "amend",
    "begin",
    "begin_amendment",
    "cancel",
    "check",
    "issue",
    "judge",
    "parties",
    "prescribe",
    "read",
    "save_draft",
]

SHOWN = "shown in the answer of the API; no reason was given"
PRESCRIBABLE = (Visit.CONFIRMED, Visit.COMPLETED)


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(*, reader: User, pk: int, what: str, version: int | None = None) -> Prescription:
    """The prescription with the public id `pk`, in the version that counts or in another one. The reading is written
    to the read log as `what`, a denial too; raises NotFound (404) then."""
    rows = Prescription.objects.numbered(pk)
    rows = rows.released().filter(version=version) if version else rows.latest()
    found = rows.in_full().first()
    if found is None:
        raise NotFound
    read_chart(reader, found.patient, what, [found.pk])  # whoever may read a chart may read what was issued
    return found


def prescribable(*, doctor: User, now: datetime, patient: User | None = None) -> QuerySet[Appointment]:
    """The visits (of `patient`) for which `doctor` can start a prescription at `now`, latest first."""
    if patient is None:
        writable = charts_writable(doctor, "patient", now)
    else:
        writable = Q(patient=patient) if may_write_chart(doctor, patient, now) else NOTHING
    has_one = Prescription.objects.filter(appointment=OuterRef("pk"), status__in=[Status.DRAFT, Status.ISSUED])
    return (
        Appointment.objects.allowed(doctor, "attend")
        .filter(writable, ~Exists(has_one), status__in=PRESCRIBABLE)
        .select_related("patient")
        .order_by("-starts_at")
    )


# --- Drafts ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(*, draft: Prescription, visit: Appointment, by: User, now: datetime) -> Prescription:
    """Store `draft` (what the doctor wrote) as the prescription of `visit`; patient and doctor are the visit's.

    Raises Forbidden (403) for others than the visit's verified doctor, NotAVisit (409) for a visit that was not
    confirmed, AlreadyPrescribed (409), Invalid (422). Locks the visit: of two at once, one waits and is refused.
    """
    lock(visit)
    _require_prescriber(visit, by, now)
    if Prescription.objects.filter(appointment=visit, status__in=[Status.DRAFT, Status.ISSUED]).exists():
        raise AlreadyPrescribed
    draft.appointment, draft.patient, draft.doctor = visit, visit.patient, visit.doctor
    return save_draft(draft=draft, now=now)


@transaction.atomic
def begin_amendment(*, issued: Prescription, by: User, now: datetime, copy: bool = True) -> Prescription:
    """Create a draft of the next version of an issued prescription, with its present content (`copy`) or empty. It
    replaces `issued` when it is issued itself. Raises AlreadyPrescribed (409) if there is such a draft already,
    NotAVisit (409) if the prescription is not issued, Forbidden (403)."""
    lock(issued.appointment)
    lock(issued)
    _require_prescriber(issued.appointment, by, now)
    if issued.status != Status.ISSUED:
        raise NotAVisit(_("Only an issued prescription can be amended."))
    if Prescription.objects.filter(appointment=issued.appointment_id, status=Status.DRAFT).exists():
        raise AlreadyPrescribed(_("There is already a draft amendment of this prescription."))
    draft = Prescription(
        appointment=issued.appointment,
        patient=issued.patient,
        doctor=issued.doctor,
        version=issued.version + 1,
        amends=issued,
        original=issued.original or issued,
        **{name: getattr(issued, name) for name in Prescription.WRITTEN},
    )
    save_with_reason(draft, "amendment begun")
    if copy:
        for row in (*issued.lines.all(), *issued.tests.all()):
            row.pk, row.prescription, row._state.adding = None, draft, True
            row.save()
    return draft


def save_draft(*, draft: Prescription, now: datetime) -> Prescription:
    """Save a draft. Raises Sealed (409) if it is issued, Invalid (422) for impossible vital signs and for a follow-up
    in the past."""
    draft.require_open()
    draft.vital_signs = vital_signs.checked(draft.vital_signs or {})
    if draft.follow_up_date and draft.follow_up_date < timezone.localdate(now):
        raise Invalid(_("The date must not be in the past."), field="follow_up_date")
    save_with_reason(draft, "written")
    return draft


def _require_prescriber(visit: Appointment, by: User, now: datetime) -> None:
    """The verified doctor of a visit that was confirmed, while the patient's chart is open to them."""
    doctor = visit.doctor
    doctor.refresh_from_db(fields=["verification_status"])
    if doctor.user_id != by.pk or not by.is_active:
        raise Forbidden(_("Only the doctor of the visit can prescribe."))
    if not doctor.is_approved:
        raise Forbidden(_("Only verified doctors can prescribe."))
    if visit.status not in PRESCRIBABLE:
        raise NotAVisit
    if not may_write_chart(by, visit.patient, now):
        raise Forbidden(_("You no longer have access to the patient's chart."))


# --- Issuing ---------------------------------------------------------------------------------------------------------


@atomic_with_retry
def issue(*, draft: Prescription, by: User, reasons: Mapping[str, str], now: datetime, reason: str = "") -> Checked:
    """Check a draft, store its warnings with their reasons, and seal it. A visit that has begun is completed, and the
    version that the draft amends is replaced because of `reason`. `reasons` maps the key of each warning to the
    prescriber's reason. Raises Unacknowledged (409) if one is missing, Invalid (422) for an empty prescription,
    Forbidden (403), StepRefused (409)."""
    visit = draft.appointment
    lock(visit)
    lock(draft)
    _require_prescriber(visit, by, now)
    if not (draft.lines.exists() or draft.tests.exists() or draft.advice):
        raise Invalid(_("Enter at least a medicine, a test or advice."), field="medications")
    checked = check(draft, now=now)
    _keep_warnings(draft, checked, reasons, by)
    if draft.amends:
        draft.amends.supersede(reason=reason)
    draft.issue(now=now, parties=_parties_of(draft), not_checked=checked.not_checked)
    if visit.status == Visit.CONFIRMED and visit.starts_at <= now:
        visit.complete(now=now)
    _tell_issued(draft, now)
    return checked


FOLLOW_UP_NOTICE = timedelta(days=2)
"""Time before the follow-up at which the patient is reminded, early enough to book a visit."""


def _tell_issued(issued: Prescription, now: datetime) -> None:
    """Notify the patient of the prescription, and later of the follow-up, without its content."""
    if issued.amends:
        _take_follow_up_back(issued.amends)
    data = {"doctor": issued.doctor.name, "is_amended": issued.amends is not None}
    told = [notice(to=issued.patient, kind=Kind.PRESCRIPTION_ISSUED, data=data, about=_about(issued))]
    if day := issued.follow_up_date:
        morning = timezone.make_aware(datetime.combine(day, time(9)))
        told.append(
            notice(
                to=issued.patient,
                kind=Kind.FOLLOW_UP_DUE,
                data={"doctor": issued.doctor.name, "follow_up_on": day},
                about=_about(issued),
                due_at=max(morning - FOLLOW_UP_NOTICE, now),
                lasts=FOLLOW_UP_NOTICE + timedelta(days=1),
            )
        )
    notify(*told)


def _take_follow_up_back(issued: Prescription) -> None:
    take_back(_about(issued), kinds=[Kind.FOLLOW_UP_DUE], reason="the prescription no longer holds")


def _about(issued: Prescription) -> str:
    return f"prescription:{issued.pk}"


def _keep_warnings(draft: Prescription, checked: Checked, reasons: Mapping[str, str], by: User) -> None:
    missing = [found for found in checked.warnings if not reasons.get(found.key, "").strip()]
    if missing:
        raise Unacknowledged(" ".join(found.text for found in missing))
    for found in checked.warnings:
        PrescriptionWarning.objects.create(
            prescription=draft,
            key=found.key,
            kind=found.kind,
            medication=found.medication,
            text=found.text,
            reason=reasons[found.key].strip(),
            acknowledged_by=by,
        )


def _parties_of(draft: Prescription) -> Parties:
    """Names and details of doctor, clinic and patient at this time, stored with the prescription so that its PDF never
    changes."""
    draft.doctor.refresh_from_db()
    return parties(draft.doctor, draft.appointment.clinic, draft.patient)


def parties(doctor: DoctorInformation, clinic: Clinic | None, patient: User) -> Parties:
    """The details of doctor, clinic and patient on a prescription."""
    profile = getattr(patient, "profile", None)
    born = profile.date_of_birth if profile else None
    return {
        "doctor": {
            "name": doctor.name,
            "license_number": doctor.license_number,
            "education": doctor.education,
            "specializations": sorted(row.name for row in doctor.specializations.all()),
        },
        "clinic": {"name": clinic.name, "address": clinic.address, "city": clinic.city, "phone": clinic.phone}
        if clinic
        else None,
        "patient": {
            "id": patient.pk,
            "name": patient.name,
            "gender": profile.gender if profile else "",
            "date_of_birth": born.isoformat() if born else None,
        },
    }


# --- What the API does in one call -----------------------------------------------------------------------------------

Rows = Sequence[Mapping[str, object]]


@atomic_with_retry
def prescribe(
    *,
    visit: Appointment,
    by: User,
    written: Mapping[str, object],
    medications: Rows,
    tests: Rows,
    reasons: Mapping[str, str],
    now: datetime,
) -> Prescription:
    """Write and issue the prescription of `visit` in one call. The answer contains the warnings; one without a reason
    in `reasons` is stored as shown. Raises as `begin` and `issue`."""
    draft = begin(draft=Prescription(**written), visit=visit, by=by, now=now)
    _fill_and_issue(draft, medications, tests, reasons, by, now)
    return draft


@atomic_with_retry
def amend(
    *,
    issued: Prescription,
    by: User,
    written: Mapping[str, object],
    medications: Rows,
    tests: Rows,
    reasons: Mapping[str, str],
    reason: str,
    now: datetime,
) -> Prescription:
    """Issue a new version of `issued` with this content. Raises as `begin_amendment` and `issue`."""
    draft = begin_amendment(issued=issued, by=by, now=now, copy=False)
    for name in Prescription.WRITTEN:
        setattr(draft, name, written[name])
    save_draft(draft=draft, now=now)
    _fill_and_issue(draft, medications, tests, reasons, by, now, reason)
    return draft


def _fill_and_issue(
    draft: Prescription,
    medications: Rows,
    tests: Rows,
    reasons: Mapping[str, str],
    by: User,
    now: datetime,
    reason: str = "",
) -> None:
    catalogue, known = Catalogue(), dict(MedicalTest.objects.values_list("name", "pk"))
    for row in medications:
        PrescriptionLine.objects.create(prescription=draft, medication_id=catalogue.row_of(str(row["name"])), **row)
    for row in tests:
        OrderedTest.objects.create(prescription=draft, test_id=known.get(str(row["name"])), **row)
    warnings = check(draft, now=now).warnings
    answered = {found.key: reasons.get(found.key) or reasons.get(found.text) or SHOWN for found in warnings}
    issue(draft=draft, by=by, reasons=answered, now=now, reason=reason)


# --- Afterwards ------------------------------------------------------------------------------------------------------


@transaction.atomic
def cancel(*, prescription: Prescription, by: User, reason: str, now: datetime) -> None:
    """Cancel a prescription or discard a draft. Raises StepRefused (409), Invalid (422), Forbidden (403), and
    AlreadyPrescribed (409) while an amendment of it is being written."""
    lock(prescription.appointment)
    _require_prescriber(prescription.appointment, by, now)
    if Prescription.objects.filter(amends=prescription, status=Status.DRAFT).exists():
        raise AlreadyPrescribed(_("There is a draft amendment: cancel that first."))
    prescription.cancel(reason=reason)
    _take_follow_up_back(prescription)
