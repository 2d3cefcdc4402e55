"""Files of tables: what is written can be read again, and a long file needs no more memory than a short one."""

import csv
import io
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal

from django.test import SimpleTestCase
from openpyxl import load_workbook

from shs.core.admin.sheets import PIECE, Cells, csv_pieces, safe_cell, tsv_pieces, xlsx_pieces

HEAD = ("name", "value")
VALUES = [
    "plain",
    'বাংলা & <b>"quoted"</b>, with a comma',
    "two\nlines",
    12,
    Decimal("12.50"),
    True,
    datetime(2026, 2, 28, 23, 59, 58),  # noqa: DTZ001  (a spreadsheet has no zones)
    date(2026, 2, 28),
    time(13, 30),
]


def rows_of(content: bytes) -> list[tuple[object, ...]]:
    """The rows of a workbook."""
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


class Written(SimpleTestCase):
    def test_a_workbook_holds_each_kind_of_value(self):
        found = rows_of(b"".join(xlsx_pieces(HEAD, [(f"row {at}", value) for at, value in enumerate(VALUES)])))
        self.assertEqual(found[0], HEAD)
        self.assertEqual([row[1] for row in found[1:8]], [*VALUES[:4], 12.5, *VALUES[5:7]])
        self.assertEqual(found[8][1], datetime(2026, 2, 28))  # noqa: DTZ001  (a spreadsheet has no zones)
        self.assertEqual(found[9][1], time(13, 30))

    def test_a_day_before_march_1900_is_a_text(self):
        found = rows_of(b"".join(xlsx_pieces(HEAD, [("old", date(1899, 1, 1))])))
        self.assertEqual(found[1][1], "1899-01-01")

    def test_characters_that_a_workbook_cannot_hold_are_replaced(self):
        found = rows_of(b"".join(xlsx_pieces(HEAD, [("a\x00b\x1f\ud800", "x" * 40_000)])))
        self.assertEqual(found[1][0], "a\ufffdb\ufffd\ufffd")
        self.assertEqual(len(str(found[1][1])), 32_767)

    def test_text_files_are_read_again_as_written(self):
        rows = [("a", "b,c"), ("two\nlines", "tab\there")]
        for write, delimiter in ((csv_pieces, ","), (tsv_pieces, "\t")):
            text = io.StringIO(b"".join(write(HEAD, rows)).decode(), newline="")
            self.assertEqual([tuple(row) for row in csv.reader(text, delimiter=delimiter)], [HEAD, *rows])

    def test_a_file_without_rows_has_its_header(self):
        for write in (csv_pieces, tsv_pieces):
            self.assertEqual(b"".join(write(["name"], [])), b"name\r\n")
        self.assertEqual(rows_of(b"".join(xlsx_pieces(["name"], []))), [("name",)])

    def test_every_row_is_written_once_whatever_the_length(self):
        for count in (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1):
            rows = [(at, "x") for at in range(count)]
            with self.subTest(count=count):
                self.assertEqual(b"".join(csv_pieces(HEAD, rows)).count(b"\r\n"), count + 1)
                self.assertEqual([row[0] for row in rows_of(b"".join(xlsx_pieces(HEAD, rows)))[1:]], [*range(count)])

    def test_a_negative_number_is_no_formula_and_anything_else_with_a_sign_is(self):
        self.assertEqual([safe_cell(text) for text in ("-1", "-1.5", "", "a-1")], ["-1", "-1.5", "", "a-1"])
        self.assertEqual([safe_cell(text) for text in ("-1\n", "=1", "-a")], ["'-1\n", "'=1", "'-a"])


class Memory(SimpleTestCase):
    def peak(self, write, count: int) -> int:
        """The most bytes in use while a file with `count` rows is written."""

        def rows() -> Iterator[Cells]:
            return ((f"somebody {at}", at) for at in range(count))

        def consume(pieces: Iterable[bytes]) -> None:
            for _piece in pieces:
                pass

        consume(write(HEAD, rows()))
        tracemalloc.start()
        try:
            consume(write(HEAD, rows()))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_ten_times_as_many_rows_need_no_more_memory(self):
        for write in (csv_pieces, tsv_pieces, xlsx_pieces):
            with self.subTest(write=write.__name__):
                self.assertLess(self.peak(write, 10_000), 1.3 * self.peak(write, 1_000))
