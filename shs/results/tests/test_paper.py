"""The paper of a result: values, units, ranges and course, for those who may see them."""

from datetime import timedelta
from io import BytesIO

from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from shs.core.dates import show_date
from shs.core.reads.models import ReadLog
from shs.results import services
from shs.results.models import Result
from shs.results.tests.scenes import CRITICAL_GLUCOSE, LOW_HAEMOGLOBIN, Laboratory, photo, value
from shs.testing import Api
from shs.users.models import User


def text_of(response) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)


@tag("any_database")
class Paper(Laboratory, TestCase):
    def setUp(self):
        User.objects.without_history("a language").filter(pk=self.alice.pk).update(language="en")
        self.alice.refresh_from_db()

    def paper(self, result: Result, by=None, **query):
        response = Api(by or self.alice).get(f"/results/{result.pk}/pdf", **query)
        self.assertEqual(response.status_code, 200, response.content[:300])
        return response

    def reviewed(self, *values, comment: str = "", **fields) -> Result:
        result = self.send(*values, **fields)
        services.review(result=result, by=self.carol, comment=comment, now=timezone.now())
        return result

    def test_it_has_each_value_with_unit_range_and_mark_the_doctor_and_the_comment(self):
        result = self.reviewed(
            LOW_HAEMOGLOBIN, CRITICAL_GLUCOSE, comment="Please come on Monday.", laboratory="City Pathology"
        )
        text = text_of(self.paper(result))
        wanted = ["Alice", "Dr. Carol", "Blood test", "City Pathology", "Haemoglobin", "9.8 g/dL", "low", "12", "15"]
        wanted += ["26.4 mmol/L", "critical", "printed by the laboratory", "Please come on Monday.", "Reviewed by"]
        wanted += [show_date(result.taken_on), "It is not the paper of the laboratory.", "Page 1 of 1"]
        for words in wanted:
            with self.subTest(words=words):
                self.assertIn(words, text)

    def test_earlier_values_of_the_same_kind_stand_beside_it_and_later_ones_do_not(self):
        for days, number, unit in ((40, "111", "g/L"), (20, "10.4", "g/dL"), (0, "13.3", "g/dL")):
            day = timezone.localdate() - timedelta(days=days)
            self.reviewed(value("haemoglobin", number, unit), taken_on=day, title=f"CBC {number}")
        day = timezone.localdate() - timedelta(days=10)
        text = text_of(self.paper(self.reviewed(LOW_HAEMOGLOBIN, taken_on=day)))
        self.assertLess(text.index("10.4 g/dL"), text.index("11.1 g/dL"))
        self.assertNotIn("13.3", text)

    def test_a_patient_prints_what_the_doctor_has_reviewed_and_no_earlier_value_that_waits(self):
        waiting = self.send(LOW_HAEMOGLOBIN, taken_on=timezone.localdate() - timedelta(days=9))
        answer = Api(self.alice).get(f"/results/{waiting.pk}/pdf")
        self.assertEqual(answer.status_code, 409)
        self.assertIn("waits_for_doctor", answer.json()["type"])
        later = self.reviewed(value("haemoglobin", "12.5", "g/dL", "12", "15"))
        self.assertNotIn("9.8", text_of(self.paper(later)))
        self.assertIn("9.8", text_of(self.paper(later, by=self.carol)))
        self.assertIn("Not reviewed by a doctor yet.", text_of(self.paper(waiting, by=self.carol)))

    def test_a_photo_without_values_has_no_such_paper(self):
        result = self.reviewed(upload=photo())
        self.assertEqual(Api(self.alice).get(f"/results/{result.pk}/pdf").status_code, 404)
        browser = Client()
        browser.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        self.assertEqual(browser.get(reverse("admin:results_result_pdf", args=(result.pk,))).status_code, 404)

    def test_the_office_prints_it_from_its_page_on_a5_too_and_the_reading_is_logged(self):
        result = self.reviewed(LOW_HAEMOGLOBIN)
        browser = Client()
        browser.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:results_result_pdf", args=(result.pk,))
        self.assertContains(browser.get(reverse("admin:results_result_change", args=(result.pk,))), url)
        page = PdfReader(BytesIO(browser.get(url, {"paper": "A5"}).content)).pages[0]
        self.assertEqual([round(float(side)) for side in page.mediabox[2:]], [420, 595])
        self.assertTrue(ReadLog.objects.filter(reader=self.carol, what="PDF of result", ids=[result.pk]).exists())

    def test_nobody_else_reaches_it(self):
        result = self.reviewed(LOW_HAEMOGLOBIN)
        for user in (self.bob, self.dave):
            self.assertEqual(Api(user).get(f"/results/{result.pk}/pdf").status_code, 404)
        for user in (self.erin, self.grace, self.henry):
            browser = Client()
            browser.force_login(user, backend="shs.users.backends.EmailBackend")
            answer = browser.get(reverse("admin:results_result_pdf", args=(result.pk,)))
            self.assertIn(answer.status_code, {403, 404}, user.name)
