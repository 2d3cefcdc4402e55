"""What the pages for who waits cost: 200 clients that ask every 15 seconds, beside one booking a second.

    python manage.py test shs.appointment.tests.test_queue_costs -v 2

also prints the seconds of the processor, which no test depends on."""

import sys
import time
from unittest import TestResult

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shs.appointment import queue_pages, services
from shs.appointment.models import code_of
from shs.appointment.tests.queues import Day
from shs.appointment.tests.test_planner import DAY, on
from shs.testing import Api, CommittedTestCase, make_user, soon
from shs.users.models import Role

CLIENTS, EVERY = 200, 15
BOOKINGS = 8
ROUNDS = 60


class Costs(Day, CommittedTestCase):
    def setUp(self):
        queue_pages.forget()
        self.addCleanup(queue_pages.forget)
        self.make_people()

    def run(self, result: TestResult | None = None) -> TestResult | None:
        self.prints = getattr(result, "showAll", False)
        return super().run(result)

    def cost_of_booking(self) -> tuple[float, float]:
        """Seconds of the processor and queries of one booking by the API."""
        callers = [Api(make_user(f"Caller{number}", Role.PATIENT)) for number in range(BOOKINGS + 1)]
        spent, asked = 0.0, 0
        for number, caller in enumerate(callers):
            wanted = {
                "doctor": self.dr_carol.pk,
                "date": f"{soon(5)}",
                "time": f"{9 + number // 3:02}:{number % 3 * 2}0",
            }
            start = time.process_time()
            with CaptureQueriesContext(connection) as queries:
                answer = caller.post("/appointments/", {**wanted, "reason": "fever"})
            if number:  # the first one fills what Django keeps
                spent += time.process_time() - start
                asked += len(queries)
            self.assertEqual(answer.status_code, 201, answer.content)
        return spent / BOOKINGS, asked / BOOKINGS

    def cost_of_polling(self, paths: list[str]) -> tuple[float, float]:
        """Seconds of the processor and queries of one request of a client that has the present version."""
        client = Client()
        versions = {path: client.get(path)["ETag"] for path in paths}
        rounds = max(1, ROUNDS // len(paths))
        start = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            for _round in range(rounds):
                for path, version in versions.items():
                    answer = client.get(path, headers={"If-None-Match": version})
                    self.assertEqual(answer.status_code, 304)
        asked = rounds * len(paths)
        return (time.process_time() - start) / asked, len(queries) / asked

    def test_200_clients_ask_no_more_of_the_database_than_a_booking_a_second(self):
        seconds, queries = self.cost_of_booking()
        self.come(*self.visits)
        screen = services.renew_screen(clinic=self.clinic, now=on(DAY, 8))
        self.call(self.begin(), on(DAY, 9))
        phones = [reverse("queue", args=(code_of("queue", visit.pk),)) for visit in self.visits]
        with self.clock_at(on(DAY, 9, 1)):
            found = {
                "screens": self.cost_of_polling([reverse("waiting_room", args=(screen.code,))]),
                "phones": self.cost_of_polling(phones),
            }
        for name, (each_seconds, each_queries) in found.items():
            if self.prints:
                rate = CLIENTS / EVERY
                sys.stderr.write(f"{name}: {rate * each_seconds:.4f} s a second, a booking {seconds:.4f} s\n")
            with self.subTest(pages=name, booking=queries, each=each_queries):
                self.assertLess(each_queries * CLIENTS / EVERY, queries)
