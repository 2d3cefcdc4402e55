"""Further pages of a screen beside Django's own, such as `pages = [Page("<path:object_id>/file/", "file_view", "file",
needs="read")]`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import NoReturn

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.db.models.options import Options
from django.http import Http404, HttpResponseBase
from django.urls import URLPattern, path

from shs.core.caller import MemberRequest
from shs.core.grants.table import RightMissing

View = Callable[..., HttpResponseBase]
"""A view function; URL parameters are passed as keyword arguments."""

ROW = "<path:object_id>/"
"""How the route of a page of one row begins."""


def refuse_exempt(view: View) -> None:
    """Raise TypeError for a page whose forms another site could send in the name of a logged-in user."""
    if getattr(view, "csrf_exempt", False):
        raise TypeError(f"{view} is exempt from the CSRF check. Let programs call a route of the API.")


@dataclass(frozen=True)
class Page:
    """A page at `route` below the list's address. `view` is the name of the screen's method. The URL is named like
    `admin:doctors_doctordocument_file`, with `name` at the end. Answers 403 to users who may do `needs` to no row of
    the model. If the route begins with `<path:object_id>/`, the view gets that row; 404 if the user may not see it, 403
    if they may not do `needs` to it. `read_as` is the `what` of the read log for pages about a patient."""

    route: str
    view: str
    name: str
    needs: str
    read_as: str = ""


class ScreenPages:
    """Mixin for screens: adds the URLs of `pages`, including those of base classes."""

    pages: list[Page] = []
    model: type[Model]
    opts: "Options[Model]"
    admin_site: AdminSite
    get_object: Callable[..., Model | None]
    _may: Callable[..., bool]
    _may_some: Callable[..., bool]

    @classmethod
    def all_pages(cls) -> list[Page]:
        """The pages of this screen and its base classes, the screen's own first."""
        return [page for owner in cls.__mro__ for page in vars(owner).get("pages", ())]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                page.route,
                self.admin_site.admin_view(self._guarded(page)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{page.name}",
            )
            for page in self.all_pages()
        ]
        return [*own, *super().get_urls()]

    def _guarded(self, page: Page) -> View:
        view: View = getattr(self, page.view)
        refuse_exempt(view)

        def asked(request: MemberRequest, **named: str) -> HttpResponseBase:
            if page.route.startswith(ROW):
                return view(request, self.page_row(request, named.pop("object_id"), page), **named)
            if not self._may(request, page.needs):
                self.refuse_page(request, page, **named)
            return view(request, **named)

        return update_wrapper(asked, view)

    def refuse_page(self, request: MemberRequest, page: Page, **named: str) -> NoReturn:
        """Raise 403, which names the permission that `page` needs."""
        raise RightMissing(f"{self.opts.app_label}.{page.needs}_{self.opts.model_name}")

    def page_row(self, request: MemberRequest, object_id: str, page: Page) -> Model:
        """The row of a page. Raises 404 if the user may not see it, 403 without the permission of the page."""
        if not self._may_some(request, page.needs):
            self.refuse_page(request, page, object_id=object_id)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self._may(request, page.needs, row):
            raise PermissionDenied
        return row
