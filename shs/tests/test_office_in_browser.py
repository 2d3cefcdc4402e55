"""Admin work in the browser: saving a view, import and export, running due work, reading a notice."""

from shs.core.admin.models import DefaultView, SavedView
from shs.core.due.models import JobRun
from shs.core.reads.models import ReadLog
from shs.prescription.models import MedicalTest
from shs.testing import EveryModel
from shs.tests.browser import BrowserTestCase


class AdminWork(EveryModel, BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.open()
        self.log_in(self.page, "frank@example.com")

    def test_a_filter_is_saved_as_the_default_view(self):
        page = self.page
        page.goto("/admin/users/user/?role__exact=staff")
        page.locator("summary", has_text="Views").click()
        page.get_by_role("link", name="Save this view…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Our staff")
        dialog.get_by_label("Open the list with this view").check()
        dialog.get_by_role("button", name="Save").click()
        page.locator("summary", has_text="Our staff").wait_for()
        self.assertEqual(SavedView.objects.get(name="Our staff").owner, self.frank)
        self.assertTrue(DefaultView.objects.filter(user=self.frank).exists())
        page.goto("/admin/users/user/")
        page.locator("summary", has_text="Our staff").wait_for()
        self.assertEqual(page.locator("#result_list").get_by_text("Alice").count(), 0)

    def test_an_import_has_a_preview_and_an_export_asks_for_a_purpose(self):
        page = self.page
        page.goto("/admin/prescription/medicaltest/import/")
        rows = b"name,loinc_code,source\nMade up,,the tests\n"
        page.set_input_files("input[type=file]", {"name": "list.csv", "mimeType": "text/csv", "buffer": rows})
        page.get_by_label("Format").select_option(label="csv")
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Made up").first.wait_for()
        self.assertFalse(MedicalTest.objects.filter(name="Made up").exists())
        page.get_by_role("button", name="Confirm import").click()
        page.wait_for_url("**/admin/prescription/medicaltest/")
        self.assertTrue(MedicalTest.objects.filter(name="Made up").exists())
        page.goto("/admin/prescription/medicaltest/export/")
        page.get_by_text("rows of the filtered list will be exported").wait_for()
        page.get_by_label("What is this export for?").fill("a yearly count")
        page.get_by_label("Format").select_option(label="csv")
        with page.expect_download() as download:
            page.get_by_role("button", name="Submit").click()
        self.assertTrue(download.value.suggested_filename.endswith(".csv"))
        self.assertTrue(ReadLog.objects.filter(what__startswith="export", note="a yearly count").exists())

    def test_a_job_is_run_by_hand_and_a_notice_previewed(self):
        page = self.page
        page.goto("/admin/system/")
        with self.new_page(page):
            page.get_by_role("button", name="Run now: Send due notices").click()
        self.assertEqual(JobRun.objects.filter(name="deliver_notices", by=self.frank).count(), 1)
        page.goto("/admin/notices/notice/?tab=all")
        page.locator("#result_list a[href*='/change/']").first.click()
        page.get_by_role("link", name="Preview").click()
        page.get_by_text("Dear").wait_for()
        self.assertTrue(ReadLog.objects.filter(what="notice", reader=self.frank).exists())
