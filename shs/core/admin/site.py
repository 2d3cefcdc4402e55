"""The admin site: who may enter, and a search that never shows what is stale."""

from functools import partial, update_wrapper
from typing import cast

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from shs.core.admin.quick_search import search
from shs.core.grants.table import require

ANY_STAFF = "any staff"
NO_LOGIN = "no login"


class BackOffice(UnfoldAdminSite):
    """unfold's site for those whose account works in the back office."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pages: list[URLPattern] = []
        self.needs: dict[str, str] = {}
        """The name of each of these pages, with what it needs."""

    def add_page(self, route, view, *, name, needs):
        """A page beside the screens, which stands before the site's own. `needs` is the right without which it is
        refused (403), as `blog.dismiss_report`; or ANY_STAFF, where each visitor finds only what is theirs; or
        NO_LOGIN, as the pages that lead to a login."""
        self.needs[name] = needs
        self.pages.append(path(route, self._guarded(view, needs), name=name))

    def _guarded(self, view, needs):
        if needs == NO_LOGIN:
            return view
        if needs == ANY_STAFF:
            return self.admin_view(view)

        def asked(request, *args, **kwargs):
            require(request.user, needs)
            return view(request, *args, **kwargs)

        return self.admin_view(update_wrapper(asked, view))

    def get_urls(self):
        return [*self.pages, *super().get_urls()]

    def has_permission(self, request):
        return bool(request.user.is_authenticated and request.user.is_active and request.user.uses_back_office)

    def get_app_list(self, request, app_label=None):
        """The list of all models, made only where it is shown: Django asks for it on every page."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def search(self, request, extra_context=None):
        """Instead of unfold's, which keeps what it found for five minutes."""
        return search(self, request)


office = cast(BackOffice, admin.site)
"""The one site of the admin, which Django makes at first use."""
