"""The error pages of the admin."""

from django.contrib import admin
from django.test import Client, RequestFactory, TestCase
from django.urls import reverse

from shs.core.admin.error_pages import broken
from shs.testing import EveryModel


class ErrorPages(EveryModel, TestCase):
    def open(self, user, url: str):
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client.get(url)

    def test_a_403_names_the_missing_permission_and_who_has_it(self):
        response = self.open(self.erin, reverse("admin:blog_blogpost_changelist"))
        self.assertEqual(response.status_code, 403)
        for words in ("Can view articles", "Moderators", "Admin", "ask an admin", 'href="/admin/"'):
            self.assertTrue(words in response.content.decode(), words)

    def test_so_does_a_page_that_belongs_to_no_screen(self):
        for url in (reverse("admin:moderation"), reverse("admin:changes"), reverse("admin:system")):
            response = self.open(self.erin, url)
            with self.subTest(url=url):
                self.assertEqual(response.status_code, 403)
                self.assertTrue("People who have it" in response.content.decode())

    def test_so_does_a_step(self):
        response = self.open(self.irene, reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel")))
        self.assertEqual(response.status_code, 403)
        self.assertTrue("Can cancel a visit" in response.content.decode())

    def test_missing_and_forbidden_rows_have_the_same_page(self):
        said = []
        for pk in (self.alice.pk, 999_999_999):
            response = self.open(self.grace, f"/admin/users/user/{pk}/change/")
            self.assertEqual(response.status_code, 404)
            _before, _mark, message = response.content.decode().partition('class="shs-empty"')
            said.append(message.partition("</div>")[0])
        self.assertTrue("Page not found" in said[0])
        self.assertEqual(said[0], said[1])

    def test_without_login_the_error_page_has_no_admin_layout(self):
        response = self.client.get("/no-such-page")
        self.assertEqual(response.status_code, 404)
        self.assertTrue("Page not found" in response.content.decode())
        self.assertFalse("nav-sidebar" in response.content.decode())

    def test_every_screen_names_the_missing_permission(self):
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            response = self.open(self.dave, url)
            if response.status_code == 403:
                with self.subTest(screen=model._meta.label):
                    self.assertTrue("Your account does not have the permission" in response.content.decode())

    def test_a_500_shows_the_request_id_and_makes_no_queries(self):
        request = RequestFactory().get("/admin/")
        with self.assertNumQueries(0):
            response = broken(request)
        self.assertEqual(response.status_code, 500)
        self.assertTrue("Something went wrong" in response.content.decode())
