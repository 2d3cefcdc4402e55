"""Permissions for the data of the symptom checker and for the questions to it."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.grants.offered import NUMBER, OWN, Breadth, admins_alone, rows_are
from shs.core.grants.table import NOTHING, Rows, everyone, grant, keep_back
from shs.doctors.models import DoctorInformation, Verification
from shs.predict.models import (
    AskedQuestion,
    Condition,
    ConditionSymptom,
    KnowledgeChange,
    Prediction,
    RedFlag,
    Symptom,
    WordList,
)
from shs.predict.models.change import MODELS
from shs.users.models import Duty, Role

UNUSED = Breadth("unused", _("only entries not in use"))


@rows_are(NUMBER)
def nobodys(user: Member) -> Q:
    """No rows: the permission to ask or to count does not show what others asked."""
    return NOTHING


def out_of_use(kind: str) -> Rows:
    """Rows of a kind that the symptom checker does not use, and about which no change waits."""

    @rows_are(UNUSED)
    def rows(user: Member) -> Q:
        waiting = KnowledgeChange.objects.waiting().filter(kind=kind, row=OuterRef("pk"))
        return Q(~Exists(waiting), is_active=False)

    return rows


def asked_by_others(user: Member) -> Q:
    """Changes that others asked for."""
    return ~Q(asked_by=user.pk)


def asked_by_others_of_a_clinician(user: Member) -> Q:
    """Changes that others asked for, for a verified doctor."""
    return ~Q(asked_by=user.pk) & for_a_clinician(user)


def for_a_clinician(user: Member) -> Q:
    """All rows, for a verified doctor."""
    return Q(Exists(DoctorInformation.objects.filter(user=user.pk, verification_status=Verification.APPROVED)))


@rows_are(OWN)
def asked_by_themselves(user: Member) -> Q:
    """Changes that the user asked for."""
    return Q(asked_by=user.pk)


for knowledge in (Symptom, Condition, ConditionSymptom, RedFlag, WordList):
    grant(knowledge, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
    for who in (Role.DOCTOR, Duty.DESK, Duty.AUDIT):
        grant(knowledge, who, everyone, "view")
for who in (Role.ADMIN, Role.DOCTOR, Duty.AUDIT):
    grant(KnowledgeChange, who, everyone, "view")
grant(KnowledgeChange, Role.ADMIN, asked_by_others, "decide")
grant(KnowledgeChange, Role.DOCTOR, asked_by_others_of_a_clinician, "decide")
grant(KnowledgeChange, Role.ADMIN, asked_by_themselves, "withdraw", "confirm_alone")
for kind, guarded in MODELS.items():
    grant(guarded, Role.ADMIN, out_of_use(kind), "delete")  # two have taken it out of use

for caller in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Prediction, caller, nobodys, "ask")
grant(Prediction, Role.ADMIN, everyone, "view", "export")
for counter in (Role.ADMIN, Duty.AUDIT):
    grant(Prediction, counter, nobodys, "count")
admins_alone(KnowledgeChange, "decide", "confirm_alone", because="an admin or a verified doctor decides")
admins_alone(Prediction, "ask", because="everybody asks for themselves in the app")

grant(AskedQuestion, Role.ADMIN, everyone, "view", "judge", "export")
grant(AskedQuestion, Role.DOCTOR, for_a_clinician, "view", "judge", "export")
keep_back(AskedQuestion, "view", "judge", because="read by clinicians alone: no rule finds every name in a text")
admins_alone(
    AskedQuestion, "view", "judge", "export", because="read by clinicians alone: no rule finds every name in a text"
)
