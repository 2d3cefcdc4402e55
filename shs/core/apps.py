from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "shs.core"
    verbose_name = _("System")

    def ready(self):
        from shs.core import checks, links  # noqa: F401  (registers the house rules; links of read-only keys)
