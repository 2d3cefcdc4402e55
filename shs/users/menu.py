"""Sidebar entries for people."""

from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.menu import PEOPLE, Badge, Entry
from shs.users.admin.requests import waiting
from shs.users.models import RoleRequest


def undecided(user: Member) -> Badge:
    """Badge: the number of requests for admins that this user can decide."""
    if not user.has_perm("users.decide_rolerequest"):
        return {}
    number = RoleRequest.objects.allowed(user, "decide").filter(waiting(user)).count()
    return {"badge": str(number), "badge_variant": "info"} if number else {}


entries = [
    Entry(PEOPLE, 10, _("Users"), "group", "users_user", "users.view_user"),
    Entry(PEOPLE, 20, _("Admin requests"), "how_to_reg", "users_rolerequest", "users.view_rolerequest", undecided),
    Entry(PEOPLE, 30, _("Contact details"), "contact_phone", "users_userprofile", "users.view_userprofile"),
    Entry(PEOPLE, 40, _("Duties"), "badge", "auth_group", "auth.view_group"),
]
