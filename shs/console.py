"""How the admin site looks: name, colours and sidebar, which the apps fill by their menu.py. Nothing of it decides who
may do what: every entry asks the grant table."""

from functools import cache
from itertools import groupby
from typing import NotRequired, TypedDict

from django.conf import settings
from django.core.cache import cache as store
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member, MemberRequest
from shs.core.discovery import collect
from shs.core.labels import Label
from shs.core.menu import Badge, Entry, Section

BADGE_SECONDS = 60


class Item(Badge):
    """A line of the sidebar as unfold shows it."""

    title: Label
    icon: str
    link: str
    active: bool


class Group(TypedDict):
    """A section of the sidebar as unfold shows it; the first one has no title."""

    title: NotRequired[Label]
    items: list[Item]


@cache
def sidebar() -> list[tuple[Section, list[Entry]]]:
    """The sections in their order, each with its entries in theirs."""
    entries: list[Entry] = sorted(collect("menu"), key=lambda entry: (entry.section.order, entry.order))
    return [(section, list(group)) for section, group in groupby(entries, key=lambda entry: entry.section)]


def navigation(request: MemberRequest) -> list[Group]:
    """The sidebar of this user. A page stands in it once: under the first heading that shows it."""
    home = address_of("index", get_script_prefix())
    dashboard = _item(_("Dashboard"), "space_dashboard", home, is_active=request.path == home)
    groups: list[Group] = [{"items": [dashboard]}]
    shown: set[str] = set()
    badges = badges_of(request.user)
    for section, entries in sidebar():
        items = []
        for entry in entries:
            if entry.page in shown or not request.user.has_perm(entry.permission):
                continue
            shown.add(entry.page)
            link = address_of(f"{entry.page}_changelist" if entry.is_list else entry.page, get_script_prefix())
            is_active = request.path.startswith(link)
            badge = badges.get((entry.page, entry.permission))
            items.append(_item(entry.title, entry.icon, link, badge, is_active=is_active))
        if items:
            groups.append({"title": section.title, "items": items})
    return groups


@cache
def address_of(page: str, prefix: str) -> str:
    """The address of a page of the admin; `prefix` is the path below which the site is served. Every page shows all."""
    return reverse(f"admin:{page}")


def _item(title: Label, icon: str, link: str, badge: Badge | None = None, *, is_active: bool) -> Item:
    return {"title": title, "icon": icon, "link": link, "active": is_active, **(badge or {})}


def badges_of(user: Member) -> dict[tuple[str, str], Badge]:
    """(page, permission) → the count beside that entry of this user's sidebar: one look into the cache, for
    BADGE_SECONDS. A badge is seen only beside its entry, which asks for the right anew each time."""
    key = f"badges:{user.pk}:{user.token_version}"
    found: dict[tuple[str, str], Badge] | None = store.get(key)
    if found is None:
        entries = [entry for _section, entries in sidebar() for entry in entries]
        found = {
            (entry.page, entry.permission): entry.badge(user)
            for entry in entries
            if entry.badge and user.has_perm(entry.permission)
        }
        store.set(key, found, BADGE_SECONDS)
    return found


def idle_script(request: HttpRequest) -> str:
    """The script that warns before a session ends; its address says after how many minutes without use."""
    return f"{static('shs/idle.js')}?minutes={settings.ADMIN_IDLE_MINUTES}"


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
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("shs/admin.css"), lambda request: static("shs/access.css")],
    "SCRIPTS": [
        lambda request: static("shs/access.js"),
        lambda request: static("shs/admin.js"),
        lambda request: static("shs/menus.js"),
        lambda request: static("shs/search.js"),
        idle_script,
    ],
    "DASHBOARD_CALLBACK": "shs.dashboards.dashboard",
    "COMMAND": {"search_models": True, "show_history": False},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("admin:second_factor")},
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
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.7)",
            "100": "oklch(95.3% .051 180.8)",
            "200": "oklch(91% .096 180.4)",
            "300": "oklch(85.5% .138 181.1)",
            "400": "oklch(77.7% .152 181.9)",
            "500": "oklch(60% .118 184.7)",
            "600": "oklch(51.1% .096 186.4)",
            "700": "oklch(45% .085 188.2)",
            "800": "oklch(40% .07 188.2)",
            "900": "oklch(34% .055 188.2)",
            "950": "oklch(27.7% .046 192.5)",
        },
    },
}
