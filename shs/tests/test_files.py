"""Import and export of every screen that has them: who may, which rows and columns, and no cell that a spreadsheet
would run as a formula."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from openpyxl import load_workbook

from shs.core.admin.resources import Exports, Imports
from shs.core.grants.table import may_ever
from shs.core.reads.models import ReadLog
from shs.prescription.models import MedicalTest, Medication
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


class EveryScreen(EveryModel, TestCase):
    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def exported(self, name: str, screen, user: User, **form):
        (resource,) = screen.get_export_resource_classes(None)
        chosen = {f"{resource.__name__.lower()}_{key}": "on" for key in resource(user=user).get_export_order()}
        data = {"format": CSV, "resource": "0", "purpose": "a yearly count", **chosen, **form}
        return self.as_(user).post(reverse(f"{name}_export"), data)

    def insiders(self) -> Iterator[tuple[str, User]]:
        return ((name, user) for name, user in self.people.items() if user.is_authenticated and user.uses_back_office)

    def test_who_lacks_the_right_gets_no_file_and_no_page_for_one(self):
        for kind, action in ((Exports, "export"), (Imports, "import")):
            for name, screen in screens(kind):
                for who, user in self.insiders():
                    expected = may_ever(user, screen.model, action)
                    with self.subTest(page=f"{name}_{action}", who=who):
                        answer = self.as_(user).get(reverse(f"{name}_{action}"))
                        self.assertEqual(answer.status_code == 200, expected, answer.status_code)

    def test_an_export_holds_the_rows_that_the_user_may_export_and_is_logged_with_its_purpose(self):
        for name, screen in screens(Exports):
            for who, user in self.insiders():
                if not may_ever(user, screen.model, "export"):
                    continue
                with self.subTest(page=name, who=who):
                    answer = self.exported(name, screen, user)
                    self.assertEqual(answer.status_code, 200)
                    self.assertTrue(answer.has_header("Content-Disposition"), "the form was refused")
                    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
                    line = ReadLog.objects.filter(what__startswith="export", reader=user).latest("pk")
                    # Exporting the read log adds a line to it first.
                    self.assertEqual(len(rows), len(line.ids) + (screen.model is ReadLog))
                    self.assertEqual(line.note, "a yearly count")
                    mine = screen.model._default_manager.allowed(user, "export").values_list("pk", flat=True)
                    self.assertLessEqual(set(line.ids), set(mine))

    def test_an_export_needs_a_purpose(self):
        for name, screen in screens(Exports):
            user = next(user for _who, user in self.insiders() if may_ever(user, screen.model, "export"))
            with self.subTest(page=name):
                self.assertFalse(self.exported(name, screen, user, purpose="").has_header("Content-Disposition"))
                self.assertFalse(ReadLog.objects.filter(what__startswith="export").exists())

    def test_the_page_says_how_many_rows_there_will_be(self):
        page = self.as_(self.frank).get(reverse("admin:prescription_medication_export")).content.decode()
        self.assertTrue(f"{Medication.objects.count()} rows of the filtered list will be exported" in page)

    def test_no_file_holds_a_secret_and_no_import_sets_what_a_step_sets(self):
        for name, screen in screens(Exports):
            (resource,) = screen.get_export_resource_classes(None)
            with self.subTest(page=name):
                self.assertEqual(SECRETS & set(resource(user=self.frank).fields), set())
        for name, screen in screens(Imports):
            (resource,) = screen.get_import_resource_classes(None)
            with self.subTest(page=name):
                self.assertEqual(SET_BY_STEPS & set(resource(user=self.frank).fields), set())

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
        return answer.content

    def cells(self, number: str) -> list[str]:
        content = self.file(number)
        if number == XLSX:
            rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
            return [str(cell) for row in rows for cell in row if cell]
        text = io.StringIO(content.decode())
        return [cell for row in csv.reader(text, delimiter="\t" if number == TSV else ",") for cell in row]

    def test_no_cell_of_any_format_runs(self):
        for number in (CSV, TSV, XLSX):
            with self.subTest(format=number):
                cells = self.cells(number)
                self.assertEqual([cell for cell in cells if cell[:1] in tuple("=+-@\t\uff1d")], [])
                self.assertEqual(sum(cell.startswith("'") for cell in cells), 2 * len(self.HOSTILE))


class AllOrNothing(EveryModel, TestCase):
    URL = "/admin/prescription/medication"

    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.before = Medication.objects.count()

    def dry_run(self, text: str):
        form = {"format": CSV, "resource": "", "import_file": SimpleUploadedFile("list.csv", text.encode())}
        return self.client.post(f"{self.URL}/import/", form)

    def test_one_row_that_cannot_be_stored_stores_none_and_is_named_by_its_line(self):
        shown = self.dry_run(
            "generic_name,form,strength,atc_code\nNew one,tablet,5 mg,\nNew two,tablet,5 mg,no such code\n"
        )
        page = shown.content.decode()
        self.assertFalse("confirm_form" in shown.context and shown.context["confirm_form"])
        self.assertTrue("New two" in page and "Enter a code such as J01CA04." in page)
        self.assertEqual(Medication.objects.count(), self.before)

    def test_the_history_says_from_which_file_a_row_came(self):
        shown = self.dry_run("generic_name,form,strength\nNew one,tablet,5 mg\n")
        kept = shown.context["confirm_form"].initial["import_file_name"]
        confirmed = {"format": CSV, "original_file_name": "list.csv", "import_file_name": kept}
        self.client.post(f"{self.URL}/process_import/", confirmed)
        line = Medication.objects.get(generic_name="New one").history.get()
        self.assertEqual((line.history_change_reason, line.history_user), ("from the file list.csv", self.frank))
