"""Who may do what to prescriptions and to the catalogues."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.offered import CLINICS, admins_alone, presuppose, rows_are
from shs.core.grants.table import NOTHING, Rows, everyone, grant, may_all, open_rows
from shs.core.reads.models import ReadLog
from shs.doctors.models import Clinic, DoctorInformation
from shs.medical_record.permissions import (
    charts_writable,
    may_read_chart,
    may_write_chart,
    rows_readable,
    visits_alone,
)
from shs.prescription.models import (
    AdviceTemplate,
    Brand,
    BrandImport,
    DispensedLine,
    Dispensing,
    MedicalTest,
    Medication,
    OrderedTest,
    Pharmacy,
    PharmacyMember,
    PharmacyStatus,
    Prescription,
    PrescriptionLine,
    PrescriptionSet,
    PrescriptionWarning,
    SetLine,
    Status,
    StoppedMedicine,
)
from shs.users.models import Duty, Role, User
from shs.users.permissions import READ, dependants

PRINTED_AGAIN = timedelta(days=30)
"""So long after it was issued a desk prints a paper again for the patient; an older one is the doctor's to judge."""


def of_my_own(user: Member) -> Q:
    """Prescriptions issued to the user as a patient, once their address is confirmed."""
    return Q(patient=user.pk) & ~Q(digest="") if user.is_confirmed else NOTHING


def of_guarded(user: Member) -> Q:
    """Prescriptions issued to people whose chart the user may read as their guardian, unless they are confidential."""
    if not user.is_confirmed:
        return NOTHING
    return Q(patient__in=dependants(user, READ), is_confidential=False) & ~Q(digest="")


def of_readable_charts(user: Member) -> Q:
    """Issued prescriptions of patients whose chart the user may read; drafts are visible to their doctor only."""
    return rows_readable(user) & ~Q(digest="")


def seen_by_doctors(user: Member) -> Q:
    """What was issued to people whose chart the user may read, and their own drafts. One condition on the patient, for
    the index by patient."""
    mine = Q(doctor__user=user.pk) & charts_writable(user)
    return rows_readable(user) & (~Q(digest="") | mine) | _written_alone(user)


def _written_alone(user: Member) -> Q:
    """The user's own prescriptions as a doctor, for visits without proof of identity."""
    return Q(doctor__user=user.pk, appointment__in=list(visits_alone(user, timezone.now())))


def seen_in_chart(user: Member, patient: User, now: datetime) -> Q:
    """As "view" below, of the prescriptions of one patient, whose page `user` may open: without a query for all their
    patients."""
    if may_all(user, Prescription, "view"):
        return everyone(user)
    if (basis := may_read_chart(user, patient, now)) == ReadLog.Basis.GUARDIAN:
        return ~Q(digest="") & Q(is_confidential=False)
    if basis is None and (alone := visits_alone(user, now, [patient.pk])):
        return Q(doctor__user=user.pk, appointment__in=list(alone))
    mine = Q(doctor__user=user.pk) if may_write_chart(user, patient, now) else NOTHING
    return ~Q(digest="") | mine


def written_by_me(user: Member) -> Q:
    """The user's own prescriptions as a doctor, with drafts, while they are verified and may write in the patient's
    chart."""
    return Q(doctor__user=user.pk) & charts_writable(user) | _written_alone(user)


def drafted_by_me(user: Member) -> Q:
    """The user's own drafts as a doctor."""
    return Q(status=Status.DRAFT) & written_by_me(user)


def on(rows: Rows) -> Rows:
    """The rows of the prescriptions that `rows` allows."""

    def of_prescriptions(user: Member) -> Q:
        return Q(Exists(Prescription.objects.filter(rows(user), pk=OuterRef("prescription"))))

    return of_prescriptions


def ordered_for(user: Member) -> Q:
    """The tests on the prescriptions that were issued to the user, or to people whose chart they may read as their
    guardian."""
    return on(of_my_own)(user) | on(of_guarded)(user)


def on_dispensing(rows: Rows) -> Rows:
    """The rows of what was dispensed on the prescriptions that `rows` allows."""

    def of_dispensings(user: Member) -> Q:
        seen = Prescription.objects.filter(rows(user), pk=OuterRef("dispensing__prescription"))
        return Q(Exists(seen))

    return of_dispensings


def my_pharmacy(user: Member) -> Q:
    """The user's own pharmacy, while it is active."""
    mine = PharmacyMember.objects.filter(user=user.pk, pharmacy=OuterRef("pk"))
    return Q(Exists(mine), status=PharmacyStatus.ACTIVE)


def of_my_pharmacy(user: Member) -> Q:
    """What the user's own pharmacy has dispensed, while it is active."""
    return Q(registered__in=Pharmacy.objects.filter(my_pharmacy(user)).order_by().values("pk"))


@rows_are(CLINICS)
def to_print_again(user: Member) -> Q:
    """What was lately issued in visits at a clinic in whose desk the user works, while it counts. What a doctor has
    marked as confidential is printed by the doctor, who sees to whom it is handed."""
    lately = Q(status=Status.ISSUED, is_confidential=False, issued_at__gt=timezone.now() - PRINTED_AGAIN)
    return lately & Q(appointment__clinic__in=held(user, Clinic, "run_desk"))


def only_to_be(user: Member) -> Q:
    """No existing rows: the permission to create one."""
    return NOTHING


grant(Prescription, Role.PATIENT, of_my_own, "view")
grant(Prescription, Role.PATIENT, of_guarded, "view")
grant(Prescription, Role.DOCTOR, seen_by_doctors, "view")
grant(Prescription, Role.DOCTOR, written_by_me, "amend", "cancel")
grant(Prescription, Role.DOCTOR, drafted_by_me, "change", "issue")
grant(Prescription, Role.DOCTOR, only_to_be, "add")
grant(Prescription, Role.ADMIN, everyone, "view", "export")
grant(Prescription, Duty.AUDIT, everyone, "view")
grant(Prescription, Duty.DESK, to_print_again, "reprint")

for item in (PrescriptionLine, OrderedTest, StoppedMedicine):
    grant(item, Role.DOCTOR, on(seen_by_doctors), "view")
    grant(item, Role.DOCTOR, on(drafted_by_me), "add", "change", "delete")
    grant(item, Role.ADMIN, everyone, "view")
    grant(item, Duty.AUDIT, everyone, "view")

for given_out, path in ((Dispensing, on), (DispensedLine, on_dispensing)):
    grant(given_out, Role.DOCTOR, path(of_readable_charts), "view")
    grant(given_out, Role.ADMIN, everyone, "view")
    grant(given_out, Duty.AUDIT, everyone, "view")

# People of pharmacies see nothing else: prescriptions only by their code, on the page behind it.
grant(Pharmacy, Role.PHARMACY, my_pharmacy, "dispense")
grant(Dispensing, Role.PHARMACY, of_my_pharmacy, "list")
grant(Pharmacy, Role.ADMIN, everyone, "view", "add", "change", "suspend", "invite")
grant(Pharmacy, Duty.AUDIT, everyone, "view")
for who in (Role.ADMIN, Duty.AUDIT):
    grant(PharmacyMember, who, everyone, "view")

grant(PrescriptionWarning, Role.DOCTOR, on(of_readable_charts), "view")
grant(PrescriptionWarning, Role.ADMIN, everyone, "view")
grant(PrescriptionWarning, Duty.AUDIT, everyone, "view")


def mine(user: Member) -> Q:
    """Sets and advice of the user as a doctor."""
    return Q(doctor__user=user.pk)


def mine_or_shared(user: Member) -> Q:
    """And those that are shared with a clinic where the user sees patients as a doctor."""
    links = DoctorInformation.clinics.through.objects
    return mine(user) | Q(Exists(links.filter(clinic=OuterRef("clinic"), doctorinformation__user=user.pk)))


def of_sets(rows: Rows) -> Rows:
    """The medicines of the sets that `rows` allows."""

    def of_rows(user: Member) -> Q:
        return Q(Exists(PrescriptionSet.objects.filter(rows(user), pk=OuterRef("set"))))

    return of_rows


for template in (PrescriptionSet, AdviceTemplate):
    grant(template, Role.DOCTOR, mine_or_shared, "view")
    grant(template, Role.DOCTOR, mine, "add", "change", "delete")
    grant(template, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(SetLine, Role.DOCTOR, of_sets(mine_or_shared), "view")
grant(SetLine, Role.DOCTOR, of_sets(mine), "add", "change", "delete")
grant(SetLine, Role.ADMIN, everyone, "view", "add", "change", "delete")

for catalogue in (Medication, MedicalTest):
    grant(catalogue, Role.ADMIN, everyone, "view", "add", "change", "import", "export", "delete", "archive", "merge")
    for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
        grant(catalogue, who, everyone, "view")

grant(Brand, Role.ADMIN, everyone, "view", "add", "change", "export", "delete", "archive", "merge")
grant(BrandImport, Role.ADMIN, everyone, "view", "add", "store", "withdraw")
for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
    grant(Brand, who, everyone, "view")
grant(BrandImport, Duty.AUDIT, everyone, "view")

# Which warnings are always overridden, with reasons of all doctors.
for who in (Role.ADMIN, Duty.AUDIT):
    grant(Medication, who, everyone, "review")

open_rows(OrderedTest, ordered_for, because="patients are told to which ordered test a result belongs")

presuppose("prescription.view_prescription", "users.read_chart_user")
admins_alone(Pharmacy, "invite", because="who opens an account for somebody could act as them")
admins_alone(Prescription, "export", because="charts leave the clinic by an admin alone")
