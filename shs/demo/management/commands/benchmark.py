"""Measure requests over a made-up network in a scratch database: `manage.py benchmark --size 100k`."""

import json
from pathlib import Path

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone

from shs.demo.benchmark import changes
from shs.demo.benchmark.bare import Bare
from shs.demo.benchmark.cases import api_cases
from shs.demo.benchmark.data import SIZES, bulk_inserts, fill
from shs.demo.benchmark.measure import measure, speed
from shs.demo.benchmark.pages import page_cases
from shs.demo.benchmark.place import scratch
from shs.demo.benchmark.report import Report, compared, over_budget, table
from shs.demo.seed.size import at_most


class Command(BaseCommand):
    help = (
        "Fill a scratch database, and measure what requests cost in it: processor time beside the bare driver, queries "
        "and bytes. Fails where a ratio exceeds its budget (shs/demo/benchmark/budget.json)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=SIZES, default="10k", help="how many visits (default 10k)")
        parser.add_argument(
            "--keep", default="", help="keep the rows, and use them again: a file, or the name of a database"
        )
        parser.add_argument("--rounds", type=at_most(10_000), default=50, help="how often each request is sent")
        parser.add_argument("--only", default="", help="only cases whose name contains this")
        parser.add_argument("--fill", action="store_true", help="only make the rows that --keep keeps")
        parser.add_argument("--pages", action="store_true", help="also measure pages of the back office")
        parser.add_argument("--changes", action="store_true", help="also measure the list of all changes")
        parser.add_argument("--json", type=Path, help="write what was measured to this file")
        parser.add_argument("--compare", type=Path, help="compare with what --json wrote; of another size: the growth")

    def handle(
        self,
        *,
        size: str,
        keep: str,
        rounds: int,
        only: str,
        fill: bool,
        pages: bool,
        changes: bool,
        json: Path | None,
        compare: Path | None,
        **options: object,
    ) -> None:
        with scratch(keep) as is_new:
            if is_new:
                self._fill(size)
            if fill:
                return
            report = self._measure(size, rounds, only, pages=pages)
            if changes:
                self._measure_changes(rounds)
        self._finish(report, json, compare)

    def _fill(self, size: str) -> None:
        with bulk_inserts():
            fill(SIZES[size], say=self.stdout.write)

    def _measure(self, size: str, rounds: int, only: str, *, pages: bool) -> Report:
        bare = Bare()
        cases = [*api_cases(bare, now=timezone.now(), rounds=rounds), *(page_cases() if pages else ())]
        report: Report = {
            "database": connection.vendor,
            "size": size,
            "speed": speed(),
            "cases": measure(get_wsgi_application(), [case for case in cases if only in case.name], rounds=rounds),
        }
        bare.close()
        self.stdout.write("\n".join(table(report)))
        return report

    def _measure_changes(self, rounds: int) -> None:
        changes.prepare()
        self.stdout.write(f"{changes.count_lines()} changes; milliseconds, a single table and all, and their ratio:")
        for timing in changes.measure(rounds=rounds):
            self.stdout.write(f"{timing.question:16} {timing.plain:8.1f} {timing.every:8.1f} {timing.ratio:6.1f}")

    def _finish(self, report: Report, to: Path | None, compare: Path | None) -> None:
        if to:
            to.write_text(json.dumps(report, indent=1))
        problems = over_budget(report)
        if compare:
            lines, grown = compared(report, json.loads(compare.read_text()))
            self.stdout.write("\n".join(lines))
            problems += grown
        if problems:
            raise CommandError("Over budget:\n" + "\n".join(problems))
