from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CredentialingConfig(AppConfig):
    name = "shs.credentialing"
    verbose_name = _("Verification")

    def ready(self) -> None:
        from shs.credentialing import permissions  # noqa: F401  (fills the grant table)
