"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused


class ChecksMissing(Refused):
    """A required check has neither passed nor been overridden."""

    code = "checks_missing"
    title = _("Required checks are still open")


class SecondPersonNeeded(Refused):
    """The person who requested an override may not confirm it."""

    code = "second_person_needed"
    title = _("A second person has to confirm your request")
