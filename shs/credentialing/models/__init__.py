from shs.credentialing.models.check import CheckKind, CheckResult, VerificationCheck
from shs.credentialing.models.document import DoctorDocument, DocumentKind
from shs.credentialing.models.note import CaseNote
from shs.credentialing.models.register import RegisterEntry

__all__ = [
    "CaseNote",
    "CheckKind",
    "CheckResult",
    "DoctorDocument",
    "DocumentKind",
    "RegisterEntry",
    "VerificationCheck",
]
