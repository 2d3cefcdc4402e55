"""The admin site: who may enter, and a search that never shows what is stale."""

from functools import partial

from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from shs.core.admin.quick_search import search


class BackOffice(UnfoldAdminSite):
    """unfold's site for those whose account works in the back office."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pages: list[URLPattern] = []

    def add_page(self, route, view, *, name, is_open=False):
        """A page beside the screens, for those who may enter; whom else it refuses is its own question. `is_open`: for
        everybody, as the pages that lead to a login are. It stands before the site's own pages."""
        self.pages.append(path(route, view if is_open else self.admin_view(view), name=name))

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
