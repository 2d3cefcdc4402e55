"""The admin site: who may enter, and a search that never shows what is stale."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite


class BackOffice(UnfoldAdminSite):
    """unfold's site for those whose account works in the back office."""

    SEARCH_HITS_A_MODEL = 8

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pages: list[URLPattern] = []

    def add_page(self, route, view, *, name):
        """A page beside the screens, for those who may enter; whom else it refuses is its own question."""
        self.pages.append(path(route, self.admin_view(view), name=name))

    def get_urls(self):
        return [*self.pages, *super().get_urls()]

    def has_permission(self, request):
        return bool(request.user.is_authenticated and request.user.is_active and request.user.uses_back_office)

    def search(self, request, extra_context=None):
        """Pages and rows that match `s`; asked anew each time, so that a lost right is lost at once."""
        term = request.GET.get("s", "").strip()[:100]
        if not term:
            return HttpResponse()
        results = self._search_apps(self.get_app_list(request), term.lower())
        template = "unfold/helpers/search_results.html"
        if "extended" in request.GET:
            template = "unfold/helpers/command_results.html"
            results += self._search_rows(request, term)
        pages = Paginator(results, max(1, len(results)))
        context = {
            "page_obj": pages,
            "results": pages.page(1),
            "page_counter": 0,
            "execution_time": 0,
            "command_show_history": False,
        }
        return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})

    def _search_rows(self, request, term):
        hits = []
        for model, screen in self._registry.items():
            if not (screen.in_quick_search and screen.has_view_permission(request)):
                continue
            rows, _doubled = screen.get_search_results(request, screen.get_queryset(request), term)
            hits += [
                SearchResult(
                    title=str(row),
                    description=str(model._meta.verbose_name).capitalize(),
                    link=screen.url_of(row),
                    icon=screen.icon,
                )
                for row in rows[: self.SEARCH_HITS_A_MODEL]
            ]
        return hits
