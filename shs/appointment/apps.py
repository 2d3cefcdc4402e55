from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentConfig(AppConfig):
    name = "shs.appointment"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from shs.appointment import permissions, services  # noqa: F401  (fill the grant table, say what is hit)
        from shs.appointment.affected import affected
        from shs.credentialing.casework import CASE_SECTIONS

        CASE_SECTIONS.append(affected)
