"""Compares the CPU time of admin pages with Django's own admin for the same rows and columns, in one process and in
turn, so that other load affects both. Results are ratios, because machines differ."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, cast

import django.contrib.admin
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.urls import reverse

from shs.core.admin.dashboards import screen_of
from shs.core.admin.rights import Field, FieldSets
from shs.core.admin.screen import Screen
from shs.core.caller import MemberRequest
from shs.core.context import RequestContext, current
from shs.core.grants.table import rows_allowed
from shs.core.seeding.marks import ADMIN, MODERATOR, address
from shs.demo.benchmark.report import budget
from shs.users.models import User

CASES = (
    ("appointment.Appointment", ADMIN),
    ("users.User", ADMIN),
    ("doctors.DoctorInformation", ADMIN),
    ("doctors.DoctorReview", MODERATOR),
    ("blog.BlogPost", MODERATOR),
    ("prescription.Prescription", "doctor1"),
)
"""The model of a screen, and the demo account that opens it."""


class PageCost(NamedTuple):
    """The results for a page, whose `kind` is list or form: median CPU times in milliseconds of ours and of Django's
    own admin."""

    kind: str
    page: str
    ours: float
    stock: float

    @property
    def ratio(self) -> float:
        return self.ours / self.stock

    def line(self) -> str:
        """A line of the printed table."""
        return f"{self.page:34}{self.ours:9.1f}{self.stock:9.1f}{self.ratio:8.2f}{budget()['stock'][self.kind]:9.1f}"

    def over_budget(self) -> list[str]:
        """A sentence if it takes more than the budget allows for its kind."""
        most = budget()["stock"][self.kind]
        return [f"{self.page}: {self.ratio:.2f} times Django's own, at most {most}"] if self.ratio > most else []


TITLE = f"{'milliseconds of CPU time':34}{'ours':>9}{'stock':>9}{'ratio':>8}{'at most':>9}"


class StockAdmin(admin.ModelAdmin[Model] if TYPE_CHECKING else admin.ModelAdmin):
    """Django's own ModelAdmin with the columns, fields, rows, choices and rights of one of our screens. Methods used as
    columns are looked up on that screen."""

    screen: Screen
    show_full_result_count = False

    def __getattr__(self, name: str) -> object:
        return getattr(type(self).screen, name)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.screen.has_view_permission(cast(MemberRequest, request), obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.screen.has_change_permission(cast(MemberRequest, request), obj)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Model]":
        return self.screen.get_queryset(cast(MemberRequest, request))

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return StockList

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> FieldSets:
        return self.screen.get_fieldsets(cast(MemberRequest, request), obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.screen.get_readonly_fields(cast(MemberRequest, request), obj)

    def formfield_for_foreignkey(self, db_field: Field, request: HttpRequest, **kwargs: object) -> forms.Field | None:
        kwargs["queryset"] = self.screen._choices(db_field, cast(MemberRequest, request), kwargs)
        return cast("forms.Field | None", super().formfield_for_foreignkey(db_field, request, **kwargs))


class StockList(ChangeList):
    """Django's own ChangeList, prepared with what our columns show."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        cast(StockAdmin, self.model_admin).screen.prepare_page(cast(MemberRequest, request), self.result_list)


SAME = ("list_display", "list_select_related", "list_per_page", "search_fields", "ordering", "autocomplete_fields")
SAME_INLINE = ("model", "fields", "readonly_fields", "extra", "autocomplete_fields", "verbose_name_plural")
"""The attributes that Django's own admin takes from our screen."""


def stock_site() -> admin.AdminSite:
    """Django's own admin site with all models of ours. Of our filters it has those by a field of the model."""
    site = admin.AdminSite(name="admin")
    for model, found in admin.site._registry.items():
        screen = cast(Screen, found)
        options: dict[str, object] = {name: getattr(screen, name) for name in SAME}
        plain = {field.name for field in model._meta.fields if not field.is_relation}
        names = [entry[0] if isinstance(entry, tuple | list) else entry for entry in screen.list_filter]
        options["list_filter"] = [name for name in names if isinstance(name, str) and name in plain]
        options["inlines"] = [_stock_inline(inline) for inline in screen.inlines]
        site.register(model, type(f"Stock{model.__name__}", (StockAdmin,), {**options, "screen": screen}))
    return site


def _stock_inline(inline: type) -> type:
    options = {name: getattr(inline, name) for name in SAME_INLINE}
    return type(f"Stock{inline.__name__}", (admin.TabularInline,), options)


def stock_templates() -> DjangoTemplates:
    """Django's own admin templates, without ours and those of packages."""
    folder = Path(django.contrib.admin.__file__).parent / "templates"
    options = {"context_processors": engines["django"].engine.context_processors}  # type: ignore[attr-defined]
    return DjangoTemplates({"NAME": "stock", "DIRS": [folder], "APP_DIRS": False, "OPTIONS": options})


class Asked(NamedTuple):
    """A page to request: a screen's view, the address, the user, and the key of the row, if any."""

    view: str
    path: str
    person: User
    key: tuple[str, ...] = ()


@contextmanager
def served(asked: Asked) -> Iterator[MemberRequest]:
    """The request for a page, in whose context permissions are cached as in production."""
    request = cast(MemberRequest, RequestFactory().get(asked.path, HTTP_HOST="127.0.0.1"))
    request.user = User.objects.get(pk=asked.person.pk)
    request.session = SessionStore()
    setattr(request, "_messages", FallbackStorage(request))  # noqa: B010  (no type knows it)
    token = current.set(RequestContext(request))
    try:
        yield request
    finally:
        current.reset(token)


def ours(screen: Screen, asked: Asked) -> bytes:
    """The response of our admin."""
    with served(asked) as request:
        answer: TemplateResponse = getattr(screen, asked.view)(request, *asked.key)
        return bytes(answer.render().content)


def stock(screen: object, asked: Asked, templates: DjangoTemplates) -> bytes:
    """The response of Django's own admin."""
    with served(asked) as request:
        answer: TemplateResponse = getattr(screen, asked.view)(request, *asked.key)
        name = templates.engine.select_template(cast("list[str]", answer.template_name)).name
        return templates.get_template(str(name)).render(answer.context_data, request).encode()


Page = Callable[[], bytes]


def pages() -> Iterator[tuple[str, str, Page, Page]]:
    """Each page: its kind, its name, a function for ours, and one for Django's own admin."""
    site, templates = stock_site(), stock_templates()
    for label, login in CASES:
        model = apps.get_model(label)
        screen, other = screen_of(model), site.get_model_admin(model)
        person = User.objects.get(email=address(login))
        rows = model._default_manager.filter(rows_allowed(model, person, "view"))
        if label == "prescription.Prescription":
            rows = rows.released()  # the form of a draft has fields that the model does not have
        row = rows.order_by("-pk")[0]
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        opened = Asked("change_view", f"{path}{row.pk}/change/", person, (str(row.pk),))
        for kind, asked in (("list", Asked("changelist_view", f"{path}?p=1", person)), ("form", opened)):
            name = f"{kind} of {model._meta.verbose_name_plural}"
            yield kind, name, partial(ours, screen, asked), partial(stock, other, asked, templates)


def measure_stock(*, rounds: int) -> Iterator[PageCost]:
    """Request each page `rounds` times, ours and Django's in turn."""
    for kind, name, our, their in pages():
        our(), their()  # compile the templates
        times = [(_cpu(our), _cpu(their)) for _round in range(rounds)]
        yield PageCost(kind, name, *(1000 * median(one) for one in zip(*times, strict=True)))


def _cpu(work: Page) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start
