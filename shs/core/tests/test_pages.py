"""What a person reads where a page cannot be shown."""

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

    def test_a_page_that_is_not_theirs_names_the_missing_right_and_who_holds_it(self):
        response = self.open(self.erin, reverse("admin:blog_blogpost_changelist"))
        self.assertEqual(response.status_code, 403)
        for words in ("Can view articles", "Moderators", "Admin", "ask an admin", 'href="/admin/"'):
            self.assertTrue(words in response.content.decode(), words)

    def test_so_does_a_page_beside_the_screens(self):
        for url in (reverse("admin:moderation"), reverse("admin:changes"), reverse("admin:system")):
            response = self.open(self.erin, url)
            with self.subTest(url=url):
                self.assertEqual(response.status_code, 403)
                self.assertTrue("People who have it" in response.content.decode())

    def test_and_a_step(self):
        response = self.open(self.irene, reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel")))
        self.assertEqual(response.status_code, 403)
        self.assertTrue("Can cancel a visit" in response.content.decode())

    def test_what_is_not_there_and_what_is_not_theirs_read_the_same(self):
        said = []
        for pk in (self.alice.pk, 999_999_999):
            response = self.open(self.grace, f"/admin/users/user/{pk}/change/")
            self.assertEqual(response.status_code, 404)
            _before, _mark, message = response.content.decode().partition('class="shs-empty"')
            said.append(message.partition("</div>")[0])
        self.assertTrue("Page not found" in said[0])
        self.assertEqual(said[0], said[1])

    def test_who_is_not_inside_is_not_shown_the_back_office(self):
        response = self.client.get("/no-such-page")
        self.assertEqual(response.status_code, 404)
        self.assertTrue("Page not found" in response.content.decode())
        self.assertFalse("nav-sidebar" in response.content.decode())

    def test_every_screen_says_which_right_it_lacks(self):
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            response = self.open(self.dave, url)
            if response.status_code == 403:
                with self.subTest(screen=model._meta.label):
                    self.assertTrue("Your account does not have the permission" in response.content.decode())

    def test_a_mistake_of_ours_gives_a_number_to_name_and_asks_the_database_nothing(self):
        request = RequestFactory().get("/admin/")
        with self.assertNumQueries(0):
            response = broken(request)
        self.assertEqual(response.status_code, 500)
        self.assertTrue("Something went wrong" in response.content.decode())
