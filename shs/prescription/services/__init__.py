"""Services: writing, issuing, amending and cancelling prescriptions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.services import complete
from shs.core.errors import Forbidden, Invalid, NotFound
from shs.core.grants.shares import shared_keys
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import own_profile
from shs.medical_record import vital_signs
from shs.medical_record.models import Source
from shs.medical_record.notes import too_early, too_late, writer_of
from shs.medical_record.permissions import charts_writable, may_write_chart, visits_alone
from shs.medical_record.services import read_chart, require_teenager
from shs.medical_record.whose import whose
from shs.prescription.errors import AlreadyPrescribed, NotAVisit, NotNow, Unacknowledged
from shs.prescription.models import (
    MedicalTest,
    OrderedTest,
    Prescription,
    PrescriptionWarning,
    Status,
    StoppedMedicine,
)
from shs.prescription.services.checks import check, judge
from shs.prescription.services.favourites import learn
from shs.prescription.services.findings import Checked
from shs.prescription.services.heeding import note_seen, noting_seen, settle
from shs.prescription.services.lines import Known, Rows, add_lines, make_ready
from shs.prescription.services.parties import parties, parties_of
from shs.prescription.services.printable import require_printable, require_printable_lines
from shs.prescription.services.stopping import end_entries
from shs.prescription.services.telling import tell_cancelled, tell_issued
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
    "note_shown",
    "parties",
    "prescribe",
    "prescriber_of",
    "read",
    "save_draft",
]

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
    # Whoever may read a chart, or with whom this is shared, may read what was issued, a guardian only what is not
    # confidential.
    is_hidden = found.is_confidential
    if version and not is_hidden:
        is_hidden = Prescription.objects.numbered(pk).latest().filter(is_confidential=True).exists()
    read_chart(
        reader,
        found.patient,
        what,
        [found.pk],
        visit=found.appointment_id,
        is_shared=found.pk in shared_keys(reader, Prescription, "view"),
        is_confidential=is_hidden,
    )
    return found


def prescribable(*, doctor: User, now: datetime, patient: User | None = None) -> QuerySet[Appointment]:
    """The visits (of `patient`) for which `doctor` can start a prescription at `now`, latest first: those that have
    begun, until PRESCRIBE_WITHIN_DAYS after their end."""
    if patient is None:
        writable = charts_writable(doctor, "patient", now) | Q(pk__in=list(visits_alone(doctor, now)))
    elif may_write_chart(doctor, patient, now):
        writable = Q(patient=patient)
    else:
        writable = Q(pk__in=list(visits_alone(doctor, now, [patient.pk])))
    has_one = Prescription.objects.filter(appointment=OuterRef("pk"), status__in=[Status.DRAFT, Status.ISSUED])
    return (
        Appointment.objects.allowed(doctor, "attend")
        .filter(
            writable,
            ~Exists(has_one),
            Q(starts_at__lte=now) | Q(checked_in_at__isnull=False),
            status__in=PRESCRIBABLE,
            ends_at__gte=now - _longest(),
        )
        .select_related("patient")
        .order_by("-starts_at")
    )


# --- Drafts ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(*, draft: Prescription, visit: Appointment, by: User, now: datetime) -> Prescription:
    """Store `draft` (what the doctor wrote) as the prescription of `visit`; the patient is the visit's, and so is the
    doctor, unless a colleague has taken it over.

    Raises Forbidden (403) for others than this verified doctor, NotAVisit (409) for a visit that was not confirmed,
    NotNow (409) for one that has not begun or was long ago, AlreadyPrescribed (409), Invalid (422). Locks the visit: of
    two at once, one waits and is refused.
    """
    lock(visit)
    doctor = prescriber_of(visit, by)
    _require_prescriber(visit, doctor, by, now)
    _require_its_time(visit, now)
    if Prescription.objects.filter(appointment=visit, status__in=[Status.DRAFT, Status.ISSUED]).exists():
        raise AlreadyPrescribed
    draft.appointment, draft.patient, draft.doctor = visit, visit.patient, doctor
    return save_draft(draft=draft, now=now)


@transaction.atomic
def begin_amendment(*, issued: Prescription, by: User, now: datetime, copy: bool = True) -> Prescription:
    """Create a draft of the next version of an issued prescription, with its present content (`copy`) or empty. It
    replaces `issued` when it is issued itself. Raises AlreadyPrescribed (409) if there is such a draft already,
    NotAVisit (409) if the prescription is not issued, Forbidden (403)."""
    lock(issued.appointment)
    lock(issued)
    _require_prescriber(issued.appointment, issued.doctor, by, now)
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
        for row in (*issued.lines.all(), *issued.tests.all(), *issued.stopped.all()):
            row.pk, row.prescription, row._state.adding = None, draft, True
            row.save()
    return draft


def note_shown(*, draft: Prescription, by: User, now: datetime) -> None:
    """Store the warnings of a draft that stop, as they are now shown to its doctor."""
    note_seen(visit=draft.appointment, warnings=check(draft, now=now).warnings, by=by)


def save_draft(*, draft: Prescription, now: datetime) -> Prescription:
    """Save a draft. Raises Sealed (409) if it is issued, Invalid (422) for impossible vital signs and for a follow-up
    in the past."""
    draft.require_open()
    if draft.is_confidential and not (draft.amends and draft.amends.is_confidential):
        require_teenager(draft.patient, Source.DOCTOR, now)
    require_printable(draft)
    draft.vital_signs = vital_signs.checked(draft.vital_signs or {}, whose=whose(draft.patient, now))
    if draft.follow_up_date and draft.follow_up_date < timezone.localdate(now):
        raise Invalid(_("The date must not be in the past."), field="follow_up_date")
    save_with_reason(draft, "written")
    return draft


def prescriber_of(visit: Appointment, by: User) -> DoctorInformation:
    """The doctor of a visit, or `by` if they have taken it over from them."""
    if visit.doctor.user_id != by.pk and writer_of(visit) == by.pk:
        return own_profile(by) or visit.doctor
    return visit.doctor


def _require_prescriber(visit: Appointment, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """The verified `doctor` prescribes for a visit that was confirmed, while the patient's chart is open to them."""
    doctor.refresh_from_db(fields=["verification_status"])
    if doctor.user_id != by.pk or not by.is_active:
        raise Forbidden(_("Only the doctor of the visit can prescribe."))
    if not doctor.is_approved:
        raise Forbidden(_("Only verified doctors can prescribe."))
    if visit.status not in PRESCRIBABLE:
        raise NotAVisit
    if not may_write_chart(by, visit.patient, now) and visit.pk not in visits_alone(by, now, [visit.patient_id]):
        raise Forbidden(_("You no longer have access to the patient's chart."))


def _longest() -> timedelta:
    return timedelta(days=settings.PRESCRIBE_WITHIN_DAYS)


def _require_its_time(visit: Appointment, now: datetime) -> None:
    """A first version only for a visit that has begun and was not long ago. Amendments stay possible: what is found
    wrong in a prescription that still runs must not wait for another visit."""
    if too_early(visit, now):
        raise NotNow(_("The visit has not begun: its prescription is written when the patient is there."))
    if too_late(visit, now):
        raise NotNow(
            ngettext(
                "The visit was more than %(days)s day ago. Prescribe in a new visit.",
                "The visit was more than %(days)s days ago. Prescribe in a new visit.",
                settings.PRESCRIBE_WITHIN_DAYS,
            )
            % {"days": settings.PRESCRIBE_WITHIN_DAYS}
        )


# --- Issuing ---------------------------------------------------------------------------------------------------------


@atomic_with_retry
def issue(*, draft: Prescription, by: User, reasons: Mapping[str, str], now: datetime, reason: str = "") -> Checked:
    """Check a draft, store its warnings with their reasons, and seal it. A visit that has begun is completed, and the
    version that the draft amends is replaced because of `reason`. `reasons` maps the key of each blocking warning to
    the prescriber's reason. Raises Unacknowledged (422) if one is missing, Invalid (422) for an empty prescription,
    Forbidden (403), StepRefused (409)."""
    visit = draft.appointment
    lock(visit)
    lock(draft)
    _require_prescriber(visit, draft.doctor, by, now)
    make_ready(draft)
    if not (draft.lines.exists() or draft.tests.exists() or draft.stopped.exists() or draft.advice):
        raise Invalid(_("Enter at least a medicine, a test or advice."), field="medications")
    if not draft.amends_id:
        _require_its_time(visit, now)
    require_printable(draft)
    require_printable_lines(draft)
    checked = check(draft, now=now)
    _keep_warnings(draft, checked, reasons, by)
    settle(visit=visit, warnings=checked.warnings, by=by, now=now)
    if draft.amends:
        draft.amends.supersede(reason=reason)
    draft.issue(now=now, parties=parties_of(draft, now), not_checked=checked.not_checked, checks=checked.stored())
    if visit.status == Visit.CONFIRMED and visit.starts_at <= now:
        complete(visit=visit, by=by, now=now)
    end_entries(draft)
    learn(draft, now)
    tell_issued(draft, now)
    return checked


def _keep_warnings(draft: Prescription, checked: Checked, reasons: Mapping[str, str], by: User) -> None:
    """Store the warnings, those that stop with the prescriber's reasons. A reason is found by the warning's key, or by
    its text."""
    answered = {
        found.key: (reasons.get(found.key) or reasons.get(found.text) or "").strip() if found.stops else ""
        for found in checked.warnings
    }
    missing = [found for found in checked.stopping if not answered[found.key]]
    if missing:
        raise Unacknowledged(
            " ".join(found.text for found in missing), warnings=[found.shown() for found in missing], found=missing
        )
    for found in checked.warnings:
        PrescriptionWarning.objects.create(
            prescription=draft,
            key=found.key,
            kind=found.kind,
            rule=found.rule,
            stops=found.stops,
            medication=found.medication,
            text=found.text,
            reason=answered[found.key],
            acknowledged_by=by,
        )


# --- What the API does in one call -----------------------------------------------------------------------------------


class Ordered(NamedTuple):
    """What a prescription orders: rows of medicines, tests and stopped medicines."""

    medications: Rows
    tests: Rows
    stopped: Rows


def prescribe(
    *,
    visit: Appointment,
    by: User,
    written: Mapping[str, object],
    medications: Rows,
    tests: Rows,
    reasons: Mapping[str, str],
    now: datetime,
    stopped: Rows = (),
) -> Prescription:
    """Write and issue the prescription of `visit` in one call; nothing is stored if a blocking warning has no reason
    in `reasons`. Raises as `begin` and `issue`."""
    with noting_seen(visit=visit, by=by):
        return _prescribed(visit, by, written, Ordered(medications, tests, stopped), reasons, now)


@atomic_with_retry
def _prescribed(
    visit: Appointment,
    by: User,
    written: Mapping[str, object],
    ordered: Ordered,
    reasons: Mapping[str, str],
    now: datetime,
) -> Prescription:
    draft = begin(draft=Prescription(**written), visit=visit, by=by, now=now)
    _fill_and_issue(draft, ordered, reasons, by, now)
    return draft


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
    stopped: Rows = (),
) -> Prescription:
    """Issue a new version of `issued` with this content. Raises as `begin_amendment` and `issue`."""
    with noting_seen(visit=issued.appointment, by=by):
        return _amended(issued, by, written, Ordered(medications, tests, stopped), reasons, reason, now)


@atomic_with_retry
def _amended(
    issued: Prescription,
    by: User,
    written: Mapping[str, object],
    ordered: Ordered,
    reasons: Mapping[str, str],
    reason: str,
    now: datetime,
) -> Prescription:
    draft = begin_amendment(issued=issued, by=by, now=now, copy=False)
    for name, value in written.items():
        setattr(draft, name, value)
    save_draft(draft=draft, now=now)
    _fill_and_issue(draft, ordered, reasons, by, now, reason)
    return draft


def _fill_and_issue(
    draft: Prescription, ordered: Ordered, reasons: Mapping[str, str], by: User, now: datetime, reason: str = ""
) -> None:
    known = Known.of(ordered.medications)
    add_lines(draft, ordered.medications, known)
    tests = dict(MedicalTest.objects.values_list("name", Coalesce("merged_into", "pk")))
    for row in ordered.tests:
        OrderedTest.objects.create(prescription=draft, test_id=tests.get(str(row["name"])), **row)
    for row in ordered.stopped:
        key = known.catalogue.row_of(str(row["name"]))
        StoppedMedicine.objects.create(prescription=draft, medication_id=key, **row)
    issue(draft=draft, by=by, reasons=reasons, now=now, reason=reason)


# --- Afterwards ------------------------------------------------------------------------------------------------------


@transaction.atomic
def cancel(*, prescription: Prescription, by: User, reason: str, now: datetime) -> None:
    """Cancel a prescription or discard a draft. Raises StepRefused (409), Invalid (422), Forbidden (403), and
    AlreadyPrescribed (409) while an amendment of it is being written."""
    lock(prescription.appointment)
    _require_prescriber(prescription.appointment, prescription.doctor, by, now)
    if Prescription.objects.filter(amends=prescription, status=Status.DRAFT).exists():
        raise AlreadyPrescribed(_("There is a draft amendment: cancel that first."))
    prescription.cancel(reason=reason)
    tell_cancelled(prescription, now)
