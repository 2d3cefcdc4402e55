"""Bookings, chats and health checks while another part hangs or is unreachable, with real sockets.

`manage.py test --tag faults` prints the duration of bookings with and without each fault. The tests assert only what
does not depend on the speed of the machine: all responses, and that no request connects to the hanging part.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles
from unittest import mock

import redis
from django.core.cache import caches
from django.test import SimpleTestCase, override_settings, tag

from shs.core import redis_cache
from shs.core.due import broker
from shs.testing import Api, CommittedTestCase, TestUsers, limits, make_user, soon
from shs.users.models import Role

PAIN = "crushing chest pain and cannot breathe"
BOOKINGS = 20


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield server.getsockname()[1]


@contextmanager
def refusing() -> Iterator[int]:
    """A port on which no process listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


def cache_at(port: int) -> dict[str, dict[str, str]]:
    return {
        "default": {
            "BACKEND": "shs.core.redis_cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
        }
    }


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Requests send their jobs to a broker at `url`, with a publisher used only by this test."""
    with override_settings(CELERY_BROKER_URL=url), mock.patch.object(broker, "_publisher", broker.Publisher()):
        yield


@contextmanager
def nothing() -> Iterator[None]:
    yield


@tag("faults")
class Faults(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        self.patients = [make_user(f"Patient{number}", Role.PATIENT) for number in range(BOOKINGS)]
        self.day = 3

    def bookings(self) -> list[float]:
        """The duration of each of BOOKINGS bookings in seconds; all must return 201."""
        self.day += 1
        took = []
        for number, patient in enumerate(self.patients):
            at = f"{9 + number // 3}:{number % 3 * 20:02}".rjust(5, "0")
            body = {"doctor": self.dr_carol.pk, "date": str(soon(self.day)), "time": at, "reason": "check-up"}
            caller, began = Api(patient), time.perf_counter()
            answer = caller.post("/appointments/", body)
            took.append(time.perf_counter() - began)
            self.assertEqual(answer.status_code, 201, answer.content)
        return took

    @override_settings(MAX_OPEN_VISITS=1000)
    def test_bookings_do_not_wait_for_broker_cache_or_mail_server(self):
        with silent() as hanging, refusing() as closed:
            faults: dict[str, Callable] = {
                "none": nothing,
                "broker that accepts and is silent (AMQP)": lambda: broker_at(f"amqp://127.0.0.1:{hanging}//"),
                "broker that refuses (AMQP)": lambda: broker_at(f"amqp://127.0.0.1:{closed}//"),
                "broker that accepts and is silent (Redis)": lambda: broker_at(f"redis://127.0.0.1:{hanging}/1"),
                "broker that refuses (Redis)": lambda: broker_at(f"redis://127.0.0.1:{closed}/1"),
                "cache that accepts and is silent": lambda: override_settings(CACHES=cache_at(hanging)),
                "cache that refuses": lambda: override_settings(CACHES=cache_at(closed)),
                "mail server that is silent": lambda: override_settings(
                    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=hanging
                ),
            }
            lines = [f"{'Bookings under faults, ms':44} {'p50':>7} {'p95':>7} {'max':>7}"]
            for name, fault in faults.items():
                with self.subTest(name), fault():
                    milliseconds = sorted(1000 * seconds for seconds in self.bookings())
                cuts = quantiles(milliseconds, n=20)
                lines.append(f"{name:44} {cuts[9]:7.1f} {cuts[18]:7.1f} {milliseconds[-1]:7.1f}")
        print("\n" + "\n".join(lines))  # noqa: T201

    def test_red_flags_are_answered_without_a_cache(self):
        for place in (silent, refusing):
            with self.subTest(place.__name__), place() as port, override_settings(CACHES=cache_at(port)):
                chat = Api(self.bob).post("/chat/send-message", {"message": PAIN})
                checker = Api(self.bob).post("/predict/disease", {"symptoms": [PAIN]})
                self.assertEqual((chat.status_code, chat.json()["urgent"]), (201, True), chat.content)
                self.assertEqual((checker.status_code, checker.json()["urgent"]), (200, True), checker.content)

    def test_rate_limits_work_without_a_cache(self):
        with refusing() as port, override_settings(CACHES=cache_at(port)), limits(chat=(2, 0)):
            caller = Api(self.bob)
            statuses = [
                caller.post("/chat/send-message", {"message": "How much water?"}).status_code for _time in range(3)
            ]
        self.assertEqual(statuses, [201, 201, 429])

    def test_while_redis_is_unreachable_a_process_uses_its_own_cache_and_does_not_retry(self):
        with refusing() as port, override_settings(CACHES=cache_at(port)):
            cache = caches["default"]
            with self.assertLogs("shs.core.redis_cache", "WARNING"):
                cache.set("a", 1, 60)
            with mock.patch.object(type(cache._cache.client), "get", side_effect=AssertionError("asked")):
                self.assertEqual(cache.get("a"), 1)


@tag("faults")
class RedisRecovery(SimpleTestCase):
    def test_one_thread_probes_redis_and_the_local_cache_is_cleared_afterwards(self):
        answers: list[Exception | None] = [OSError(), redis.ConnectionError(), RuntimeError("of another kind"), None]
        state, reported, back = redis_cache.Away(), threading.Event(), threading.Event()

        def probe() -> None:
            reported.wait(60)
            if (error := answers.pop(0)) is not None:
                raise error

        with (
            mock.patch.object(redis_cache, "PROBE_SECONDS", 0),
            self.assertLogs("shs.core.redis_cache", "WARNING") as logged,
        ):
            for _time in range(3):
                state.report(probe, back.set)
            reported.set()
            self.assertTrue(back.wait(60))
            until = time.monotonic() + 60
            while state.is_away and time.monotonic() < until:
                time.sleep(0.01)
        self.assertFalse(state.is_away)
        self.assertEqual((answers, len(logged.output)), ([], 2), "More than one thread has probed Redis.")
