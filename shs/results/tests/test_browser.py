"""Results in a browser on a phone: photographed at the desk, entered and reviewed by the doctor, then shown by the
app."""

from datetime import timedelta

from django.utils import timezone

from shs.results.models import Result
from shs.results.tests.scenes import Laboratory, photo
from shs.testing import Api
from shs.tests.browser import BrowserTestCase


class ResultsInBrowser(Laboratory, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()

    def test_a_result_goes_from_the_desk_to_the_doctor_and_to_the_app(self):
        desk = self.open(width=390, height=844)
        self.log_in(desk, self.erin.email)
        desk.goto(f"/admin/results/result/add/?patient={self.alice.pk}")
        desk.get_by_label("Title").fill("CBC")
        day = timezone.localdate() - timedelta(days=1)
        desk.get_by_label("Date of the paper").fill(f"{day:%d/%m/%Y}")
        given = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo().read()}
        desk.locator("input[type=file]").set_input_files(given)
        self.assertLessEqual(desk.evaluate("document.documentElement.scrollWidth"), 390)
        desk.get_by_role("button", name="Save", exact=True).click()
        self.is_told(desk, "The result is stored. Its doctor will review it.")

        result = Result.objects.get()
        app = Api(self.alice)
        self.assertTrue(app.get(f"/results/{result.pk}").json()["waits_for_doctor"])
        doctor = self.open(width=390, height=844)
        self.log_in(doctor, self.carol.email)
        doctor.goto("/admin/results/result/")
        with self.new_page(doctor):
            doctor.locator("#result_list").get_by_role("link").first.click()
        doctor.get_by_role("img", name="CBC").wait_for()
        self.assertLessEqual(doctor.evaluate("document.documentElement.scrollWidth"), 390)
        doctor.get_by_role("link", name="Enter values…").click()
        dialog = doctor.get_by_role("dialog")
        dialog.get_by_label("Measured 1").select_option("haemoglobin|g/dL")
        dialog.get_by_label("Value 1").fill("9.8")
        dialog.get_by_label("Range from 1").fill("12")
        dialog.get_by_label("Range to 1").fill("15")
        dialog.get_by_role("button", name="Enter values").click()
        self.is_told(doctor, "The values are stored.")
        self.assertEqual(app.get(f"/results/{result.pk}").json()["values"], [])
        doctor.get_by_role("link", name="Review…").click()
        dialog = doctor.get_by_role("dialog")
        dialog.get_by_label("For the patient").fill("Please come on Monday.")
        dialog.get_by_role("button", name="Review").click()
        self.is_told(doctor, "Reviewed. The patient can read it now.")
        shown = app.get(f"/results/{result.pk}").json()
        self.assertEqual((shown["comment"], shown["values"][0]["flag"]), ("Please come on Monday.", "low"))
