"""The type of a request whose user is logged in."""

from shs.core.caller import MemberRequest
from shs.users.models import User


class UserRequest(MemberRequest):
    """The request of admin pages, and of all API routes except those for `anyone`."""

    user: User
