"""The users of all tests, each with a meaning, and a clinic where they meet.

Alice is a patient of Dr. Carol; Bob is a stranger; Dave is an unverified doctor; Erin works the desk of Carol's clinic;
Frank is an admin; Grace verifies; Henry moderates; Irene audits. Judy works at a registered pharmacy.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TypeVar
from unittest import mock

import time_machine
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.core import mail
from django.db import connection, transaction
from django.test import Client, TestCase, TransactionTestCase, override_settings, tag
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
from shs.notices.sms import deliver_sms
from shs.prescription.models import Pharmacy, PharmacyMember
from shs.tests.contents import read, tables, write
from shs.tests.prepared import began, prepared
from shs.users import mail_requests, tokens
from shs.users.models import Duty, Role, User

Answer = TypeVar("Answer")

PASSWORD = "a lantern by the river 7"
OUTSIDE = ("nobody", "suspended", "alice", "bob", "judy")
"""The test users who may not use the admin; Judy, of a pharmacy, has a page of her own."""

INSIDE = ("carol", "dave", "erin", "frank", "grace", "henry", "irene")
"""The test users who work in the admin; Dave's application waits for review."""


def make_user(name: str, role: str, *, duty: str = "", email: str = "", **fields: object) -> User:
    """A user with the first name at example.com as e-mail address, and PASSWORD as password."""
    email = email or f"{name.split()[-1].lower()}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name, role=role, is_verified=True, **fields)
    if duty:
        user.groups.add(Group.objects.get_or_create(name=duty)[0])
    return user


def make_doctor(
    user: User, clinic: Clinic | None, *, status: str = Verification.APPROVED, **fields: object
) -> DoctorInformation:
    """A doctor who works every day from 09:00 to 17:00 in slots of 20 minutes: 24 slots."""
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
    hours = {"doctor": doctor, "clinic": clinic, "start": time(9), "end": time(17), "slot_minutes": 20}
    DoctorAvailability.objects.create_with_history([DoctorAvailability(weekday=day, **hours) for day in range(7)])
    doctors.refresh_derived(doctor)
    doctor.refresh_from_db()
    return doctor


def pass_checks(doctor: DoctorInformation, by: User) -> None:
    """Make every check of an open case with the result "pass"."""
    for kind in CheckKind:
        record_check(doctor=doctor, kind=kind, result=CheckResult.PASS, by=by, now=timezone.now())


def soon(days: int = 2) -> date:
    """A date that can be booked."""
    return timezone.localdate() + timedelta(days=days)


class StandingClock:
    """Mixin for TestCases: stops the clock, so that tests do not depend on how long they take.

    A test that needs another time travels to it.
    """

    @classmethod
    def moment(cls) -> datetime:
        """The time of the tests of this class; by default the same for all classes of a process, so that they can share
        rows, except for tests that commit: their browsers and servers have a running clock."""
        return began() if issubclass(cls, TestCase) else timezone.now()

    @classmethod
    def setUpClass(cls):
        clock = time_machine.travel(cls.moment(), tick=False)
        clock.start()
        cls.addClassCleanup(clock.stop)
        super().setUpClass()


def limits(**changed: tuple[int, int]) -> override_settings:
    """Context manager and decorator: other limits, of requests in an hour by account and by address."""
    return override_settings(LIMITS={**settings.LIMITS, **changed})


@contextmanager
def sending() -> Iterator[None]:
    """Context manager: requests for mails are answered, and notices due at its end are sent, as by the process of the
    due work."""
    yield
    mail_requests.answer(now=timezone.now())
    deliver(now=timezone.now())
    deliver_sms(now=timezone.now())


def later(**span: float) -> time_machine.travel:
    """Context manager: this much time has passed: `with later(minutes=1):`."""
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


class TestUsers(StandingClock):
    """Mixin for TestCases: creates the users once for the class. `people` contains all by name, with an anonymous and a
    suspended one."""

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
    @prepared
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
        cls.judy = make_user("Judy", Role.PHARMACY)
        cls.sam = make_user("Sam", Role.ADMIN)
        User.objects.without_history("test users").filter(pk=cls.sam.pk).update(is_active=False)
        cls.sam.refresh_from_db()
        cls.dr_carol = make_doctor(cls.carol, cls.clinic)
        cls.dr_dave = make_doctor(cls.dave, cls.other_clinic, status=Verification.PENDING)
        give(cls.erin, cls.clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=cls.frank)
        cls.pharmacy = Pharmacy.objects.create(
            name="Lake Pharmacy", address="Road 3, Dhaka", licence="DC-1001", phone="01700000001"
        )
        PharmacyMember.objects.create(user=cls.judy, pharmacy=cls.pharmacy)
        cls.visit = cls.book()
        others = {"nobody": AnonymousUser(), "suspended": cls.sam}
        cls.people: dict[str, User | AnonymousUser] = {
            name: others.get(name) or getattr(cls, name) for name in (*OUTSIDE, *INSIDE)
        }

    @classmethod
    def book(
        cls, *, patient: User | None = None, day: date | None = None, at: time = time(10), now: datetime | None = None
    ) -> Appointment:
        """A visit of `patient` (default: Alice) to Dr. Carol two days from now at 10:00; limits of open visits do not
        hold."""
        with mock.patch("shs.appointment.services.booking.require_room"):
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
        """A visit of `patient` (default: Alice) to Dr. Carol that took place `days` ago."""
        then = timezone.now() - timedelta(days=days + 7)
        visit = cls.book(patient=patient, day=soon(-days), at=at, now=then)
        visit.confirm(now=then)
        visit.complete(now=timezone.now())
        return visit


def publish_article(author: User, title: str, content: str = "<p>Wash your hands.</p>", **fields: object) -> BlogPost:
    """A published article; approved by a moderator named Henry, unless `by` is given."""
    by = fields.pop("by", None) or User.objects.get(email="henry@example.com")
    now = timezone.now()
    post = blog.write(user=author, title=title, content=content, submit=True, now=now, **fields)
    blog.publish(post=post, by=by, now=now)
    return post


class EveryModel(TestUsers):
    """The test users, and at least one row of every model in the grant tables.

    Each app lists functions in its samples.py that create its rows; they get this class, on which they store the rows,
    and the time."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.wendy = make_user("Dr. Wendy", Role.DOCTOR)
        make_doctor(cls.wendy, cls.other_clinic)
        now = timezone.now()
        for add_rows in collect("samples"):
            add_rows(cls, now)


class Start:
    """The contents of the database after migrations, which are restored between tests that commit.

    Django truncates every table twice for a test, which takes longer than most tests. Here only changed tables are
    restored, as they are stored.
    """

    def __init__(self) -> None:
        self.rows = {table: read(table) for table in tables()}

    def put_back(self) -> None:
        """Write the tables that have changed.

        Sequences are not reset, so that new rows get new ids."""
        with transaction.atomic(), connection.constraint_checks_disabled():
            for table, rows in self.rows.items():
                if read(table) != rows:
                    write(table, rows)


@cache
def start() -> Start:
    """The contents after migrations for this process, which has its own database; first called before any test
    commits."""
    return Start()


class Committed:
    """Mixin for TransactionTestCases: each test begins with the rows of the migrations only."""

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
        """Nothing to do: the next test, or tearDownClass, restores the database."""


@tag("race")
class CommittedTestCase(Committed, TransactionTestCase):
    """Tests that commit, and start threads."""


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """The results of `work(0)` … `work(count - 1)`, each in a thread with its own connection, started simultaneously.

    For a CommittedTestCase: other connections see only committed rows.
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
    """The patient API as used by one user: `Api(alice).get("/appointments/my-appointments")`."""

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
