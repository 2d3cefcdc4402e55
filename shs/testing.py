"""The users of all tests, each with a meaning, and a clinic where they meet.

Alice is a patient of Dr. Carol; Bob is a stranger; Dave is an unverified doctor; Erin works the desk of Carol's clinic;
Frank is an admin; Grace verifies; Henry moderates; Irene audits.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from typing import TypeVar

import time_machine
from django.contrib.auth.models import AnonymousUser, Group
from django.core import mail
from django.core.serializers import deserialize
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet
from django.test import Client, TransactionTestCase, tag
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services import book
from shs.blog import services as blog
from shs.blog.models import BlogPost
from shs.core.discovery import collect
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.credentialing.casework import record_check
from shs.credentialing.models import CheckKind, CheckResult
from shs.doctors import services as doctors
from shs.doctors.models import Clinic, DoctorAvailability, DoctorInformation, DoctorSpecialization, Verification
from shs.notices.services import deliver
from shs.users import tokens
from shs.users.models import Duty, Role, User

Answer = TypeVar("Answer")

PASSWORD = "a lantern by the river 7"
OUTSIDE = ("nobody", "suspended", "alice", "bob")
"""The test users who may not enter the back office."""

INSIDE = ("carol", "dave", "erin", "frank", "grace", "henry", "irene")
"""The test users who work in the back office; Dave's application waits."""


def make_user(name: str, role: str, *, duty: str = "", email: str = "") -> User:
    """A user whose address is their first name at example.com, and whose password is PASSWORD."""
    email = email or f"{name.split()[-1].lower()}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name, role=role, is_verified=True)
    if duty:
        user.groups.add(Group.objects.get_or_create(name=duty)[0])
    return user


def make_doctor(
    user: User, clinic: Clinic | None, *, status: str = Verification.APPROVED, **fields: object
) -> DoctorInformation:
    """A doctor who works every day from 09:00 to 17:00 in visits of 20 minutes: 24 slots."""
    specialty, _is_new = DoctorSpecialization.objects.get_or_create(slug="cardiology", defaults={"name": "Cardiology"})
    defaults = {
        "name": user.name,
        "license_number": f"A-{10000 + user.pk}",
        "experience": 10,
        "education": "MBBS",
        "location": "Dhaka",
        "fees": "800.00",
        "languages": ["Bangla", "English"],
        "verification_status": status,
    }
    doctor = DoctorInformation.objects.create(user=user, **{**defaults, **fields})
    doctor.specializations.add(specialty)
    if clinic:
        doctor.clinics.add(clinic)
    for weekday in range(7):
        DoctorAvailability.objects.create(
            doctor=doctor, clinic=clinic, weekday=weekday, start=time(9), end=time(17), slot_minutes=20
        )
    doctors.refresh_derived(doctor)
    doctor.refresh_from_db()
    return doctor


def pass_checks(doctor: DoctorInformation, by: User) -> None:
    """Make every check of an open case, and let it pass."""
    for kind in CheckKind:
        record_check(doctor=doctor, kind=kind, result=CheckResult.PASS, by=by, now=timezone.now())


def soon(days: int = 2) -> date:
    """A day that can be booked."""
    return timezone.localdate() + timedelta(days=days)


class StandingClock:
    """Mixed into a TestCase: stops the clock for the tests of a class: they do not depend on how long they take.

    A test that needs another time travels there.
    """

    @classmethod
    def moment(cls) -> datetime:
        """The time of the tests of this class; by default when the class begins."""
        return timezone.now()

    @classmethod
    def setUpClass(cls):
        clock = time_machine.travel(cls.moment(), tick=False)
        clock.start()
        cls.addClassCleanup(clock.stop)
        super().setUpClass()


@contextmanager
def sending() -> Iterator[None]:
    """A context after which the notices that were due in it have been sent, as by the process of the due work."""
    yield
    deliver(now=timezone.now())


def later(**span: float) -> time_machine.travel:
    """A context in which that much time has passed: `with later(minutes=1):`."""
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


class TestUsers(StandingClock):
    """Mixed into a TestCase: makes the users once a class. `people` names all, with nobody and a suspended one."""

    @classmethod
    def setUpTestData(cls):
        cls.make_people()
        cls.empty_post()

    @classmethod
    def empty_post(cls):
        """Send the notices of the setup, so that a test finds only its own mails."""
        deliver(now=timezone.now())
        mail.outbox = []

    @classmethod
    def make_people(cls):
        cls.clinic = Clinic.objects.create(name="Lakeside Clinic", slug="lakeside", address="Road 2", city="Dhaka")
        cls.other_clinic = Clinic.objects.create(name="Hill Clinic", slug="hill", address="Road 9", city="Sylhet")
        cls.alice = make_user("Alice", Role.PATIENT)
        cls.bob = make_user("Bob", Role.PATIENT)
        cls.carol = make_user("Dr. Carol", Role.DOCTOR)
        cls.dave = make_user("Dr. Dave", Role.DOCTOR)
        cls.erin = make_user("Erin", Role.STAFF, duty=Duty.DESK)
        cls.frank = make_user("Frank", Role.ADMIN)
        cls.grace = make_user("Grace", Role.STAFF, duty=Duty.VERIFICATION)
        cls.henry = make_user("Henry", Role.STAFF, duty=Duty.MODERATION)
        cls.irene = make_user("Irene", Role.STAFF, duty=Duty.AUDIT)
        cls.sam = make_user("Sam", Role.ADMIN)
        User.objects.without_history("test users").filter(pk=cls.sam.pk).update(is_active=False)
        cls.sam.refresh_from_db()
        cls.dr_carol = make_doctor(cls.carol, cls.clinic)
        cls.dr_dave = make_doctor(cls.dave, cls.other_clinic, status=Verification.PENDING)
        give(cls.erin, cls.clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=cls.frank)
        cls.visit = cls.book()
        others = {"nobody": AnonymousUser(), "suspended": cls.sam}
        cls.people: dict[str, User | AnonymousUser] = {
            name: others.get(name) or getattr(cls, name) for name in (*OUTSIDE, *INSIDE)
        }

    @classmethod
    def book(
        cls, *, patient: User | None = None, day: date | None = None, at: time = time(10), now: datetime | None = None
    ) -> Appointment:
        """A visit of `patient` (Alice) to Dr. Carol; two days from now at 10:00."""
        return book(
            patient=patient or cls.alice,
            doctor_id=cls.dr_carol.pk,
            date=day or soon(),
            time=at,
            reason="chest pain when climbing stairs",
            now=now or timezone.now(),
        )

    @classmethod
    def take_place(cls, *, patient: User | None = None, days: int = 3, at: time = time(10)) -> Appointment:
        """A visit of `patient` (Alice) to Dr. Carol that took place `days` ago."""
        then = timezone.now() - timedelta(days=days + 7)
        visit = cls.book(patient=patient, day=soon(-days), at=at, now=then)
        visit.confirm(now=then)
        visit.complete(now=timezone.now())
        return visit


def publish_article(author: User, title: str, content: str = "<p>Wash your hands.</p>", **fields: object) -> BlogPost:
    """A published article; a moderator by the name of Henry has approved it, unless `by` says another."""
    by = fields.pop("by", None) or User.objects.get(email="henry@example.com")
    now = timezone.now()
    post = blog.write(user=author, title=title, content=content, submit=True, now=now, **fields)
    blog.publish(post=post, by=by, now=now)
    return post


class EveryModel(TestUsers):
    """The test users, and at least one row of every model of the grant tables, for tests of all rows.
    Each app lists in its samples.py the functions that make its rows; they are called with this class, where a test
    finds what they keep, and the time."""

    @classmethod
    def make_people(cls):
        super().make_people()
        cls.wendy = make_user("Dr. Wendy", Role.DOCTOR)
        make_doctor(cls.wendy, cls.other_clinic)
        now = timezone.now()
        for add_rows in collect("samples"):
            add_rows(cls, now)


class Start:
    """The database as the migrations left it, which is restored between tests that commit.

    Django's own way truncates every table twice a test, which takes longer than most tests do. Here only
    the tables that have changed are restored.
    """

    def __init__(self) -> None:
        self.rows = {table: rows for table in self.tables() if (rows := self.read(table))}
        self.objects = list(deserialize("json", connection.creation.serialize_db_to_string()))

    def tables(self) -> list[str]:
        return [
            name
            for name in connection.introspection.django_table_names(only_existing=True, include_views=False)
            if name != MigrationRecorder.Migration._meta.db_table
        ]

    def read(self, table: str) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
            return cursor.fetchall()

    def put_back(self) -> None:
        """Empty what the migrations left empty, and, if one of the other tables has changed, write all of those anew.

        The sequences go on, so that no new row meets one that was put back."""
        with transaction.atomic(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
            found = {table: self.read(table) for table in self.tables()}
            is_same = all(found[table] == rows for table, rows in self.rows.items())
            for table, rows in found.items():
                if rows and not (is_same and table in self.rows):
                    cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
            if is_same:
                return
            for model, group in groupby(self.objects, key=lambda row: type(row.object)):
                QuerySet(model).bulk_create([row.object for row in group])
            for row in self.objects:
                for name, others in (row.m2m_data or {}).items():
                    getattr(row.object, name).set(others)


@cache
def start() -> Start:
    """The start of this process, which has a database of its own; first called before any test has committed."""
    return Start()


class Committed:
    """Mixed into a TransactionTestCase: each test begins with the rows of the migrations and no others."""

    @classmethod
    def setUpClass(cls):
        start()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        start().put_back()

    @classmethod
    def _fixture_setup(cls):
        start().put_back()

    def _fixture_teardown(self):
        """The next test restores the database itself, or tearDownClass does."""


@tag("race")
class CommittedTestCase(Committed, TransactionTestCase):
    """Tests that commit, and start threads."""


def database_url() -> str:
    """The DATABASE_URL by which another process finds the database of the tests."""
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    login = ":".join(part for part in (named["USER"], named["PASSWORD"]) if part)
    return f"postgres://{login}@{named['HOST']}:{named['PORT'] or 5432}/{named['NAME']}"


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """What `work(0)` … `work(count - 1)` answer, each in a thread and with a connection of its own, started together.

    For a CommittedTestCase: other connections see only what is committed.
    """
    start = threading.Barrier(count)

    def run(number: int) -> Answer:
        try:
            start.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return [future.result() for future in [pool.submit(run, number) for number in range(count)]]


class Api:
    """The patient API as one user calls it: `Api(alice).get("/appointments/my-appointments")`."""

    BASE = "/api/v1"

    def __init__(self, user: User | None = None):
        self.client = Client()
        self.headers: dict[str, str] = {}
        if user is not None:
            self.headers["Authorization"] = f"Bearer {tokens.issue(user, now=timezone.now())['access']}"

    def call(self, method: str, path: str, data: object = None, **headers: str):
        """The response to a request with `data` as JSON (bytes and str are sent as they are)."""
        body = data if isinstance(data, bytes | str) else json.dumps(data)
        return self.client.generic(
            method,
            f"{self.BASE}{path}",
            b"" if data is None else body,
            content_type="application/json" if data is not None else "",
            headers={**self.headers, **headers},
        )

    def get(self, path: str, **query: object):
        return self.client.get(f"{self.BASE}{path}", query, headers=self.headers)

    def post(self, path: str, data: object = None, **headers: str):
        return self.call("POST", path, data if data is not None else {}, **headers)

    def put(self, path: str, data: object = None):
        return self.call("PUT", path, data if data is not None else {})

    def patch(self, path: str, data: object = None):
        return self.call("PATCH", path, data if data is not None else {})

    def delete(self, path: str):
        return self.call("DELETE", path)
