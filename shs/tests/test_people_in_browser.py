"""People in a real browser: finding them as they are heard, and making somebody a guardian at the desk."""

from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services import Newcomer, register
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase
from shs.users import corrections
from shs.users.models import Guardianship, User


class PeopleInTheBrowser(TestUsers, BrowserTestCase):
    """As the desk of a clinic, which has registered two people who share a name, and the mother of one of them."""

    def setUp(self):
        super().setUp()
        self.make_people()
        self.father = self.register("Mohammad Rahman", "01712345678", "45")
        self.other = self.register("Mohamed Rohoman", "01998765432", "70")
        self.child = self.register("Nila Rahman", "01712345678", "4")
        self.page = self.open()
        self.log_in(self.page, self.erin.email)

    def register(self, name: str, phone: str, age: str) -> User:
        came = Newcomer(name=name, phone=phone, birth=age, gender="female" if name.startswith("Nila") else "male")
        return register(newcomer=came, clinic=self.clinic, by=self.erin, now=timezone.now())

    def test_people_are_found_as_they_are_heard_and_told_apart(self):
        page = self.page
        listed = reverse("admin:users_user_changelist")
        for words, found, missing in (
            ("rohman mohamad", {self.father, self.other}, set()),
            ("৫৬৭৮", {self.father, self.child}, {self.other}),
            (self.other.patient_number, {self.other}, {self.father}),
        ):
            page.goto(listed)
            page.locator("#searchbar").fill(words)
            page.keyboard.press("Enter")
            page.wait_for_url("**?**q=**")
            text = page.locator("#result_list").inner_text()
            self.assertEqual(
                {one for one in (found | missing) if one.patient_number in text or one.name in text}, found
            )
        page.goto(listed)
        page.locator("#searchbar").fill("rohman mohamad")
        page.keyboard.press("Enter")
        page.get_by_text("about 45 years").first.wait_for()
        page.get_by_text("about 70 years").first.wait_for()
        page.keyboard.press("Control+k")
        page.locator("#shs-find-words").fill("98765")
        page.locator("#shs-find-results [role=option]").filter(has_text="Mohamed Rohoman").first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/users/user/{self.other.pk}/change/")

    def test_a_guardian_is_recorded_with_a_proof_and_ended(self):
        page = self.page
        page.goto(f"{reverse('admin:users_guardianship_add')}?dependant_number={self.child.patient_number}")
        page.get_by_label("Patient number of the guardian").fill(self.father.patient_number.replace("-", " "))
        page.get_by_label("The guardian is").select_option("father")
        page.get_by_label("Its last four characters").fill("4711")
        page.get_by_label("How this was verified").fill("His name stands on the birth certificate.")
        page.get_by_label("Document").select_option("nid")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(lambda url: "/add/" not in url)
        link = Guardianship.objects.get()
        self.assertEqual((link.guardian, link.dependant, link.basis), (self.father, self.child, "desk"))
        page.goto(reverse("admin:users_user_change", args=(self.child.pk,)))
        page.get_by_role("link", name="guardian: Mohammad Rahman (Father)").click()
        page.get_by_role("link", name="End guardianship…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("The mother decides now.")
        dialog.get_by_role("button", name="End guardianship").click()
        self.is_told(page, "Ended.")
        link.refresh_from_db()
        self.assertEqual(link.state, "ended")

    def test_a_correction_that_waits_is_seen_and_made(self):
        row = corrections.ask(
            person=self.alice, fact="name", wanted="Alice Rahman", reason="married", by=self.alice, now=timezone.now()
        )
        self.assertTrue(Appointment.objects.filter(patient=self.alice, clinic=self.clinic).exists())
        page = self.page
        page.goto(reverse("admin:index"))
        page.locator("#nav-sidebar-apps").get_by_role("link", name="Requested corrections").click()
        page.get_by_role("link", name="Accept…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Name: Alice → Alice Rahman").wait_for()
        dialog.get_by_label("Document you have seen").fill("the marriage certificate")
        dialog.get_by_role("button", name="Accept", exact=True).click()
        self.is_told(page, "Corrected.")
        row.refresh_from_db()
        self.assertEqual((row.status, User.objects.get(pk=self.alice.pk).name), ("accepted", "Alice Rahman"))
