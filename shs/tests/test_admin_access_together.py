"""What the pages of several users show of the same rows, deleted rows, and registered screens."""

from django.apps import apps
from django.contrib import admin
from django.test import TestCase, tag
from django.urls import reverse

from shs.core.admin.screen import Screen
from shs.core.grants.table import may_all
from shs.testing import INSIDE, OUTSIDE
from shs.tests.test_admin_access import Replay


class Together(Replay, TestCase):
    """What is compared between users, or is the same for all of them."""

    def test_everyone_is_tried_and_on_the_right_side(self):
        self.assertEqual(tuple(name for name, _user, _client in self.clients(inside=True)), INSIDE)
        self.assertEqual(tuple(name for name, _user, _client in self.clients(inside=False)), OUTSIDE)

    def test_a_login_without_next_lands_on_the_dashboard(self):
        client = self.sign_in(self.frank)
        self.assertRedirects(client.get(reverse("admin:login")), reverse("admin:index"))

    def test_the_history_of_an_account_is_for_those_who_run_accounts_or_audit(self):
        self.alice.suspend(reason="a private matter")
        told = set()
        for name, _user, client in self.clients(inside=True):
            answer = client.get(self.url(type(self.alice), "history", self.alice.pk))
            if answer.status_code == 200:
                self.assertContains(answer, "a private matter")
                told.add(name)
        self.assertEqual(told, {"frank", "irene"})

    def test_a_version_of_one_row_is_not_shown_under_another(self):
        client = self.sign_in(self.frank)
        for model, _screen in self.screens():
            one, other = [*model._base_manager.order_by("pk")[:2], None, None][:2]
            if other is None or not self.versions(other):
                continue
            with self.subTest(model=model.__name__):
                url = self.url(model, "simple_history", one.pk, self.versions(other)[0])
                self.assertEqual(self.ask(client, url), 404)

    def test_a_chooser_that_does_not_exist_is_refused(self):
        client = self.sign_in(self.frank)
        for query in ("", "?app_label=users", "?app_label=users&model_name=user&field_name=password", "?term=%25"):
            with self.subTest(query=query):
                self.assertIn(self.ask(client, reverse("admin:autocomplete") + query), {400, 403, 404})


@tag("any_database")
class DeletedRows(Replay, TestCase):
    def test_the_history_of_a_row_that_is_gone_is_for_those_who_audit(self):
        for model, _screen in self.screens():
            gone = model.history.order_by("-history_id").first() if hasattr(model, "history") else None
            if gone is None:
                continue
            key = model._base_manager.order_by("-pk").values_list("pk", flat=True).first() + 1000
            version = model.history.model(
                **{field.attname: getattr(gone, field.attname) for field in gone._meta.fields}
            )
            version.history_id, version.history_type = None, "-"
            setattr(version, model._meta.pk.attname, key)
            version.save()
            for name, user, client in self.clients(inside=True):
                audits = user.has_perm("core.view_readlog") and may_all(user, model, "view")
                with self.subTest(who=name, model=model.__name__):
                    status = self.ask(client, self.url(model, "history", key))
                    self.assertEqual(status, 200 if audits else 404)


class Registered(TestCase):
    def test_every_registered_model_stands_on_the_base(self):
        plain = [model._meta.label for model, screen in admin.site._registry.items() if not isinstance(screen, Screen)]
        self.assertEqual(plain, [])

    def test_every_app_with_a_screen_has_a_human_name(self):
        for model in admin.site._registry:
            name = str(apps.get_app_config(model._meta.app_label).verbose_name)
            with self.subTest(app=name):
                self.assertRegex(name, r"^[A-Z]")
                self.assertNotIn("_", name)
