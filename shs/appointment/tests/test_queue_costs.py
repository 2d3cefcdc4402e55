"""What the pages for who waits cost: 200 clients that ask every 15 seconds, beside one booking a second."""

import time

from django.test import Client
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

    def cost_of_booking(self) -> float:
        """Seconds of the processor for one booking by the API."""
        callers = [Api(make_user(f"Caller{number}", Role.PATIENT)) for number in range(BOOKINGS + 1)]
        spent = 0.0
        for number, caller in enumerate(callers):
            wanted = {
                "doctor": self.dr_carol.pk,
                "date": f"{soon(5)}",
                "time": f"{9 + number // 3:02}:{number % 3 * 2}0",
            }
            start = time.process_time()
            answer = caller.post("/appointments/", {**wanted, "reason": "fever"})
            if number:  # the first one fills what Django keeps
                spent += time.process_time() - start
            self.assertEqual(answer.status_code, 201, answer.content)
        return spent / BOOKINGS

    def cost_of_polling(self, paths: list[str]) -> float:
        """Seconds of the processor for one request of a client that has the present version."""
        client = Client()
        versions = {path: client.get(path)["ETag"] for path in paths}
        spent, asked = 0.0, 0
        for _round in range(max(1, ROUNDS // len(paths))):
            for path, version in versions.items():
                start = time.process_time()
                answer = client.get(path, headers={"If-None-Match": version})
                spent += time.process_time() - start
                asked += 1
                self.assertEqual(answer.status_code, 304)
        return spent / asked

    def test_200_clients_cost_no_more_than_a_booking_a_second(self):
        booking = self.cost_of_booking()
        self.come(*self.visits)
        screen = services.renew_screen(clinic=self.clinic, now=on(DAY, 8))
        self.call(self.begin(), on(DAY, 9))
        phones = [reverse("queue", args=(code_of("queue", visit.pk),)) for visit in self.visits]
        with self.clock_at(on(DAY, 9, 1)):
            found = {
                "screens": self.cost_of_polling([reverse("waiting_room", args=(screen.code,))]),
                "phones": self.cost_of_polling(phones),
            }
        for name, each in found.items():
            with self.subTest(pages=name, booking=booking, each=each):
                self.assertLess(each * CLIENTS / EVERY, booking)
