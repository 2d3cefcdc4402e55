"""Permissions for questions to the assistant: only the person who asked can read them."""

from django.db.models import Q

from shs.chat.models import ChatMessage
from shs.core.caller import Member
from shs.core.grants.offered import NUMBER, admins_alone, rows_are
from shs.core.grants.table import NOTHING, grant
from shs.users.models import Duty, Role


def own(user: Member) -> Q:
    """The user's own questions."""
    return Q(user=user.pk)


@rows_are(NUMBER)
def nobodys(user: Member) -> Q:
    """No rows: the permission to count does not include reading."""
    return NOTHING


for asker in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(ChatMessage, asker, own, "ask", "view", "delete")
for who in (Role.ADMIN, Duty.AUDIT):
    grant(ChatMessage, who, nobodys, "count")
admins_alone(ChatMessage, "ask", "view", "delete", because="questions are private to whoever asked")
