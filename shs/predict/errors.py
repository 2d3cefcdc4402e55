"""Refusals of the symptom checker."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Invalid


class NothingKnown(Invalid):
    """None of the symptoms is known; nothing is stored."""

    code = "no_symptom_known"
    title = _("None of these symptoms is known")

    def __init__(self) -> None:
        super().__init__(
            _("None of these symptoms is known. Use short words, such as “fever” or “loose motion”."), field="symptoms"
        )
