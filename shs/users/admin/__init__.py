from shs.users.admin.address import address_page
from shs.users.admin.corrections import CorrectionScreen
from shs.users.admin.doubles import PossibleDoubleScreen
from shs.users.admin.duties import DutyChangeScreen, MadeDutyScreen
from shs.users.admin.forms import MuteForm
from shs.users.admin.groups import GroupScreen
from shs.users.admin.guardians import GuardianshipScreen
from shs.users.admin.identifiers import PersonIdentifierScreen
from shs.users.admin.login import code_step
from shs.users.admin.merges import PersonMergeScreen
from shs.users.admin.password import password_page
from shs.users.admin.pauses import LoginPauseScreen
from shs.users.admin.profiles import UserProfileScreen
from shs.users.admin.requests import RoleRequestScreen
from shs.users.admin.second_factor import second_factor_page
from shs.users.admin.sessions import sessions_page, stay
from shs.users.admin.users import UserScreen

__all__ = [
    "CorrectionScreen",
    "DutyChangeScreen",
    "GroupScreen",
    "GuardianshipScreen",
    "LoginPauseScreen",
    "MadeDutyScreen",
    "MuteForm",
    "PersonIdentifierScreen",
    "PersonMergeScreen",
    "PossibleDoubleScreen",
    "RoleRequestScreen",
    "UserProfileScreen",
    "UserScreen",
    "address_page",
    "code_step",
    "password_page",
    "second_factor_page",
    "sessions_page",
    "stay",
]
