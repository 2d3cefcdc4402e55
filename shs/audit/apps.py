from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "shs.audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from shs.audit import permissions  # noqa: F401  (fills the grant table)
