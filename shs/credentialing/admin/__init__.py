from shs.credentialing.admin.doctors import CaseScreen
from shs.credentialing.admin.documents import DocumentScreen
from shs.credentialing.admin.register import RegisterScreen

__all__ = ["CaseScreen", "DocumentScreen", "RegisterScreen"]
