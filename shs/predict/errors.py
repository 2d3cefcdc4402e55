"""Refusals of the symptom checker."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid


class NothingKnown(Invalid):
    """None of the symptoms is known; nothing is stored."""

    code = "no_symptom_known"
    title = _("No known symptom found")

    def __init__(self) -> None:
        super().__init__(
            _("No known symptom was found. Use short words such as “fever” or “loose motion”."), field="symptoms"
        )
