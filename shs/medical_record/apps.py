from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MedicalRecordConfig(AppConfig):
    name = "shs.medical_record"
    verbose_name = _("Medical records")

    def ready(self) -> None:
        from shs.appointment.board import FLAGS
        from shs.medical_record import permissions, visit_flags  # noqa: F401  (fills the grant table)

        FLAGS.append(visit_flags.allergies)
