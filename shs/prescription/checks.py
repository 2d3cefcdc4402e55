"""System checks of the rules: each names its source, with the day on which it was read."""

from django.core import checks

from shs.prescription.services import excipients
from shs.prescription.services.ruleset import faults


@checks.register
def every_rule_has_a_source(**kwargs: object) -> list[checks.CheckMessage]:
    """A rule without a source, or that is not complete, is refused."""
    return [
        checks.Error(
            fault, hint="See shs/prescription/rules; sources are in sources.toml.", obj="prescription", id="shs.E039"
        )
        for fault in (*faults(), *excipients.faults())
    ]
