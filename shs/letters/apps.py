from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LettersConfig(AppConfig):
    name = "shs.letters"
    verbose_name = _("Letters")

    def ready(self) -> None:
        from shs.letters import fhir, patient_page, permissions  # noqa: F401  (fills the grant table)
        from shs.letters.events import EVENTS
        from shs.medical_record.fhir import EXPORTERS
        from shs.medical_record.patient_page import PATIENT_SECTIONS
        from shs.prescription.timeline import FURTHER

        PATIENT_SECTIONS.append(patient_page.letters)
        FURTHER.append(EVENTS)
        EXPORTERS.append(fhir.letters)
