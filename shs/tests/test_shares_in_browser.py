"""Sharing a record in the browser: as the admin who shares it, and as the officer with whom it is shared."""

from django.utils import timezone

from shs.core.grants.models import UserShare
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase


class Sharing(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_an_admin_shares_a_profile_which_is_found_and_opened_and_then_revoked(self):
        page, url = self.open(), f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/change/"
        self.log_in(page, "frank@example.com")
        page.goto(url)
        page.get_by_role("link", name="Share…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Person (name or e-mail address)").fill("Henry")
        dialog.get_by_label("They may").select_option(label="change it")
        dialog.get_by_label("Reason").fill("plans the hours")
        dialog.get_by_role("button", name="Share").click()
        self.is_told(page, "Shared.")
        page.get_by_role("heading", name="Shared with").wait_for()
        self.assertEqual(UserShare.objects.filter(user=self.henry, ends_at__gt=timezone.now()).count(), 2)

        other = self.open(width=390, height=844)
        self.log_in(other, "henry@example.com")
        other.goto("/admin/shared/")
        self.assertLessEqual(other.evaluate("document.documentElement.scrollWidth"), 390)
        other.get_by_role("link", name="Dr. Carol").click()
        other.get_by_text("Lakeside Clinic").first.wait_for()
        self.assertEqual(other.get_by_role("link", name="Share…").count(), 0)

        page.get_by_role("link", name="Revoke from Henry: see it").click()
        page.get_by_role("dialog").get_by_label("Reason").fill("done")
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        self.is_told(page, "Revoked.")
        self.assertFalse(UserShare.objects.exists())
