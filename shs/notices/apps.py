from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "shs.notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from shs.notices import shares  # noqa: F401  (tells people what is shared with them)
