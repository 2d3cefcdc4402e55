"""Who may do what to letters: what the rules of charts allow; only their doctor cancels them."""

from django.db.models import Q
from django.utils import timezone

from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.offered import CLINICS, admins_alone, presuppose, rows_are
from shs.core.grants.table import NOTHING, everyone, grant
from shs.doctors.models import Clinic
from shs.letters.models import Letter, Status
from shs.medical_record.permissions import of_readable_charts, of_writable_charts, seen_by_doctors
from shs.prescription.permissions import PRINTED_AGAIN
from shs.users.models import Duty, Role


def issued_by_me(user: Member) -> Q:
    """What the user has issued as a doctor, in charts in which they may still write."""
    return Q(doctor__user=user.pk) & of_writable_charts(user)


@rows_are(CLINICS)
def to_print_again(user: Member) -> Q:
    """Letters that a desk prints again for the patient, as prescriptions."""
    lately = Q(status=Status.ISSUED, is_confidential=False, issued_at__gt=timezone.now() - PRINTED_AGAIN)
    return lately & Q(visit__clinic__in=held(user, Clinic, "run_desk"))


def only_to_be(user: Member) -> Q:
    """No existing rows: the permission to issue one."""
    return NOTHING


grant(Letter, Role.PATIENT, of_readable_charts, "view")
grant(Letter, Role.DOCTOR, seen_by_doctors, "view")
grant(Letter, Role.DOCTOR, only_to_be, "issue")
grant(Letter, Role.DOCTOR, issued_by_me, "cancel")
grant(Letter, Role.ADMIN, everyone, "view", "export")
grant(Letter, Duty.AUDIT, everyone, "view")
grant(Letter, Duty.DESK, to_print_again, "reprint")

presuppose("letters.view_letter", "users.read_chart_user")
admins_alone(Letter, "export", because="charts leave the clinic by an admin alone")
