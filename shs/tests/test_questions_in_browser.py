"""Judging a question in the browser, as a doctor at a desk and, in Bangla, on a phone; and the page of what can be
undone."""

from django.test import override_settings
from django.utils import timezone

from shs.predict import questions
from shs.predict.models import AskedQuestion
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase
from shs.users.models import User

LIST = "/admin/predict/askedquestion/"


class Judging(TestUsers, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_a_doctor_judges_a_question_and_finds_it_among_the_dangerous_ones_on_a_phone_in_bangla(self):
        with override_settings(KEEP_QUESTIONS_DAYS=30):
            questions.keep(asked_of="checker", texts=["buke betha"], user=self.alice, now=timezone.now())
        page = self.open()
        self.log_in(page, "carol@example.com")
        page.goto(LIST)
        page.get_by_role("link", name="Judge…").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("buke betha").wait_for()
        dialog.get_by_label("The answer was").select_option("dangerous")
        dialog.get_by_label("Correct urgency").select_option("now")
        dialog.get_by_label("Note").fill("may be the heart")
        dialog.get_by_role("button", name="Judge").click()
        self.is_told(page, "Judged.")
        self.assertEqual(AskedQuestion.objects.get().verdict, "dangerous")

        User.objects.without_history("a test").filter(pk=self.frank.pk).update(language="bn")
        phone = self.open(width=390, height=844)
        self.log_in(phone, "frank@example.com")
        for url, words in ((f"{LIST}?tab=dangerous", "buke betha"), ("/admin/undo/", "গত ত্রিশ দিনে")):
            phone.goto(url)
            phone.get_by_text(words).first.wait_for()
            self.assertLessEqual(phone.evaluate("document.documentElement.scrollWidth"), 390)
