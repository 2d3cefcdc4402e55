from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DoctorsConfig(AppConfig):
    name = "shs.doctors"
    verbose_name = _("Doctors")

    def ready(self) -> None:
        from shs.doctors import permissions  # noqa: F401  (fills the grant table)
