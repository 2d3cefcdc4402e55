"""The appearance of the admin site: its name, and the sidebar, which is composed of each app's menu.py. The colours are
in colours.css. Permissions are not decided here: every entry names the permission that it needs."""

from functools import cache
from itertools import groupby
from typing import NotRequired, TypedDict

from django.core.cache import cache as store
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member, MemberRequest
from shs.core.discovery import collect
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.core.menu import Badge, Entry, Rank, Section

BADGE_SECONDS = 60
MOST = 12
"""How many links the sidebar has at most."""


class Item(Badge):
    """An entry of the sidebar in unfold's format."""

    title: Label
    icon: str
    link: str
    active: bool


class Group(TypedDict):
    """A section of the sidebar in unfold's format; the first one has no title."""

    title: NotRequired[Label]
    items: list[Item]


@cache
def sidebar() -> list[tuple[Section, list[Entry]]]:
    """The sections by their order, each with its entries by theirs."""
    entries: list[Entry] = sorted(collect("menu"), key=lambda entry: (entry.section.order, entry.order))
    return [(section, list(group)) for section, group in groupby(entries, key=lambda entry: entry.section)]


def entries_of(user: Member) -> list[Entry]:
    """All entries of this user in their order, one for each page."""
    found: dict[str, Entry] = {}
    for _section, entries in sidebar():
        for entry in entries:
            if entry.page not in found and (entry.shown(user) if entry.shown else holds(user, entry.permission)):
                found[entry.page] = entry
    return list(found.values())


def daily(user: Member, entries: list[Entry]) -> list[Entry]:
    """Those of the user's `entries` for the sidebar: all if they fit, else what they work with most often."""
    if len(entries) < MOST:
        return entries
    worked = [entry for entry in entries if not entry.works_with or holds(user, entry.works_with)]
    often = sorted((entry for entry in worked if entry.rank < Rank.SELDOM), key=lambda entry: entry.rank)
    kept = {entry.page for entry in often[: MOST - 2]}
    return [entry for entry in entries if entry.page in kept]


def navigation(request: MemberRequest) -> list[Group]:
    """The sidebar of this user: at most MOST links."""
    home, every = (address_of(page, get_script_prefix()) for page in ("index", "all_pages"))
    dashboard = _item(_("Dashboard"), "space_dashboard", home, is_active=request.path == home)
    groups: list[Group] = [{"items": [dashboard]}]
    entries = entries_of(request.user)
    shown = daily(request.user, entries)
    badges = badges_of(request.user)
    for section, some in groupby(shown, key=lambda entry: entry.section):
        groups.append({"title": section.title, "items": [_item_of(entry, request, badges) for entry in some]})
    if len(shown) < len(entries):
        groups.append({"items": [_item(_("All pages"), "apps", every, is_active=request.path == every)]})
    return groups


def everything(request: MemberRequest) -> list[tuple[Label, list[Item]]]:
    """All links of this user, by section."""
    badges = badges_of(request.user)
    sections = groupby(entries_of(request.user), key=lambda entry: entry.section)
    return [(section.title, [_item_of(entry, request, badges) for entry in some]) for section, some in sections]


def _item_of(entry: Entry, request: MemberRequest, badges: dict[tuple[str, str], Badge]) -> Item:
    link = address_of(f"{entry.page}_changelist" if entry.is_list else entry.page, get_script_prefix())
    badge = badges.get((entry.page, entry.permission))
    return _item(entry.title, entry.icon, link, badge, is_active=request.path.startswith(link))


@cache
def address_of(page: str, prefix: str) -> str:
    """The address of an admin page; `prefix` is the path under which the site is served. Cached, because every page
    shows all entries."""
    return reverse(f"admin:{page}")


def _item(title: Label, icon: str, link: str, badge: Badge | None = None, *, is_active: bool) -> Item:
    return {"title": title, "icon": icon, "link": link, "active": is_active, **(badge or {})}


def badges_of(user: Member) -> dict[tuple[str, str], Badge]:
    """(page, permission) → the count beside that entry of this user's sidebar, cached for BADGE_SECONDS in one cache
    entry. A badge is shown only with its entry, whose permission is checked each time."""
    key = f"badges:{user.pk}:{user.token_version}"
    found: dict[tuple[str, str], Badge] | None = store.get(key)
    if found is None:
        entries = [entry for _section, entries in sidebar() for entry in entries]
        found = {
            (entry.page, entry.permission): entry.badge(user)
            for entry in entries
            if entry.badge and holds(user, entry.permission)
        }
        store.set(key, found, BADGE_SECONDS)
    return found


UNFOLD: dict[str, object] = {
    "SITE_TITLE": _("Smart Health Synchronizer"),
    "SITE_HEADER": _("Smart Health"),
    "SITE_SUBHEADER": _("Synchronizer · back office"),
    "SITE_SYMBOL": "ecg_heart",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("shs/icon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "shs.dashboards.dashboard",
    "COMMAND": {"search_models": True, "show_history": False},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("admin:second_factor")},
            {"title": _("Change e-mail address"), "link": reverse_lazy("admin:own_address")},
            {"title": _("Where you are logged in"), "link": reverse_lazy("admin:sessions")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "shs.console.navigation",
    },
}
