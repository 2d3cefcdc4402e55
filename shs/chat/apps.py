from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "shs.chat"
    verbose_name = _("Assistant")

    def ready(self) -> None:
        from shs.blog.models import Report
        from shs.blog.targets import TARGETS
        from shs.chat import permissions  # noqa: F401  (fills the grant table)
        from shs.chat.services import REPORTED

        TARGETS[Report.Kind.ANSWER] = REPORTED
