"""Who may do what to people."""

from django.contrib.auth.models import Group
from django.db.models import Q

from shs.core.admin.models import SavedView
from shs.core.backup.models import Restore
from shs.core.caller import Member
from shs.core.due.models import JobRun
from shs.core.grants.table import everyone, grant, granted_models, may_ever, open_rows
from shs.notices.models import Notice
from shs.users.models import Duty, Role, RoleRequest, User, UserProfile


def themselves(user: Member) -> Q:
    """The user's own account."""
    return Q(pk=user.pk)


def own_profile(user: Member) -> Q:
    """Rows whose key `user` is the user, such as their profile."""
    return Q(user=user.pk)


def others(user: Member) -> Q:
    """All other accounts: nobody may suspend themselves or change their own role."""
    return ~Q(pk=user.pk)


def asked_by_others(user: Member) -> Q:
    """Requests that neither come from the user nor are about them: making an admin takes two."""
    return ~Q(asked_by=user.pk) & ~Q(user=user.pk)


def asked_by_themselves(user: Member) -> Q:
    """Requests that the user made."""
    return Q(asked_by=user.pk)


def own_views(user: Member) -> Q:
    """The user's own saved views."""
    return Q(owner=user.pk)


def shared_views(user: Member) -> Q:
    """Shared views of lists that the user may see."""
    seen = [model._meta.label_lower for model in granted_models() if may_ever(user, model, "view")]
    return Q(is_shared=True, page__in=seen)


grant(User, Role.ADMIN, everyone, "view", "add", "change", "reset", "reveal", "recognise", "export")
grant(User, Role.ADMIN, others, "suspend", "assign", "mute", "reset_factor")
grant(User, Duty.AUDIT, everyone, "view", "recognise")
grant(UserProfile, Role.ADMIN, everyone, "view", "change", "read_person")
grant(UserProfile, Role.PATIENT, own_profile, "view", "change")
grant(UserProfile, Role.DOCTOR, own_profile, "view", "change")
grant(RoleRequest, Role.ADMIN, everyone, "view")
grant(RoleRequest, Role.ADMIN, asked_by_others, "decide")
grant(RoleRequest, Role.ADMIN, asked_by_themselves, "withdraw")
grant(RoleRequest, Duty.AUDIT, everyone, "view")
grant(Group, Role.ADMIN, everyone, "view")
grant(Group, Duty.AUDIT, everyone, "view")

for who in (Role.ADMIN, Duty.AUDIT):
    grant(JobRun, who, everyone, "view")
grant(JobRun, Role.ADMIN, everyone, "run")
grant(Restore, Role.ADMIN, everyone, "release")

for reader in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Notice, reader, own_profile, "receive")
grant(Notice, Role.ADMIN, everyone, "view", "preview", "retry")
grant(Notice, Duty.AUDIT, everyone, "view")

for who in (Role.DOCTOR, Role.ADMIN, *Duty):
    grant(SavedView, who, own_views, "view", "add", "change", "delete")
    grant(SavedView, who, shared_views, "view")
grant(SavedView, Role.ADMIN, shared_views, "delete")

open_rows(User, "themselves", because="everybody sees their own account")
open_rows(Notice, "shown_to", because="it was written to them")
