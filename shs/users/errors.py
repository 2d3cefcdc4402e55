"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden


class Muted(Forbidden):
    """A moderator keeps the caller from writing in public for a while."""

    code = "muted"
    title = _("You may not write in public at the moment")
