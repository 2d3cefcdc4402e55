"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class ChecksMissing(Refused):
    """A required check has not passed, and nobody has overridden it."""

    code = "checks_missing"
    title = _("Not all required checks have passed")


class SecondPersonNeeded(Refused):
    """Who asks for an override does not confirm it."""

    code = "second_person_needed"
    title = _("Somebody else must confirm what you have asked for")
