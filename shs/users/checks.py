"""Checks of `manage.py check --deploy`."""

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage


@checks.register(checks.Tags.security, deploy=True)
def a_second_factor_is_required(**kwargs: object) -> list[CheckMessage]:
    """Warns if staff need no second factor: a stolen password alone would open patients' data."""
    if settings.DEBUG or settings.STAFF_SECOND_FACTOR == "required":
        return []
    return [
        checks.Warning(
            "STAFF_SECOND_FACTOR is optional: a password alone opens the back office.",
            hint="Set STAFF_SECOND_FACTOR=required.",
            id="shs.W001",
        )
    ]
