"""Who may do what to letters: what the rules of charts allow; only their doctor cancels them."""

from django.db.models import Q

from shs.core.caller import Member
from shs.core.grants.offered import admins_alone, presuppose
from shs.core.grants.table import NOTHING, everyone, grant
from shs.letters.models import Letter
from shs.medical_record.permissions import of_readable_charts, of_writable_charts, seen_by_doctors
from shs.users.models import Duty, Role


def issued_by_me(user: Member) -> Q:
    """What the user has issued as a doctor, in charts in which they may still write."""
    return Q(doctor__user=user.pk) & of_writable_charts(user)


def only_to_be(user: Member) -> Q:
    """No existing rows: the permission to issue one."""
    return NOTHING


grant(Letter, Role.PATIENT, of_readable_charts, "view")
grant(Letter, Role.DOCTOR, seen_by_doctors, "view")
grant(Letter, Role.DOCTOR, only_to_be, "issue")
grant(Letter, Role.DOCTOR, issued_by_me, "cancel")
grant(Letter, Role.ADMIN, everyone, "view", "export")
grant(Letter, Duty.AUDIT, everyone, "view")

presuppose("letters.view_letter", "users.read_chart_user")
admins_alone(Letter, "export", because="charts leave the clinic by an admin alone")
