"""Saved views: named filters, private or shared, which never show more than the user may see."""

from urllib.parse import urlencode

from django.test import Client, TestCase
from django.urls import reverse

from shs.core.admin.models import DefaultView, SavedView
from shs.testing import EveryModel

VISITS = "appointment.appointment"


class Views(EveryModel, TestCase):
    def sign_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def list_of(self, page: str) -> str:
        return reverse(f"admin:{page.replace('.', '_')}_changelist")

    def save(self, user, query: str, *, page: str = VISITS, name: str = "Mine", **data):
        url = reverse(f"admin:{page.replace('.', '_')}_save_view")
        return self.sign_in(user).post(f"{url}?{urlencode({'query': query})}", {"name": name, **data})

    def do(self, user, view: SavedView, verb: str, data: dict | None = None):
        url = reverse(f"admin:{view.page.replace('.', '_')}_saved_view", args=(view.pk, verb))
        return self.sign_in(user).post(url, data or {})

    def keep(self, owner, query: str, *, page: str = VISITS, name: str = "Kept", is_shared: bool = False) -> SavedView:
        return SavedView.objects.create(owner=owner, page=page, name=name, query=query, is_shared=is_shared)


class Saving(Views):
    def test_a_filter_is_saved_without_page_number_and_empty_values(self):
        self.assertEqual(self.save(self.erin, "tab=all&status__exact=pending&p=3&q=&e=1").status_code, 302)
        view = SavedView.objects.get(owner=self.erin)
        self.assertEqual((view.page, view.query), (VISITS, "status__exact=pending&tab=all"))

    def test_a_range_of_dates_can_be_saved_and_opened(self):
        self.save(self.erin, "tab=all&starts_at_from_0=2026-01-01&starts_at_to_0=2026-02-01")
        view = SavedView.objects.get(owner=self.erin)
        self.assertEqual(self.sign_in(self.erin).get(f"{self.list_of(VISITS)}?{view.query}").status_code, 200)

    def test_parameters_that_are_no_filter_of_the_list_are_refused(self):
        for query in ("password__startswith=a", "patient__password=x", "no_such=1", "doctor__user__email=a", ""):
            with self.subTest(query=query):
                self.assertEqual(self.save(self.frank, query).status_code, 200)
                self.assertFalse(SavedView.objects.filter(owner=self.frank).exists())

    def test_views_with_search_words_can_be_saved_but_not_shared(self):
        answer = self.save(self.erin, "q=Alice", is_shared="on")
        self.assertContains(answer, "may contain a person")
        self.save(self.erin, "q=Alice")
        view = SavedView.objects.get(owner=self.erin)
        self.do(self.erin, view, "edit", {"name": "Mine", "is_shared": "on"})
        view.refresh_from_db()
        self.assertFalse(view.is_shared)

    def test_the_name_of_a_view_is_unique_for_a_list(self):
        self.save(self.erin, "tab=all")
        self.assertContains(self.save(self.erin, "tab=past"), "You already have a view with this name.")
        self.save(self.carol, "tab=past")
        self.assertEqual(SavedView.objects.filter(page=VISITS).count(), 2)

    def test_a_user_who_may_not_see_the_list_cannot_save_views(self):
        self.assertEqual(self.save(self.henry, "tab=all").status_code, 403)

    def test_get_requests_change_nothing(self):
        view = self.keep(self.erin, "tab=all")
        client = self.sign_in(self.erin)
        for verb, status in (("first", 405), ("plain", 405), ("delete", 200), ("edit", 200), ("nonsense", 404)):
            with self.subTest(verb=verb):
                url = reverse("admin:appointment_appointment_saved_view", args=(view.pk, verb))
                self.assertEqual(client.get(url).status_code, status)
        self.assertTrue(SavedView.objects.filter(pk=view.pk).exists())
        self.assertFalse(DefaultView.objects.exists())


class Opening(Views):
    def test_a_list_opens_with_the_default_view_and_links_to_the_whole_list(self):
        self.save(self.erin, "tab=past", is_default="on")
        client = self.sign_in(self.erin)
        self.assertRedirects(client.get(self.list_of(VISITS)), f"{self.list_of(VISITS)}?tab=past")
        for query in ("?p=1", "?tab=all", "?tab=today"):
            self.assertEqual(client.get(self.list_of(VISITS) + query).status_code, 200)

    def test_a_list_has_at_most_one_default_which_can_be_set_and_removed(self):
        first, second = self.keep(self.erin, "tab=past", name="A"), self.keep(self.erin, "tab=all", name="B")
        self.do(self.erin, first, "first")
        self.do(self.erin, second, "first")
        self.assertEqual(DefaultView.objects.get(user=self.erin).view, second)
        self.do(self.erin, second, "plain")
        self.assertFalse(DefaultView.objects.exists())

    def test_a_filter_that_no_longer_exists_is_named_in_a_message(self):
        view = self.keep(self.erin, "colour=red")
        DefaultView.choose(self.erin, view)
        answer = self.sign_in(self.erin).get(self.list_of(VISITS))
        self.assertContains(answer, "no longer exists (colour)")
        self.assertNotContains(answer, 'href="?colour=red"')

    def test_a_value_that_is_no_longer_valid_is_no_500(self):
        view = self.keep(self.frank, "is_active__exact=perhaps", page="users.user")
        answer = self.sign_in(self.frank).get(f"{self.list_of('users.user')}?{view.query}", follow=True)
        self.assertEqual(answer.status_code, 200)

    def test_clearing_all_filters_shows_the_whole_list_and_not_the_default(self):
        self.save(self.frank, "is_active__exact=1", page="users.user", is_default="on")
        answer = self.sign_in(self.frank).get(f"{self.list_of('users.user')}?is_active__exact=1")
        self.assertEqual(answer.context["cl"].clear_all_filters_qs, "?p=1")


class Sharing(Views):
    def menu(self, user, page: str) -> set[str]:
        answer = self.sign_in(user).get(self.list_of(page) + "?p=1")
        rows = answer.context["views"]
        return {row["view"].name for row in [*rows["mine"], *rows["shared"]]}

    def test_a_shared_view_is_offered_to_users_of_the_list_with_only_their_rows(self):
        view = self.keep(self.frank, "tab=all", name="Everything", is_shared=True)
        for user in (self.frank, self.erin, self.carol, self.irene):
            with self.subTest(who=user.name):
                self.assertIn("Everything", self.menu(user, VISITS))
        counts = {}
        for user in (self.frank, self.wendy):
            answer = self.sign_in(user).get(f"{self.list_of(VISITS)}?{view.query}")
            counts[user.name] = answer.context["cl"].result_count
        self.assertGreater(counts["Frank"], 0)
        self.assertEqual(counts["Dr. Wendy"], 0)

    def test_private_views_are_visible_to_their_owner_only(self):
        view = self.keep(self.frank, "tab=all", name="Private")
        for user in (self.erin, self.carol, self.irene):
            with self.subTest(who=user.name):
                self.assertNotIn("Private", self.menu(user, VISITS))
                self.assertEqual(self.do(user, view, "first").status_code, 404)

    def test_only_the_owner_changes_and_only_owner_or_admin_deletes_a_view(self):
        view = self.keep(self.erin, "tab=all", is_shared=True)
        self.assertEqual(self.do(self.carol, view, "edit", {"name": "Hers"}).status_code, 403)
        self.assertEqual(self.do(self.carol, view, "delete").status_code, 403)
        self.assertEqual(self.do(self.frank, view, "edit", {"name": "His"}).status_code, 403)
        self.assertEqual(self.do(self.frank, view, "delete").status_code, 302)
        self.assertFalse(SavedView.objects.filter(pk=view.pk).exists())

    def test_a_view_cannot_be_used_with_another_list(self):
        view = self.keep(self.erin, "tab=all")
        url = reverse("admin:doctors_doctorinformation_saved_view", args=(view.pk, "delete"))
        self.assertEqual(self.sign_in(self.erin).post(url).status_code, 404)

    def test_a_default_that_is_no_longer_shared_is_ignored(self):
        view = self.keep(self.frank, "tab=all", is_shared=True)
        DefaultView.choose(self.erin, view)
        view.is_shared = False
        view.save()
        self.assertEqual(self.sign_in(self.erin).get(self.list_of(VISITS)).status_code, 200)

    def test_the_history_contains_no_search_words(self):
        view = self.keep(self.erin, "q=Alice")
        self.assertNotIn("query", {field.name for field in view.history.model._meta.fields})
