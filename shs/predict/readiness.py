"""Warnings and facts of the symptom checker for `/readyz` and the System page."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.health import readiness_warning, system_fact
from shs.core.labels import Label
from shs.predict.hotline import shown_hotline, wrong_with_hotline


@readiness_warning("self_harm_hotline")
def self_harm_hotline() -> Label | None:
    """A missing, incomplete or old number for people who think of harming themselves."""
    return wrong_with_hotline(timezone.localdate())


@system_fact
def hotline_fact() -> tuple[Label, Label]:
    """The hotline with its source."""
    return _("Hotline for self-harm"), shown_hotline()
