"""Every address of the admin, tried on every registered model by every test user."""

from collections.abc import Iterator
from typing import NamedTuple
from unittest.mock import patch

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory, tag
from django.urls import URLPattern, reverse

from shs.core.admin.screen import Screen
from shs.core.context import RequestContext, current
from shs.core.grants.table import may_some, rows_allowed
from shs.core.types import MAX_ID
from shs.testing import INSIDE, OUTSIDE
from shs.tests.generate import ManyPages, one_class_each, spread
from shs.users.models import User

REFUSED = {403, 404}
OPEN_PAGES = {"login", "logout", "jsi18n"}
PAGES_OF_PHARMACIES = {
    "pharmacy",
    "second_factor",
    "sessions",
    "stay",
    "password_change",
    "password_change_done",
}
"""What people of pharmacies open in the admin: their one page, and their own login."""


class Sample(NamedTuple):
    """For one user: a row of a model that they may see and one that they may not; None where there is none."""

    visible: models.Model | None
    hidden: models.Model | None

    def __iter__(self):
        return iter([(row, is_visible) for row, is_visible in ((self[0], True), (self[1], False)) if row is not None])


APPS = sorted({model._meta.app_label for model in admin.site._registry})


@tag("replay")
class Replay(ManyPages):
    """Shared by the tests below: which users open which screens with which rows. A class may be limited to one user
    (`who`) or to the screens of one app (`app`). Pages are not rendered (`test_pages.py` does that)."""

    who = ""
    app = ""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(TemplateResponse, "rendered_content", property(self.read_rows)))
        self.enterContext(patch("shs.console.navigation", lambda request: []))

    def refuse(self, request: HttpRequest, status: int, **words: object) -> HttpResponse:
        return HttpResponse(status=status)

    @staticmethod
    def read_rows(response: TemplateResponse) -> str:
        """Instead of a page, the rows of its list: the status does not depend on how they are rendered."""
        context = response.context_data or {}
        return str(list(context["cl"].result_list)) if "cl" in context else ""

    def screens(self) -> Iterator[tuple[type[models.Model], Screen]]:
        for model, screen in admin.site._registry.items():
            if self.app in ("", model._meta.app_label):
                yield model, screen

    def clients(self, *, inside: bool) -> Iterator[tuple[str, object, Client]]:
        """The users who may enter the admin, or those who may not, each with a client of their own."""
        for name, user in self.people.items():
            if self.who not in ("", name):
                continue
            if inside == (user.is_authenticated and user.uses_back_office):
                yield name, user, self.sign_in(user) if user.is_authenticated else Client()

    def url(self, model: type[models.Model], page: str, *args) -> str:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)

    def may(self, user, model: type[models.Model], action: str, row: models.Model | None = None) -> bool:
        if row is None:
            return may_some(user, model, action)
        return user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}", row)

    def sample(self, user, model: type[models.Model]) -> Sample:
        rows = model._base_manager.order_by("pk")
        allowed = rows_allowed(model, user, "view")
        return Sample(rows.filter(allowed).first(), rows.exclude(pk__in=rows.filter(allowed).values("pk")).first())

    def versions(self, row: models.Model) -> list[int]:
        """The history ids of `row`."""
        history = getattr(row, "history", None)
        return list(history.values_list("history_id", flat=True)[:1]) if history is not None else []

    def sign_in(self, user) -> Client:
        """A client that has opened a page. The first page of a login stores where it is used, which would be done again
        for each POST, because it is rolled back with it."""
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        client.get(reverse("admin:stay"))
        return client

    def ask(self, client: Client, url: str, data: dict | None = None) -> int:
        """The status of a GET, or of a POST of `data`, whose changes are rolled back."""
        if data is None:
            return client.get(url).status_code
        with transaction.atomic():
            status = client.post(url, data).status_code
            transaction.set_rollback(True)
        return status

    def addresses(self, model: type[models.Model], screen: Screen) -> Iterator[str]:
        """Every address of a screen, with the keys of a row that exists."""
        row = model._base_manager.order_by("pk").first()
        values = {"object_id": row.pk if row else 1, "version_id": 1, "name": next(iter(screen.steps()), "none")}
        for pattern in screen.get_urls():
            if not isinstance(pattern, URLPattern) or not pattern.name:
                continue
            names = pattern.pattern.converters or {}
            args = [values.get(name, 1) for name in names] or [values["object_id"], 1][: pattern.pattern.regex.groups]
            yield reverse(f"admin:{pattern.name}", args=args)


@tag("any_database")
@one_class_each("who", OUTSIDE)
class WhoStaysOutside(Replay):
    def test_patients_suspended_users_and_nobody_are_sent_to_the_login(self):
        for name, _user, client in self.clients(inside=False):
            for model, screen in self.screens():
                for url in self.addresses(model, screen):
                    for method in (client.get, client.post):
                        with self.subTest(who=name, url=url, method=method.__name__):
                            response = method(url)
                            self.assertEqual(response.status_code, 302)
                            self.assertTrue(response["Location"].startswith(reverse("admin:login")))

    def test_no_page_beside_the_screens_is_open_to_them(self):
        for name, _user, client in self.clients(inside=False):
            for pattern in admin.site.get_urls():
                if not isinstance(pattern, URLPattern) or pattern.pattern.regex.groups or pattern.name in OPEN_PAGES:
                    continue
                if name == "judy" and pattern.name in PAGES_OF_PHARMACIES:
                    self.assertEqual(client.get(reverse(f"admin:{pattern.name}")).status_code, 200, pattern.name)
                    continue
                with self.subTest(who=name, page=pattern.name):
                    response = client.get(reverse(f"admin:{pattern.name}"))
                    self.assertIn(response.status_code, {301, 302})
                    self.assertNotEqual(response["Location"], reverse("admin:index"))


@tag("any_database")
@one_class_each("who", INSIDE)
class Posts(Replay):
    """What is posted without the right changes nothing. (GETs of every page: `test_pages.py`.)"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples: dict[tuple[object, type[models.Model]], Sample] = {}

    def setUp(self):
        super().setUp()
        # What the test itself asks of the grant table is read once, as in one request: each change is rolled back.
        self.addCleanup(current.reset, current.set(RequestContext(RequestFactory().get("/"))))

    def sample(self, user, model: type[models.Model]) -> Sample:
        """Looked for once: every test begins with the same rows."""
        if (user.pk, model) not in self.samples:
            self.samples[user.pk, model] = super().sample(user, model)
        return self.samples[user.pk, model]

    def test_a_version_is_restored_by_nobody_who_may_not_change_the_row_and_not_without_a_reason(self):
        for name, user, client in self.clients(inside=True):
            request = RequestFactory().get("/")
            request.user = user
            for model, screen in self.screens():
                for row, _is_visible in self.sample(user, model):
                    for version in self.versions(row):
                        with self.subTest(who=name, row=f"{model.__name__} {row.pk}"):
                            url = self.url(model, "simple_history", row.pk, version)
                            expected = {200, 404} if screen.may_restore(request, row) else {404, 405}
                            self.assertIn(self.ask(client, url, {}), expected)
                            self.assertEqual(self.versions(row)[0], version)

    def test_a_row_is_not_deleted_without_the_right(self):
        for name, user, client in self.clients(inside=True):
            for model, _screen in self.screens():
                for row, is_visible in self.sample(user, model):
                    if not (is_visible and self.may(user, model, "delete", row)):
                        with self.subTest(who=name, row=f"{model.__name__} {row.pk}"):
                            client.post(self.url(model, "delete", row.pk), {"post": "yes"})
                            self.assertTrue(model._base_manager.filter(pk=row.pk).exists())

    def test_a_form_that_is_posted_without_the_right_is_refused(self):
        for name, user, client in self.clients(inside=True):
            for model, _screen in self.screens():
                for row, is_visible in self.sample(user, model):
                    may = is_visible and self.may(user, model, "change", row)
                    with self.subTest(who=name, row=f"{model.__name__} {row.pk}"):
                        status = self.ask(client, self.url(model, "change", row.pk), {})
                        self.assertIn(status, {200, 302, 403} if may else REFUSED)

    def test_a_step_that_is_posted_without_the_right_is_refused(self):
        for name, user, client in self.clients(inside=True):
            for model, screen in self.screens():
                for row, is_visible in self.sample(user, model):
                    for step in screen.steps().values():
                        may = is_visible and self.may(user, model, step.action, row)
                        with self.subTest(who=name, row=f"{model.__name__} {row.pk}", step=step.name):
                            status = self.ask(client, self.url(model, "step", row.pk, step.name), {})
                            self.assertIn(status, range(200, 500) if may else REFUSED)

    def test_a_chooser_offers_only_rows_that_its_user_may_see_or_choose(self):
        for name, user, client in self.clients(inside=True):
            for model, screen in self.screens():
                for field in screen.autocomplete_fields:
                    remote = model._meta.get_field(field).remote_field
                    target, key = remote.model, remote.field_name or "pk"
                    response = client.get(
                        reverse("admin:autocomplete"),
                        {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field},
                    )
                    with self.subTest(who=name, field=f"{model.__name__}.{field}"):
                        self.assertIn(response.status_code, {200, 403})
                        if response.status_code == 200:
                            offered = {hit["id"] for hit in response.json()["results"]}
                            may = rows_allowed(target, user, "view") | rows_allowed(target, user, "choose")
                            rows = target._base_manager.filter(may, **{f"{key}__in": offered})
                            self.assertEqual(offered, {str(value) for value in rows.values_list(key, flat=True)})


@one_class_each("app", APPS)
class Hostile(Replay):
    """Each page gets some of the wrong values, and each value goes to pages of each kind (`spread`)."""

    SEARCHES = ("?q=%25%27%22", "?q=" + "9" * 40, "?q=%F0%9F%92%89", "?q=%ED%A0%80")
    QUERIES = (
        "?p=99999",
        "?p=-1",
        "?p=x",
        f"?p={10**30}",
        "?o=99",
        "?o=-1.x",
        "?all=",
        "?e=1",
        "?_popup=1",
        f"?id={10**30}",
        "?id__in=a,b",
        "?pk__gt=x",
        "?no_such_field=1",
    )

    KEYS = (MAX_ID, MAX_ID + 1, 10**40, 0, "-1", "abc", "1.5", "٣", "_5F", "1/2", "é")
    CHOSEN = ("x", "", str(10**30), "-1", "1 OR 1=1", "\x00")

    def numbered(self) -> Iterator[tuple[int, type[models.Model], Screen]]:
        """The screens of the app, each with its number among all screens."""
        every = list(admin.site._registry)
        for model, screen in self.screens():
            yield every.index(model), model, screen

    def test_no_query_breaks_a_list(self):
        client = self.sign_in(self.frank)
        for number, model, _screen in self.numbered():
            for query in (*self.SEARCHES, *self.QUERIES[number % 2 :: 2]):
                with self.subTest(model=model.__name__, query=query[:40]):
                    self.assertIn(self.ask(client, self.url(model, "changelist") + query), {200, 302, 400, 403})

    def test_a_nul_in_an_address_is_400(self):
        client = self.sign_in(self.frank)
        for model, _screen in self.screens():
            for url in (f"{self.url(model, 'changelist')}?q=a%00b", f"{self.url(model, 'changelist')}a%00b/change/"):
                with self.subTest(url=url):
                    self.assertEqual(self.ask(client, url), 400)

    def test_no_key_breaks_a_page(self):
        client = self.sign_in(self.frank)
        for number, model, screen in self.numbered():
            pages = [("change",), ("delete",), ("history",), *(("step", step) for step in [*screen.steps(), "no-such"])]
            pages += [("simple_history", version) for version in (1, 10**40, "x")]
            for key, (page, *last) in spread(self.KEYS, pages, number):
                if page == "simple_history" and key == "1/2":
                    continue  # no such address
                url = self.url(model, page, key, *last)
                with self.subTest(url=url):
                    self.assertIn(self.ask(client, url), {302, 403, 404})

    def test_no_version_breaks_the_page_of_a_version(self):
        client = self.sign_in(self.frank)
        for model, _screen in self.screens():
            row = self.sample(self.frank, model).visible
            for version in (0, MAX_ID, MAX_ID + 1, 10**40, "x"):
                if row is not None:
                    with self.subTest(model=model.__name__, version=version):
                        self.assertEqual(self.ask(client, self.url(model, "simple_history", row.pk, version)), 404)

    def test_no_choice_of_rows_breaks_an_action(self):
        client = self.sign_in(self.frank)
        for number, model, _screen in self.numbered():
            for chosen, action in spread(self.CHOSEN, ("delete_selected", "no_such_action", ""), number):
                with self.subTest(model=model.__name__, chosen=chosen, action=action):
                    count = model._base_manager.count()
                    data = {"action": action, "_selected_action": [chosen], "index": "0"}
                    self.assertIn(self.ask(client, self.url(model, "changelist"), data), {200, 302, 400, 403})
                    self.assertEqual(model._base_manager.count(), count)

    def test_no_list_is_filtered_by_a_secret(self):
        for name, user, client in self.clients(inside=True):
            for model, _screen in self.screens():
                paths = ["password__startswith", "token_version", "last_login__gt"] if model is User else []
                for field in model._meta.get_fields():
                    if field.is_relation and field.related_model is User and hasattr(field, "attname"):
                        paths += [f"{field.name}__password__startswith", f"{field.name}__token_version"]
                for path in paths:
                    with self.subTest(who=name, model=model.__name__, path=path):
                        if self.may(user, model, "view"):
                            status = self.ask(client, f"{self.url(model, 'changelist')}?{path}=a")
                            self.assertEqual(status, 400)
