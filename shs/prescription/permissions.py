"""Who may do what to prescriptions and to the catalogues."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from shs.core.caller import Member
from shs.core.grants.table import NOTHING, Rows, everyone, grant, may_all
from shs.medical_record.permissions import charts_readable, charts_writable, may_write_chart
from shs.prescription.models import (
    MedicalTest,
    Medication,
    OrderedTest,
    Prescription,
    PrescriptionLine,
    PrescriptionWarning,
    Status,
)
from shs.users.models import Duty, Role, User


def of_my_own(user: Member) -> Q:
    """Prescriptions issued to the user as a patient."""
    return Q(patient=user.pk) & ~Q(digest="")


def of_readable_charts(user: Member) -> Q:
    """Issued prescriptions of patients whose chart the user may read; drafts are visible to their doctor only."""
    return charts_readable(user) & ~Q(digest="")


def seen_by_doctors(user: Member) -> Q:
    """What was issued to people whose chart the user may read, and their own drafts. One condition on the patient, for
    the index by patient."""
    mine = Q(doctor__user=user.pk) & charts_writable(user)
    return charts_readable(user) & (~Q(digest="") | mine)


def seen_in_chart(user: Member, patient: User, now: datetime) -> Q:
    """As "view" below, of the prescriptions of one patient, whose chart `user` may read: without a query for all their
    patients."""
    if may_all(user, Prescription, "view"):
        return everyone(user)
    mine = Q(doctor__user=user.pk) if may_write_chart(user, patient, now) else NOTHING
    return ~Q(digest="") | mine


def written_by_me(user: Member) -> Q:
    """The user's own prescriptions as a doctor, with drafts, while they are verified and may write in the patient's
    chart."""
    return Q(doctor__user=user.pk) & charts_writable(user)


def drafted_by_me(user: Member) -> Q:
    """The user's own drafts as a doctor."""
    return Q(status=Status.DRAFT) & written_by_me(user)


def on(rows: Rows) -> Rows:
    """The rows of the prescriptions that `rows` allows."""

    def of_prescriptions(user: Member) -> Q:
        return Q(Exists(Prescription.objects.filter(rows(user), pk=OuterRef("prescription"))))

    return of_prescriptions


def only_to_be(user: Member) -> Q:
    """No existing rows: the permission to create one."""
    return NOTHING


grant(Prescription, Role.PATIENT, of_my_own, "view")
grant(Prescription, Role.DOCTOR, seen_by_doctors, "view")
grant(Prescription, Role.DOCTOR, written_by_me, "amend", "cancel")
grant(Prescription, Role.DOCTOR, drafted_by_me, "change", "issue")
grant(Prescription, Role.DOCTOR, only_to_be, "add")
grant(Prescription, Role.ADMIN, everyone, "view", "export")
grant(Prescription, Duty.AUDIT, everyone, "view")

for item in (PrescriptionLine, OrderedTest):
    grant(item, Role.DOCTOR, on(seen_by_doctors), "view")
    grant(item, Role.DOCTOR, on(drafted_by_me), "add", "change", "delete")
    grant(item, Role.ADMIN, everyone, "view")
    grant(item, Duty.AUDIT, everyone, "view")

grant(PrescriptionWarning, Role.DOCTOR, on(of_readable_charts), "view")
grant(PrescriptionWarning, Role.ADMIN, everyone, "view")
grant(PrescriptionWarning, Duty.AUDIT, everyone, "view")

for catalogue in (Medication, MedicalTest):
    grant(catalogue, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
    for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
        grant(catalogue, who, everyone, "view")
