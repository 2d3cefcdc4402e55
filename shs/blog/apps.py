from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BlogConfig(AppConfig):
    name = "shs.blog"
    verbose_name = _("Articles")

    def ready(self) -> None:
        from shs.blog import permissions  # noqa: F401  (fills the grant table)
