"""Notices about results, without what they say."""

from datetime import datetime, timedelta

from django.conf import settings

from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.prescription.models import Prescription
from shs.results import orders
from shs.results.models import Result
from shs.users.families import to_family
from shs.users.numbers import patient_number
from shs.users.permissions import READ


def tell_critical(result: Result, now: datetime) -> None:
    """Tell the doctor at once that a value is beyond a critical limit: of whom by the patient's number, not which."""
    if not result.is_red or result.doctor is None or not result.doctor.user.is_active:
        return
    data = {"patient_number": patient_number(result.patient_id), "taken_on": result.taken_on}
    key = f"{result.pk}:{now.isoformat(timespec='seconds')}"
    notify(notice(to=result.doctor.user, kind=Kind.RESULT_CRITICAL, data=data, about=_about(result), key=key))


def tell_shown(result: Result, now: datetime) -> None:
    """Tell the patient, and their guardians unless it is confidential, that a result can be read in the app: once, and
    not of what they handed in themselves and no doctor has seen."""
    if result.is_held or (result.reviewed_at is None and result.sent_by_id == result.patient_id):
        return
    data = {"taken_on": result.taken_on, "is_reviewed": result.reviewed_at is not None}
    key = f"{result.pk}:{'reviewed' if result.reviewed_at else 'entered'}"
    told = notice(to=result.patient, kind=Kind.RESULT_READY, data=data, about=_about(result), key=key)
    notify(*([told] if result.is_confidential else to_family([told], result.patient, READ, now)))


def remind(*, now: datetime, dry_run: bool = False) -> int:
    """Remind patients once of ordered tests that have had no result for ORDERED_TEST_DAYS days; returns how many
    prescriptions that were. Those issued a week before that are left alone: their reminder is out of date."""
    late = now - timedelta(days=settings.ORDERED_TEST_DAYS)
    rows = Prescription.objects.filter(orders.overdue(now), issued_at__gt=late - timedelta(days=7))
    found = list(rows.select_related("patient", "doctor").order_by("pk"))
    if not dry_run:
        for row in found:
            data = {"doctor": row.doctor.name, "ordered_at": row.issued_at}
            key, about = str(row.original_id or row.pk), f"prescription:{row.pk}"
            told = notice(to=row.patient, kind=Kind.TEST_OVERDUE, data=data, about=about, key=key)
            notify(*([told] if row.is_confidential else to_family([told], row.patient, READ, now)))
    return len(found)


def _about(result: Result) -> str:
    return f"result:{result.pk}"
