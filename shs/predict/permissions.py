"""Who may do what to the knowledge of the symptom checker, and who may ask it."""

from django.db.models import Q

from shs.core.permissions import everyone, grant
from shs.predict.models import Condition, ConditionSymptom, Prediction, RedFlag, Symptom
from shs.users.models import Duty, Role


def asked_by(user) -> Q:
    """The user's own questions."""
    return Q(user=user.pk)


for known in (Condition, Symptom, ConditionSymptom, RedFlag):
    grant(known, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
    for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
        grant(known, who, everyone, "view")

for who in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Prediction, who, asked_by, "ask")
for who in (Role.ADMIN, Duty.AUDIT):
    grant(Prediction, who, everyone, "count")
