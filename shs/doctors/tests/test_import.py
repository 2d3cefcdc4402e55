"""Specializations from a file: a dry run with errors in words by row, then all rows or none."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from shs.credentialing.models import RegisterEntry
from shs.doctors.models import DoctorSpecialization
from shs.testing import TestUsers

GOOD = "slug,name,description,source\nhead-medicine,Head Medicine,=1+1,a list\nfoot-medicine,Foot Medicine,,\n"


class Imported(TestUsers):
    """Reads files into the model of the screen at URL."""

    URL = ""

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

    def dry_run(self, text: str):
        form = {"format": "0", "resource": "", "import_file": SimpleUploadedFile("list.csv", text.encode())}
        return self.client.post(f"{self.URL}/import/", form)

    def confirm(self, **form):
        return self.client.post(
            f"{self.URL}/process_import/", {"format": "0", "original_file_name": "list.csv", **form}
        )


class Import(Imported, TestCase):
    URL = "/admin/doctors/doctorspecialization"

    def setUp(self):
        super().setUp()
        self.before = DoctorSpecialization.objects.count()

    def test_a_dry_run_stores_nothing_and_its_confirmation_all(self):
        shown = self.dry_run(GOOD)
        self.assertContains(shown, "Head Medicine")
        self.assertEqual(DoctorSpecialization.objects.count(), self.before)
        kept = shown.context["confirm_form"].initial["import_file_name"]
        self.assertRedirects(self.confirm(import_file_name=kept), f"{self.URL}/")
        self.assertEqual(DoctorSpecialization.objects.count(), self.before + 2)

    def test_what_is_wrong_with_a_file_is_said_in_words(self):
        wrong = {
            "slug,name,is_staff\na,b,1\n": "Unknown column: is_staff",
            "name\nHead Medicine\n": "Missing column: slug",
            "slug,name\n" + "".join(f"s{at},N {at}\n" for at in range(5001)): "A file may hold at most 5000 rows.",
            "slug,name\n!!,Head Medicine\n": "Enter a valid “slug”",
            "slug,name\nhead-medicine,\n": "This field cannot be blank.",
        }
        for text, words in wrong.items():
            with self.subTest(words=words):
                shown = self.dry_run(text)
                self.assertContains(shown, words)
                self.assertNotContains(shown, "Traceback")
                self.assertNotContains(shown, "site-packages")
                self.assertNotIn("confirm_form", shown.context)

    def test_a_name_that_a_file_changes_is_found_at_once(self):
        kept = self.dry_run("slug,name\ncardiology,Heart Medicine\n").context["confirm_form"].initial
        self.confirm(import_file_name=kept["import_file_name"])
        found = self.client.get("/api/v1/doctors/search", {"q": "heart medicine"}).json()["items"]
        self.assertEqual([doctor["specializations"][0]["name"] for doctor in found], ["Heart Medicine"])

    def test_one_bad_row_keeps_all_others_out(self):
        shown = self.dry_run(GOOD + "!!,Bad,,\n")
        self.assertNotIn("confirm_form", shown.context)
        self.assertEqual(DoctorSpecialization.objects.count(), self.before)

    def test_a_file_that_is_not_kept_is_asked_for_again(self):
        for name in ("/etc/passwd", "../../etc/passwd", "gone"):
            with self.subTest(name=name):
                self.assertRedirects(self.confirm(import_file_name=name), f"{self.URL}/import/")

    def test_only_admins_import(self):
        for user in (self.erin, self.grace, self.irene, self.carol):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            with self.subTest(who=user.name):
                self.assertEqual(self.dry_run(GOOD).status_code, 403)
                self.assertEqual(self.confirm(import_file_name="x").status_code, 403)


class ImportOfTheRegister(Imported, TestCase):
    URL = "/admin/credentialing/registerentry"

    def test_a_dry_run_stores_nothing_and_its_confirmation_all(self):
        head = "license_number,name,degree,standing,valid_until,source,as_of\n"
        shown = self.dry_run(head + " a-555 ,Zara Khan,MBBS,good,2030-01-31,The council,2026-01-01\n")
        self.assertFalse(RegisterEntry.objects.exists())
        kept = shown.context["confirm_form"].initial["import_file_name"]
        self.assertRedirects(self.confirm(import_file_name=kept), f"{self.URL}/")
        self.assertEqual(RegisterEntry.objects.get().license_number, "A-555")

    def test_what_is_wrong_with_a_file_is_said_in_words(self):
        head = "license_number,name,degree,standing,valid_until,source,as_of\n"
        for line, words in {
            "A-1,Zara Khan,MBBS,splendid,,The council,2026-01-01": "splendid",
            "A-1,Zara Khan,MBBS,good,,The council,": "This field cannot be null",
            ",Zara Khan,MBBS,good,,The council,2026-01-01": "This field cannot be blank",
        }.items():
            with self.subTest(words=words):
                shown = self.dry_run(f"{head}{line}\n")
                self.assertContains(shown, words)
                self.assertNotIn("confirm_form", shown.context)
