from shs.users.admin.forms import MuteForm
from shs.users.admin.groups import GroupScreen
from shs.users.admin.login import code_step
from shs.users.admin.password import password_page
from shs.users.admin.profiles import UserProfileScreen
from shs.users.admin.requests import RoleRequestScreen
from shs.users.admin.second_factor import second_factor_page
from shs.users.admin.sessions import sessions_page, stay
from shs.users.admin.users import UserScreen

__all__ = [
    "GroupScreen",
    "MuteForm",
    "RoleRequestScreen",
    "UserProfileScreen",
    "UserScreen",
    "code_step",
    "password_page",
    "second_factor_page",
    "sessions_page",
    "stay",
]
