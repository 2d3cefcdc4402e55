from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrescriptionConfig(AppConfig):
    name = "shs.prescription"
    verbose_name = _("Prescriptions")

    def ready(self) -> None:
        from shs.appointment.models import Appointment
        from shs.core.admin.leads import leads_by
        from shs.core.admin.wording import KEY_WORDS
        from shs.medical_record.fhir import EXPORTERS
        from shs.medical_record.patient_page import PATIENT_SECTIONS
        from shs.prescription import checks, patient_page, permissions  # noqa: F401  (registers; fills the grant table)
        from shs.prescription.fhir import prescriptions
        from shs.prescription.leads import to_visits

        leads_by(Appointment, to_visits)
        KEY_WORDS.update(
            allergies=_("Allergies"),
            asked_on=_("Allergies"),
            weight_kg=_("Weight"),
            weighed_on=_("Weight"),
        )
        EXPORTERS.append(prescriptions)
        PATIENT_SECTIONS.append(patient_page.prescriptions)
