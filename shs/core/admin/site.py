"""The admin site: who may enter, and a search that never shows what is stale."""

import re
from collections.abc import Sequence
from functools import partial, update_wrapper
from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from shs.core.admin.base import Context
from shs.core.admin.pages import View
from shs.core.admin.quick_search import search
from shs.core.caller import MemberRequest
from shs.core.grants.table import require

ANY_STAFF = "any staff"
NO_LOGIN = "no login"
DOTTED = re.compile(r"[a-z_][\w.]*\.\w+$")
"""The name of a function, as settings have it."""


class BackOffice(UnfoldAdminSite):
    """unfold's site for those whose account works in the back office."""

    def __init__(self, name: str = "admin"):
        super().__init__(name)
        self.pages: list[URLPattern] = []
        self.needs: dict[str, str] = {}
        """The name of each of these pages, with what it needs."""

    def add_page(self, route: str, view: View, *, name: str, needs: str) -> None:
        """A page beside the screens, which stands before the site's own. `needs` is the right without which it is
        refused (403), as `blog.dismiss_report`; or ANY_STAFF, where each visitor finds only what is theirs; or
        NO_LOGIN, as the pages that lead to a login."""
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

    def get_app_list(self, request: MemberRequest, app_label: str | None = None) -> Sequence[object]:
        """The list of all models, made only where it is shown: Django asks for it on every page."""
        return cast(Sequence[object], SimpleLazyObject(partial(super().get_app_list, request, app_label)))

    def get_sidebar_list(self, request: MemberRequest) -> Sequence[object]:
        """The sidebar as `shs.console` makes it for one request; unfold would copy it, and work out each line again."""
        return cast(Sequence[object], self._get_value(self._get_config("SIDEBAR", request)["navigation"], request))

    def _get_value(self, value: object, *args: object) -> object:
        """unfold tries to import each text of its settings; only a dotted name can be a function."""
        return super()._get_value(value, *args) if not isinstance(value, str) or DOTTED.match(value) else value

    def search(self, request: MemberRequest, extra_context: Context | None = None) -> HttpResponse:
        """Instead of unfold's, which keeps what it found for five minutes."""
        return search(self, request)


office = cast(BackOffice, admin.site)
"""The one site of the admin, which Django makes at first use."""
