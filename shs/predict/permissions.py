"""Permissions for the data of the symptom checker and for the questions to it."""

from django.db.models import Q

from shs.core.caller import Member
from shs.core.grants.table import NOTHING, everyone, grant
from shs.predict.models import Condition, ConditionSymptom, Prediction, RedFlag, Symptom
from shs.users.models import Duty, Role


def nobodys(user: Member) -> Q:
    """No rows: the permission to ask or to count does not show what others asked."""
    return NOTHING


for knowledge in (Symptom, Condition, ConditionSymptom, RedFlag):
    grant(knowledge, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
    for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
        grant(knowledge, who, everyone, "view")
grant(ConditionSymptom, Role.ADMIN, everyone, "delete")  # a wrong pair is deleted; its history stays

for caller in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Prediction, caller, nobodys, "ask")
for counter in (Role.ADMIN, Duty.AUDIT):
    grant(Prediction, counter, nobodys, "count")
