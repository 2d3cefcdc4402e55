"""The rows for the benchmark: a small demo network, copied until there are as many visits as requested."""

from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Size
from shs.demo.benchmark.copies import Copier, copies_of, finish
from shs.demo.seed import seed

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
"""The number of visits by the name of a size."""
BASE = Size(doctors=200, patients=600, days=112)
"""The size of the copied network: about ten thousand visits."""


def fill(visits: int, *, base: Size = BASE, say: Callable[[str], None]) -> None:
    """Create the tables and about `visits` visits, with records, prescriptions, reads and histories in proportion."""
    call_command("migrate", verbosity=0)
    seed(base, now=timezone.now(), say=say)
    add_reads()
    there = Appointment.objects.count()
    copier = Copier()
    copies = copies_of(round(visits / there) - 1, stride=copier.stride, period=weeks_of_visits() * 7)
    for number, copy in enumerate(copies, start=1):
        copier.add(copy)
        if number % 10 == 0:
            say(f"  about {there * (number + 1):,} visits")
    finish()


def weeks_of_visits() -> int:
    """The number of whole weeks that the visits span, so that the visits of one copy end before those of the next
    begin."""
    found = Appointment.objects.aggregate(first=Min("starts_at"), last=Max("ends_at"))
    span: timedelta = found["last"] - found["first"]
    return span.days // 7 + 1


def add_reads() -> None:
    """Add a line to the read log for each visit: its doctor read the chart."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_readlog (at, reader_id, role, subject_id, what, ids, basis, times, note, path, address,"
            " request)"
            " SELECT visit.starts_at, doctor.user_id, 'doctor', visit.patient_id, 'medical records', '[1, 2, 3]',"
            " 'care', 1, '', '/api/v1/medical-records/', '192.0.2.1', 'benchmark' FROM appointment_appointment visit"
            " JOIN doctors_doctorinformation doctor ON doctor.id = visit.doctor_id"
        )


class bulk_inserts:  # noqa: N801  (reads as a word: with bulk_inserts())
    """Context manager: SQLite does not wait for the disk, since the scratch database need not survive a crash;
    PostgreSQL has no time limits for statements and answers."""

    def __enter__(self) -> None:
        self._set("OFF", -400_000, seconds=3600)

    def __exit__(self, *error: object) -> None:
        self._set("FULL", -2_000, seconds=15)

    def _set(self, synchronous: str, cache: int, *, seconds: int) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA synchronous={synchronous}")
                cursor.execute(f"PRAGMA cache_size={cache}")
            else:
                cursor.execute(f"SET statement_timeout = '{seconds}s'")
                connection.connection.answer_seconds = seconds + 1
