"""Uploaded files are read no further than the limit, and a small workbook cannot unpack to a large one."""

import io
from xml.etree.ElementTree import ParseError
from zipfile import ZIP_DEFLATED, ZipFile

from django.test import SimpleTestCase
from openpyxl import Workbook

from shs.core.admin.sheets import csv_pieces, tsv_pieces, xlsx_pieces
from shs.core.admin.tables import CSV, TSV, XLSX
from shs.core.errors import Refused
from shs.core.tabular import IMPORT_LIMIT, MOST_TAGS

HEAD = ["slug", "name"]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(parts: dict[str, bytes]) -> bytes:
    """A workbook with other content in some of its parts."""
    made, content = io.BytesIO(), b"".join(xlsx_pieces(HEAD, [("a", "b")]))
    with ZipFile(io.BytesIO(content)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts.get(name, old.read(name) if name in old.namelist() else b""))
    return made.getvalue()


def sheet(rows: bytes) -> bytes:
    """A workbook with `rows` below the header."""
    head = b'<row r="1"><c t="inlineStr"><is><t>slug</t></is></c></row>'
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    start = b'<worksheet xmlns="' + space + b'"><dimension ref="A1:A1"/><sheetData>'
    return workbook({SHEET: start + head + rows + b"</sheetData></worksheet>"})


class Read(SimpleTestCase):
    def test_a_file_is_read_as_it_was_written(self):
        rows = [["a", "b,c"], ["two\nlines", "বাংলা"]]
        for write, kind in ((csv_pieces, CSV), (tsv_pieces, TSV), (xlsx_pieces, XLSX)):
            with self.subTest(kind=kind.__name__):
                table = kind().create_dataset(b"".join(write(HEAD, rows)))
                self.assertEqual((table.headers, table.rows), (HEAD, rows))

    def test_short_rows_are_filled_and_empty_ones_at_the_end_left_out(self):
        table = CSV().create_dataset("slug,name,,\na\n,\nb,c,,\n,\n")
        self.assertEqual((table.headers, table.rows), (HEAD, [["a", ""], ["", ""], ["b", "c"]]))
        book = Workbook()
        for row in (HEAD, ["a"], [], ["b", "c", None], [None, None]):
            book.active.append(row)
        made = io.BytesIO()
        book.save(made)
        self.assertEqual(XLSX().create_dataset(made.getvalue()).rows, [["a", None], [None, None], ["b", "c"]])

    def test_a_row_with_a_cell_too_many_is_named(self):
        with self.assertRaisesMessage(Refused, "Row 2 has more cells than there are columns."):
            CSV().create_dataset("slug,name\na,b\nc,d,e\n")

    def test_an_empty_file_has_no_rows(self):
        self.assertEqual(len(CSV().create_dataset("")), 0)

    def test_other_bytes_are_refused(self):
        with self.assertRaisesMessage(Refused, "The file is not UTF-8 text."):
            CSV().create_dataset(b"slug\n\xff\xfe")
        with self.assertRaisesMessage(Refused, "This is not an XLSX workbook."):
            XLSX().create_dataset(b"slug,name\n")


class Limits(SimpleTestCase):
    def assert_too_large(self, content: bytes) -> None:
        self.assertLess(len(content), 100_000)
        with self.assertRaisesMessage(Refused, "The workbook is too large. Keep one sheet with at most 5000 rows."):
            XLSX().create_dataset(content)

    def test_no_row_after_the_limit_is_read(self):
        wrong = b"</wrong>"
        with self.assertRaises(ParseError):
            XLSX().create_dataset(sheet(b"<row/>" * 10 + wrong))
        far = sheet(b"<row/>" * (IMPORT_LIMIT + 20_000) + wrong)
        self.assertEqual(len(XLSX().create_dataset(far)), IMPORT_LIMIT + 1)
        text = "slug\n" + "a\n" * (IMPORT_LIMIT + 1) + "a,b\n"
        self.assertEqual(len(CSV().create_dataset(text)), IMPORT_LIMIT + 1)

    def test_a_row_far_below_is_not_reached_through_empty_ones(self):
        far = sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        self.assertEqual(len(XLSX().create_dataset(far)), IMPORT_LIMIT + 1)

    def test_a_workbook_that_unpacks_to_many_cells_texts_or_styles_is_refused(self):
        self.assert_too_large(sheet(b"<row><c/></row>" * (MOST_TAGS["worksheets/"] // 3 + 1)))
        self.assert_too_large(workbook({"xl/sharedStrings.xml": b"<si/>" * (MOST_TAGS["sharedStrings"] + 1)}))
        self.assert_too_large(workbook({"xl/styles.xml": b"<xf/>" * (MOST_TAGS[""] + 1)}))
        self.assert_too_large(workbook({"xl/large.xml": b" " * 33 * 1024 * 1024}))

    def test_entities_are_refused_in_every_encoding(self):
        for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-16-be"):
            with self.subTest(encoding=encoding):
                text = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
                self.assert_too_large(workbook({SHEET: text.encode(encoding)}))

    def test_as_many_cells_as_a_file_may_have_can_be_read(self):
        rows = [[f"row {at}"] * 12 for at in range(IMPORT_LIMIT)]
        found = XLSX().create_dataset(b"".join(xlsx_pieces([f"column {at}" for at in range(12)], rows)))
        self.assertEqual(len(found), IMPORT_LIMIT)
