"""Importing lists of brands: what is read, what is refused, and that a list is stored as a whole or not at all."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from shs.core.due.jobs import run
from shs.core.due.models import JobLease
from shs.core.due.registry import jobs
from shs.core.errors import Invalid, StepRefused
from shs.core.tabular import IMPORT_LIMIT
from shs.prescription.models import Brand, BrandImport, ImportStatus, Medication
from shs.prescription.services import brand_imports
from shs.prescription.services.brand_words import sentence
from shs.prescription.tests.scenes import Surgery

HEAD = ("Brand Name", "Generic", "Strength", "Dosage Form", "Manufacturer")
GOOD = (
    ("Amoxilar", "Amoxicillin", "500mg", "Capsule", "Padma Labs"),
    ("Cefilar", "Cefixime Trihydrate", "200 mg", "Capsule", "Padma Labs"),
    ("Cefradil", "Cephradine", "500 mg", "Capsule", "Meghna Pharma"),
    ("Losatril", "Losartan Potassium", "50 mg", "Tablet", "Meghna Pharma"),
)


def as_csv(rows, head=HEAD) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


def as_xlsx(rows, head=HEAD) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for row in (head, *rows):
        book.active.append(list(row))
    book.save(content)
    return content.getvalue()


class Lists(Surgery):
    def begin(self, content: bytes | None = None, *, source: str = "Register", day: int = 1) -> BrandImport:
        content = as_csv(GOOD) if content is None else content
        return brand_imports.begin(
            content=content, file_name="list.csv", source=source, source_date=date(2026, 11, day), by=self.frank
        )

    def checked(self, content: bytes | None = None, **more) -> BrandImport:
        return self.worked(self.begin(content, **more))

    def worked(self, made: BrandImport) -> BrandImport:
        brand_imports.work(now=timezone.now())
        made.refresh_from_db()
        return made

    def stored(self, content: bytes | None = None, *, leaves_out: bool = False, **more) -> BrandImport:
        made = self.checked(content, **more)
        brand_imports.confirm(made, leaves_out=leaves_out)
        return self.worked(made)

    def sentences(self, made: BrandImport) -> list[str]:
        return [sentence(found) for found in made.findings]


class Read(Lists, TestCase):
    def test_a_checked_list_has_stored_nothing(self):
        made = self.checked()
        self.assertEqual((made.status, made.total, made.added, made.wrong), (ImportStatus.CHECKED, 4, 4, 0))
        self.assertFalse(Brand.objects.exists())

    def test_a_list_is_read_through_salts_and_spellings_from_csv_and_from_xlsx(self):
        for write in (as_csv, as_xlsx):
            with self.subTest(write=write.__name__):
                Brand.objects.all().delete()
                made = self.stored(write(GOOD))
                self.assertEqual((made.status, made.added, bytes(made.content)), (ImportStatus.STORED, 4, b""))
                found = {
                    brand.name: (brand.medication.generic_name, brand.form, brand.strength, brand.maker)
                    for brand in Brand.objects.select_related("medication")
                }
                self.assertEqual(found["Amoxilar"], ("amoxicillin", "capsule", "500 mg", "Padma Labs"))
                self.assertEqual(found["Cefilar"][0], "cefixime")
                self.assertEqual(found["Cefradil"][0], "cefradine")
                self.assertEqual(found["Losatril"][0], "losartan")
                brand = Brand.objects.get(name="Amoxilar")
                self.assertEqual((brand.source, brand.source_date), ("Register", date(2026, 11, 1)))

    def test_another_substance_is_not_taken_for_a_spelling(self):
        """One letter apart, or a part of a longer name."""
        Medication.objects.filter(generic_name="prednisone").delete()
        row = ("Other", "Prednisone", "5 mg", "Tablet", "Padma Labs")
        made = self.checked(as_csv([row]))
        self.assertEqual(made.added, 0)
        self.assertIn("“Prednisone”", self.sentences(made)[0])

    def test_each_error_names_its_row_and_says_what_to_do(self):
        rows = [
            GOOD[0],
            ("Unknownal", "Zzyzxol", "5 mg", "Tablet", "Padma Labs"),
            ("AMOXILAR", "Amoxicillin", "500 mg", "capsule", "padma labs"),
            ("Badstrong", "Amoxicillin", "five hundred", "Capsule", "Padma Labs"),
            ("", "Amoxicillin", "500 mg", "Capsule", "Padma Labs"),
            ("x" * 151, "Amoxicillin", "500 mg", "Capsule", "Padma Labs"),
            ("Wrongway", "Losartan", "50 mg", "Eye drops", "Padma Labs"),
        ]
        made = self.checked(as_csv(rows))
        self.assertEqual((made.added, made.wrong), (1, 6))
        self.assertEqual(
            self.sentences(made),
            [
                "Row 3: The catalogue has no generic “Zzyzxol”: add it first, or correct its spelling.",
                "Row 4: “AMOXILAR” with this form, strength and maker is also in row 2.",
                "Row 5: “five hundred” is not a strength such as 500 mg, 120 mg/5 mL or 0.5%.",
                "Row 6: “brand” is empty.",
                "Row 7: “brand” is longer than 150 characters.",
                "Row 8: “Losartan” is in the catalogue, but not as eye drops: add that first.",
            ],
        )

    def test_a_file_that_is_no_list_of_brands_is_told_so(self):
        cases = {
            "These columns are missing: generic, strength. The first row names the columns.": as_csv(
                [("a", "b")], ("Brand", "Form")
            ),
            "The list has no rows.": as_csv([]),
            "This is neither text in UTF-8 with commas (CSV) nor an XLSX workbook.": b"\xff\xfe\x00",
        }
        for words, content in cases.items():
            with self.subTest(words=words):
                made = self.checked(content)
                self.assertEqual((made.status, self.sentences(made)), (ImportStatus.FAILED, [words]))
        broken = self.checked(as_xlsx(GOOD)[:200])
        self.assertEqual(broken.status, ImportStatus.FAILED)
        with self.assertRaises(Invalid):
            self.begin(b"")

    def test_it_reads_more_rows_than_other_imports_but_not_any_number(self):
        one = GOOD[0]
        rows = [(f"Brand {number}", *one[1:]) for number in range(IMPORT_LIMIT + 1)]
        self.assertEqual(self.checked(as_csv(rows)).added, IMPORT_LIMIT + 1)
        with mock.patch.object(brand_imports, "MOST_ROWS", 100):
            made = self.checked(as_csv(rows[:101]))
        self.assertEqual(self.sentences(made), ["A list may have at most 100 rows."])

    def test_the_queries_do_not_grow_with_the_rows(self):
        counts = []
        for rows in (10, 400):
            made = self.begin(as_csv([(f"Brand {number}", *GOOD[0][1:]) for number in range(rows)]))
            with CaptureQueriesContext(connection) as counted:
                brand_imports.check(made, now=timezone.now())
            counts.append(len(counted))
        self.assertEqual(counts[0], counts[1])


class Stored(Lists, TestCase):
    WRONG = as_csv([*GOOD, ("Unknownal", "Zzyzxol", "5 mg", "Tablet", "Padma Labs")])

    def test_nothing_is_stored_of_a_list_with_errors_unless_that_is_agreed(self):
        made = self.checked(self.WRONG)
        with self.assertRaises(StepRefused):
            brand_imports.confirm(made, leaves_out=False)
        self.assertFalse(Brand.objects.exists())
        made.refresh_from_db()
        brand_imports.confirm(made, leaves_out=True)
        self.worked(made)
        self.assertEqual((made.status, made.added, made.wrong), (ImportStatus.STORED, 4, 1))
        self.assertEqual(Brand.objects.count(), 4)

    def test_the_same_list_again_changes_nothing_and_a_later_one_renews_the_source(self):
        self.stored()
        made = self.checked()
        self.assertEqual((made.added, made.changed, made.unchanged), (0, 0, 4))
        with self.assertRaisesMessage(StepRefused, "nothing to store"):
            brand_imports.confirm(made, leaves_out=False)
        self.assertEqual(self.stored(day=20).changed, 4)
        self.assertEqual({brand.source_date for brand in Brand.objects.all()}, {date(2026, 11, 20)})

    def test_each_stored_brand_has_a_history_that_names_the_list(self):
        self.stored()
        brand = Brand.objects.get(name="Amoxilar")
        self.assertEqual(
            [(entry.history_user, entry.history_change_reason) for entry in brand.history.all()],
            [(self.frank, "from the list Register")],
        )

    def test_a_process_that_dies_in_the_middle_has_stored_nothing_and_the_next_one_stores_all(self):
        made = self.checked()
        brand_imports.confirm(made, leaves_out=False)
        dying = mock.patch.object(brand_imports, "move", side_effect=KeyboardInterrupt)
        with dying, self.assertRaises(KeyboardInterrupt):
            brand_imports.work(now=timezone.now())
        self.assertFalse(Brand.objects.exists())
        made.refresh_from_db()
        self.assertEqual(made.status, ImportStatus.CONFIRMED)
        self.worked(made)
        self.assertEqual((made.status, Brand.objects.count()), (ImportStatus.STORED, 4))

    def test_of_two_lists_with_the_same_brands_the_second_adds_none(self):
        first, second = self.checked(), self.checked()
        for made in (first, second):
            brand_imports.confirm(made, leaves_out=False)
        self.worked(first)
        second.refresh_from_db()
        self.assertEqual((first.added, second.added, second.unchanged), (4, 0, 4))
        self.assertEqual(Brand.objects.count(), 4)

    def test_a_brand_that_somebody_adds_while_a_list_is_stored_sends_it_back(self):
        made = self.checked()
        brand_imports.confirm(made, leaves_out=False)
        with mock.patch.object(brand_imports, "move", side_effect=[IntegrityError, mock.DEFAULT]) as moved:
            brand_imports.store(made, now=timezone.now())
        self.assertEqual(moved.call_args.args[1], ImportStatus.CHECKED)
        self.assertFalse(Brand.objects.exists())

    def test_a_row_that_became_wrong_after_the_check_is_not_left_out_silently(self):
        made = self.checked()
        brand_imports.confirm(made, leaves_out=False)
        for row in Medication.objects.filter(generic_name="losartan"):
            row.archive(reason="renamed", now=timezone.now())
        self.worked(made)
        self.assertEqual((made.status, made.wrong), (ImportStatus.CHECKED, 1))
        self.assertFalse(Brand.objects.exists())

    def test_a_withdrawn_list_is_not_stored(self):
        made = self.checked()
        made.withdraw(now=timezone.now())
        self.assertEqual((made.status, bytes(made.content)), (ImportStatus.WITHDRAWN, b""))
        with self.assertRaises(StepRefused):
            brand_imports.confirm(made, leaves_out=False)
        with self.assertRaises(StepRefused):
            self.stored().withdraw(now=timezone.now())


class Pages(Lists, TestCase):
    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

    def url(self, page: str, *args) -> str:
        return reverse(f"admin:prescription_brandimport_{page}", args=args)

    def test_the_name_of_a_file_is_stored_without_invisible_characters(self):
        made = brand_imports.begin(
            content=as_csv(GOOD),
            file_name="li\u200bst\u202e.csv",
            source="A",
            source_date=date(2026, 11, 1),
            by=self.frank,
        )
        self.assertEqual(made.file_name, "list.csv")

    def test_a_list_is_uploaded_checked_and_stored_on_its_page(self):
        content = as_csv([*GOOD, ("Unknownal", "Zzyzxol", "5 mg", "Tablet", "Padma Labs")])
        self.assertContains(self.client.get(self.url("add")), 'type="file"')
        form = {"source": "Register", "source_date": "2026-11-01", "file": SimpleUploadedFile("list.csv", content)}
        self.client.post(self.url("add"), form)
        made = BrandImport.objects.get()
        self.assertEqual((made.uploaded_by, made.file_name), (self.frank, "list.csv"))
        self.assertContains(self.client.get(self.url("change", made.pk)), "<progress")
        self.worked(made)
        page = self.client.get(self.url("change", made.pk))
        self.assertContains(page, "Row 6: The catalogue has no generic “Zzyzxol”")
        self.assertContains(page, "4 new, 0 changed, 0 the same, 1 with errors.")
        step = self.url("step", made.pk, "store")
        self.assertContains(self.client.get(step), "1 row has errors.")
        self.client.post(step, {"leaves_out": "on"})
        self.worked(made)
        self.assertEqual((made.status, Brand.objects.count()), (ImportStatus.STORED, 4))
        self.assertContains(self.client.get(self.url("changelist")), "Stored")

    def test_who_may_not_import_sees_no_list(self):
        made = self.checked()
        for user in (self.carol, self.erin, self.alice):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            for page in (self.url("changelist"), self.url("add"), self.url("change", made.pk)):
                self.assertIn(self.client.get(page).status_code, {302, 403, 404}, (user, page))


class Command(Lists, TestCase):
    def call(self, content: bytes, *more: str) -> str:
        told = io.StringIO()
        with TemporaryDirectory() as folder:
            path = Path(folder, "list.csv")
            path.write_bytes(content)
            given = ("--source", "Register", "--date", "2026-11-01", "--by", self.frank.email)
            call_command("import_brands", str(path), *given, *more, stdout=told)
        return told.getvalue()

    def test_it_only_checks_unless_it_is_to_store(self):
        self.assertIn("4 new", self.call(as_csv(GOOD)))
        self.assertFalse(Brand.objects.exists())
        self.assertIn("Stored: 4 new", self.call(as_csv(GOOD), "--store"))
        self.assertEqual(Brand.objects.count(), 4)

    def test_it_stores_nothing_of_a_list_with_errors_unless_told_to(self):
        with self.assertRaisesMessage(CommandError, "Some rows have errors"):
            self.call(Stored.WRONG, "--store")
        self.assertFalse(Brand.objects.exists())
        self.assertIn("Stored: 4 new", self.call(Stored.WRONG, "--store", "--leave-out"))

    def test_a_second_one_waits_for_the_first(self):
        now = timezone.now()
        JobLease.objects.update_or_create(
            name=brand_imports.JOB,
            defaults={"holder": "other", "expires_at": now + timedelta(seconds=20), "began_at": now},
        )
        with self.assertRaisesMessage(CommandError, "Another list is being imported"):
            self.call(as_csv(GOOD), "--store")
        self.assertFalse(Brand.objects.exists())

    def test_only_who_may_store_lists_can_be_named(self):
        with TemporaryDirectory() as folder, self.assertRaisesMessage(CommandError, "may import brands"):
            path = Path(folder, "list.csv")
            path.write_bytes(as_csv(GOOD))
            given = ("--source", "Register", "--date", "2026-11-01", "--by", self.carol.email)
            call_command("import_brands", str(path), *given)

    def test_the_job_is_run_by_the_due_work(self):
        made = self.begin()
        run(jobs()[brand_imports.JOB], now=timezone.now(), by_person=True)
        made.refresh_from_db()
        self.assertEqual(made.status, ImportStatus.CHECKED)
