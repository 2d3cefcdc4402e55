"""Who may see the read log and access grants, and who may revoke a grant."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import IdentityCheck
from shs.core.grants.models import GroupShare, ObjectGrant, UserShare
from shs.core.grants.offered import CLINICS, by_two
from shs.core.grants.table import everyone, grant, keep_back
from shs.core.reads.models import ReadLog
from shs.medical_record.permissions import to_charts
from shs.users.models import Duty, MadeDuty, Role


def presupposed() -> dict[str, Q]:
    """The basis of an object grant → the role or duty without which it allows nothing."""
    at_desks = MadeDuty.objects.groups_giving(lambda _right, rows: rows == CLINICS.key)
    of_cases = MadeDuty.objects.groups_giving(lambda right, _rows: right == "doctors.claim_doctorinformation")
    desk = Q(groups__name=Duty.DESK) | Q(groups__in=at_desks)
    officers = Q(groups__name=Duty.VERIFICATION) | Q(groups__in=of_cases)
    return {
        ObjectGrant.Source.DESK: Q(role=Role.STAFF) & desk,
        ObjectGrant.Source.CONSENT: Q(role=Role.DOCTOR),
        ObjectGrant.Source.BREAK_GLASS: Q(role=Role.DOCTOR),
        ObjectGrant.Source.CLAIM: Q(role=Role.ADMIN) | (Q(role=Role.STAFF) & officers),
    }


for who in (Role.ADMIN, Duty.AUDIT):
    grant(ReadLog, who, everyone, "view")
    grant(ObjectGrant, who, everyone, "view")
    for share in (UserShare, GroupShare):
        grant(share, who, everyone, "view", "revoke")
grant(ObjectGrant, Role.ADMIN, everyone, "revoke")
grant(ObjectGrant, Duty.AUDIT, to_charts, "revoke")
grant(ReadLog, Duty.AUDIT, everyone, "export")

for model in (ReadLog, ObjectGrant, UserShare, GroupShare):
    keep_back(model, "view", "revoke", because="the audit's own: who read and who may open what")

by_two(ReadLog, ObjectGrant, UserShare, GroupShare, IdentityCheck, what=_("audit"))
