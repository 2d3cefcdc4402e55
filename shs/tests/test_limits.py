"""Every route and page that changes, sends, hashes or renders something has a limit, by account and by address."""

import re
import threading
import time
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client, SimpleTestCase, TestCase, override_settings, tag
from django.urls import reverse
from django.utils import timezone

from shs.core.api.authentication import READING
from shs.core.errors import TooMany, Unavailable
from shs.core.gate import Gate, trusting
from shs.core.limits.counting import count
from shs.core.limits.models import LimitCount
from shs.core.reads.models import ReadLog
from shs.core.reads.seal import seal
from shs.core.reads.verify import verify
from shs.limits import LIMITS
from shs.testing import PASSWORD, Api, CommittedTestCase, TestUsers, at_once, later, limits, make_user
from shs.tests.test_routes import FIXED, Route, routes
from shs.users.models import Role, User

ONE = override_settings(LIMITS={name: (1, 1, what) for name, (_account, _address, what) in LIMITS.items()})
SENDS_FILES = ("/pdf", "/export", "/calendar.ics", "/file")
BACKEND = "shs.users.backends.EmailBackend"


class Routes(TestUsers, TestCase):
    """Each route is called twice under a limit of one an hour."""

    def counted(self) -> list[Route]:
        return [r for r in routes() if r.method not in READING or r.path.endswith(SENDS_FILES)]

    @ONE
    def test_each_route_that_writes_or_renders_has_a_limit(self):
        callers = [Api(), *(Api(self.people[name]) for name in ("alice", "carol", "frank"))]
        for route in self.counted():
            path = route.path.format(**{**FIXED, "pk": 2**40, "patient_id": 2**40, "key": "x"}).replace("{", "")
            with self.subTest(route=str(route)):
                found = set()
                for caller in callers:
                    LimitCount.objects.all().delete()
                    answers = [caller.call(route.method, f"/{path.lstrip('/')}", {}) for _time in range(2)]
                    found.add(answers[1].status_code)
                    if answers[1].status_code == 429:
                        self.assertGreater(int(answers[1]["Retry-After"]), 0)
                self.assertIn(429, found)

    def test_accounts_and_addresses_are_counted_and_the_next_hour_begins_anew(self):
        body = {"title": "x"}
        with limits(chart=(2, 3)):
            statuses = [Api(self.alice).post("/medical-records/", body).status_code for _time in range(3)]
            self.assertEqual(statuses, [422, 422, 429])
            self.assertEqual(Api(self.carol).post("/medical-records/", body).status_code, 429)  # the fourth from here
            with later(hours=1):
                self.assertEqual(Api(self.alice).post("/medical-records/", body).status_code, 422)

    def test_patients_and_doctors_as_patients_have_a_limit_for_their_own_chart(self):
        def write(writer: User, patient: User) -> int:
            body = {"patient": patient.pk, "kind": "note", "title": "Headache"}
            return Api(writer).post("/medical-records/", body).status_code

        self.visit.confirm(now=timezone.now())
        with later(minutes=0), limits(own_chart=(2, 4)):
            self.assertEqual([write(self.alice, self.alice) for _time in range(3)], [201, 201, 429])
            self.assertEqual([write(self.carol, self.carol) for _time in range(2)], [201, 429], "the fifth from here")
            self.assertEqual(write(self.carol, self.alice), 201)
        self.assertEqual(LIMITS["own_chart"][0], 20 * 1000)

    def test_registering_is_limited_by_address(self):
        body = {"password": PASSWORD, "name": "New"}
        with limits(register=(0, 2)):
            made = [Api().post("/auth/register", {**body, "email": f"n{n}@example.com"}).status_code for n in range(4)]
        self.assertEqual(made, [201, 201, 429, 429])

    @override_settings(TRUSTED_PROXIES=1)
    def test_the_addresses_of_one_ipv6_network_count_as_one(self):
        with limits(register=(0, 2), mail=(0, 2)):
            for path, right in (("/auth/register", 422), ("/auth/password/reset", 422)):
                at = ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:1::3", "2001:db8:0:1::4")
                found = [Api().post(path, {}, **{"X-Forwarded-For": address}).status_code for address in at]
                self.assertEqual(found, [right, right, 429, right])

    @override_settings(TRUSTED_PROXIES=1)
    def test_pages_count_the_addresses_of_one_ipv6_network_as_one(self):
        with limits(login=(0, 2)):
            at = ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::4")
            found = [Client().post("/admin/login/", {}, headers={"X-Forwarded-For": a}).status_code for a in at]
            self.assertEqual(found, [200, 200, 429, 200])

    def test_a_refusal_does_not_use_an_idempotency_key_up(self):
        caller, body = Api(self.bob), {"doctor": self.dr_carol.pk, "date": "2020-01-01", "time": "11:00"}
        first = caller.post("/appointments/", body, **{"Idempotency-Key": "k"})
        taken = {**body, "date": f"{timezone.localdate(self.visit.starts_at)}", "time": "10:00"}
        second = caller.post("/appointments/", taken, **{"Idempotency-Key": "k"})
        third = caller.post("/appointments/", {**taken, "time": "11:00"}, **{"Idempotency-Key": "k"})
        self.assertEqual([first.status_code, second.status_code, third.status_code], [422, 409, 201])


class Office(TestUsers, TestCase):
    def enter(self, name: str = "frank") -> Client:
        client = Client()
        client.force_login(self.people[name], backend=BACKEND)
        return client

    @ONE
    def test_changes_in_the_back_office_have_a_limit(self):
        client = self.enter()
        answers = [client.post(reverse("admin:sessions"), {"end": "x"}) for _time in range(2)]
        self.assertEqual([answer.status_code for answer in answers], [302, 429])
        self.assertContains(answers[1], "Too many requests", status_code=429)
        self.assertGreater(int(answers[1]["Retry-After"]), 0)

    @ONE
    def test_printed_pages_and_exports_have_a_limit(self):
        for page in (reverse("admin:desk_print"), reverse("admin:users_user_export")):
            with self.subTest(page=page):
                LimitCount.objects.all().delete()
                client = self.enter()
                self.assertEqual([client.get(page).status_code for _time in range(2)], [200, 429])

    @ONE
    def test_pages_without_a_login_have_a_limit(self):
        for name in ("admin:login", "account_forgotten", "account_password"):
            with self.subTest(page=name):
                LimitCount.objects.all().delete()
                Client().post(reverse(name))
                self.assertEqual(Client().post(reverse(name)).status_code, 429)


class Table(SimpleTestCase):
    def test_the_readme_lists_the_limits_as_they_are(self):
        text = (Path(settings.BASE_DIR) / "README.md").read_text()
        found = re.findall(r"^\| `LIMIT_(\w+)` \| ([^|]+) \| ([\d,–]+) \| ([\d,–]+) \|$", text, re.MULTILINE)
        given = [(n.upper(), what, self.shown(a), self.shown(i)) for n, (a, i, what) in LIMITS.items()]
        self.assertEqual(found, given)

    def shown(self, number: int) -> str:
        return f"{number // 1000:,}" if number else "–"


class CountedTogether(CommittedTestCase):
    def test_of_ten_requests_at_once_only_the_allowed_number_succeeds(self):
        alice, now = make_user("Alice", Role.PATIENT), timezone.now()

        def ask(number: int) -> bool:
            try:
                count("book", account=alice.pk, now=now)
            except TooMany:
                return False
            return True

        with limits(book=(4, 0)):
            self.assertEqual(sum(at_once(10, ask)), 4)


class Refusals(TestUsers, TestCase):
    """What is refused to one person about one patient is one line of the read log in an hour."""

    def test_sixty_refusals_are_one_line_with_their_number(self):
        with later(minutes=0):
            for _time in range(60):
                self.assertEqual(Api(self.bob).get(f"/medical-records/{self.alice.pk}").status_code, 404)
            Api(self.dave).get(f"/medical-records/{self.alice.pk}")
        lines = ReadLog.objects.filter(subject=self.alice, basis="denied").order_by("pk")
        self.assertEqual([(line.reader, line.times) for line in lines], [(self.bob, 60), (self.dave, 1)])
        shown = Api(self.alice).get(f"/medical-records/{self.alice.pk}/access-log").json()["items"]
        self.assertEqual([row["times"] for row in shown if row["basis"] == "denied"], [1, 60])

    def test_the_line_is_sealed_with_its_number_when_its_hour_has_passed(self):
        Api(self.bob).get(f"/medical-records/{self.alice.pk}")
        line = ReadLog.objects.get(basis="denied")
        start = line.at.replace(minute=0, second=0)
        self.assertEqual(seal(now=max(line.at, start.replace(minute=50))), 0)
        Api(self.bob).get(f"/medical-records/{self.alice.pk}")
        with later(hours=1, minutes=3):
            self.assertGreater(seal(now=timezone.now()), 0)
            self.assertIsNone(verify(now=timezone.now()).broken)
            super(type(ReadLog.objects.all()), ReadLog.objects.filter(pk=line.pk)).update(times=1)
            self.assertEqual(verify(now=timezone.now()).broken.what, "changed")


@tag("any_database")
class Hashing(SimpleTestCase):
    def test_only_so_many_hash_at_once_and_few_threads_wait(self):
        gate, inside, most, refused = Gate("test"), [0], [0], [0]
        lock = threading.Lock()

        def work() -> None:
            try:
                with gate.passed():
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    time.sleep(0.05)
                    with lock:
                        inside[0] -= 1
            except Unavailable:
                with lock:
                    refused[0] += 1

        threads = [threading.Thread(target=work) for _number in range(12)]
        with override_settings(HASHING_AT_ONCE=1, WEB_THREADS=9):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual((most[0], inside[0]), (1, 0))
        self.assertGreater(refused[0], 0)

    def test_strangers_do_not_take_the_places_of_those_who_are_known(self):
        gate, stop, refused, passed = Gate("known"), threading.Event(), [0], []

        def attack() -> None:
            while not stop.is_set():
                try:
                    with gate.passed():
                        time.sleep(0.01)
                except Unavailable:
                    refused[0] += 1
                    time.sleep(0.001)

        strangers = [threading.Thread(target=attack) for _number in range(8)]
        with override_settings(HASHING_AT_ONCE=1, WEB_THREADS=8):
            for thread in strangers:
                thread.start()
            time.sleep(0.05)
            for number in range(20):
                with trusting(True), gate.passed():
                    passed.append(number)
            stop.set()
            for thread in strangers:
                thread.join()
        self.assertEqual(len(passed), 20)
        self.assertGreater(refused[0], 0)

    def test_processes_share_the_slots(self):
        one, other = Gate("shared"), Gate("shared")
        with (
            override_settings(HASHING_AT_ONCE=1),
            mock.patch("shs.core.gate.PATIENCE_SECONDS", 0.05),
            one.passed(),
            self.assertRaises(Unavailable),
            other.passed(),
        ):
            pass

    @override_settings(PASSWORD_HASHERS=["shs.users.backends.Argon2"])
    def test_every_hash_of_a_password_passes_the_gate(self):
        with mock.patch("shs.users.backends.hashing.passed") as passed:
            make_password(PASSWORD)
        passed.assert_called_once()
