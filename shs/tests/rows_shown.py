"""Every route and page is opened by every test user, with one row of each kind. Each row in an answer must be one that
the grant table lets the user see, or one of open_rows(); a patient's row must have a line in the read log; and a GET
may change nothing. A new model, route or page is covered without a line here, because every model has a sample row.
Rows are recognised by their primary keys: each table starts at a number of its own, so that a number in an answer
belongs to one row only. The texts of patients' rows end with that number, too. No query may read a large table from
end to end (`plans.py`); those of lists are examined by test_plans.py."""

import inspect
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat, Length
from django.http import HttpResponse
from django.test import tag
from django.utils import timezone

from shs.core.admin.screen import Screen
from shs.core.context import forget
from shs.core.grants.table import granted_models, openings, rows_allowed
from shs.core.reads.models import ReadLog
from shs.core.records.privacy import NOBODY_NAMED, Clinical
from shs.prescription.models import Prescription
from shs.prescription.models.content import digest_of
from shs.testing import EveryModel
from shs.tests.plans import Plans
from shs.tests.prepared import prepared

FIRST, APART = 20_000_000, 30_000
NOBODYS = FIRST + 9_999_999
MOST_LETTERS = 100_000
CONCEALED = 10_000_000
COUNTED = {"provider", "version", "key", "rule", "medication"}
"""Columns that name a service or a rule, which statistics count for those who see no row."""
LIST = re.compile(r"/admin/[a-z_]+/[a-z]+/(\?|$)")
NUMBER = re.compile(r"(?<!\d)\d{8}(?!\d)")
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
WRITTEN_BY_A_GET = {
    "core_readlog": "that somebody read",
    "core_cacheentry": "a cache",
    "django_session": "when a browser was last used",
    "users_officesession": "when a browser was last used",
    "blog_blogpost": "how often an article was opened",
    "core_limitcount": "how often a limited route was called",
    "users_patientcard": "the code of a card that is printed first",
}


class Row(NamedTuple):
    model: type[models.Model]
    pk: int

    def __str__(self) -> str:
        return f"{self.model.__name__} {self.pk}"


def number_rows() -> None:
    """Start the primary keys of each granted model's table at a number of its own."""
    with connection.cursor() as cursor:
        for place, model in enumerate(numbered_models()):
            table, start = model._meta.db_table, FIRST + place * APART
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, start])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, start])


def number_texts() -> None:
    """Append the primary key of each patient's row to its texts, so that a text tells whose row is shown where the key
    itself is not; and to texts that some who see the row may not read, a number that follows from the key."""
    for model in numbered_models():
        privacy, apart = getattr(model, "privacy", None), concealed(model)
        is_patients = isinstance(privacy, Clinical) and privacy.patient != NOBODY_NAMED
        for field in model._meta.get_fields():
            is_text = isinstance(field, models.CharField | models.TextField) and not (field.choices or field.unique)
            if is_text and field.name not in COUNTED and (is_patients or field.name in apart):
                number_text(model, field, CONCEALED if field.name in apart else 0)
    for issued in Prescription._base_manager.filter(pk__gt=FIRST).exclude(digest=""):
        Prescription._base_manager.filter(pk=issued.pk).update(digest=digest_of(issued.content()))


def number_text(model: type[models.Model], field: "models.CharField | models.TextField", above: int) -> None:
    """Append to this text of each row the sum of its primary key and `above`."""
    numbered = Concat(field.name, Value(" "), Cast(F("pk") + above, models.CharField()))
    rows = model._base_manager.filter(pk__gt=FIRST).exclude(**{field.name: ""})
    fitting = rows.alias(length=Length(numbered)).filter(length__lte=field.max_length or MOST_LETTERS)
    with suppress(IntegrityError), transaction.atomic():  # a constraint refuses it for a coded value
        fitting.update(**{field.name: numbered})


def concealed(model: type[models.Model]) -> dict[str, str]:
    """The columns that the screen of `model` conceals → the right that shows them."""
    screen = admin.site._registry.get(model)
    return screen.concealed_from if isinstance(screen, Screen) else {}


@contextmanager
def queries() -> Iterator[list[str]]:
    """A block, and a list of what is asked of the database in it: each query with its parameters."""
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(f"{sql} {params}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


def numbered_models() -> list[type[models.Model]]:
    """The granted models whose primary keys the database assigns."""
    numbered = [model for model in granted_models() if isinstance(model._meta.pk, models.AutoField)]
    return sorted(numbered, key=lambda model: model._meta.label)


def open_to(user: Any) -> Iterator[models.QuerySet]:
    """The rows that open_rows() lets `user` see."""
    for opening in openings():
        rows: Any = opening.model._default_manager.all()
        if not isinstance(opening.rows, str):
            if user.is_authenticated:
                yield rows.filter(opening.rows(user))
            continue
        method = getattr(rows, opening.rows)
        wanted = inspect.signature(method).parameters
        if "user" not in wanted or user.is_authenticated:
            yield method(**{name: value for name, value in (("user", user), ("now", timezone.now())) if name in wanted})


@tag("replay")
class RowsShown(EveryModel):
    """Shared by the classes below."""

    who: str

    @classmethod
    @prepared
    def make_people(cls):
        number_rows()
        super().make_people()
        cls.rows = {
            pk: Row(model, pk)
            for model in numbered_models()
            for pk in model._base_manager.filter(pk__gt=FIRST).values_list("pk", flat=True)
        }
        number_texts()

    @cached_property
    def asked_before(self) -> set[str]:
        """The queries whose plan was examined."""
        return set()

    @cached_property
    def user(self) -> Any:
        return self.people[self.who]

    @cached_property
    def seen(self) -> set[Row]:
        """The rows that the user may see: those on which they have any right, and the open ones."""
        found = {Row(rows.model, pk) for rows in open_to(self.user) for pk in rows.values_list("pk", flat=True)}
        for model, lines in granted_models().items():
            for action in {action for line in lines for action in line.actions}:
                rows = model._base_manager.filter(rows_allowed(model, self.user, action))
                found |= {Row(model, pk) for pk in rows.values_list("pk", flat=True)}
        return found | {row for row in self.rows.values() if found & {*self.wholes(row)}}

    def wholes(self, row: Row) -> Iterator[Row]:
        """The rows of which a patient's row is a part, such as the prescription of a line."""
        privacy = getattr(row.model, "privacy", None)
        if isinstance(privacy, Clinical) and "__" in privacy.patient:
            key: Any = row.model._meta.get_field(privacy.patient.split("__")[0])
            whole = Row(key.related_model, row.model._base_manager.values_list(key.attname, flat=True).get(pk=row.pk))
            yield whole
            yield from self.wholes(whole)

    @cached_property
    def readable(self) -> set[Row]:
        """The rows of which the user may read what is concealed from others."""
        found = set()
        for model in numbered_models():
            for action in set(concealed(model).values()):
                rows = model._base_manager.filter(rows_allowed(model, self.user, action))
                found |= {Row(model, pk) for pk in rows.values_list("pk", flat=True)}
        return found

    def kinds(self, rows: Iterable[Row]) -> list[Row]:
        """One of `rows` for each combination of state and whether the user may see it."""
        found: dict[Any, Row] = {}
        for row in rows:
            found.setdefault((row.model, row in self.seen, self.state(row), self.patient(row)), row)
        return list(found.values())

    def state(self, row: Row) -> str:
        names = [name for name in ("status", "state", "verification_status") if self.has_field(row.model, name)]
        return str(row.model._base_manager.filter(pk=row.pk).values_list(*names).first()) if names else ""

    def has_field(self, model: type[models.Model], name: str) -> bool:
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        return True

    def patient(self, row: Row) -> int | None:
        """The patient of a clinical row; None for other rows."""
        privacy = getattr(row.model, "privacy", None)
        if not isinstance(privacy, Clinical) or privacy.patient == NOBODY_NAMED:
            return None
        return row.model._base_manager.filter(pk=row.pk).values_list(privacy.patient, flat=True).get()

    def read(self, client: Any, url: str) -> HttpResponse:
        """GET `url`, check what it shows and what it stored, and return the answer. Faults are collected, so that one
        does not hide the next."""
        with self.subTest(who=self.who, url=url):
            return self.read_once(client, url)

    def read_once(self, client: Any, url: str) -> HttpResponse:
        forget()
        # What PostgreSQL plans for a few rows is another matter (`as_with_a_million_rows`).
        is_planned = connection.vendor == "sqlite" and not LIST.match(url)
        plans = Plans(self.asked_before)
        before = ReadLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        with transaction.atomic():
            with queries() as asked, plans if is_planned else nullcontext():
                response: HttpResponse = client.get(url)
            lines = ReadLog.objects.filter(pk__gt=before, reader=self.user.pk).exclude(basis=ReadLog.Basis.DENIED)
            logged = set(lines.values_list("subject", flat=True))
            transaction.set_rollback(True)
        self.check(response, asked, logged)
        self.assertEqual(plans.faults, {}, "This would take longer with every row.")
        return response

    def check(self, response: HttpResponse, asked: list[str], logged: set[int]) -> None:
        self.assertLess(response.status_code, 500)
        written = {found[1] for sql in asked if (found := WRITES.match(sql))} - set(WRITTEN_BY_A_GET)
        self.assertEqual(written, set(), "A GET changes nothing: let a POST do it.")
        if response.status_code == 200:
            self.look_at(response, logged)

    def look_at(self, response: HttpResponse, logged: set[int]) -> None:
        content = b"".join(response) if response.streaming else response.content  # type: ignore[arg-type]
        numbers = {int(number) for number in NUMBER.findall(content.decode(errors="replace"))}
        shown = {self.rows[number] for number in numbers if number in self.rows}
        self.assertEqual(
            sorted(map(str, shown - self.seen)),
            [],
            f"{self.who} may not see these rows. Let the route or page read Model.objects.allowed(request.user, "
            '"view"), or name them by open_rows() in permissions.py.',
        )
        told = {self.rows[number - CONCEALED] for number in numbers if number - CONCEALED in self.rows}
        self.assertEqual(
            sorted(map(str, told - self.readable)),
            [],
            f"{self.who} may not read these texts, which the screen conceals: leave them out, or ask for the right "
            "that concealed_from names.",
        )
        patients = {patient for row in shown if (patient := self.patient(row)) not in {None, self.user.pk}}
        self.assertEqual(
            patients - logged,
            set(),
            "Rows of these patients were shown without a line in the read log: build the screen on ChartRows, and let "
            "a route call read_chart() of shs.medical_record.services.",
        )
