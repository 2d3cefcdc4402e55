"""Merging two rows of one person in a browser: the desk proposes, a second person confirms, the old number finds the
kept one."""

from django.utils import timezone

from shs.tests.browser import BrowserTestCase
from shs.tests.two_rows import Merging
from shs.tests.walk import ALL_RULES, PHONE, Visit
from shs.users import pairs
from shs.users.contacts import set_phone


class MergingPeople(Merging, BrowserTestCase):
    axe = Visit.axe

    def setUp(self):
        super().setUp()
        self.make_people()
        self.make_pair()
        set_phone(person=self.dropped, text="01712-345678", now=timezone.now())
        pairs.find(now=timezone.now())

    def test_the_desk_proposes_a_second_person_confirms_and_the_old_number_finds_the_kept_one(self):
        page = self.open()
        self.log_in(page, self.erin.email)
        page.goto("/admin/users/possibledouble/")
        page.get_by_role("row", name="Rahim Uddin").get_by_role("link", name="Merge…").click()
        page.get_by_role("heading", name=f"{self.kept.patient_number} is kept").wait_for()
        self.assertEqual(self.axe(page, ALL_RULES, "#content"), [])
        page.get_by_role("radio", name="12/05/1981").check()
        page.get_by_label("How you know that it is the same person").fill("showed both cards")
        page.get_by_role("button", name="Ask for the merge").click()
        self.is_told(page, "Nothing is merged until somebody else has confirmed it.")
        self.assertFalse(page.get_by_role("link", name="Confirm…").is_visible())
        second = self.open(**PHONE)
        self.log_in(second, self.zoe.email)
        second.goto(page.url.removeprefix(self.live_server_url))
        second.get_by_text("showed both cards").wait_for()
        second.get_by_role("link", name="Confirm…").click()
        second.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        self.is_told(second, "Merged. The old number leads to the kept one.")
        page.goto(f"/admin/users/user/?q={self.dropped.patient_number}")
        page.get_by_role("row", name=self.kept.patient_number).wait_for()
        self.assertEqual(page.get_by_text("Rohim Uddin").count(), 0)
        self.kept.profile.refresh_from_db()
        self.assertEqual(self.kept.profile.shown_birth, "12/05/1981")
