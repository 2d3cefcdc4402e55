"""An article in the browser: its author writes it in the rich editor, a moderator reads and approves it."""

from shs.blog.models import BlogPost, Comment
from shs.testing import EveryModel
from shs.tests.browser import BrowserTestCase


class ArticleTests(EveryModel, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_a_doctor_writes_an_article_and_a_moderator_approves_it(self):
        page = self.open()
        self.log_in(page, self.carol.email)
        page.goto("/admin/blog/blogpost/add/")
        page.get_by_label("Title").fill("Tea and iron")
        self.write(page, "Tea hinders the uptake of iron.")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("link", name="Tea and iron").first.click()
        page.get_by_role("link", name="Submit for review").click()
        page.get_by_role("dialog").get_by_role("button", name="Submit for review").click()
        self.is_told(page, "Sent to the moderators.")

        desk = self.open()
        self.log_in(desk, self.henry.email)
        desk.locator("#nav-sidebar-apps").get_by_role("link", name="Moderation").click()
        desk.get_by_text("Tea hinders the uptake of iron.").wait_for()
        desk.get_by_role("link", name="Approve…").click()
        desk.get_by_role("dialog").get_by_role("button", name="Approve").click()
        self.is_told(desk, "Published. The author has been notified.")
        self.assertTrue(BlogPost.objects.public().filter(title="Tea and iron").exists())

    def test_bulk_decisions_and_undo_on_a_phone_without_horizontal_scrolling(self):
        page = self.open(width=390, height=844)
        self.log_in(page, self.henry.email)
        page.goto("/admin/moderation/")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        page.get_by_label("Select: on “Clean hands”").check()
        page.get_by_label("Selected items").select_option("hide")
        page.get_by_label("Reason (sent to the authors)").fill("advertising")
        page.get_by_role("button", name="Apply").click()
        self.is_told(page, "1 item hidden")
        self.assertTrue(Comment.objects.get(pk=self.comment.pk).is_hidden)
        page.get_by_role("button", name="Undo").click()
        self.is_told(page, "1 decision undone.")
        self.assertFalse(Comment.objects.get(pk=self.comment.pk).is_hidden)
