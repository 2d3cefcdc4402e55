"""What was typed into a form is there again after the login, if the session had ended."""

from django.contrib.sessions.models import Session

from shs.blog.models import BlogPost
from shs.testing import PASSWORD, EveryModel
from shs.tests.browser import BrowserTestCase


class KeptForms(EveryModel, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.open()
        self.log_in(self.page, "frank@example.com")

    def type_and_lose_the_session(self) -> str:
        address = f"/admin/users/user/{self.alice.pk}/change/"
        self.page.goto(address)
        self.page.locator("#content input[name=name]").fill("Alice Karim")
        Session.objects.all().delete()
        self.page.get_by_role("button", name="Save", exact=True).first.click()
        self.page.wait_for_url("**/admin/login/**")
        return address

    def enter(self, email: str) -> None:
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def test_a_form_that_was_sent_too_late_is_filled_in_again(self):
        address = self.type_and_lose_the_session()
        self.enter("frank@example.com")
        self.page.wait_for_url(f"**{address}")
        self.page.get_by_text("is here again").first.wait_for()
        self.assertEqual(self.page.locator("#content input[name=name]").input_value(), "Alice Karim")
        self.page.get_by_role("button", name="Save", exact=True).first.click()
        self.page.wait_for_url("**/admin/users/user/")
        self.alice.refresh_from_db()
        self.assertEqual(self.alice.name, "Alice Karim")

    def test_rich_text_is_filled_in_again_too(self):
        page = self.open()
        self.log_in(page, "carol@example.com")
        page.goto("/admin/blog/blogpost/add/")
        page.get_by_label("Title").fill("Tea and iron")
        self.write(page, "Tea hinders the uptake of iron.")
        Session.objects.all().delete()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/admin/login/**")
        self.page = page
        self.enter("carol@example.com")
        page.wait_for_url("**/admin/blog/blogpost/add/")
        page.get_by_text("is here again").first.wait_for()
        page.locator("trix-editor").get_by_text("Tea hinders the uptake of iron.").wait_for()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/admin/blog/blogpost/")
        self.assertIn("Tea hinders the uptake of iron.", BlogPost.objects.get(title="Tea and iron").content)

    def test_another_person_does_not_see_it(self):
        self.type_and_lose_the_session()
        self.enter("irene@example.com")
        self.page.wait_for_load_state()
        self.assertFalse(self.page.get_by_text("Alice Karim").count())
