"""Who may do what to what was asked of the assistant: it is their own who asked, and nobody else's."""

from django.db.models import Q

from shs.chat.models import ChatMessage
from shs.core.caller import Member
from shs.core.grants.table import NOTHING, grant
from shs.users.models import Duty, Role


def own(user: Member) -> Q:
    """The user's own questions."""
    return Q(user=user.pk)


def nobodys(user: Member) -> Q:
    """No row: who counts reads nothing."""
    return NOTHING


for asker in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(ChatMessage, asker, own, "ask", "view", "delete")
for who in (Role.ADMIN, Duty.AUDIT):
    grant(ChatMessage, who, nobodys, "count")
