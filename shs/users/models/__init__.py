from shs.users.models.role_request import RoleRequest
from shs.users.models.session import OfficeSession, RefreshToken
from shs.users.models.user import SELF_REGISTERED, Duty, Role, User, UserProfile, works_as_doctor

__all__ = [
    "SELF_REGISTERED",
    "Duty",
    "OfficeSession",
    "RefreshToken",
    "Role",
    "RoleRequest",
    "User",
    "UserProfile",
    "works_as_doctor",
]
