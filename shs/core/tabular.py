"""Reads the table in an uploaded CSV, TSV or XLSX file, row by row and no further than the limit."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from shs.core.errors import Refused

IMPORT_LIMIT = 5000
"""The most rows of a file."""
MOST_COLUMNS = 100
MOST_BYTES = 32 * 1024 * 1024
"""The most bytes in an unpacked workbook."""
MOST_TAGS = {"worksheets/": 600_000, "sharedStrings": 250_000, "": 30_000}
"""Words in the names of a workbook's parts → the most XML tags in all parts with the first that fits: sheets with 5,000
rows of 12 columns have 500,000, their texts 240,000, and other parts, such as styles, take longest to read."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


@dataclass
class Table:
    """The header of a file, and its rows, which are all as long: at most IMPORT_LIMIT + 1."""

    headers: list[str]
    rows: list[list[object]]

    def __len__(self) -> int:
        return len(self.rows)


def csv_table(content: str | bytes, delimiter: str = ",", *, most: int = IMPORT_LIMIT) -> Table:
    """The table of a text, with at most `most` + 1 rows. Raises Refused."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8 text.")) from None
    return _table((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row), most)


def xlsx_table(content: bytes, *, most: int = IMPORT_LIMIT) -> Table:
    """The table of a workbook, with at most `most` + 1 rows. Raises Refused."""
    _require_small(content, most)
    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).active
    if sheet is None or not hasattr(sheet, "reset_dimensions"):
        raise Refused(_("This is not an XLSX workbook."))
    sheet.reset_dimensions()  # they are what the file says of itself
    return _table(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), most)


def _table(rows: Iterator[Sequence[object]], most: int) -> Table:
    headers = _trimmed(next(rows, ()))
    table = Table(["" if name is None else str(name) for name in headers], [])
    for number, cells in enumerate(islice(rows, most + 1), start=1):
        found = _trimmed(cells)
        if len(found) > len(headers):
            raise Refused(_("Row %(number)s has more cells than there are columns.") % {"number": number})
        filler = "" if cells and isinstance(cells[-1], str) else None
        table.rows.append([*found, *[filler] * (len(headers) - len(found))])
    if len(table) <= most:
        while table.rows and not any(cell not in (None, "") for cell in table.rows[-1]):
            table.rows.pop()
    return table


def _trimmed(cells: Sequence[object]) -> list[object]:
    """Without empty cells at the end."""
    found = list(cells)
    while found and found[-1] in (None, ""):
        found.pop()
    return found


def _require_small(content: bytes, most: int) -> None:
    """Raises Refused for a workbook that would take long to read: a few kilobytes can unpack to millions of cells."""
    times = max(most // IMPORT_LIMIT, 1)
    try:
        with ZipFile(io.BytesIO(content)) as book:
            parts = book.infolist()
            is_small = sum(part.file_size for part in parts) <= MOST_BYTES * min(times, 3) and len(parts) <= 1000
            if is_small and _are_short(book, parts, times):
                return
    except (BadZipFile, OSError, RuntimeError, NotImplementedError):
        raise Refused(_("This is not an XLSX workbook.")) from None
    raise Refused(_("The workbook is too large. Keep one sheet with at most %(limit)s rows.") % {"limit": most})


def _are_short(book: ZipFile, parts: Iterable[ZipInfo], times: int) -> bool:
    """Whether the parts have few tags and no document type, whose entities could unpack to any length."""
    left = {name: count * times for name, count in MOST_TAGS.items()}
    for part in parts:
        text = book.read(part)
        left[next(word for word in left if word in part.filename)] -= text.count(b"<")
        if min(left.values()) < 0 or b"<!DOCTYPE" in text or text.startswith(UTF_16):
            return False
    return True
