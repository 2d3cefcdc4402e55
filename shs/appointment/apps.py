from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentConfig(AppConfig):
    name = "shs.appointment"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from shs.appointment import permissions, services  # noqa: F401  (fill the grant table, say what is hit)
        from shs.appointment.affected import AFFECTED
        from shs.appointment.apart import last_visits
        from shs.credentialing.casework import CASE_SECTIONS
        from shs.doctors.models.bookable import when_bookable_changes
        from shs.users.apart import tell_apart_by
        from shs.users.at_work import when_work_changes

        CASE_SECTIONS.append(AFFECTED)
        when_bookable_changes(services.look_again)
        when_work_changes(services.look_again_at)
        tell_apart_by(last_visits)
