"""The sidebar of the admin: classes for an app's menu.py, and core's own entries. An app lists its `entries`; the
sidebar shows them under their sections, both by `order`. A section that several apps share is defined here, any other
in its app's menu.py."""

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple, TypedDict

from django.db.models.options import Options
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.discovery import collect
from shs.core.labels import Label


class Badge(TypedDict, total=False):
    """The content and colour of a badge beside an entry: unfold's "info", "danger" and the like."""

    badge: str
    badge_variant: str


class Section(NamedTuple):
    """A heading of the sidebar; the lowest `order` comes first."""

    title: Label
    order: int


class Rank(IntEnum):
    """How often an entry is used by those who work with it. The sidebar shows a dozen links: those of daily work
    come first, then those used weekly; the page "All pages" has all."""

    DAILY = 1
    WEEKLY = 2
    SELDOM = 3


class Entry(NamedTuple):
    """A link of the sidebar and of the page "All pages", for users with `permission`. `page` is the name of an admin
    page or, if `is_list`, app and model of a list. `badge(user)` returns the badge's content; {} for none.
    `works_with`: the permission of those who work with it; for others it is on "All pages" only. If several entries
    have the same `page`, a user gets the first. `shown(user)` says who gets an entry that needs no permission."""

    section: Section
    order: int
    title: Label
    icon: str
    page: str
    permission: str
    badge: Callable[[Member], Badge] | None = None
    is_list: bool = True
    rank: Rank = Rank.WEEKLY
    works_with: str = ""
    shown: Callable[[Member], bool] | None = None


AUDIT = Section(_("Audit"), 70)
PEOPLE = Section(_("People"), 80)
SETTINGS = Section(_("Settings"), 90)

MINE = Section(_("For you"), 5)

entries = [
    Entry(
        SETTINGS,
        10,
        _("System"),
        "dns",
        "system",
        "core.view_jobrun",
        is_list=False,
        rank=Rank.DAILY,
        works_with="users.suspend_user",
    ),
]


@cache
def _titles() -> dict[str, set[Label]]:
    """Lists of the menu → their titles there."""
    found: dict[str, set[Label]] = {}
    for entry in collect("menu"):
        if entry.is_list:
            found.setdefault(entry.page, set()).add(entry.title)
    return found


def list_title(opts: "Options[Any]") -> str:
    """The title of a model's list: as in the menu, unless that calls it differently for different users."""
    titles = _titles().get(f"{opts.app_label}_{opts.model_name}", set())
    return str(*titles) if len(titles) == 1 else capfirst(str(opts.verbose_name_plural))
