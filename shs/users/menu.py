"""Sidebar entries for people."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.counts import count, shown
from shs.core.grants.shares import held_shares
from shs.core.grants.table import holds
from shs.core.menu import MINE, PEOPLE, Badge, Entry, Rank
from shs.users.admin.by_two import waiting
from shs.users.models import Correction, DutyChange, PersonMerge, PossibleDouble, RoleRequest


def undecided(user: Member) -> Badge:
    """Badge: the number of requests that this user can decide."""
    if not holds(user, "users.decide_rolerequest"):
        return {}
    number = RoleRequest.objects.allowed(user, "decide").filter(waiting(user)).count()
    return {"badge": str(number), "badge_variant": "info"} if number else {}


def undecided_duties(user: Member) -> Badge:
    """Badge: the number of changes of duties that this user can decide."""
    if not holds(user, "users.decide_dutychange"):
        return {}
    number = DutyChange.objects.allowed(user, "decide").waiting().count()
    return {"badge": str(number), "badge_variant": "info"} if number else {}


def open_doubles(user: Member) -> Badge:
    """Badge: the number of pairs that this user can decide."""
    if not holds(user, "users.dismiss_possibledouble"):
        return {}
    return _badge(PossibleDouble.objects.allowed(user, "dismiss").open())


def merges_to_decide(user: Member) -> Badge:
    """Badge: the number of merges of people that this user can decide."""
    if not holds(user, "users.decide_personmerge"):
        return {}
    return _badge(PersonMerge.objects.allowed(user, "decide").waiting())


def undecided_corrections(user: Member) -> Badge:
    """Badge: the number of corrections that this user can decide."""
    if not holds(user, "users.decide_correction"):
        return {}
    return _badge(Correction.objects.allowed(user, "decide").waiting())


def _badge(rows: QuerySet[Any]) -> Badge:
    number = count(rows)
    return {"badge": str(shown(number)), "badge_variant": "info"} if number else {}


entries = [
    Entry(
        MINE,
        10,
        _("Shared with me"),
        "share",
        "shared_with_me",
        "",
        is_list=False,
        rank=Rank.DAILY,
        shown=lambda user: bool(held_shares(user)),
    ),
    Entry(PEOPLE, 10, _("Users"), "group", "users_user", "users.view_user", rank=Rank.DAILY),
    Entry(
        PEOPLE,
        20,
        _("Requests for two admins"),
        "how_to_reg",
        "users_rolerequest",
        "users.view_rolerequest",
        undecided,
        rank=Rank.DAILY,
        works_with="users.suspend_user",
    ),
    Entry(
        PEOPLE,
        25,
        _("Requested corrections"),
        "edit_square",
        "users_correction",
        "users.view_correction",
        undecided_corrections,
        rank=Rank.DAILY,
        works_with="doctors.run_desk_clinic",
    ),
    Entry(
        PEOPLE,
        30,
        _("Contact details"),
        "contact_phone",
        "users_userprofile",
        "users.view_userprofile",
        rank=Rank.SELDOM,
    ),
    Entry(
        PEOPLE,
        32,
        _("Identity numbers"),
        "fingerprint",
        "users_personidentifier",
        "users.view_personidentifier",
        rank=Rank.SELDOM,
    ),
    Entry(
        PEOPLE,
        33,
        _("Guardianships"),
        "family_restroom",
        "users_guardianship",
        "users.view_guardianship",
        rank=Rank.SELDOM,
    ),
    Entry(
        PEOPLE,
        35,
        _("Pauses after wrong logins"),
        "lock_clock",
        "users_loginpause",
        "users.view_loginpause",
        rank=Rank.SELDOM,
    ),
    Entry(
        PEOPLE,
        25,
        _("Possible duplicates"),
        "join",
        "users_possibledouble",
        "users.view_possibledouble",
        open_doubles,
        rank=Rank.WEEKLY,
        works_with="users.dismiss_possibledouble",
    ),
    Entry(
        PEOPLE,
        26,
        _("Merges of people"),
        "merge",
        "users_personmerge",
        "users.view_personmerge",
        merges_to_decide,
        rank=Rank.WEEKLY,
        works_with="users.dismiss_possibledouble",
    ),
    Entry(PEOPLE, 40, _("Duties"), "badge", "auth_group", "auth.view_group", rank=Rank.SELDOM),
    Entry(
        PEOPLE,
        45,
        _("Duties for a second admin"),
        "rule",
        "users_dutychange",
        "users.view_dutychange",
        undecided_duties,
        rank=Rank.SELDOM,
    ),
]
