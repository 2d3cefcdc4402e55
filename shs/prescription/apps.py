from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrescriptionConfig(AppConfig):
    name = "shs.prescription"
    verbose_name = _("Prescriptions")

    def ready(self) -> None:
        from shs.medical_record.fhir import EXPORTERS
        from shs.medical_record.patient_page import PATIENT_SECTIONS
        from shs.prescription import patient_page, permissions  # noqa: F401  (fills the grant table)
        from shs.prescription.fhir import prescriptions

        EXPORTERS.append(prescriptions)
        PATIENT_SECTIONS.append(patient_page.prescriptions)
