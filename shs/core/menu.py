"""The sidebar of the admin: classes for an app's menu.py, and core's own entries. An app lists its `entries`; the
sidebar shows them under their sections, both by `order`. A section that several apps share is defined here, any other
in its app's menu.py."""

from collections.abc import Callable
from typing import NamedTuple, TypedDict

from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.labels import Label


class Badge(TypedDict, total=False):
    """What stands beside an entry, and its colour: unfold's "info", "danger" and the like."""

    badge: str
    badge_variant: str


class Section(NamedTuple):
    """A heading of the sidebar; the lowest `order` comes first."""

    title: Label
    order: int


class Entry(NamedTuple):
    """A link of the sidebar, shown to users with `permission`. `page` is the name of an admin page or, if `is_list`,
    app and model of a list. `badge(user)` returns the badge's content; {} for none."""

    section: Section
    order: int
    title: Label
    icon: str
    page: str
    permission: str
    badge: Callable[[Member], Badge] | None = None
    is_list: bool = True


AUDIT = Section(_("Audit"), 70)
PEOPLE = Section(_("People"), 80)
SETTINGS = Section(_("Settings"), 90)

entries = [
    Entry(SETTINGS, 10, _("System"), "dns", "system", "core.view_jobrun", is_list=False),
]
