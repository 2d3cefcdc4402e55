"""Measure requests to a demo network in a scratch database: `manage.py benchmark --size 100k`."""

import json
from collections.abc import Iterable
from pathlib import Path

from django.core.management import CommandError, CommandParser, call_command
from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone

from shs.demo.benchmark import changes
from shs.demo.benchmark.bare import Bare
from shs.demo.benchmark.brands import TITLE as BRANDS_TITLE
from shs.demo.benchmark.brands import BrandCost, add_brands, measure_brands
from shs.demo.benchmark.cases import api_cases
from shs.demo.benchmark.data import SIZES, bulk_inserts, fill
from shs.demo.benchmark.files import TITLE, FileTiming, measure_files
from shs.demo.benchmark.finding import TITLE as FINDING_TITLE
from shs.demo.benchmark.finding import Found, add_people, measure_finding
from shs.demo.benchmark.measure import measure
from shs.demo.benchmark.pages import page_cases
from shs.demo.benchmark.peers import application, installed, left_out
from shs.demo.benchmark.place import scratch
from shs.demo.benchmark.report import Report, compared, over_budget, table
from shs.demo.benchmark.served import TITLE as SERVED_TITLE
from shs.demo.benchmark.served import Served, measure_served
from shs.demo.benchmark.stock import TITLE as STOCK_TITLE
from shs.demo.benchmark.stock import PageCost, measure_stock
from shs.demo.seed.size import at_most

SERVED_SECONDS = 10
"""How long each request is sent to the server."""


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
        parser.add_argument("--files", action="store_true", help="measure exports and imports instead of requests")
        parser.add_argument(
            "--finding", type=at_most(10_000_000), default=0, help="measure finding one of so many people instead"
        )
        parser.add_argument(
            "--brands",
            type=at_most(1_000_000),
            default=0,
            help="measure finding one of so many brands instead",
        )
        parser.add_argument("--stock", action="store_true", help="compare pages with Django's own admin instead")
        parser.add_argument("--served", action="store_true", help="send requests to a server instead, by 8 clients")
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
        files: bool,
        finding: int,
        brands: int,
        stock: bool,
        served: bool,
        json: Path | None,
        compare: Path | None,
        **options: object,
    ) -> None:
        with scratch(keep) as is_new:
            if is_new:
                self._fill(size)
            else:
                call_command("migrate", verbosity=0)  # the kept rows may be from before a new migration
            if fill:
                return
            if stock:
                self._print(STOCK_TITLE, measure_stock(rounds=rounds))
                return
            if finding:
                with bulk_inserts():
                    add_people(finding, say=self.stdout.write)
                self._print(FINDING_TITLE, measure_finding(rounds=rounds))
                return
            if brands:
                with bulk_inserts():
                    add_brands(brands)
                self._print(BRANDS_TITLE, measure_brands(rounds=rounds))
                return
            if served:
                self._print(SERVED_TITLE, measure_served(seconds=SERVED_SECONDS))
                return
            if files:
                self._print(TITLE, measure_files(get_wsgi_application(), rounds=min(rounds, 3)))
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
        peers = {peer.name: application(peer) for peer in installed()}
        cases = [case for case in cases if only in case.name]
        report: Report = {
            "database": connection.vendor,
            "size": size,
            "cases": measure(get_wsgi_application(), cases, rounds=rounds, peers=peers),
        }
        bare.close()
        self.stdout.write("\n".join([*table(report), *left_out()]))
        return report

    def _measure_changes(self, rounds: int) -> None:
        changes.prepare()
        self.stdout.write(f"{changes.count_lines()} changes; milliseconds, a single table and all, and their ratio:")
        for timing in changes.measure(rounds=rounds):
            self.stdout.write(f"{timing.question:16} {timing.plain:8.1f} {timing.every:8.1f} {timing.ratio:6.1f}")

    def _print(self, title: str, timings: "Iterable[FileTiming | PageCost | Served | Found | BrandCost]") -> None:
        self.stdout.write(title)
        problems = []
        for timing in timings:
            self.stdout.write(timing.line())
            problems += timing.over_budget()
        if problems:
            raise CommandError("Over budget:\n" + "\n".join(problems))

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
