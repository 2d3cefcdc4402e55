"""The hotline for people who think of harming themselves, which the clinic sets."""

from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from shs.core.dates import show_date
from shs.core.labels import Label

CHECKED_FOR = timedelta(days=365)
"""For so long after the day of its source a number is taken for right."""


def hotline() -> str:
    """Its name and number, as far as they are set; empty if none is."""
    return " ".join(part for part in (settings.SELF_HARM_HOTLINE, settings.SELF_HARM_HOTLINE_NUMBER) if part)


def shown_hotline() -> Label:
    """As the System page shows it: with its source and the day of that."""
    if not hotline():
        return _("none")
    as_of = settings.SELF_HARM_HOTLINE_AS_OF
    known = (settings.SELF_HARM_HOTLINE_SOURCE, show_date(as_of) if as_of else "")
    return " · ".join(part for part in (hotline(), *known) if part)


def wrong_with_hotline(today: date) -> Label:
    """What is missing or old; empty if nothing is."""
    if not hotline():
        return _("No hotline for people who think of harming themselves is set (SELF_HARM_HOTLINE).")
    names = ("SELF_HARM_HOTLINE", "SELF_HARM_HOTLINE_NUMBER", "SELF_HARM_HOTLINE_SOURCE", "SELF_HARM_HOTLINE_AS_OF")
    if missing := [name for name in names if not getattr(settings, name)]:
        return _("The hotline for people who think of harming themselves is incomplete: set %(names)s.") % {
            "names": ", ".join(missing)
        }
    as_of = settings.SELF_HARM_HOTLINE_AS_OF
    if as_of is not None and not today - CHECKED_FOR <= as_of <= today:
        return _(
            "Call the hotline for people who think of harming themselves and check its number: "
            "SELF_HARM_HOTLINE_AS_OF is %(day)s."
        ) % {"day": show_date(as_of)}
    return ""
