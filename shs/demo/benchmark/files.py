"""Measures exports and imports in the back office: rows a second of CPU time, the memory of an export, and the queries
of an import."""

import csv
import io
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, models, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import override_settings
from django.urls import reverse

from shs.appointment.models import Appointment
from shs.core.admin.once import FIELD
from shs.core.seeding.marks import ADMIN
from shs.demo.benchmark.bare import Bare
from shs.demo.benchmark.measure import AS_SERVED, WrongAnswer, asked_queries
from shs.demo.benchmark.report import budget
from shs.demo.benchmark.requests import Answer, Asked, call, environ
from shs.medical_record.models import MedicalRecord
from shs.users.seeding import account

TOKEN = "benchmark" * 3 + "marks"  # 32 characters, as Django's cookie has
IMPORTED = 5_000
SIGNALS = (request_started, request_finished)
HEAD = "license_number,name,degree,standing,valid_until,source,as_of\n"
VISITS = (
    "SELECT v.number, v.serial, v.starts_at, v.ends_at, u.name AS patient, d.name AS doctor, c.name AS clinic,"
    " v.status, v.fee FROM appointment_appointment v JOIN users_user u ON u.id = v.patient_id"
    " JOIN doctors_doctorinformation d ON d.id = v.doctor_id LEFT JOIN doctors_clinic c ON c.id = v.clinic_id"
    " ORDER BY v.starts_at DESC, v.id DESC"
)


class FileTiming(NamedTuple):
    """The results of one file: `per_second` are rows a second of CPU time, `bare` the same through the driver and the
    csv module, `mib` the peak of the memory; None where it is not measured."""

    name: str
    rows: int
    per_second: float
    bare: float | None = None
    mib: float | None = None
    queries: int = 0

    def line(self) -> str:
        """A line of the printed table."""
        numbers = [f"{self.name:34}{self.rows:9,}{self.per_second:12,.0f}"]
        numbers.append(" " * 12 if self.bare is None else f"{self.bare:12,.0f}")
        numbers.append(" " * 8 if self.mib is None else f"{self.mib:8.1f}")
        return f"{''.join(numbers)}{self.queries:9}{self.queries / self.rows:9.3f}"

    def over_budget(self) -> list[str]:
        """A sentence for each exceeded limit; they do not depend on the machine."""
        most = budget()["files"]
        found = []
        if self.mib is not None and self.mib > most["mib"]:
            found.append(f"{self.name}: {self.mib:.1f} MiB, at most {most['mib']}")
        if self.name.startswith("import") and self.queries > most["queries_a_row"] * self.rows:
            found.append(f"{self.name}: {self.queries / self.rows:.3f} queries a row, at most {most['queries_a_row']}")
        return found


TITLE = f"{'files':34}{'rows':>9}{'rows/s CPU':>12}{'bare':>12}{'MiB':>8}{'queries':>9}{'a row':>9}"


class Office:
    """A browser of the admin of the demo network, without a server."""

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application
        client = Client()
        client.force_login(account(ADMIN), backend="shs.users.backends.EmailBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self.headers = {"HTTP_COOKIE": cookies, "HTTP_X_CSRFTOKEN": TOKEN}

    def post(self, path: str, data: Mapping[str, object], *, keep: bool = True) -> Answer:
        """The answer to a form. Raises WrongAnswer."""
        form = (MULTIPART_CONTENT, encode_multipart(BOUNDARY, {FIELD: uuid4(), **data}))
        given = environ(Asked(path, "POST", self.headers, form=form))
        answer = call(self.application, given | {"HTTP_ORIGIN": f"https://{given['HTTP_HOST']}"}, keep=keep)
        if answer.status >= 400:
            raise WrongAnswer(f"{path}: {answer.status} {answer.content[:300]!r}")
        return answer


def measure_files(application: WSGIHandler, *, rounds: int) -> Iterator[FileTiming]:
    """Measure each file `rounds` times, in turn with its baseline."""
    with override_settings(**AS_SERVED):
        office = Office(application)
        yield _export(office, "export of visits, CSV", Appointment, "0", rounds, bare=True)
        yield _export(office, "export of visits, XLSX", Appointment, "2", rounds)
        yield _export(office, "export of entries, CSV", MedicalRecord, "0", rounds)
        yield from _import(office, rounds)


def _export(
    office: Office, name: str, model: type[models.Model], kind: str, rounds: int, *, bare: bool = False
) -> FileTiming:
    screen = admin.site._registry[model]
    (columns,) = screen.get_export_resource_classes(None)  # type: ignore[attr-defined]  # Exports has it
    chosen = {f"{columns.__name__.lower()}_{column}": "on" for column in columns._meta.fields}
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export") + "?tab=all"
    form = {"format": kind, "resource": "0", "purpose": "a benchmark", **chosen}
    with asked_queries() as queries:
        answer = office.post(path, form)
    if "Content-Disposition" not in answer.headers:
        raise WrongAnswer(f"{name}: the form was refused")
    ours, driver = [], []
    for _round in range(rounds):
        ours.append(_seconds(lambda: office.post(path, form, keep=False)))
        if bare:
            driver.append(_seconds(_bare_export))
    tracemalloc.start()
    office.post(path, form, keep=False)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    rows = model._default_manager.count()
    return FileTiming(name, rows, rows / median(ours), rows / median(driver) if driver else None, peak, len(queries))


def _bare_export() -> None:
    bare = Bare()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(row.values() for row in bare.rows(VISITS))
    bare.close()


@contextmanager
def undone() -> Iterator[None]:
    """Context manager: what is stored inside, also by requests, is rolled back."""
    for signal in SIGNALS:
        signal.disconnect(close_old_connections)  # a request would end the transaction by closing the connection
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for signal in SIGNALS:
            signal.connect(close_old_connections)


def _import(office: Office, rounds: int) -> Iterator[FileTiming]:
    """New rows, the same rows changed, and unchanged, each with its dry run; nothing of it stays."""
    path = reverse("admin:credentialing_registerentry_import")
    words = {"new rows": "first", "changed rows": "second", "unchanged rows": "second"}
    found: dict[str, list[tuple[float, int]]] = {}
    for _round in range(rounds):
        with undone():
            for name, word in words.items():
                file = SimpleUploadedFile("list.csv", _register(word).encode())
                with asked_queries() as queries:
                    start = time.thread_time()
                    answer = office.post(path, {"format": "0", "resource": "", "import_file": file})
                    found.setdefault(f"import, dry run of {name}", []).append(_spent(start, queries))
                kept = re.search(rb'name="import_file_name" value="([^"]+)"', answer.content)
                if kept is None:
                    raise WrongAnswer(f"The dry run of {name} was refused.")
                data = {"format": "0", "original_file_name": "list.csv", "import_file_name": kept[1].decode()}
                with asked_queries() as queries:
                    start = time.thread_time()
                    office.post(reverse("admin:credentialing_registerentry_process_import"), data)
                    found.setdefault(f"import of {name}", []).append(_spent(start, queries))
    for name, spent in found.items():
        seconds = median(took for took, _count in spent)
        yield FileTiming(name, IMPORTED, IMPORTED / seconds, queries=spent[-1][1])


def _register(word: str) -> str:
    """A file for the register of doctors."""
    lines = (
        f"BENCH-{at},Somebody {at} {word},MBBS,good,2030-01-31,A list {word},2026-01-01\n" for at in range(IMPORTED)
    )
    return HEAD + "".join(lines)


def _spent(start: float, queries: list[tuple[str, object]]) -> tuple[float, int]:
    return time.thread_time() - start, len(queries)


def _seconds(work: Callable[[], object]) -> float:
    """The CPU time of `work`."""
    start = time.thread_time()
    work()
    return time.thread_time() - start
