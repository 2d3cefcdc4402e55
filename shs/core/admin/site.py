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
from shs.core.admin.pages import View
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

    def add_page(self, route: str, view: View, *, name: str, needs: str) -> None:
        """Add a page that belongs to no screen; it takes precedence over the site's own. `needs` is the permission
        without which it answers 403, for example `blog.dismiss_report`; or ANY_STAFF for pages where each user sees
        only their own data; or NO_LOGIN for pages that are part of the login."""
        self.needs[name] = needs
        self.pages.append(path(route, self._guarded(view, needs), name=name))

    def _guarded(self, view: View, needs: str) -> View:
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
        return bool(request.user.is_authenticated and request.user.is_active and request.user.uses_back_office)

    def each_context(self, request: HttpRequest) -> Context:
        return {**super().each_context(request), "idle_minutes": settings.ADMIN_IDLE_MINUTES}

    def get_app_list(self, request: MemberRequest, app_label: str | None = None) -> Sequence[object]:
        """The list of all models. Django asks for it on every page; it is made only for the pages that show it."""
        return cast(Sequence[object], SimpleLazyObject(partial(super().get_app_list, request, app_label)))

    def get_sidebar_list(self, request: MemberRequest) -> Sequence[object]:
        """The sidebar made by `shs.console` once per request; unfold would copy it and evaluate each entry again."""
        return cast(Sequence[object], self._get_value(self._get_config("SIDEBAR", request)["navigation"], request))

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
