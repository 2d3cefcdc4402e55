"""The sidebar of the admin: classes for an app's menu.py, and core's own entries. An app lists its `entries`; the
sidebar shows them under their sections, both by `order`. A section that several apps share is defined here, any other
in its app's menu.py."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Section(NamedTuple):
    """A heading of the sidebar; the lowest `order` comes first."""

    title: Any
    order: int


class Entry(NamedTuple):
    """A link of the sidebar, shown to users with `permission`. `page` is the name of an admin page or, if `is_list`,
    app and model of a list. `badge(user)` returns the badge's content; {} for none."""

    section: Section
    order: int
    title: Any
    icon: str
    page: str
    permission: str
    badge: Callable[[Any], dict[str, Any]] | None = None
    is_list: bool = True


AUDIT = Section(_("Audit"), 70)
PEOPLE = Section(_("People"), 80)
SETTINGS = Section(_("Settings"), 90)

entries = [
    Entry(SETTINGS, 10, _("System"), "dns", "system", "core.view_jobrun", is_list=False),
]
