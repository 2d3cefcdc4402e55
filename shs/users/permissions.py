"""Who may do what to people."""

from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.models import SavedView
from shs.core.backup.models import Restore
from shs.core.caller import Member
from shs.core.context import remember
from shs.core.due.models import JobRun
from shs.core.grants.offered import (
    CHARTS,
    OTHERS,
    admins_alone,
    by_two,
    offer_lines_of,
    presuppose,
    read_duties,
    rows_are,
)
from shs.core.grants.shares import shared_keys
from shs.core.grants.table import everyone, grant, granted_models, keep_back, may_ever, open_rows, share_by
from shs.notices.models import Notice, SmsChoice
from shs.users.models import (
    CREDENTIALS,
    AccountTouch,
    Correction,
    Duty,
    DutyChange,
    Guardianship,
    LoginPause,
    MadeDuty,
    PersonIdentifier,
    PersonMerge,
    PossibleDouble,
    Role,
    RoleRequest,
    User,
    UserProfile,
    made_duties_of,
)


def themselves(user: Member) -> Q:
    """The user's own account."""
    return Q(pk=user.pk)


def own_profile(user: Member) -> Q:
    """Rows whose key `user` is the user, such as their profile."""
    return Q(user=user.pk)


@rows_are(OTHERS)
def others(user: Member) -> Q:
    """All other accounts: nobody may suspend themselves or change their own role."""
    return ~Q(pk=user.pk)


def asked_by_others(user: Member) -> Q:
    """Requests that others made."""
    return ~Q(asked_by=user.pk)


def to_confirm(user: Member) -> Q:
    """Requests of others that are not about the user, by somebody who has neither made the user's account nor changed
    how they log in, in the last 30 days."""
    return ~Q(asked_by=user.pk) & ~Q(user=user.pk) & _asked_by_a_stranger(user)


def _asked_by_a_stranger(user: Member) -> Q:
    recent = AccountTouch.objects.filter(AccountTouch.recent(timezone.now()), what__in=CREDENTIALS)
    # Two conditions: one with OR would read what everybody has changed in these days.
    made_by_them = recent.filter(user=user.pk, by=OuterRef("asked_by"))
    made_by_user = recent.filter(user=OuterRef("asked_by"), by=user.pk)
    return ~Q(Exists(made_by_them)) & ~Q(Exists(made_by_user))


def duty_to_confirm(user: Member) -> Q:
    """Changes of duties that others asked for, by somebody who has neither made the user's account nor changed how they
    log in, in the last 30 days."""
    return ~Q(asked_by=user.pk) & _asked_by_a_stranger(user)


def merge_to_confirm(user: Member) -> Q:
    """Merges of others that are not about the user, by somebody who has neither made the user's account nor changed how
    they log in, in the last 30 days."""
    return ~Q(asked_by=user.pk) & ~Q(kept=user.pk) & ~Q(dropped=user.pk) & _asked_by_a_stranger(user)


def own_merges(user: Member) -> Q:
    """Merges of two accounts, of which one is the user's, that wait for their owners."""
    return Q(status=PersonMerge.Status.WAITING, both_log_in=True) & (Q(kept=user.pk) | Q(dropped=user.pk))


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


# --- Guardians: whom somebody acts for -------------------------------------------------------------------------------

BOOK, READ = "may_book", "may_read"
"""What a guardian may do; fields of Guardianship."""


class Ward(NamedTuple):
    """What the guardian of a person may do for them."""

    may_book: bool
    may_read: bool


def dependants(user: Member, *rights: str) -> QuerySet[Guardianship, int]:
    """The keys of the people for whom `user` has one of `rights` (BOOK, READ) as their guardian now, for a condition:
    it costs no query of its own."""
    given = Q(*((right, True) for right in rights), _connector=Q.OR)
    rows = Guardianship.objects.in_force(timezone.now()).filter(given, guardian=user.pk)
    return rows.order_by().values_list("dependant", flat=True)


def wards(user: Member, now: datetime) -> dict[int, Ward]:
    """Person's key → what `user` may do for them as their guardian at `now`, by the same rule; one query, once a
    request."""

    def find() -> dict[int, Ward]:
        rows = Guardianship.objects.in_force(now).filter(guardian=user.pk).order_by()
        return {pk: Ward(books, reads) for pk, books, reads in rows.values_list("dependant", BOOK, READ)}

    return remember(("wards", user.pk), find)


def dependants_of_mine(user: Member) -> Q:
    """People whose guardian the user is."""
    return Q(pk__in=dependants(user, BOOK, READ))


def my_links(user: Member) -> Q:
    """Guardianships of the user, of people whose guardian they are, and of their guardians."""
    return Q(guardian=user.pk) | Q(dependant=user.pk) | Q(dependant__in=dependants(user, BOOK, READ))


def to_answer(user: Member) -> Q:
    """Guardianships that somebody has asked the user for: as an adult for themselves, else as a guardian in force."""
    own = Q(dependant=user.pk, is_for_minor=False)
    of_ward = Q(dependant__in=dependants(user, BOOK, READ), is_for_minor=True)
    return Q(state=Guardianship.State.ASKED) & (own | of_ward) & ~Q(guardian=user.pk)


def to_end(user: Member) -> Q:
    """Guardianships that the user holds, has given as an adult for themselves or as a guardian, or may decline."""
    own = Q(guardian=user.pk) | Q(dependant=user.pk, is_for_minor=False) | Q(given_by=user.pk)
    return (
        Q(state=Guardianship.State.ACTIVE) & own | Q(state=Guardianship.State.ASKED, guardian=user.pk) | to_answer(user)
    )


def my_corrections(user: Member) -> Q:
    """Corrections of what is recorded of the user, or of somebody whose guardian they are."""
    return Q(person=user.pk) | Q(person__in=dependants(user, BOOK, READ))


def my_waiting_corrections(user: Member) -> Q:
    """As `my_corrections`, those that nobody has decided yet."""
    return Q(status=Correction.Status.WAITING) & my_corrections(user)


@rows_are(OTHERS)
def corrections_of_others(user: Member) -> Q:
    """Corrections of other people, that others have asked for."""
    return ~Q(person=user.pk) & ~Q(asked_by=user.pk)


for member in (Role.PATIENT, Role.DOCTOR):
    grant(Correction, member, my_corrections, "view")
    grant(Correction, member, my_waiting_corrections, "withdraw")
grant(Correction, Role.ADMIN, everyone, "view")
grant(Correction, Role.ADMIN, corrections_of_others, "decide")
grant(Correction, Duty.AUDIT, everyone, "view")

for member in (Role.PATIENT, Role.DOCTOR):
    grant(Guardianship, member, my_links, "view")
    grant(Guardianship, member, to_answer, "accept")
    grant(Guardianship, member, to_end, "end")
grant(Guardianship, Role.ADMIN, everyone, "view", "add", "end")
grant(Guardianship, Duty.AUDIT, everyone, "view")

grant(User, Role.ADMIN, everyone, "view", "add", "change", "reset", "reveal", "recognise", "export", "card")
grant(User, Role.ADMIN, others, "suspend", "assign", "mute", "reset_factor", "readdress", "note_death", "merge")
grant(User, Duty.AUDIT, everyone, "view", "recognise")
grant(UserProfile, Role.ADMIN, everyone, "view", "change", "read_person")
grant(PersonIdentifier, Role.ADMIN, everyone, "view", "reveal", "withdraw")
grant(PersonIdentifier, Duty.AUDIT, everyone, "view")
grant(UserProfile, Role.PATIENT, own_profile, "view", "change")
grant(UserProfile, Role.DOCTOR, own_profile, "view", "change")
grant(RoleRequest, Role.ADMIN, everyone, "view")
grant(RoleRequest, Role.ADMIN, to_confirm, "decide")
grant(RoleRequest, Role.ADMIN, asked_by_others, "decline")
grant(RoleRequest, Role.ADMIN, asked_by_themselves, "withdraw", "confirm_alone")
grant(RoleRequest, Duty.AUDIT, everyone, "view")
grant(PossibleDouble, Role.ADMIN, everyone, "view", "dismiss")
grant(PossibleDouble, Duty.AUDIT, everyone, "view")
grant(PersonMerge, Role.ADMIN, everyone, "view", "undo")
grant(PersonMerge, Role.ADMIN, merge_to_confirm, "decide", "decline")
grant(PersonMerge, Role.ADMIN, asked_by_themselves, "withdraw")
grant(PersonMerge, Duty.AUDIT, everyone, "view")
grant(PersonMerge, Role.PATIENT, own_merges, "agree")
grant(LoginPause, Role.ADMIN, everyone, "view", "lift")
grant(LoginPause, Duty.AUDIT, everyone, "view")
grant(Group, Role.ADMIN, everyone, "view")
grant(Group, Duty.AUDIT, everyone, "view")
grant(MadeDuty, Role.ADMIN, everyone, "view", "compose", "archive")
grant(MadeDuty, Duty.AUDIT, everyone, "view")
grant(DutyChange, Role.ADMIN, everyone, "view")
grant(DutyChange, Role.ADMIN, duty_to_confirm, "decide")
grant(DutyChange, Role.ADMIN, asked_by_others, "decline")
grant(DutyChange, Role.ADMIN, asked_by_themselves, "withdraw", "confirm_alone")
grant(DutyChange, Duty.AUDIT, everyone, "view")

for who in (Role.ADMIN, Duty.AUDIT):
    grant(JobRun, who, everyone, "view")
grant(JobRun, Role.ADMIN, everyone, "run")
grant(Restore, Role.ADMIN, everyone, "release")

for reader in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Notice, reader, own_profile, "receive")
grant(Notice, Role.ADMIN, everyone, "view", "preview", "retry")
grant(Notice, Duty.AUDIT, everyone, "view")
grant(SmsChoice, Role.ADMIN, everyone, "view", "add", "change")
grant(SmsChoice, Duty.AUDIT, everyone, "view")

for who in (Role.DOCTOR, Role.ADMIN, Role.STAFF):
    grant(SavedView, who, own_views, "view", "add", "change", "delete")
    grant(SavedView, who, shared_views, "view")
grant(SavedView, Role.ADMIN, shared_views, "delete")

share_by(Role.ADMIN, shared_keys)
keep_back(User, "change", "reset", "reveal", "recognise", "card", because="an account, and how its owner is reached")
keep_back(UserProfile, "read_person", because="how its owner is reached")
keep_back(Guardianship, "end", because="whoever acts for a person, and that person, decide; or a desk, for a reason")
keep_back(PersonMerge, "undo", because="whoever may merge the two decides, and a second person")
keep_back(Correction, "view", "decide", because="who somebody is, which their own clinics decide")
keep_back(PersonIdentifier, "view", "reveal", "withdraw", because="a number of the state, which opens much else")
for model, actions in {
    RoleRequest: ["view"],
    LoginPause: ["view", "lift"],
    Group: ["view"],
    MadeDuty: ["view", "compose", "archive"],
    DutyChange: ["view"],
    JobRun: ["view", "run"],
    Restore: ["release"],
    Notice: ["view", "preview", "retry"],
    SmsChoice: ["view", "add", "change"],
}.items():
    keep_back(model, *actions, because="the office's own, of which nobody else needs a single row")

read_duties(made_duties_of)
offer_lines_of(Duty, Role.ADMIN)
admins_alone(
    User,
    *("add", "change", "reset", "reset_factor", "readdress", "suspend", "assign", "mute"),
    because="who opens an account, or changes how its owner logs in, could act as anybody, admins included",
)
for model in (RoleRequest, DutyChange):
    admins_alone(
        model, "view", "decide", "decline", "withdraw", "confirm_alone", because="what two admins agree on stays theirs"
    )
admins_alone(
    PersonMerge,
    *("decide", "decline", "withdraw"),
    because="who merges any two charts is an admin; desks merge those of their clinics",
)
admins_alone(MadeDuty, "view", "compose", "archive", because="who makes duties could give themselves any right of one")
admins_alone(JobRun, "run", because="the server's own work")
admins_alone(Restore, "release", because="who releases a restored database opens the office to everybody again")
admins_alone(SavedView, "view", "add", "change", "delete", because="everybody in the office has views of their own")
admins_alone(Notice, "receive", "preview", "retry", because="what is written to a person is read by them alone")
by_two(
    User,
    UserProfile,
    PersonIdentifier,
    Correction,
    RoleRequest,
    LoginPause,
    Group,
    MadeDuty,
    DutyChange,
    Notice,
    what=_("accounts"),
)
by_two(PersonMerge, PossibleDouble, what=CHARTS)  # a merge opens one chart to whoever reads the other
by_two(Guardianship, what=CHARTS)  # who makes somebody a guardian opens a chart to them
presuppose("users.add_guardianship", "users.recognise_user")

open_rows(User, "themselves", because="everybody sees their own account")
open_rows(User, dependants_of_mine, because="guardians see whom they act for")
open_rows(Notice, "shown_to", because="it was written to them")
