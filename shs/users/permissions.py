"""Who may do what to people."""

from django.contrib.auth.models import Group
from django.db.models import Q

from shs.core.models import JobRun, ObjectGrant, ReadLog
from shs.core.permissions import everyone, grant
from shs.notices.models import Notice
from shs.users.models import Duty, Role, User, UserProfile


def themselves(user) -> Q:
    """The user's own account."""
    return Q(pk=user.pk)


def own_profile(user) -> Q:
    """The user's own profile, or what else is theirs by a key named `user`."""
    return Q(user=user.pk)


def others(user) -> Q:
    """Everybody else: nobody suspends themselves or changes their own role."""
    return ~Q(pk=user.pk)


grant(User, Role.ADMIN, everyone, "view", "add", "change", "reset", "reveal", "recognise", "export")
grant(User, Role.ADMIN, others, "suspend", "assign", "mute")
grant(User, Duty.AUDIT, everyone, "view", "recognise")
grant(UserProfile, Role.ADMIN, everyone, "view", "change", "read_person")
grant(UserProfile, Role.PATIENT, own_profile, "view", "change")
grant(UserProfile, Role.DOCTOR, own_profile, "view", "change")
grant(Group, Role.ADMIN, everyone, "view")
grant(Group, Duty.AUDIT, everyone, "view")

for who in (Role.ADMIN, Duty.AUDIT):
    grant(ReadLog, who, everyone, "view")
    grant(ObjectGrant, who, everyone, "view")
    grant(JobRun, who, everyone, "view")
grant(JobRun, Role.ADMIN, everyone, "run")
grant(ReadLog, Duty.AUDIT, everyone, "export")

for reader in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Notice, reader, own_profile, "receive")
grant(Notice, Role.ADMIN, everyone, "view", "preview", "retry")
grant(Notice, Duty.AUDIT, everyone, "view")
