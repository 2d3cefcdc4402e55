"""Ctrl+K finds only what the user may see at present."""

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shs.core.grants.models import ObjectGrant
from shs.testing import EveryModel, make_user
from shs.users.models import Role, User

MOST = 12
"""The queries of one search: one for all kinds, one for each kind of which there are rows, and those of every page."""


class Search(EveryModel, TestCase):
    def sign_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def find(self, user, words: str) -> dict[str, list[str]]:
        """The results for `user`: title of the kind → titles of the rows."""
        return self.find_by(self.sign_in(user), words)

    def find_by(self, client: Client, words: str) -> dict[str, list[str]]:
        answer = client.get(reverse("admin:search"), {"s": words, "extended": "1"})
        self.assertEqual(answer.status_code, 200)
        return {str(group.title): [hit.title for hit in group.hits] for group in answer.context["groups"]}

    def test_a_visit_is_found_by_number_by_users_who_may_see_it(self):
        for name, user in self.people.items():
            if not (user.is_authenticated and user.is_active and user.uses_back_office):
                continue
            with self.subTest(who=name):
                is_found = self.visit.number in self.find(user, self.visit.number).get("Appointments", [])
                self.assertEqual(is_found, user.has_perm("appointment.view_appointment", self.visit))

    def test_a_prescription_is_found_by_visit_number_by_users_who_may_see_it(self):
        for name in ("carol", "dave", "erin", "frank", "grace", "henry", "irene"):
            user = self.people[name]
            with self.subTest(who=name):
                is_found = bool(self.find(user, self.past_visit.number).get("Prescriptions"))
                self.assertEqual(is_found, user.has_perm("prescription.view_prescription", self.prescription))

    def test_people_whom_the_user_may_not_see_are_not_found(self):
        people = list(User.objects.all())
        for name in ("carol", "dave", "erin", "frank", "grace", "henry", "irene"):
            user, client = self.people[name], self.sign_in(self.people[name])
            for whom in {person.name for person in people}:
                with self.subTest(who=name, whom=whom):
                    is_found = whom in self.find_by(client, whom).get("Users", [])
                    alike = [one for one in people if one.name == whom]
                    self.assertEqual(is_found, any(user.has_perm("users.view_user", one) for one in alike))

    def test_email_addresses_are_searched_only_for_users_who_may_see_them(self):
        self.assertEqual(self.find(self.frank, "alice@example")["Users"], ["Alice"])
        for user in (self.erin, self.carol, self.henry, self.irene, self.grace):
            with self.subTest(who=user.name):
                self.assertNotIn("Users", self.find(user, "alice@example"))

    def test_a_doctor_is_found_by_name_licence_and_by_officers_by_email_address(self):
        for words in ("carol", self.dr_carol.license_number, "carol@example.com"):
            self.assertEqual(self.find(self.grace, words)["Doctors"], ["Dr. Carol"])
        self.assertNotIn("Doctors", self.find(self.erin, "carol@example.com"))

    def test_only_pages_of_the_users_sidebar_are_found(self):
        self.assertIn("Moderation", self.find(self.henry, "moder")["Pages"])
        self.assertNotIn("Pages", self.find(self.erin, "moder"))

    def test_after_losing_a_permission_nothing_is_found(self):
        self.assertIn("Appointments", self.find(self.erin, self.visit.number))
        for grant in ObjectGrant.objects.filter(user=self.erin):
            grant.delete()
        self.assertNotIn("Appointments", self.find(self.erin, self.visit.number))

    def test_a_changed_name_is_found_at_once(self):
        for name, other in (("Robert Zaman", "Rahim"), ("Rahim Uddin", "Zaman")):
            self.bob.name = name
            self.bob.save()
            self.assertEqual(self.find(self.frank, name)["Users"], [name])
            self.assertNotIn("Users", self.find(self.frank, other))

    def test_it_shows_how_many_more_there_are_with_a_link(self):
        for number in range(9):
            make_user(f"Tariq {number}", Role.PATIENT)
        answer = self.sign_in(self.frank).get(reverse("admin:search"), {"s": "tariq", "extended": "1"})
        self.assertContains(answer, "3 more")
        group = answer.context["groups"][-1]
        listed = self.sign_in(self.frank).get(group.more_url)
        self.assertEqual(listed.context["cl"].result_count, 9)

    def test_messages_for_no_results_and_for_too_short_input(self):
        client, url = self.sign_in(self.frank), reverse("admin:search")
        self.assertContains(client.get(url, {"s": "<nobody>"}), "No results for “&lt;nobody&gt;”.")
        self.assertContains(client.get(url, {"s": "a"}), "Type at least 2 characters.")
        self.assertEqual(client.get(url, {"s": " "}).content, b"")

    def test_responses_are_not_cached_and_the_number_of_queries_is_limited(self):
        client = self.sign_in(self.frank)
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(reverse("admin:search"), {"s": "ar", "extended": "1"})
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertLessEqual(len(caught), MOST)
