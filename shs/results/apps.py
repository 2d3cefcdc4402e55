from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    name = "shs.results"
    verbose_name = _("Results")

    def ready(self) -> None:
        from shs.medical_record.alerts import SOURCES
        from shs.medical_record.fhir import EXPORTERS
        from shs.medical_record.measured import READERS
        from shs.medical_record.patient_page import PATIENT_SECTIONS
        from shs.results import alerts, fhir, patient_page, permissions, reading  # noqa: F401  (fills the grant table)

        SOURCES.append(alerts.results)
        EXPORTERS.append(fhir.results)
        PATIENT_SECTIONS.append(patient_page.results)
        READERS.append(reading.latest)
