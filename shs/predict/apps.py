from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PredictConfig(AppConfig):
    name = "shs.predict"
    verbose_name = _("Symptom checker")

    def ready(self) -> None:
        from shs.medical_record.codes import VOCABULARIES
        from shs.predict import permissions  # noqa: F401  (fills the grant table)
        from shs.predict.codes import codes_named

        VOCABULARIES.append(codes_named)
