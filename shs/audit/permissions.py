"""Who may see the read log and access grants, and who may revoke a grant."""

from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import everyone, grant
from shs.core.reads.models import ReadLog
from shs.medical_record.permissions import to_charts
from shs.users.models import Duty, Role

for who in (Role.ADMIN, Duty.AUDIT):
    grant(ReadLog, who, everyone, "view")
    grant(ObjectGrant, who, everyone, "view")
    grant(ObjectGrant, who, to_charts, "revoke")
grant(ReadLog, Duty.AUDIT, everyone, "export")
