"""The sidebar: what each user works with, and no more than a dozen links; the others are on "All pages"."""

from django.test import Client, RequestFactory, TestCase
from django.urls import reverse

from shs.console import MOST, entries_of, navigation
from shs.testing import INSIDE, TestUsers


class Sidebar(TestUsers, TestCase):
    def shown(self, user) -> list[str]:
        request = RequestFactory().get(reverse("admin:index"))
        request.user = user
        return [str(item["title"]) for group in navigation(request) for item in group["items"]]

    def test_nobody_has_more_than_a_dozen_links(self):
        for who in INSIDE:
            with self.subTest(who=who):
                self.assertLessEqual(len(self.shown(self.people[who])), MOST)

    def test_each_person_finds_the_daily_work(self):
        for who, works_with in {
            "carol": ["My day", "Appointments", "My patients", "Medical records", "Prescriptions", "Time off"],
            "erin": ["Desk board", "Appointments", "Patients", "Slots", "Doctors", "Time off"],
            "frank": ["Doctor applications", "Desk board", "Moderation", "Users", "Requests for two admins", "System"],
            "grace": ["Doctor applications", "Documents", "Register of doctors"],
            "henry": ["Moderation", "Articles", "Comments", "Reports", "Tags", "Reviews"],
            "irene": ["Changes", "Read log", "Access grants", "Emergency access", "Proofs of identity"],
        }.items():
            with self.subTest(who=who):
                self.assertEqual(set(works_with) - set(self.shown(self.people[who])), set())

    def test_the_desk_has_no_symptom_checker(self):
        self.assertEqual({"Try it", "Conditions", "Red flags"} & set(self.shown(self.erin)), set())

    def test_all_pages_has_every_link(self):
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = client.get(reverse("admin:all_pages"))
        for entry in entries_of(self.frank):
            self.assertContains(page, f">{entry.title}</a>")
