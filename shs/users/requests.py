"""The type of a request whose caller has logged in."""

from shs.core.caller import MemberRequest
from shs.users.models import User


class UserRequest(MemberRequest):
    """What the pages of the admin and all routes but those for `anyone` are handed."""

    user: User
