"""Demo rows: accesses to the chart of patient 1, made by the services at the present time."""

from datetime import datetime, timedelta

from shs.core.reads.models import ReadLog
from shs.core.seeding.marks import AUDITOR, LICENCE
from shs.core.seeding.rows import Demo
from shs.doctors.models import DoctorInformation
from shs.medical_record.models import MedicalRecord
from shs.medical_record.permissions import may_read_chart
from shs.medical_record.services import note_reading, open_chart, store_broken_glass
from shs.prescription.models import Prescription
from shs.users.models import User
from shs.users.seeding import DemoRows, account

EMERGENCY = "Brought in unconscious after a road accident; allergies and medicines must be known now."


def add_accesses(*, now: datetime) -> int:
    """Create a consent, an emergency access that waits for review, and lines of the read log, unless they exist;
    returns the number of consents and emergency accesses."""
    patient, auditor = account("patient1"), account(AUDITOR)
    if ReadLog.objects.filter(subject=patient, reader=auditor).exists():
        return 0
    carers, strangers = _sort_doctors(patient, now)
    for reader in (patient, *carers, auditor):
        _read(reader, patient, now)
    if not strangers:
        return 0
    note_reading(strangers[0], patient, "medical record list", [], now=now)  # these reads are denied
    _break_glass(strangers[0], patient, now)
    if len(strangers) == 1:
        return 1
    colleague = strangers[1]
    open_chart(patient=patient, doctor_id=colleague.doctor.pk, expires_at=now + timedelta(days=90), now=now)
    _read(colleague, patient, now)
    return 2


def _sort_doctors(patient: User, now: datetime) -> tuple[list[User], list[User]]:
    """Some verified doctors who may read the chart, and two who may not; the search stops when they are found."""
    carers: list[User] = []
    strangers: list[User] = []
    for row in _doctors():
        (carers if may_read_chart(row.user, patient, now) else strangers).append(row.user)
        if carers and len(strangers) > 1:
            break
    return carers[:3], strangers[:2]


def _read(reader: User, patient: User, now: datetime) -> None:
    entries = MedicalRecord.objects.filter(patient=patient).values_list("pk", flat=True)
    papers = Prescription.objects.released().filter(patient=patient).values_list("pk", flat=True)
    note_reading(reader, patient, "medical record list", list(entries[:20]), now=now)
    note_reading(reader, patient, "prescription list", list(papers[:20]), now=now)


def _doctors() -> list[DoctorInformation]:
    rows = DoctorInformation.objects.listed().filter(license_number__startswith=LICENCE)
    return list(rows.select_related("user").order_by("license_number"))


def _break_glass(doctor: User, patient: User, now: datetime) -> None:
    """Opened some minutes ago. No mail is sent, because the patient is fictitious."""
    store_broken_glass(doctor=doctor, patient=patient, reason=EMERGENCY, now=now - timedelta(minutes=20))
    _read(doctor, patient, now)


class Accesses(DemoRows):
    def finish(self, demo: Demo) -> None:
        demo.made["accesses"] += add_accesses(now=demo.now)


rows = [Accesses()]
