"""Measure the list of all changes on an empty database: DATABASE_URL=… manage.py benchmark"""

from typing import Any

from django.core.management import CommandParser
from django.core.management.base import BaseCommand

from shs.core.seeding.rows import Size
from shs.demo import benchmark
from shs.demo.seed.size import at_most


class Command(BaseCommand):
    help = "Fill an empty database, and say how much longer the list of all changes takes than one of a single table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patients", type=at_most(100_000), default=2150, help="make about 47 changes each")
        parser.add_argument("--rounds", type=at_most(1000), default=20, help="how often each question is asked")

    def handle(self, *, patients: int, rounds: int, **options: Any) -> None:
        benchmark.require_own_database()
        benchmark.fill(Size(patients=patients), say=self.stdout.write)
        self.stdout.write(f"{benchmark.count_lines()} changes; milliseconds, a single table and all, and their ratio:")
        for timing in benchmark.measure(rounds=rounds):
            self.stdout.write(f"{timing.question:16} {timing.plain:8.1f} {timing.every:8.1f} {timing.ratio:6.1f}")
