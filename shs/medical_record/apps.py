from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MedicalRecordConfig(AppConfig):
    name = "shs.medical_record"
    verbose_name = _("Medical records")

    def ready(self) -> None:
        from shs.appointment.board import FLAGS
        from shs.core.admin.finding import found_by
        from shs.core.admin.leads import leads_by
        from shs.medical_record import checks, permissions, visit_flags  # noqa: F401  (fills the grant table)
        from shs.medical_record.codes import found_as_code
        from shs.medical_record.fhir import EXPORTERS
        from shs.medical_record.fhir_notes import notes
        from shs.medical_record.leads import to_charts
        from shs.medical_record.models import ConditionCode
        from shs.users.models import User

        EXPORTERS.append(notes)
        FLAGS.append(visit_flags.in_chart)
        leads_by(User, to_charts)
        found_by(ConditionCode, "title", found_as_code)
