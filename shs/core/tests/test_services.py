"""Calls to other services: every fault becomes an error within the time limit, without the service's own message."""

import os
import threading
import time
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase

from shs.core import http
from shs.core.http import Circuit, Service, UpstreamFault, UpstreamTimeout, UpstreamUnavailable
from shs.core.tests.misbehaving import (
    BUSY,
    FAULTS,
    TIMEOUTS,
    Misbehaving,
    answers,
    closes_early,
    refused_url,
    slow_headers,
)

TOTAL = 1.0


def service(url: str, **more) -> Service:
    return Service(name="test", url=url, **{"total_seconds": TOTAL, **more})


class ServiceTestCase(SimpleTestCase):
    def assert_refused(self, kind: type[Exception], caller: Service, *, within: float = TOTAL + 0.6) -> Exception:
        start = time.monotonic()
        with self.assertRaises(kind) as caught:
            caller.post("/chat", {"question": "?"})
        self.assertLess(time.monotonic() - start, within)
        self.assertNotIn("secret", str(caught.exception))
        return caught.exception


class Faults(ServiceTestCase):
    def test_a_slow_service_is_a_timeout_within_the_total_time(self):
        for name, behaviour in TIMEOUTS.items():
            with self.subTest(fault=name), Misbehaving(behaviour) as server:
                self.assert_refused(UpstreamTimeout, service(server.url))

    def test_an_invalid_answer_is_a_fault(self):
        for name, behaviour in FAULTS.items():
            with self.subTest(fault=name), Misbehaving(behaviour) as server:
                self.assert_refused(UpstreamFault, service(server.url, total_seconds=5), within=4)
                self.assertEqual(len(server.requests), 1)

    def test_an_unreachable_service_is_unavailable(self):
        self.assert_refused(UpstreamUnavailable, service(refused_url()))
        self.assert_refused(UpstreamUnavailable, service("http://no-such-host.invalid", total_seconds=5), within=5.5)
        with Misbehaving(closes_early) as server:
            self.assert_refused(UpstreamUnavailable, service(server.url))
            self.assertEqual(len(server.requests), 1)

    def test_retry_after_of_a_busy_service_is_passed_on_up_to_a_minute(self):
        for name, behaviour in BUSY.items():
            with self.subTest(status=name), Misbehaving(behaviour) as server:
                self.assertEqual(self.assert_refused(UpstreamUnavailable, service(server.url)).retry_after, 7)
        for said, expected in (("3600", 60), ("0", 1), ("soon", 5), ("9" * 500, 60), ("-4", 5)):
            busy = answers({}, status="503 Busy", headers=f"Retry-After: {said}\r\n")
            with self.subTest(said=said[:9]), Misbehaving(busy) as server:
                self.assertEqual(self.assert_refused(UpstreamUnavailable, service(server.url)).retry_after, expected)


class Success(ServiceTestCase):
    def test_the_answer_is_the_parsed_json(self):
        with Misbehaving(answers({"answer": "Wash your hands."})) as server:
            answer = service(server.url).post("/chat", {"question": "হাত ধোয়া?"})
        self.assertEqual(answer.data, {"answer": "Wash your hands."})
        self.assertTrue(server.requests[0].startswith("POST /chat HTTP/1.1"))

    def test_a_status_in_passing_is_returned(self):
        with Misbehaving(answers({"detail": "unknown"}, status="400 Bad Request")) as server:
            answer = service(server.url).post("/predict/", {}, passing=(400,))
        self.assertEqual(answer, (400, {"detail": "unknown"}))

    def test_no_cookie_and_no_proxy_is_used(self):
        proxy = {"HTTP_PROXY": refused_url(), "http_proxy": refused_url(), "NO_PROXY": "", "no_proxy": ""}
        cookie = answers({}, headers="Set-Cookie: a=b\r\n")
        with mock.patch.dict(os.environ, proxy), Misbehaving(cookie) as server:
            caller = service(server.url)
            caller.get("/health")
            caller.get("/health")
        for request in server.requests:
            self.assertNotIn("cookie", request.lower())
            self.assertNotIn("authorization", request.lower())


class ConcurrencyLimit(ServiceTestCase):
    def test_calls_over_the_limit_are_refused_at_once(self):
        with Misbehaving(slow_headers) as server:
            caller = service(server.url, total_seconds=2)
            asked = {"target": self.assert_refused, "args": (UpstreamTimeout, caller), "kwargs": {"within": 4}}
            threads = [threading.Thread(**asked) for _ in range(settings.UPSTREAM_MOST_WAITING)]
            for thread in threads:
                thread.start()
            while len(server.requests) < settings.UPSTREAM_MOST_WAITING:
                time.sleep(0.01)
            self.assertEqual(caller.state().waiting, settings.UPSTREAM_MOST_WAITING)
            self.assert_refused(UpstreamUnavailable, caller, within=0.3)
            for thread in threads:
                thread.join()

    def test_a_call_that_timed_out_no_longer_counts(self):
        with Misbehaving(TIMEOUTS["drip in the headers"]) as server:
            caller = service(server.url)
            self.assert_refused(UpstreamTimeout, caller)
            for _ in range(100):
                if not caller.state().waiting:
                    break
                time.sleep(0.02)
            self.assertEqual(caller.state().waiting, 0)


class CircuitBreaker(ServiceTestCase):
    def fail(self, caller: Service, times: int = http.MOST_FAILURES) -> None:
        for _ in range(times):
            self.assert_refused(UpstreamFault, caller, within=3)

    def test_after_five_failures_in_a_row_calls_are_refused(self):
        with Misbehaving(FAULTS["500"]) as server:
            caller = service(server.url, total_seconds=3)
            self.fail(caller)
            self.assertEqual(caller.state().circuit, Circuit.OPEN)
            refusal = self.assert_refused(UpstreamUnavailable, caller, within=0.2)
            self.assertEqual(len(server.requests), http.MOST_FAILURES)
            self.assertTrue(1 <= refusal.retry_after <= 15)

    def test_a_success_resets_the_number_of_failures(self):
        replies = iter([FAULTS["500"]] * 4 + [answers({})] + [FAULTS["500"]] * 4)
        with Misbehaving(lambda connection, server: next(replies)(connection, server)) as server:
            caller = service(server.url, total_seconds=3)
            self.fail(caller, 4)
            caller.get("/health")
            self.fail(caller, 4)
            self.assertEqual(caller.state().circuit, Circuit.CLOSED)

    def test_after_the_pause_one_success_closes_the_circuit(self):
        replies = iter([FAULTS["500"]] * 6 + [answers({})] * 2)
        with Misbehaving(lambda connection, server: next(replies)(connection, server)) as server:
            caller = service(server.url, total_seconds=3, open_seconds=0.3)
            self.fail(caller)
            time.sleep(0.35)
            self.assertEqual(caller.state().circuit, Circuit.HALF_OPEN)
            self.fail(caller, 1)
            self.assert_refused(UpstreamUnavailable, caller, within=0.2)
            time.sleep(0.35)
            caller.get("/health")
            self.assertEqual(caller.state(), (Circuit.CLOSED, 0, caller.state().waiting))
            caller.get("/health")
