"""Pages of a screen beside Django's own, as
`pages = [Page("<path:object_id>/file/", "file_view", "file", needs="read")]`."""

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
"""What answers a request; what stands in the address comes as named arguments."""

ROW = "<path:object_id>/"
"""How the address of a page of one row begins."""


@dataclass(frozen=True)
class Page:
    """A page at `route`, below the list's address. `view` is the method of the screen that answers; `name` ends its
    name, as `admin:doctors_doctordocument_file`. `needs` is the right without which it is refused: 403 where the user
    holds it for no row. A route that begins with `<path:object_id>/` is of one row, which the view is called with
    instead of its key: 404 for one that the user does not see, 403 where they may not do `needs` to it. `read_as` is
    what the read log calls such a page of a patient's row."""

    route: str
    view: str
    name: str
    needs: str
    read_as: str = ""


class ScreenPages:
    """For a screen: the addresses of its `pages`, its own and those of the classes that it is built on."""

    pages: list[Page] = []
    model: type[Model]
    opts: "Options[Model]"
    admin_site: AdminSite
    get_object: Callable[..., Model | None]
    _may: Callable[..., bool]

    @classmethod
    def all_pages(cls) -> list[Page]:
        """The pages of this screen, the most special class first."""
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

        def asked(request: MemberRequest, **named: str) -> HttpResponseBase:
            if page.route.startswith(ROW):
                return view(request, self.page_row(request, named.pop("object_id"), page), **named)
            if not self._may(request, page.needs):
                self.refuse_page(request, page, **named)
            return view(request, **named)

        return update_wrapper(asked, view)

    def refuse_page(self, request: MemberRequest, page: Page, **named: str) -> NoReturn:
        """Refuse a page to who does not hold the right that it needs: 403, which names it."""
        raise RightMissing(f"{self.opts.app_label}.{page.needs}_{self.opts.model_name}")

    def page_row(self, request: MemberRequest, object_id: str, page: Page) -> Model:
        """The row that `page` is of: 404 where it is not visible, 403 without the right that the page needs."""
        if not self._may(request, page.needs):
            self.refuse_page(request, page, object_id=object_id)
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self._may(request, page.needs, row):
            raise PermissionDenied
        return row
