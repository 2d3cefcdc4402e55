from shs.users.models.address import UNDO_FOR, AddressChange
from shs.users.models.by_two import ALONE_AFTER, DecidedByTwo
from shs.users.models.card import PatientCard, clean_card_code, new_card_code
from shs.users.models.contact import TELEPHONE, ContactPoint, ContactSystem
from shs.users.models.correction import Correction, Fact
from shs.users.models.device import KEPT_FOR, KnownDevice
from shs.users.models.document import Document, require_document
from shs.users.models.double import PossibleDouble
from shs.users.models.duty_change import DutyChange
from shs.users.models.guardianship import Guardianship, minors
from shs.users.models.identifier import IdentifierSystem, PersonIdentifier, clean_identifier
from shs.users.models.made_duty import MadeDuty, Rights, digest, made_duties_of
from shs.users.models.mail_request import MailRequest, MailRequestKind
from shs.users.models.pause import ANSWERS, LoginPause
from shs.users.models.person_merge import PersonMerge
from shs.users.models.phone_code import (
    CODE_LASTS,
    MOST_WRONG_ANSWERS,
    MOST_WRONG_CODES,
    PROOF_LASTS,
    PhoneCode,
)
from shs.users.models.profile import UserProfile
from shs.users.models.role import BY_PHONE, DISPENSING, PRACTISING, SELF_REGISTERED, Duty, Role, works_as_doctor
from shs.users.models.role_request import RoleRequest
from shs.users.models.session import AppSession, Client, OfficeSession, RefreshToken
from shs.users.models.touch import COUNTS_FOR, CREDENTIALS, OPENED, AccountTouch, Touched
from shs.users.models.user import User

__all__ = [
    "ALONE_AFTER",
    "ANSWERS",
    "BY_PHONE",
    "CODE_LASTS",
    "COUNTS_FOR",
    "CREDENTIALS",
    "DISPENSING",
    "KEPT_FOR",
    "MOST_WRONG_ANSWERS",
    "MOST_WRONG_CODES",
    "OPENED",
    "PRACTISING",
    "PROOF_LASTS",
    "SELF_REGISTERED",
    "TELEPHONE",
    "UNDO_FOR",
    "AccountTouch",
    "AddressChange",
    "AppSession",
    "Client",
    "ContactPoint",
    "ContactSystem",
    "Correction",
    "DecidedByTwo",
    "Document",
    "Duty",
    "DutyChange",
    "Fact",
    "Guardianship",
    "IdentifierSystem",
    "KnownDevice",
    "LoginPause",
    "MadeDuty",
    "MailRequest",
    "MailRequestKind",
    "OfficeSession",
    "PatientCard",
    "PersonIdentifier",
    "PersonMerge",
    "PhoneCode",
    "PossibleDouble",
    "RefreshToken",
    "Rights",
    "Role",
    "RoleRequest",
    "Touched",
    "User",
    "UserProfile",
    "clean_card_code",
    "clean_identifier",
    "digest",
    "made_duties_of",
    "minors",
    "new_card_code",
    "require_document",
    "works_as_doctor",
]
