"""Faults of servers and databases: servers that are killed, a database that is gone, frozen or full, many writers. Each
must affect only the requests that meet it.

Each test is small. `SHS_FAULTS=20 manage.py test --tag faults` makes twenty times as many kills and writes.
"""

import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import override_settings, tag
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.tests.misbehaving import Misbehaving, slow_headers
from shs.core.tests.processes import kill
from shs.core.tests.proxy import Proxy
from shs.notices.models import Notice
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, make_user, soon
from shs.tests.served import KEY, ServedTestCase
from shs.users import tokens
from shs.users.models import Role, User

MORE = int(os.environ.get("SHS_FAULTS", "1"))
WRITERS = 20
MANY = {"MAX_OPEN_VISITS": "1000", "LIMIT_BOOK": "100000/100000"}


def say(words: str, began: float, what: str) -> None:
    """Print a result if more than the small version runs."""
    if MORE > 1:
        sys.stderr.write(f"\n{words} {time.monotonic() - began:.2f} s {what}\n")


@tag("faults")
class KilledServer(TestUsers, ServedTestCase):
    KILLS = 2 * MORE
    WRITES_BEFORE_A_KILL = 22 if MORE > 1 else 10  # so that there are enough free slots
    PATIENTS = 4
    IN_A_DAY = 40

    def setUp(self):
        super().setUp()
        self.make_people()

    def tokens_of_patients(self) -> list[str]:
        patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(self.IN_A_DAY)]
        with override_settings(SECRET_KEY=KEY):
            return [tokens.issue(patient, now=timezone.now())["access"] for patient in patients]

    def free_slots(self) -> list[dict[str, object]]:
        """All free slots in the next 60 days."""
        path = f"/api/v1/doctors/{self.dr_carol.pk}/slots"
        periods = [f"from={soon(1)}&to={soon(30)}", f"from={soon(31)}&to={soon(60)}"]
        slots = [slot for period in periods for slot in self.ask("GET", f"{path}?{period}").data]
        return [
            {"doctor": self.dr_carol.pk, "date": slot["date"], "time": slot["time"], "reason": "fever"}
            for slot in slots
            if slot["available"]
        ]

    def test_every_acknowledged_booking_is_stored_once_with_history_and_notices(self):
        before, began = Appointment.objects.count(), time.monotonic()
        bearers, server = self.tokens_of_patients(), self.serve(**MANY)
        wanted, done, is_over = self.free_slots(), [], threading.Event()
        days: Counter[object] = Counter()

        def book(number: int) -> None:
            for index, body in enumerate(wanted[number :: self.PATIENTS]):
                days[body["date"]] += 1  # a patient has one visit to a doctor on a day
                bearer = bearers[days[body["date"]] % self.IN_A_DAY]
                headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": f"{number}-{index}"}
                answer = self.ask("POST", "/api/v1/appointments/", body, **headers)
                while answer.status in (0, 503) and not is_over.is_set():  # repeat until it is acknowledged
                    time.sleep(0.05)
                    answer = self.ask("POST", "/api/v1/appointments/", body, **headers)
                done.append((answer.status, answer.data))
                if is_over.is_set():
                    return

        with ThreadPoolExecutor(self.PATIENTS) as pool:
            writers = [pool.submit(book, number) for number in range(self.PATIENTS)]
            try:
                for number in range(self.KILLS):
                    enough = len(done) + self.WRITES_BEFORE_A_KILL
                    self.wait(120, lambda enough=enough: len(done) >= enough or all(one.done() for one in writers))
                    kill(server)
                    server = self.serve(**MANY)
                    ended = [one for one in writers if one.done()]
                    self.assertEqual(ended, [], f"Nobody wrote any more at kill {number}.")
                self.wait(120, lambda: any(status == 201 for status, _data in done[-1:]))
            finally:
                is_over.set()  # otherwise the writers would never end
        for writer in writers:
            writer.result()
        say(f"{len(done)} writes acknowledged, {self.KILLS} kills,", began, "in all")

        self.assertEqual(Counter(status for status, _data in done), {201: len(done)})
        numbers = [data["id"] for _status, data in done]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertEqual(Appointment.objects.count() - before, len(numbers))
        for visit in Appointment.objects.filter(pk__in=numbers):
            self.assertEqual(visit.history.count(), 1)
            self.assertTrue(Notice.objects.filter(about=f"appointment:{visit.pk}").exists())


@tag("faults")
class HangingChats(TestUsers, ServedTestCase):
    """Twenty requests to an AI service that never answers, beside other requests; one process with eight threads."""

    processes = 1

    def setUp(self):
        super().setUp()
        self.make_people()

    def test_the_site_answers_while_twenty_chats_hang(self):
        people = [make_user(f"Patient{number}", Role.PATIENT) for number in range(20)]
        with override_settings(SECRET_KEY=KEY):
            bearers = [{"Authorization": f"Bearer {tokens.issue(one, now=timezone.now())['access']}"} for one in people]
        with Misbehaving(slow_headers) as service, ThreadPoolExecutor(20) as pool:
            self.serve(AI_SERVICE_URL=service.url, AI_TIMEOUT_SECONDS="100")
            alone = [self.ask("GET", "/healthz").seconds for _time in range(20)]
            question = {"message": "How much water?"}
            chats = [pool.submit(self.ask, "POST", "/api/v1/chat/send-message", question, **one) for one in bearers]
            try:
                most = settings.UPSTREAM_MOST_WAITING
                self.wait(120, lambda: sum(chat.done() for chat in chats) >= 20 - most)
                answers = [self.ask("GET", "/healthz") for _time in range(20)]
                slots = [f"{9 + number // 3:02}:{number % 3 * 20:02}" for number in range(20)]
                visits = [
                    {"doctor": self.dr_carol.pk, "date": str(soon(5)), "time": at, "reason": "check-up"} for at in slots
                ]
                booked = [
                    self.ask("POST", "/api/v1/appointments/", body, **one)
                    for body, one in zip(visits, bearers, strict=True)
                ]
                hanging = sum(not chat.done() for chat in chats)
            finally:
                service.is_over.set()
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual({answer.status for answer in booked}, {201})
        self.assertEqual(hanging, most, "All of them were waiting until the end.")
        self.assertLessEqual({chat.result().status for chat in chats}, {502, 503, 504})
        if MORE > 1:
            slowest = max(answer.seconds for answer in answers)
            sys.stderr.write(f"\nhealthz {max(alone):.3f} s alone, {slowest:.3f} s beside hanging chats, at most\n")


@tag("faults")
class DatabaseGone(ServedTestCase):
    """PostgreSQL behind a proxy that is killed and frozen. (On SQLite there is no server that could be gone.)"""

    def test_a_killed_or_frozen_database_is_503_and_the_site_recovers_at_once(self):
        if connection.vendor != "postgresql":
            return
        named = connection.settings_dict
        proxy = self.enterContext(Proxy((named["HOST"], int(named["PORT"] or 5432))))
        with mock.patch.dict(named, HOST="127.0.0.1", PORT=proxy.port):
            self.serve()
        for fault in (proxy.kill, proxy.freeze) * MORE:
            with self.subTest(fault.__name__):
                self.assertEqual(self.ask("GET", "/api/v1/doctors/search").status, 200)
                fault()
                with ThreadPoolExecutor(WRITERS) as pool:
                    asked = [pool.submit(self.ask, "GET", "/api/v1/doctors/search") for _ in range(WRITERS)]
                    ready = self.ask("GET", "/readyz")
                    answers = [one.result() for one in asked]
                self.assertEqual(Counter(answer.status for answer in answers), {503: len(answers)})
                self.assertEqual(ready.status, 503)
                slowest = max(answer.seconds for answer in answers)
                proxy.mend()
                began = time.monotonic()
                self.wait(30, lambda: self.ask("GET", "/readyz").status == 200)
                say(
                    f"{fault.__name__}: {len(answers)} × 503, the slowest after {slowest:.1f} s; ready",
                    began,
                    "after it",
                )
                self.assertEqual(self.ask("GET", "/api/v1/doctors/search").status, 200)


@tag("faults")
class ManyWriters(CommittedTestCase):
    def test_twenty_concurrent_writers_all_succeed(self):
        people = [make_user(f"Writer{number}", Role.PATIENT) for number in range(WRITERS)]

        def write(number: int) -> list[int]:
            caller = Api(people[number])
            return [
                caller.patch("/auth/profile", {"name": f"Writer {number}, turn {turn}"}).status_code
                for turn in range(5 * MORE)
            ]

        answers = Counter(status for statuses in at_once(WRITERS, write) for status in statuses)
        self.assertEqual(answers, {200: WRITERS * 5 * MORE})
        for person in people:
            self.assertEqual(User.objects.get(pk=person.pk).history.count(), 1 + 5 * MORE)


@tag("faults")
class FullDisk(TestUsers, CommittedTestCase):
    """A database file that cannot grow. (On PostgreSQL tests cannot fill the disk.)"""

    def setUp(self):
        self.make_people()

    def pragma(self, text: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {text}")
            return cursor.fetchone()[0]

    def test_each_write_is_503_and_stores_nothing_and_reading_works(self):
        if connection.vendor != "sqlite":
            return
        self.addCleanup(connection.close)
        times = [slot["time"] for slot in self.slots() if slot["available"]]
        before = Appointment.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # leaves no free page
        self.pragma(f"max_page_count = {self.pragma('page_count')}")
        self.enterContext(mock.patch("shs.appointment.services.booking.require_room"))
        with mock.patch("shs.core.api.problems.log"):
            answers = [self.ask(at, "fever " * 60) for at in times]
        full = Counter(answers)
        self.assertEqual(set(full) - {201, 503}, set())
        self.assertGreater(full[503], 5, full)  # the free space in the last pages is used first
        self.assertEqual(Appointment.objects.count(), before + full[201])
        self.assertEqual(len(self.slots()), 24)
        self.pragma("max_page_count = 1000000")
        self.assertEqual(self.ask(times[-1], "fever"), 201)

    def slots(self) -> list[dict[str, object]]:
        return Api().get(f"/doctors/{self.dr_carol.pk}/slots", date=f"{soon(5)}").json()

    def ask(self, at: str, reason: str) -> int:
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": at, "reason": reason}
        return Api(self.bob).post("/appointments/", body).status_code
