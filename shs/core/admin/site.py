"""The admin site: who may log in, and a search without a cache."""

import re
from collections.abc import Sequence
from functools import partial, update_wrapper
from typing import cast

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from shs.core.admin.base import Context
from shs.core.admin.pages import View, refuse_exempt
from shs.core.admin.quick_search import ChoicesView, search
from shs.core.caller import MemberRequest
from shs.core.grants.table import require

ANY_STAFF = "any staff"
NO_LOGIN = "no login"
DOTTED = re.compile(r"[a-z_][\w.]*\.\w+$")
"""A dotted name of a function, as in settings."""


class BackOffice(UnfoldAdminSite):
    """unfold's site, for users whose account may use the back office."""

    def __init__(self, name: str = "admin"):
        super().__init__(name)
        self.pages: list[URLPattern] = []
        self.needs: dict[str, str] = {}
        """The name of each page added by `add_page` → what it needs."""
        self.outside: set[str] = {"logout", "password_change_done"}
        """The names of the pages that are open also to those who log in here and may not enter the admin."""
        self.home_outside = ""
        """The name of the page on which they begin."""

    def add_page(
        self, route: str, view: View, *, name: str, needs: str, also_outside: bool = False, is_home: bool = False
    ) -> None:
        """Add a page that belongs to no screen; it takes precedence over the site's own. `needs` is the permission
        without which it answers 403, for example `blog.dismiss_report`; or ANY_STAFF for pages where each user sees
        only their own data; or NO_LOGIN for pages that are part of the login. `also_outside`: it is open, with what it
        needs, also to those who log in here and may not enter the admin (people of pharmacies), for whom all other
        pages lead back to the login. `is_home`: they begin here."""
        self.needs[name] = needs
        self.outside |= {name} if also_outside else set()
        self.home_outside = name if is_home else self.home_outside
        self.pages.append(path(route, self._guarded(view, needs), name=name))

    def _guarded(self, view: View, needs: str) -> View:
        refuse_exempt(view)
        if needs == NO_LOGIN:
            return view
        if needs == ANY_STAFF:
            return cast(View, self.admin_view(view))

        def asked(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            require(request.user, needs)
            return view(request, *args, **kwargs)

        return cast(View, self.admin_view(update_wrapper(asked, view)))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*self.pages, *super().get_urls()]

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not (user.is_authenticated and user.is_active and user.logs_in_here):
            return False
        page = request.resolver_match
        return bool(user.uses_back_office or (page is not None and page.url_name in self.outside))

    def home_of(self, request: HttpRequest) -> str:
        """The name of the page on which the user of this session begins; empty for those who have to log in."""
        if self.has_permission(request):
            return "admin:index"
        user = request.user
        is_outside = user.is_authenticated and user.is_active and user.logs_in_here and self.home_outside
        return f"admin:{self.home_outside}" if is_outside else ""

    def each_context(self, request: HttpRequest) -> Context:
        return {**super().each_context(request), "idle_minutes": settings.ADMIN_IDLE_MINUTES}

    def get_app_list(self, request: MemberRequest, app_label: str | None = None) -> Sequence[object]:
        """The list of all models. Django asks for it on every page; it is made only for the pages that show it."""
        return cast(Sequence[object], SimpleLazyObject(partial(super().get_app_list, request, app_label)))

    def get_sidebar_list(self, request: MemberRequest) -> Sequence[object]:
        """The sidebar made by `shs.console` once per request; unfold would copy it and evaluate each entry again."""
        return cast(Sequence[object], self._get_value(self._get_config("SIDEBAR", request)["navigation"], request))

    def _get_colors(self, key: str, *args: object) -> dict[str, dict[str, str]]:
        """None: unfold would write them into each page; ours are in a stylesheet (colours.css)."""
        return {}

    def _get_value(self, value: object, *args: object) -> object:
        """unfold tries to import every string in its settings; only dotted names can be functions."""
        return super()._get_value(value, *args) if not isinstance(value, str) or DOTTED.match(value) else value

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """The rows of a chooser, told apart."""
        return ChoicesView.as_view(admin_site=self)(request)

    def search(self, request: MemberRequest, extra_context: Context | None = None) -> HttpResponse:
        """Replaces unfold's search, which caches its results for five minutes."""
        return search(self, request)


office = cast(BackOffice, admin.site)
"""The admin site, which Django creates at first use."""
