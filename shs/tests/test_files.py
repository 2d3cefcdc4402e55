"""Import and export of every screen that has them: permissions, exported rows and columns, and no cell that a
spreadsheet would run as a formula."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client, TestCase, tag
from django.urls import reverse
from import_export.formats import base_formats
from import_export.widgets import ForeignKeyWidget
from openpyxl import load_workbook

from shs.core.admin.importing import Key
from shs.core.admin.resources import Exports, Imports
from shs.core.grants.table import may_ever
from shs.core.reads.models import ReadLog
from shs.core.records.models import Record
from shs.prescription.models import MedicalTest, Medication
from shs.prescription.resources import MedicalTestColumns
from shs.testing import EveryModel
from shs.users.models import User

SECRETS = {"password", "token_version", "user_permissions", "is_superuser"}
SET_BY_STEPS = {"is_verified", "role", "password", "verification_status", "status"}
CSV, TSV, XLSX = "0", "1", "2"


def screens(kind: type) -> Iterator[tuple[str, Any]]:
    """Every registered screen of the class `kind`, with the prefix of its URL names."""
    for model, screen in admin.site._registry.items():
        if isinstance(screen, kind):
            yield f"admin:{model._meta.app_label}_{model._meta.model_name}", screen


@tag("any_database")
class EveryScreen(EveryModel, TestCase):
    def setUp(self):
        self.clients: dict[int, Client] = {}

    def as_(self, user: User) -> Client:
        """Each person is logged in once, because a login takes longer than a refusal."""
        if user.pk not in self.clients:
            self.clients[user.pk] = Client()
            self.clients[user.pk].force_login(user, backend="shs.users.backends.EmailBackend")
        return self.clients[user.pk]

    def exported(self, name: str, screen, user: User, **form):
        (resource,) = screen.get_export_resource_classes(None)
        chosen = {f"{resource.__name__.lower()}_{key}": "on" for key in resource(user=user).get_export_order()}
        data = {"format": CSV, "resource": "0", "purpose": "a yearly count", **chosen, **form}
        return self.as_(user).post(reverse(f"{name}_export"), data)

    def rows_of(self, answer: HttpResponse) -> list[object]:
        """The rows of a file: of CSV, or of JSON lines where a screen writes only these."""
        text = answer.getvalue().decode()
        if ".jsonl" in answer["Content-Disposition"]:
            return [json.loads(line) for line in text.splitlines()]
        return list(csv.DictReader(io.StringIO(text)))

    def insiders(self) -> Iterator[tuple[str, User]]:
        return ((name, user) for name, user in self.people.items() if user.is_authenticated and user.uses_back_office)

    def test_without_the_permission_there_is_no_page_and_no_file(self):
        for kind, action in ((Exports, "export"), (Imports, "import")):
            for name, screen in screens(kind):
                for who, user in self.insiders():
                    expected = may_ever(user, screen.model, action)
                    with self.subTest(page=f"{name}_{action}", who=who):
                        answer = self.as_(user).get(reverse(f"{name}_{action}"))
                        self.assertEqual(answer.status_code == 200, expected, answer.status_code)

    def test_an_export_has_the_permitted_rows_and_is_logged_with_its_purpose(self):
        for name, screen in screens(Exports):
            for who, user in self.insiders():
                if not may_ever(user, screen.model, "export"):
                    continue
                with self.subTest(page=name, who=who):
                    answer = self.exported(name, screen, user)
                    self.assertEqual(answer.status_code, 200)
                    self.assertTrue(answer.has_header("Content-Disposition"), "the form was refused")
                    rows = self.rows_of(answer)
                    line = ReadLog.objects.filter(what__startswith="export ", subject=None, reader=user).latest("pk")
                    self.assertEqual(len(rows), line.row_count)
                    self.assertEqual(line.note, "a yearly count")
                    mine = screen.model._default_manager.allowed(user, "export").values_list("pk", flat=True)
                    named = {line.ids["first"], line.ids["last"]} if isinstance(line.ids, dict) else set(line.ids)
                    self.assertLessEqual(named, set(mine))

    def test_an_export_needs_a_purpose(self):
        for name, screen in screens(Exports):
            user = next(user for _who, user in self.insiders() if may_ever(user, screen.model, "export"))
            with self.subTest(page=name):
                self.assertFalse(self.exported(name, screen, user, purpose="").has_header("Content-Disposition"))
                self.assertFalse(ReadLog.objects.filter(what__startswith="export").exists())

    def test_a_workbook_cannot_hold_more_rows_than_a_spreadsheet(self):
        before = ReadLog.objects.count()
        with mock.patch("shs.core.admin.resources.MOST_XLSX_ROWS", 1):
            screen = admin.site._registry[Medication]
            answer = self.exported("admin:prescription_medication", screen, self.frank, format=XLSX)
        self.assertContains(answer, "A spreadsheet can have at most 1 rows: choose CSV.")
        self.assertEqual(ReadLog.objects.count(), before)

    def test_the_page_shows_the_number_of_rows(self):
        page = self.as_(self.frank).get(reverse("admin:prescription_medication_export")).content.decode()
        self.assertTrue(f"{Medication.objects.count()} rows of the filtered list will be exported" in page)

    def test_exports_have_no_secrets_and_imports_set_no_locked_fields(self):
        for name, screen in screens(Exports):
            (resource,) = screen.get_export_resource_classes(None)
            with self.subTest(page=name):
                self.assertEqual(SECRETS & set(resource(user=self.frank).fields), set())
        for name, screen in screens(Imports):
            (resource,) = screen.get_import_resource_classes(None)
            with self.subTest(page=name):
                self.assertEqual(SET_BY_STEPS & set(resource(user=self.frank).fields), set())

    def test_models_that_can_be_imported_have_no_save_of_their_own(self):
        """Imports store rows in bulk, which does not call it."""
        for name, screen in screens(Imports):
            with self.subTest(page=name):
                self.assertIs(screen.model.save, Model.save)
                self.assertTrue(issubclass(screen.model, Record))

    def test_columns_of_imported_keys_are_read_at_once(self):
        for name, screen in screens(Imports):
            (resource,) = screen.get_import_resource_classes(None)
            for column in resource(user=self.frank).get_import_fields():
                if isinstance(column.widget, ForeignKeyWidget):
                    with self.subTest(page=name, column=column.column_name):
                        self.assertIsInstance(column.widget, Key)

    def test_nothing_clinical_can_be_imported(self):
        clinical = {"medicalrecord", "prescription", "appointment", "user", "doctorinformation"}
        self.assertEqual([name for name, screen in screens(Imports) if screen.opts.model_name in clinical], [])


class Formulas(EveryModel, TestCase):
    HOSTILE = ["=1+1", "+1+1", "@SUM(A1)", "\uff1d1+1", "-2+3", "\t=1"]

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        for number, name in enumerate(self.HOSTILE):
            MedicalTest.objects.create(name=f"{name} {number}", source="=HYPERLINK(1)")

    def file(self, number: str) -> bytes:
        fields = ["name", "source"]
        chosen = {f"medicaltestcolumns_{field}": "on" for field in fields}
        data = {"format": number, "resource": "0", "purpose": "a yearly count", **chosen}
        answer = self.client.post(reverse("admin:prescription_medicaltest_export"), data)
        self.assertTrue(answer.has_header("Content-Disposition"))
        return answer.getvalue()

    def cells(self, number: str) -> list[str]:
        content = self.file(number)
        if number == XLSX:
            rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
            return [str(cell) for row in rows for cell in row if cell]
        text = io.StringIO(content.decode())
        return [cell for row in csv.reader(text, delimiter="\t" if number == TSV else ",") for cell in row]

    def test_no_cell_of_any_format_is_a_formula(self):
        for number in (CSV, TSV, XLSX):
            with self.subTest(format=number):
                cells = self.cells(number)
                self.assertEqual([cell for cell in cells if cell[:1] in tuple("=+-@\t\uff1d")], [])
                self.assertEqual(sum(cell.startswith("'") for cell in cells), 2 * len(self.HOSTILE))


class Memory(EveryModel, TestCase):
    def peak(self, file_format: base_formats.Format, count: int) -> int:
        """The most bytes in use while `count` tests of the catalogue are exported."""
        rows = MedicalTest.objects.filter(name__startswith="Memory ").order_by("name")
        rows = rows.filter(name__lt=f"Memory {count:05}")
        columns = MedicalTestColumns(user=self.frank)
        tracemalloc.start()
        try:
            size = sum(len(piece) for piece in columns.pieces(file_format, rows, None))
            self.assertGreater(size, count)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_ten_times_as_many_rows_need_no_more_memory(self):
        made = (MedicalTest(name=f"Memory {number:05}", source="a list") for number in range(10_000))
        MedicalTest.objects.without_history("rows that are only exported").bulk_create(made, batch_size=500)
        for file_format in (base_formats.CSV(), base_formats.TSV(), base_formats.XLSX()):
            with self.subTest(format=file_format.get_title()):
                self.peak(file_format, 1_000)
                self.assertLess(self.peak(file_format, 10_000), 1.3 * self.peak(file_format, 1_000))


class AllOrNothing(EveryModel, TestCase):
    URL = "/admin/prescription/medication"

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.before = Medication.objects.count()

    def dry_run(self, text: str):
        form = {"format": CSV, "resource": "", "import_file": SimpleUploadedFile("list.csv", text.encode())}
        return self.client.post(f"{self.URL}/import/", form)

    def test_with_one_invalid_row_nothing_is_stored_and_its_line_is_named(self):
        shown = self.dry_run(
            "generic_name,form,strength,atc_code\nNew one,tablet,5 mg,\nNew two,tablet,5 mg,no such code\n"
        )
        page = shown.content.decode()
        self.assertFalse("confirm_form" in shown.context and shown.context["confirm_form"])
        self.assertTrue("New two" in page and "Enter a code such as J01CA04." in page)
        self.assertEqual(Medication.objects.count(), self.before)

    def test_the_history_names_the_imported_file(self):
        shown = self.dry_run("generic_name,form,strength\nNew one,tablet,5 mg\n")
        kept = shown.context["confirm_form"].initial["import_file_name"]
        confirmed = {"format": CSV, "original_file_name": "list.csv", "import_file_name": kept}
        self.client.post(f"{self.URL}/process_import/", confirmed)
        line = Medication.objects.get(generic_name="New one").history.get()
        self.assertEqual((line.history_change_reason, line.history_user), ("from the file list.csv", self.frank))
