"""Services: handing in results, entering their values, reviewing them, and telling people."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.appointment.models import OPENING, Appointment
from shs.core.errors import Forbidden, Invalid, NotFound, StepRefused
from shs.core.grants.table import holds
from shs.core.limits import counting
from shs.core.reads.log import log_denied
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import DoctorInformation
from shs.medical_record import services as charts
from shs.medical_record.models import Kind as Entry
from shs.medical_record.models import MedicalRecord
from shs.medical_record.permissions import may_read_chart, may_write_chart, visit_alone
from shs.prescription.models import OrderedTest
from shs.results import orders, telling
from shs.results.analytes import ANALYTES, Measured, Typed, measured
from shs.results.files import safe_file
from shs.results.models import Finding, Kind, Result, ResultValue, Source, Status
from shs.users.models import User

MOST_VALUES = len(ANALYTES)
MOST_MEDICINES = 20

# --- Handing in ------------------------------------------------------------------------------------------------------


def send(
    *,
    result: Result,
    upload: "File[bytes] | None",
    values: Sequence[Typed] = (),
    medicines: Sequence[str] = (),
    by: User,
    now: datetime,
) -> Result:
    """Store a new result with its file, its values, or both: by a doctor or a desk for a patient, or by patients and
    guardians for themselves. Without an `order` the only open one that fits is taken. `medicines` on a prescription on
    paper become active medicines of the chart that are not from here.

    Raises NotFound (404) for a patient for whom `by` may not, Forbidden (403) for a chart that they may only read,
    Invalid (422) for a file, a date or a value, TooMany (429) over the limit of own entries.
    """
    by.require_confirmed()
    result.source = source_of(result.patient, by, now)
    if result.source in (Source.PATIENT, Source.GUARDIAN):
        counting.count("own_chart", account=by.pk, now=now)
    result.sent_by, result.sent_at = by, now
    _require_day(result.taken_on, now)
    found = _measured(result, values)
    if upload is None and not found:
        raise Invalid(_("Add a photo or PDF, or enter a value."), field="file")
    if upload is not None:
        checked, result.pages = safe_file(upload)
        result.content_type = checked.content_type
        result.file = checked  # stored when it is saved
    if result.source == Source.DOCTOR and not may_write_chart(by, result.patient, now):
        result.visit_id = visit_alone(by, result.patient, now)
    if result.is_confidential:
        charts.require_teenager(result.patient, result.source, now)
    with transaction.atomic():
        _attach(result, [value.code for value in found], now)
        result.doctor = reviewer_of(result, by)
        result.finding = finding_of(found)
        save_with_reason(result, "handed in")
        _store(result, found)
        _note_medicines(result, medicines, by, now)
        telling.tell_critical(result, now)
        telling.tell_shown(result, now)
    return result


def source_of(patient: User, by: User, now: datetime) -> str:
    """As whom `by` hands something in for `patient`. Raises NotFound (404) once the denial is logged, or Forbidden
    (403) for a chart that they may only read."""
    if by.pk == patient.pk and by.uses_api:
        return Source.PATIENT
    if may_write_chart(by, patient, now) or visit_alone(by, patient, now):
        return Source.DOCTOR
    if charts.is_guardian(by, patient, now):
        return Source.GUARDIAN
    if by.pk != patient.pk and _is_at_desk(patient, by):
        return Source.DESK
    log_denied(by, what="result add", subject=patient, now=timezone.now())
    raise Forbidden if may_read_chart(by, patient, now) else NotFound


def _is_at_desk(patient: User, by: User) -> bool:
    if not holds(by, "results.hand_in_result"):
        return False
    return User.objects.allowed(by, "recognise").filter(pk=patient.pk).exists()


def _require_day(day: date, now: datetime) -> None:
    if day > timezone.localdate(now):
        raise Invalid(_("The date must not be in the future."), field="taken_on")


def _attach(result: Result, codes: list[str], now: datetime) -> None:
    """Set the order, if it is not given: only one of the same patient can be."""
    if result.order is not None:
        if result.order.prescription.patient_id != result.patient_id:
            raise NotFound
    elif result.kind in (Kind.LAB, Kind.IMAGING):
        result.order = orders.fitting(result.patient, result.title, {ANALYTES[code].loinc for code in codes}, now)
    if result.order is not None and result.order.prescription.is_confidential:
        result.is_confidential = True


def order_for(patient: User, pk: int, now: datetime) -> OrderedTest:
    """An open order of `patient`. Raises Invalid (422) for another."""
    found = orders.open_orders(patient, now).filter(pk=pk).first()
    if found is None:
        raise Invalid(_("This test was not ordered, or has a result already."), field="order")
    return found


def reviewer_of(result: Result, by: User) -> DoctorInformation | None:
    """The doctor who reviews it: who ordered the test, the doctor who hands it in, or else that of the last visit."""
    if result.order is not None:
        return result.order.prescription.doctor
    if result.source == Source.DOCTOR:
        return DoctorInformation.objects.filter(user=by).first()
    visits = Appointment.objects.filter(patient=result.patient, status__in=OPENING, starts_at__lte=result.sent_at)
    last = visits.select_related("doctor").order_by("-starts_at").first()
    return last.doctor if last else None


def _note_medicines(result: Result, medicines: Sequence[str], by: User, now: datetime) -> None:
    if not medicines:
        return
    if result.kind != Kind.PRESCRIPTION:
        raise Invalid(_("Only a prescription on paper names medicines."), field="medicines")
    if result.source == Source.DESK:
        raise Invalid(_("Medicines are entered by the patient or by a doctor."), field="medicines")
    for name in medicines[:MOST_MEDICINES]:
        entry = MedicalRecord(
            patient=result.patient,
            kind=Entry.MEDICATION,
            title=name,
            details=_("Not prescribed here, and not checked: from a prescription on paper."),
            onset_date=result.taken_on,
        )
        charts.record(entry=entry, by=by, now=now)


# --- Values ----------------------------------------------------------------------------------------------------------


def _measured(result: Result, values: Sequence[Typed]) -> list[Measured]:
    """The checked values. Raises Invalid (422)."""
    if values and result.kind != Kind.LAB:
        raise Invalid(_("Only a laboratory result has values."), field="values")
    codes = [value.code for value in values]
    if len(set(codes)) < len(codes):
        raise Invalid(_("Each value can be entered once."), field="values")
    profile = getattr(result.patient, "profile", None)
    sex, born = (profile.gender, profile.date_of_birth) if profile else ("", None)
    return [measured(value, sex=sex, born=born, day=result.taken_on) for value in values]


def finding_of(values: Sequence[Measured | ResultValue]) -> str:
    """What the values say together."""
    if any(value.is_critical for value in values):
        return Finding.CRITICAL
    if any(value.flag in ("low", "high") for value in values):
        return Finding.ABNORMAL
    return Finding.NORMAL if values and all(value.flag for value in values) else Finding.UNKNOWN


def _store(result: Result, values: Sequence[Measured]) -> None:
    known = {row.code: row for row in result.values.all()} if result.pk else {}
    for value in values:
        row = known.get(value.code) or ResultValue(result=result, code=value.code)
        for name, content in value._asdict().items():
            setattr(row, name, content)
        save_with_reason(row, "entered")


@transaction.atomic
def enter(*, result: Result, values: Sequence[Typed], by: User, now: datetime) -> None:
    """Add values to a result, or correct those of the same kind; it is to be reviewed again, by `by` if it had nobody.
    Raises Invalid (422) for a value, StepRefused (409) for a result that was entered in error."""
    lock(result)
    if result.status == Status.ENTERED_IN_ERROR:
        raise StepRefused(_("This result was marked as entered in error."))
    if not values:
        raise Invalid(_("Enter at least one value."), field="values")
    _store(result, _measured(result, values))
    if result.doctor is None:
        result.doctor = DoctorInformation.objects.filter(user=by).first()
    result.find(finding_of(list(result.values.all())))
    telling.tell_critical(result, now)
    telling.tell_shown(result, now)


@transaction.atomic
def note_medicines(*, result: Result, medicines: Sequence[str], by: User, now: datetime) -> None:
    """Add the medicines of a prescription on paper to the active ones of the chart, as not from here. Raises as
    `medical_record.services.record`."""
    if not medicines:
        raise Invalid(_("Enter at least one medicine."), field="medicines")
    if result.status == Status.ENTERED_IN_ERROR:
        raise StepRefused(_("This result was marked as entered in error."))
    as_doctor = Result(patient=result.patient, kind=result.kind, taken_on=result.taken_on, source=Source.DOCTOR)
    _note_medicines(as_doctor, medicines, by, now)


# --- Reviewing -------------------------------------------------------------------------------------------------------


@transaction.atomic
def review(*, result: Result, by: User, comment: str, now: datetime) -> None:
    """A doctor of the chart has seen it; the patient is told that it can be read. Raises StepRefused (409)."""
    result.review(by=by, comment=comment, now=now)
    telling.tell_shown(result, now)


@transaction.atomic
def acknowledge(*, result: Result, by: User, now: datetime) -> None:
    """A doctor of the chart knows of a critical value; it leaves the list of critical results."""
    result.acknowledge(by=by, now=now)


def retract(*, result: Result, reason: str) -> None:
    """Mark it as entered in error: its values no longer count. Raises Invalid (422), StepRefused (409)."""
    result.retract(reason=reason)


# --- Reading ---------------------------------------------------------------------------------------------------------


def shown_to(result: Result, reader: User) -> bool:
    """Whether `reader` sees what it says: patients and guardians when it no longer waits for the doctor; those who
    read charts at work always."""
    if not result.is_held:
        return True
    return result.patient_id != reader.pk and not charts.is_guardian(reader, result.patient, timezone.now())
