"""The sidebar of the back office: what an app's menu.py is made of, and the entries of core itself.

An app lists its `entries`; the sidebar shows them under their sections, both in their order. A section that several
apps fill stands here, another one beside the entries of the app that has it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Section(NamedTuple):
    """A heading of the sidebar. The lowest `order` stands first."""

    title: Any
    order: int


class Entry(NamedTuple):
    """A line of the sidebar, shown to those who hold `permission`. `page` is the name of an admin page, or, where it
    `is_list`, the app and the model of a list. `badge(user)` answers with what stands beside it; {} is nothing."""

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
