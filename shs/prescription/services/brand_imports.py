"""Importing a list of brands: uploaded, checked by a job, confirmed, and stored by the job in one transaction."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shs.core.due.soon import soon
from shs.core.errors import Invalid, Refused, StepRefused
from shs.core.records.transitions import lock, move, save_with_reason
from shs.core.tabular import Table, csv_table, xlsx_table
from shs.prescription.models import Brand, BrandImport, ImportStatus
from shs.prescription.models.brand_import import Finding
from shs.prescription.services.brand_rows import Reader, Written, Wrong, as_brand, columns_of, key_of
from shs.users.models import User

JOB = "import_brands"
"""The job that checks and stores lists."""
MOST_ROWS = 50_000
MOST_BYTES = 16 * 1024 * 1024
MOST_FINDINGS = 500
"""The most errors, and names in another spelling, that are kept."""
STEP = 2000
"""Rows between two notes of the progress."""
FIELDS = ("medication", "source", "source_date")


def begin(*, content: bytes, file_name: str, source: str, source_date: date, by: User) -> BrandImport:
    """Take a list in, as CSV in UTF-8 or as XLSX, to be checked by the job. Raises Invalid (422) for a file that is
    empty or too large."""
    if not content:
        raise Invalid(_("The file is empty."), field="file")
    if len(content) > MOST_BYTES:
        raise Invalid(_("A list may have at most %(limit)s MB.") % {"limit": MOST_BYTES // 1024 // 1024}, field="file")
    made = BrandImport(
        content=content, file_name=_shown(file_name), source=source, source_date=source_date, uploaded_by=by
    )
    with transaction.atomic():
        save_with_reason(made, "uploaded")
        soon(JOB)
    return made


def _shown(file_name: str) -> str:
    """The name of a file without invisible characters, which nobody could find in it; its end if it is long."""
    return "".join(letter for letter in file_name if letter.isprintable())[-150:]


def confirm(made: BrandImport, *, leaves_out: bool) -> None:
    """Let the job store a checked list. Raises StepRefused (409) for one with errors, unless `leaves_out`: then its
    rows with errors are left out; and for one with no row to store."""
    with transaction.atomic():
        lock(made)
        if made.wrong and not leaves_out:
            raise StepRefused(_("Some rows have errors: correct the file, or agree that they are left out."))
        if not made.added + made.changed:
            raise StepRefused(_("There is nothing to store."))
        move(made, ImportStatus.CONFIRMED, reason="confirmed", leaves_out=leaves_out, progress=0)
        soon(JOB)


def waiting() -> QuerySet[BrandImport]:
    """What the job has to do."""
    return BrandImport.objects.open()


def work(*, now: datetime) -> int:
    """Check and store what waits, one list after the other; returns the number of lists. A list whose process ended in
    the middle is done again from its start: nothing of it was stored."""
    count = 0
    while made := waiting().first():
        if made.status == ImportStatus.WAITING:
            check(made, now=now)
        else:
            store(made, now=now)
        count += 1
    return count


class Counts(TypedDict):
    """What the row of an import tells of its list."""

    added: int
    changed: int
    unchanged: int
    wrong: int
    findings: list[Finding]
    notes: list[Finding]


@dataclass
class Plan:
    """What a list would change: new brands, stored ones with other values, and how many are the same or have errors."""

    new: list[Brand] = field(default_factory=list)
    changed: list[Brand] = field(default_factory=list)
    unchanged: int = 0
    wrong: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def refuse(self, row: int, error: Wrong) -> None:
        self.wrong += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append({"row": row, "kind": error.kind, "value": error.value, "other": error.other})

    def counts(self) -> Counts:
        """For the import's row."""
        return {
            "added": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "wrong": self.wrong,
            "findings": self.findings,
            "notes": self.notes,
        }


def check(made: BrandImport, *, now: datetime) -> None:
    """Look at every row, and store nothing but the result."""
    try:
        table = _table(made)
        columns = columns_of(table.headers)
    except Wrong as error:
        move(
            made,
            ImportStatus.FAILED,
            reason="checked",
            problem=error.kind,
            findings=[{"row": 0, "kind": error.kind, "value": error.value, "other": error.other}],
            content=b"",
            finished_at=now,
        )
        return
    plan = _plan(made, table, columns)
    move(made, ImportStatus.CHECKED, reason="checked", total=len(table), progress=len(table), **plan.counts())


def store(made: BrandImport, *, now: datetime) -> None:
    """Store a confirmed list, all of it or nothing. If the catalogue has changed so that rows have errors to which
    nobody agreed, it waits for a confirmation again."""
    table = _table(made)
    plan = _plan(made, table, columns_of(table.headers))
    if plan.wrong > made.wrong or (plan.wrong and not made.leaves_out):
        move(made, ImportStatus.CHECKED, reason="changed since the check", **plan.counts())
        return
    reason = f"from the list {made.source}"[:100]
    try:
        with transaction.atomic():
            lock(made)
            if made.status != ImportStatus.CONFIRMED:  # withdrawn in the meantime
                return
            Brand.objects.all().create_with_history(plan.new, by=made.uploaded_by, reason=reason, batch_size=1000)
            Brand.objects.all().update_with_history(plan.changed, FIELDS, by=made.uploaded_by, reason=reason)
            move(
                made,
                ImportStatus.STORED,
                reason="stored",
                content=b"",
                progress=made.total,
                finished_at=now,
                **plan.counts(),
            )
    except IntegrityError:  # somebody has added one of these brands, or deleted a medicine, in the meantime
        made.refresh_from_db()
        plan = _plan(made, table, columns_of(table.headers))
        move(made, ImportStatus.CHECKED, reason="changed since the check", **plan.counts())


def _table(made: BrandImport) -> Table:
    """The table of the file. Raises Wrong."""
    content = bytes(made.content)
    try:
        is_workbook = content.startswith(b"PK")
        table = xlsx_table(content, most=MOST_ROWS) if is_workbook else csv_table(content, most=MOST_ROWS)
    except Refused:
        raise Wrong("unreadable") from None
    except (csv.Error, ValueError, KeyError, OSError, TypeError):  # openpyxl's, for a workbook whose parts do not fit
        raise Wrong("unreadable") from None
    if len(table) > MOST_ROWS:
        raise Wrong("rows", str(MOST_ROWS))
    if not len(table):
        raise Wrong("no_rows")
    return table


def _plan(made: BrandImport, table: Table, columns: dict[str, int]) -> Plan:
    """What the list would change."""
    plan, reader = Plan(), Reader()
    stored = {key_of(row.name, row.form, row.strength, row.maker): row for row in Brand.objects.all()}
    seen: dict[tuple[str, ...], int] = {}
    noted: set[tuple[str, str]] = set()
    for number, cells in _numbered(made, table, columns):
        try:
            written = reader.read(cells)
            if (first := seen.setdefault(written.key, number)) != number:
                raise Wrong("doubled", written.name, str(first))
        except Wrong as error:
            plan.refuse(number, error)
            continue
        if written.spelt and written.spelt not in noted and len(plan.notes) < MOST_FINDINGS:
            noted.add(written.spelt)
            spelt, meant = written.spelt
            plan.notes.append({"row": number, "kind": "spelt", "value": spelt, "other": meant})
        _add(plan, made, written, stored.get(written.key))
    return plan


def _add(plan: Plan, made: BrandImport, written: Written, before: Brand | None) -> None:
    row = before or as_brand(written)
    values = (written.medication, made.source, made.source_date)
    if before and values == (row.medication_id, row.source, row.source_date):
        plan.unchanged += 1
        return
    row.medication_id, row.source, row.source_date = values
    (plan.changed if before else plan.new).append(row)


def _numbered(made: BrandImport, table: Table, columns: dict[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows as a spreadsheet counts them, the header being 1, with their cells as texts. Notes the progress."""
    counted = BrandImport.objects.without_history("a count while it runs").filter(pk=made.pk)
    counted.update(total=len(table), progress=0)
    for at, row in enumerate(table.rows):
        if at and at % STEP == 0:
            counted.update(progress=at)
        cells = {name: _text(row[place]) if place < len(row) else "" for name, place in columns.items()}
        if any(cells.values()):
            yield at + 2, cells


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
