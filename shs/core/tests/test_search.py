"""Ctrl+K: found is what one may see, now."""

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shs.core.grants.models import ObjectGrant
from shs.testing import EveryModel, make_user
from shs.users.models import Role, User

MOST = 24
"""Queries of one search: two for each kind of row, and what every page asks."""


class Search(EveryModel, TestCase):
    def sign_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def find(self, user, words: str) -> dict[str, list[str]]:
        """Title of the kind → titles of what `user` finds."""
        answer = self.sign_in(user).get(reverse("admin:search"), {"s": words, "extended": "1"})
        self.assertEqual(answer.status_code, 200)
        return {str(group.title): [hit.title for hit in group.hits] for group in answer.context["groups"]}

    def test_an_appointment_is_found_by_its_number_by_those_who_see_it(self):
        for name, user in self.people.items():
            if not (user.is_authenticated and user.is_active and user.uses_back_office):
                continue
            with self.subTest(who=name):
                is_found = self.visit.number in self.find(user, self.visit.number).get("Appointments", [])
                self.assertEqual(is_found, user.has_perm("appointment.view_appointment", self.visit))

    def test_a_prescription_is_found_by_the_number_of_its_visit_by_those_who_see_it(self):
        for name in ("carol", "dave", "erin", "frank", "grace", "henry", "irene"):
            user = self.people[name]
            with self.subTest(who=name):
                is_found = bool(self.find(user, self.past_visit.number).get("Prescriptions"))
                self.assertEqual(is_found, user.has_perm("prescription.view_prescription", self.prescription))

    def test_nobody_finds_a_person_whom_they_do_not_see(self):
        people = list(User.objects.all())
        for name in ("carol", "dave", "erin", "frank", "grace", "henry", "irene"):
            user = self.people[name]
            for person in people:
                with self.subTest(who=name, whom=person.name):
                    is_found = person.name in self.find(user, person.name).get("Users", [])
                    self.assertEqual(is_found, user.has_perm("users.view_user", person))

    def test_an_address_finds_a_person_only_for_those_who_may_read_it(self):
        self.assertEqual(self.find(self.frank, "alice@example")["Users"], ["Alice"])
        for user in (self.erin, self.carol, self.henry, self.irene, self.grace):
            with self.subTest(who=user.name):
                self.assertNotIn("Users", self.find(user, "alice@example"))

    def test_a_doctor_is_found_by_name_licence_and_for_officers_by_address(self):
        for words in ("carol", self.dr_carol.license_number, "carol@example.com"):
            self.assertEqual(self.find(self.grace, words)["Doctors"], ["Dr. Carol"])
        self.assertNotIn("Doctors", self.find(self.erin, "carol@example.com"))

    def test_pages_are_found_that_stand_in_the_sidebar_and_no_others(self):
        self.assertIn("Moderation", self.find(self.henry, "moder")["Pages"])
        self.assertNotIn("Pages", self.find(self.erin, "moder"))

    def test_a_right_that_is_gone_finds_nothing_any_more(self):
        self.assertIn("Appointments", self.find(self.erin, self.visit.number))
        for grant in ObjectGrant.objects.filter(user=self.erin):
            grant.delete()
        self.assertNotIn("Appointments", self.find(self.erin, self.visit.number))

    def test_a_name_that_has_changed_is_found_under_the_new_one_at_once(self):
        for name, other in (("Robert Zaman", "Rahim"), ("Rahim Uddin", "Zaman")):
            self.bob.name = name
            self.bob.save()
            self.assertEqual(self.find(self.frank, name)["Users"], [name])
            self.assertNotIn("Users", self.find(self.frank, other))

    def test_it_says_how_many_more_there_are_and_where(self):
        for number in range(9):
            make_user(f"Tariq {number}", Role.PATIENT)
        answer = self.sign_in(self.frank).get(reverse("admin:search"), {"s": "tariq", "extended": "1"})
        self.assertContains(answer, "3 more")
        group = answer.context["groups"][-1]
        listed = self.sign_in(self.frank).get(group.more_url)
        self.assertEqual(listed.context["cl"].result_count, 9)

    def test_nothing_found_and_too_little_asked_is_said_in_words(self):
        client, url = self.sign_in(self.frank), reverse("admin:search")
        self.assertContains(client.get(url, {"s": "<nobody>"}), "No results for “&lt;nobody&gt;”.")
        self.assertContains(client.get(url, {"s": "a"}), "Type at least 2 characters.")
        self.assertEqual(client.get(url, {"s": " "}).content, b"")

    def test_it_is_not_kept_and_asks_a_bounded_number_of_times(self):
        client = self.sign_in(self.frank)
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(reverse("admin:search"), {"s": "ar", "extended": "1"})
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertLessEqual(len(caught), MOST)
