"""Import of specializations and of the register: a dry run that lists errors by row, then all rows or none."""

from datetime import timedelta
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.core.admin.sheets import xlsx_pieces
from shs.credentialing.models import RegisterEntry
from shs.doctors.models import DoctorSpecialization
from shs.testing import TestUsers

GOOD = "slug,name,description,source\nhead-medicine,Head Medicine,=1+1,a list\nfoot-medicine,Foot Medicine,,\n"


class ImportTestCase(TestUsers):
    """Imports files on the screen at URL."""

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


class SpecializationImport(ImportTestCase, TestCase):
    URL = "/admin/doctors/doctorspecialization"

    def setUp(self):
        super().setUp()
        self.before = DoctorSpecialization.objects.count()

    def test_a_dry_run_stores_nothing_and_the_confirmation_everything(self):
        shown = self.dry_run(GOOD)
        self.assertContains(shown, "Head Medicine")
        self.assertEqual(DoctorSpecialization.objects.count(), self.before)
        kept = shown.context["confirm_form"].initial["import_file_name"]
        self.assertRedirects(self.confirm(import_file_name=kept), f"{self.URL}/")
        self.assertEqual(DoctorSpecialization.objects.count(), self.before + 2)

    def test_errors_in_a_file_are_shown(self):
        wrong = {
            "slug,name,is_staff\na,b,1\n": "Unknown column: is_staff",
            "name\nHead Medicine\n": "Missing column: slug",
            "slug,name\n" + "".join(f"s{at},N {at}\n" for at in range(5001)): "A file may have at most 5000 rows.",
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

    def test_a_changed_name_is_found_by_search_at_once(self):
        kept = self.dry_run("slug,name\ncardiology,Heart Medicine\n").context["confirm_form"].initial
        self.confirm(import_file_name=kept["import_file_name"])
        found = self.client.get("/api/v1/doctors/search", {"q": "heart medicine"}).json()["items"]
        self.assertEqual([doctor["specializations"][0]["name"] for doctor in found], ["Heart Medicine"])

    def test_with_one_invalid_row_nothing_is_stored(self):
        shown = self.dry_run(GOOD + "!!,Bad,,\n")
        self.assertNotIn("confirm_form", shown.context)
        self.assertEqual(DoctorSpecialization.objects.count(), self.before)

    def test_a_file_that_is_no_longer_cached_must_be_chosen_again(self):
        for name in ("/etc/passwd", "../../etc/passwd", "gone"):
            with self.subTest(name=name):
                self.assertRedirects(self.confirm(import_file_name=name), f"{self.URL}/import/")

    def test_only_admins_can_import(self):
        for user in (self.erin, self.grace, self.irene, self.carol):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            with self.subTest(who=user.name):
                self.assertEqual(self.dry_run(GOOD).status_code, 403)
                self.assertEqual(self.confirm(import_file_name="x").status_code, 403)


class RegisterImport(ImportTestCase, TestCase):
    URL = "/admin/credentialing/registerentry"

    def test_a_dry_run_stores_nothing_and_the_confirmation_everything(self):
        head = "license_number,name,degree,standing,valid_until,source,as_of\n"
        shown = self.dry_run(head + " a-555 ,Zara Khan,MBBS,good,2030-01-31,The council,2026-01-01\n")
        self.assertFalse(RegisterEntry.objects.exists())
        kept = shown.context["confirm_form"].initial["import_file_name"]
        self.assertRedirects(self.confirm(import_file_name=kept), f"{self.URL}/")
        self.assertEqual(RegisterEntry.objects.get().license_number, "A-555")

    def test_errors_in_a_file_are_shown(self):
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


class HowRowsAreImported(ImportTestCase, TestCase):
    """The rules for each row, on specializations."""

    URL = "/admin/doctors/doctorspecialization"

    def imported(self, text: str):
        """Dry run and confirmation; returns the last page."""
        page = self.dry_run(text)
        kept = page.context["confirm_form"].initial["import_file_name"]
        return self.client.post(
            f"{self.URL}/process_import/",
            {"format": "0", "original_file_name": "list.csv", "import_file_name": kept},
            follow=True,
        )

    def names(self) -> list[str]:
        return list(DoctorSpecialization.objects.filter(slug__startswith="x-").values_list("name", flat=True))

    def file(self, count: int, word: str) -> str:
        return "slug,name\n" + "".join(f"x-{at},{word} {at}\n" for at in range(count))

    def test_a_row_needs_less_than_a_tenth_of_a_query(self):
        self.imported(self.file(1, "First"))
        for word in ("New", "Changed", "Changed"):
            with self.subTest(word=word):
                with CaptureQueriesContext(connection) as asked:
                    self.imported(self.file(2_000, word))
                # Each row is imported twice, once on trial; the four pages need about 90 queries.
                self.assertLess(len(asked), 400)
        self.assertEqual(len(self.names()), 2_000)

    def test_added_and_changed_rows_have_a_history_line_with_the_file_and_the_user(self):
        self.imported(self.file(2, "First"))
        rows = DoctorSpecialization.objects.filter(slug="x-0")
        rows.without_history("a row of last year").update(updated_at=timezone.now() - timedelta(days=365))
        before = rows.get()
        self.imported("slug,name\nx-0,Second\nx-1,First 1\n")
        row = rows.get()
        self.assertEqual((row.name, row.created_at), ("Second", before.created_at))
        self.assertGreater(row.updated_at, before.updated_at)
        lines = row.history.order_by("pk").values_list("history_type", "name", "history_user", "history_change_reason")
        said = (self.frank.pk, "from the file list.csv")
        self.assertEqual(list(lines), [("+", "First 0", *said), ("~", "Second", *said)])
        self.assertEqual(row.history.first().created_at, row.created_at)
        self.assertEqual(DoctorSpecialization.objects.get(slug="x-1").history.count(), 1)  # it did not change

    def test_a_later_row_changes_what_an_earlier_one_added(self):
        self.imported("slug,name\nx-0,First\nx-0,Second\n")
        self.assertEqual(self.names(), ["Second"])
        self.assertEqual(DoctorSpecialization.objects.get(slug="x-0").history.count(), 2)

    def test_a_name_that_another_row_has_is_refused_with_the_number_of_the_row(self):
        for text in ("slug,name\nx-0,First\nx-1,Cardiology\n", "slug,name\nx-0,First\nx-1,First\n"):
            page = self.dry_run(text)
            (wrong,) = page.context["result"].invalid_rows
            self.assertEqual(wrong.number, 2)
            self.assertEqual(list(wrong.field_specific_errors), ["name"])
            self.assertNotIn("confirm_form", page.context)

    def test_a_name_that_an_earlier_row_gives_up_is_free_and_one_given_up_later_is_not(self):
        self.imported("slug,name\nx-0,Old\n")
        self.imported("slug,name\nx-0,New\nx-1,Old\n")
        self.assertEqual(self.names(), ["New", "Old"])
        (wrong,) = self.dry_run("slug,name\nx-2,New\nx-0,Newest\n").context["result"].invalid_rows
        self.assertEqual(wrong.number, 1)
        swapped = self.dry_run("slug,name\nx-0,Old\nx-1,New\n").context["result"].invalid_rows
        self.assertEqual([row.number for row in swapped], [1, 2])

    def test_rows_that_only_the_database_refuses_are_named(self):
        with mock.patch.object(DoctorSpecialization, "clean_fields"):  # so that only the constraint finds them
            page = self.dry_run("slug,name\nx-0,\n" + "".join(f"x-{at},Name {at}\n" for at in range(1, 9)) + "x-9,\n")
        self.assertEqual([row.number for row in page.context["result"].invalid_rows], [1, 10])
        self.assertEqual(self.names(), [])

    def test_if_the_data_has_changed_since_the_dry_run_nothing_is_stored(self):
        page = self.dry_run("slug,name\nx-0,First\nx-1,Second\n")
        DoctorSpecialization.objects.create(slug="other", name="Second")
        kept = page.context["confirm_form"].initial["import_file_name"]
        said = {"format": "0", "original_file_name": "list.csv", "import_file_name": kept}
        answer = self.client.post(f"{self.URL}/process_import/", said, follow=True)
        self.assertContains(answer, "Nothing was imported: the data has changed since the check.")
        self.assertEqual(self.names(), [])

    def test_the_page_of_a_dry_run_shows_the_first_rows_and_what_changes_in_them(self):
        page = self.dry_run(self.file(201, "New"))
        self.assertContains(page, "The first 200 of 201 rows are shown.")
        self.assertNotContains(page, "New 200")
        self.imported("slug,name\nx-0,Old <b>name</b>\n")
        self.assertContains(
            self.dry_run("slug,name\nx-0,Old <b>game</b>\n"),
            '<span>Old &lt;b&gt;</span><del style="background:#ffe6e6;">n</del>'
            '<ins style="background:#e6ffe6;">g</ins><span>ame&lt;/b&gt;</span>',
        )
        page = self.dry_run("slug,name\n" + "".join(f"!{at},Name {at}\n" for at in range(250)))
        self.assertContains(page, "The first 200 of 250 rows are shown.")

    def test_a_workbook_is_imported_like_a_text_file(self):
        file = SimpleUploadedFile("list.xlsx", b"".join(xlsx_pieces(["slug", "name"], [("x-0", "First")])))
        page = self.client.post(f"{self.URL}/import/", {"format": "2", "resource": "", "import_file": file})
        kept = page.context["confirm_form"].initial["import_file_name"]
        self.confirm(import_file_name=kept, format="2")
        self.assertEqual(self.names(), ["First"])

    def test_a_file_that_cannot_be_read_is_refused_in_the_form(self):
        file = SimpleUploadedFile("list.xlsx", b"slug,name\n")
        page = self.client.post(f"{self.URL}/import/", {"format": "2", "resource": "", "import_file": file})
        self.assertContains(page, "This is not an XLSX workbook.")
