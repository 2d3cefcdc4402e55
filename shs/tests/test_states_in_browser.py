"""What a user sees when somebody else saves the same row, and when the connection is lost."""

from django.urls import reverse

from shs.doctors.models import Clinic
from shs.testing import TestUsers, later
from shs.tests.browser import BrowserTestCase


class States(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.open()
        self.log_in(self.page, "frank@example.com")
        self.page.goto(reverse("admin:doctors_clinic_change", args=(self.clinic.pk,)))

    def stored(self) -> Clinic:
        return Clinic.objects.get(pk=self.clinic.pk)

    def save(self):
        self.page.get_by_role("button", name="Save", exact=True).click()

    def test_an_edit_conflict_shows_both_values_before_saving(self):
        theirs = self.stored()
        theirs.address, theirs._history_user = "Road 77", self.grace
        with later(minutes=1):
            theirs.save()
        self.page.get_by_label("Address").fill("Road 5")
        self.save()
        self.page.get_by_text("Grace saved this entry").wait_for()
        row = self.page.locator(".shs-change tbody tr")
        self.assertIn("Road 77", row.inner_text())
        self.assertIn("Road 5", row.inner_text())
        self.assertEqual(self.stored().address, "Road 77")
        self.assertEqual(self.page.get_by_label("Address").input_value(), "Road 5")
        self.save()
        self.page.wait_for_url("**/clinic/")
        self.assertEqual(self.stored().address, "Road 5")

    def test_without_a_connection_typed_text_is_kept_and_can_be_sent_later(self):
        self.page.get_by_label("Address").fill("Road 5")
        self.expect_problem("ERR_INTERNET_DISCONNECTED")
        self.page.context.set_offline(True)
        self.save()
        self.page.get_by_text("No connection").wait_for()
        self.assertEqual(self.page.get_by_label("Address").input_value(), "Road 5")
        self.page.context.set_offline(False)
        self.save()
        self.page.wait_for_url("**/clinic/")
        self.assertEqual(self.stored().address, "Road 5")
