"""Who may verify doctors, and who sees their documents, the checks and the register."""

from django.db.models import Exists, OuterRef, Q

from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.table import everyone, grant
from shs.credentialing.models import CaseNote, DoctorDocument, RegisterEntry, VerificationCheck
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import of_themselves
from shs.users.models import Duty, Role, User


def not_themselves(user: Member) -> Q:
    """Nobody verifies their own application."""
    return ~Q(user=user.pk)


def of_others(user: Member) -> Q:
    """Rows that belong to another doctor than the user."""
    return ~Q(doctor__user=user.pk)


def to_confirm(user: Member) -> Q:
    """Applications of others with an override that somebody else has requested."""
    disputed = VerificationCheck.objects.disputed().filter(doctor=OuterRef("pk"))
    own = disputed.filter(override_asked_by=user.pk)
    return Q(Exists(disputed), ~Exists(own)) & ~Q(user=user.pk)


def taken_on(user: Member) -> Q:
    """Applications that the user has claimed, while the claim lasts; never their own."""
    return Q(pk__in=held(user, DoctorInformation, "review")) & ~Q(user=user.pk)


def of_taken_on(user: Member) -> Q:
    """Rows of an application that the user has claimed."""
    return Q(doctor__in=held(user, DoctorInformation, "review")) & ~Q(doctor__user=user.pk)


def applicants(user: Member) -> Q:
    """Users who have applied as a doctor."""
    return Q(Exists(DoctorInformation.objects.filter(user=OuterRef("pk"))))


grant(DoctorInformation, Role.ADMIN, not_themselves, "claim", "decide", "suspend")
grant(DoctorInformation, Role.ADMIN, to_confirm, "confirm")
grant(DoctorInformation, Duty.VERIFICATION, to_confirm, "confirm")
grant(DoctorInformation, Duty.VERIFICATION, not_themselves, "claim")
grant(DoctorInformation, Duty.VERIFICATION, taken_on, "decide", "suspend")

for case_part in (VerificationCheck, CaseNote):
    grant(case_part, Role.ADMIN, everyone, "view")
    grant(case_part, Duty.VERIFICATION, of_others, "view")
    grant(case_part, Duty.AUDIT, everyone, "view")

grant(RegisterEntry, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
grant(RegisterEntry, Duty.VERIFICATION, everyone, "view")
grant(RegisterEntry, Duty.AUDIT, everyone, "view")

grant(DoctorDocument, Role.ADMIN, everyone, "view", "read")
grant(DoctorDocument, Duty.VERIFICATION, of_taken_on, "view", "read")
grant(DoctorDocument, Duty.AUDIT, everyone, "view")
grant(DoctorDocument, Role.DOCTOR, of_themselves, "view", "read")

grant(User, Duty.VERIFICATION, applicants, "view", "recognise")
