from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "shs.core"
    verbose_name = _("System")

    def ready(self) -> None:
        # These imports register the system checks, the links of read-only keys, and the System page.
        from shs.core import checks  # noqa: F401
        from shs.core.admin import checks as screen_checks  # noqa: F401
        from shs.core.admin import crud, links, release_page, shared_page, system_page  # noqa: F401
        from shs.core.records import checks as model_checks  # noqa: F401
