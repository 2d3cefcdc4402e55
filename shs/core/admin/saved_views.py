"""Saved views: named filters of a list, private to one user or shared.

A view stores only a query string. Opening it is the same as typing that address: the list shows the rows that the user
may see, and checks each parameter.
"""

from typing import TypedDict, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from shs.core.admin.base import Context, ScreenBase
from shs.core.admin.models import DefaultView, SavedView
from shs.core.admin.once import Go
from shs.core.caller import MemberRequest
from shs.core.grants.table import RightMissing, rows_allowed
from shs.core.labels import Label
from shs.core.records.values import validate_name
from shs.core.types import MAX_ID

SEARCH, ORDER, PLAIN = "q", "o", "?p=1"
PASSING = {"p", "all", "e", "next", "_changelist_filters", "_popup", "_to_field", "_facets"}
"""Query parameters that are not part of the filter: the page number, and where the user came from."""
MOST_VIEWS = 30
"""The most views of one user for one list, so that the menu stays readable."""


def parts_of(query: str) -> list[tuple[str, str]]:
    """A query string as sorted pairs, without empty values and parameters in PASSING."""
    pairs = [(key, value) for key, values in QueryDict(query).lists() for value in values]
    return sorted((key, value) for key, value in pairs if value and key not in PASSING)


VERBS = {"edit": "change", "delete": "delete", "first": "view", "plain": "view"}
"""Action on a view → the permission that it needs."""


class ViewForm(forms.Form):
    """The form of a view: its name, whether it is shared, and whether it is the default."""

    name = forms.CharField(
        label=_("Name"), max_length=60, validators=[validate_name], widget=UnfoldAdminTextInputWidget
    )
    is_default = forms.BooleanField(
        label=_("Open the list with this view"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    is_shared = forms.BooleanField(
        label=_("Share with everybody who can see this list"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, data: QueryDict | None, *, view: SavedView, initial: dict[str, object]):
        super().__init__(data, initial=initial)
        self.view = view

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = SavedView.objects.filter(owner=self.view.owner, page=self.view.page, name=name).exclude(pk=self.view.pk)
        if same.exists():
            raise ValidationError(_("You already have a view with this name."))
        return name

    def clean_is_shared(self) -> bool:
        is_shared: bool = self.cleaned_data["is_shared"]
        if is_shared and any(key == SEARCH for key, _value in parts_of(self.view.query)):
            raise ValidationError(_("A view with search words cannot be shared: they may contain a person's name."))
        return is_shared


class MenuRow(TypedDict):
    """A view in the menu above the list. `unknown` names filters that the list no longer has."""

    view: SavedView
    is_mine: bool
    is_active: bool
    unknown: str
    urls: dict[str, str]


class Menu(TypedDict):
    """The menu above the list: the user's own views, the shared ones, and which one is open."""

    mine: list[MenuRow]
    shared: list[MenuRow]
    active: SavedView | None
    save_url: str
    plain: str


class ViewData(TypedDict):
    """Initial data of the dialog."""

    name: str
    is_shared: bool
    is_default: bool


class SavedViews(ScreenBase):
    """Mixin for screens: the list offers saved views, and opens with the user's default view."""

    @property
    def page(self) -> str:
        """The value of `SavedView.page` for this list."""
        return self.opts.label_lower

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"

        def save(request: MemberRequest) -> HttpResponse:
            return ViewPages(self, request).save()

        def change(request: MemberRequest, view_id: int, verb: str) -> HttpResponse:
            return ViewPages(self, request).change(view_id, verb)

        return [
            path("views/save/", self.admin_site.admin_view(save), name=f"{name}_save_view"),
            path("views/<int:view_id>/<slug:verb>/", self.admin_site.admin_view(change), name=f"{name}_saved_view"),
            *super().get_urls(),
        ]

    # --- Views of this list ---

    def unknown_to_list(self, request: MemberRequest, query: str) -> list[str]:
        """The parameters of `query` that this list does not have, or does not allow this user."""
        own = {SEARCH} if self.get_search_fields(request) else set()
        return [
            key
            for key, value in parts_of(query)
            if key not in {*own, ORDER} and not self.lookup_allowed(key, value, request)
        ]

    def views_of(self, request: MemberRequest) -> list[SavedView]:
        """The views of this list that the user may see; `opens_first` marks the default one. One query."""
        if not self.has_view_permission(request):
            return []
        chosen = DefaultView.objects.filter(view=OuterRef("pk"), user=request.user.pk)
        rows = SavedView.objects.allowed(request.user, "view").filter(page=self.page)
        may_delete = ExpressionWrapper(rows_allowed(SavedView, request.user, "delete"), BooleanField())
        rows = rows.annotate(opens_first=Exists(chosen), may_delete=may_delete)
        return list(rows.select_related("owner").order_by("name", "pk"))

    def opened_by_default(self, request: MemberRequest, views: list[SavedView]) -> HttpResponseRedirect | None:
        """A redirect to the user's default view if the list is opened without query parameters; else None."""
        default = next((view for view in views if getattr(view, "opens_first", False)), None)
        if default is None or request.method != "GET" or request.GET:
            return None
        unknown = self.unknown_to_list(request, default.query)
        if not unknown:
            return HttpResponseRedirect(f"{request.path}?{default.query}")
        words = _("Your view “%(name)s” uses a filter that no longer exists (%(what)s). The whole list is shown.")
        messages.warning(request, words % {"name": default.name, "what": ", ".join(unknown)})
        return None

    # --- The menu ---

    def views_menu(self, request: MemberRequest, views: list[SavedView]) -> Menu:
        """The context of the menu above the list."""
        present = parts_of(request.META.get("QUERY_STRING", ""))
        rows = [self.views_menu_row(request, view, present) for view in views]
        return {
            "mine": [row for row in rows if row["is_mine"]],
            "shared": [row for row in rows if not row["is_mine"]],
            "active": next((row["view"] for row in rows if row["is_active"]), None),
            "save_url": f"{self.url_of_views('save_view')}?{urlencode({'query': urlencode(present)})}",
            "plain": PLAIN,
        }

    def views_menu_row(self, request: MemberRequest, view: SavedView, present: list[tuple[str, str]]) -> MenuRow:
        return {
            "view": view,
            "is_mine": view.owner_id == request.user.pk,
            "is_active": parts_of(view.query) == present and bool(present),
            "unknown": ", ".join(self.unknown_to_list(request, view.query)),
            "urls": {verb: self.url_of_views("saved_view", view.pk, verb) for verb in VERBS},
        }

    def url_of_views(self, page: str, *args: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)


class ViewPages:
    """The dialogs and actions for saved views of one list, for one request."""

    def __init__(self, screen: SavedViews, request: MemberRequest):
        self.screen, self.request, self.user = screen, request, request.user
        if not screen.has_view_permission(request):
            raise RightMissing(f"{screen.opts.app_label}.view_{screen.opts.model_name}")

    def save(self) -> HttpResponse:
        """The dialog that saves the current filter: GET shows the form, POST saves."""
        query = urlencode(parts_of(self.request.GET.get("query", "")[: 2 * SavedView.MOST_QUERY]))
        view = SavedView(owner_id=self.user.pk, page=self.screen.page, query=query)
        return self.ask(view, _("Save this view"), self.problem_of(query))

    def problem_of(self, query: str) -> Label:
        """Why a filter cannot be saved; empty if it can."""
        if not query:
            return _("No filter, search or sorting is set. Set one, then save the view.")
        if len(query) > SavedView.MOST_QUERY:
            return _("This filter is too long to save.")
        if unknown := self.screen.unknown_to_list(self.request, query):
            return _("This list has no filter named %(what)s.") % {"what": ", ".join(unknown)}
        if SavedView.objects.filter(owner=self.user.pk, page=self.screen.page).count() >= MOST_VIEWS:
            return _("You already have %(most)s views of this list. Delete one first.") % {"most": MOST_VIEWS}
        return ""

    def change(self, view_id: int, verb: str) -> HttpResponse:
        """Rename, share or delete a view, or make it the default or not."""
        needs = VERBS.get(verb)
        if needs is None or view_id > MAX_ID:
            raise Http404
        rows = SavedView.objects.allowed(self.user, "view").filter(page=self.screen.page, pk=view_id)
        view = rows.first()
        if view is None:
            raise Http404
        if not self.user.has_perm(f"core.{needs}_savedview", view):
            raise RightMissing(f"core.{needs}_savedview")
        return cast(HttpResponse, getattr(self, verb)(view))

    def edit(self, view: SavedView) -> HttpResponse:
        return self.ask(view, _("Change this view"))

    def delete(self, view: SavedView) -> HttpResponse:
        if self.request.method != "POST":
            return self.dialog({"view": view, "title": _("Delete this view"), "is_deletion": True})
        view.delete()
        messages.success(self.request, _("View deleted. The rows themselves are not affected."))
        return self.go(f"{self.list_url}{PLAIN}")

    def first(self, view: SavedView) -> HttpResponse:
        if self.request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        DefaultView.choose(self.user, view)
        messages.success(self.request, _("This list now opens with “%(name)s”.") % {"name": view.name})
        return self.go(self.back)

    def plain(self, view: SavedView) -> HttpResponse:
        if self.request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        DefaultView.objects.filter(user=self.user.pk, view=view).delete()
        messages.success(self.request, _("This list now opens without a filter."))
        return self.go(self.back)

    def ask(self, view: SavedView, title: Label, problem: Label = "") -> HttpResponse:
        """The dialog for the name of `view`; POST saves it."""
        is_default = bool(view.pk) and DefaultView.objects.filter(user=self.user.pk, view=view).exists()
        initial = {"name": view.name, "is_shared": view.is_shared, "is_default": is_default}
        posted = self.request.POST if self.request.method == "POST" else None
        form = ViewForm(posted, view=view, initial=initial)
        if posted is not None and not problem and form.is_valid():
            self.keep(view, cast(ViewData, form.cleaned_data))
            return self.go(f"{self.list_url}?{view.query}")
        return self.dialog({"form": form, "view": view, "title": title, "problem": problem})

    def keep(self, view: SavedView, data: ViewData) -> None:
        """Store the form's data in `view`."""
        with transaction.atomic():
            view.name, view.is_shared = data["name"], data["is_shared"]
            view.save()
            if data["is_default"]:
                DefaultView.choose(self.user, view)
            else:
                DefaultView.objects.filter(user=self.user.pk, view=view).delete()
        messages.success(self.request, _("View “%(name)s” saved.") % {"name": view.name})

    # --- Responses ---

    @property
    def is_dialog(self) -> bool:
        return self.request.headers.get("X-Dialog") == "1"

    @property
    def list_url(self) -> str:
        return reverse(f"admin:{self.screen.opts.app_label}_{self.screen.opts.model_name}_changelist")

    @property
    def back(self) -> str:
        """The page where the user came from, if it belongs to this site."""
        request = self.request
        wanted = request.GET.get("next") or request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        return wanted if is_ours and "/views/" not in wanted else f"{self.list_url}{PLAIN}"

    def dialog(self, context: Context) -> HttpResponse:
        """The form in the dialog, or on a page of its own."""
        request = self.request
        context |= {"opts": self.screen.opts, "action_url": request.get_full_path(), "back": self.back}
        if self.is_dialog:
            return render(request, "admin/view_form.html", context)
        return TemplateResponse(request, "admin/view.html", {**self.screen.admin_site.each_context(request), **context})

    def go(self, target: str) -> HttpResponse:
        """Redirect the browser to `target`; an open dialog gets the address as JSON."""
        return Go(target) if self.is_dialog else HttpResponseRedirect(target)
