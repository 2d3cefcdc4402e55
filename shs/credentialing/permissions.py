"""Who may verify doctors, and who sees their documents, the checks and the register."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.offered import OTHERS, OWN, Breadth, admins_alone, rows_are
from shs.core.grants.table import everyone, grant, keep_back
from shs.credentialing.models import CaseNote, DoctorDocument, RegisterEntry, VerificationCheck
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import of_themselves
from shs.users.models import OPENED, AccountTouch, Duty, Role, User

APPLICANTS = Breadth("applicants", _("those who have applied as a doctor"))


def opened_by(user: Member) -> QuerySet[AccountTouch]:
    """Notes that the user has opened the account of a row's doctor, or the profile on it."""
    return AccountTouch.objects.filter(user=OuterRef("user"), by=user.pk, what__in=OPENED)


@rows_are(OTHERS)
def not_themselves(user: Member) -> Q:
    """Nobody verifies their own application, nor that of a doctor whose account they have opened."""
    return ~Q(user=user.pk) & ~Q(Exists(opened_by(user)))


@rows_are(OTHERS)
def of_others(user: Member) -> Q:
    """Rows that belong to another doctor than the user."""
    return ~Q(doctor__user=user.pk)


@rows_are(OTHERS)
def to_confirm(user: Member) -> Q:
    """Applications of others with an override that somebody else has requested."""
    disputed = VerificationCheck.objects.disputed().filter(doctor=OuterRef("pk"))
    own = disputed.filter(override_asked_by=user.pk)
    return Q(Exists(disputed), ~Exists(own)) & not_themselves(user)


@rows_are(OWN)
def taken_on(user: Member) -> Q:
    """Applications that the user has claimed, while the claim lasts; never their own."""
    return Q(pk__in=held(user, DoctorInformation, "review")) & ~Q(user=user.pk)


@rows_are(OWN)
def of_taken_on(user: Member) -> Q:
    """Rows of an application that the user has claimed."""
    return Q(doctor__in=held(user, DoctorInformation, "review")) & ~Q(doctor__user=user.pk)


@rows_are(OWN)
def of_to_confirm(user: Member) -> Q:
    """Rows of an application of which the user can confirm an override."""
    return Q(Exists(DoctorInformation.objects.filter(to_confirm(user), pk=OuterRef("doctor"))))


@rows_are(APPLICANTS)
def applicants(user: Member) -> Q:
    """Users who have applied as a doctor."""
    return Q(Exists(DoctorInformation.objects.filter(user=OuterRef("pk"))))


for who in (Role.ADMIN, Duty.VERIFICATION):
    grant(DoctorInformation, who, everyone, "add")
    grant(DoctorDocument, who, everyone, "add")
grant(DoctorInformation, Role.ADMIN, not_themselves, "claim", "decide", "suspend")
grant(DoctorInformation, Role.ADMIN, to_confirm, "confirm")
grant(DoctorInformation, Duty.VERIFICATION, to_confirm, "confirm")
grant(DoctorInformation, Duty.VERIFICATION, not_themselves, "claim")
grant(DoctorInformation, Duty.VERIFICATION, taken_on, "decide", "suspend")

for case_part in (VerificationCheck, CaseNote):
    grant(case_part, Role.ADMIN, everyone, "view")
    grant(case_part, Duty.VERIFICATION, of_others, "view")
    grant(case_part, Duty.AUDIT, everyone, "view")

grant(RegisterEntry, Role.ADMIN, everyone, "view", "add", "change", "import", "export", "delete")
grant(RegisterEntry, Duty.VERIFICATION, everyone, "view")
grant(RegisterEntry, Duty.AUDIT, everyone, "view")

grant(DoctorDocument, Role.ADMIN, everyone, "view", "read")
grant(DoctorDocument, Duty.VERIFICATION, of_taken_on, "view", "read")
grant(DoctorDocument, Duty.VERIFICATION, of_to_confirm, "view", "read")
grant(DoctorDocument, Duty.AUDIT, everyone, "view")
grant(DoctorDocument, Role.DOCTOR, of_themselves, "view", "read", "add")

grant(User, Duty.VERIFICATION, applicants, "view", "recognise")

keep_back(RegisterEntry, "change", because="doctors are verified by it, and might change their own entry")

admins_alone(DoctorInformation, "decide", "suspend", because="an officer decides the cases that they have claimed")
admins_alone(DoctorDocument, "read", because="an officer opens the documents of the cases that they have claimed")
admins_alone(
    RegisterEntry, "add", "change", "import", "delete", because="doctors are verified by it, whoever verifies them"
)
