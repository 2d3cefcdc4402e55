from shs.users.admin.login import code_step
from shs.users.admin.password import password_page
from shs.users.admin.people import GroupScreen, MuteForm, UserProfileScreen, UserScreen
from shs.users.admin.requests import RoleRequestScreen
from shs.users.admin.second_factor import second_factor_page
from shs.users.admin.sessions import sessions_page, stay

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
