"""The sentences that every answer has, whatever is known."""

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LIMITS = _(
    "This is general information, not a diagnosis, and it can be wrong. Only a doctor who examines you can tell."
)


def way_out() -> str:
    """Where to turn in an emergency, with the number."""
    return gettext("In an emergency, call %(number)s or go to the nearest hospital immediately.") % {
        "number": settings.EMERGENCY_NUMBER
    }


def disclaimer() -> str:
    """What every answer ends with: its limits, and the way out."""
    return f"{LIMITS} {way_out()}"
