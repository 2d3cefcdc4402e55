"""The OpenAPI document and the API agree: every operation is called with valid and with invalid input."""

from contextlib import suppress

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import tag
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation
from schemathesis.generation import GenerationMode

from shs.testing import Api, EveryModel
from shs.tests.generate import one_class_each
from shs.wsgi import application

HALVES = ["even", "odd"]
"""Two processes share the operations."""

REPEATABLE = settings(
    max_examples=4,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@tag("replay")
class AsDescribed(EveryModel):
    """Calls the application in this process, with the same examples each time. Each example is made once and sent by
    every caller, because making it takes longer than answering it; what a call has changed is undone after it."""

    half: str
    callers: tuple[str, ...]
    mode: GenerationMode

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As Django's test client does: the end of a request must not close the connection of the test's transaction.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            cls.addClassCleanup(signal.connect, close_old_connections)

    def setUp(self):
        people = {"nobody": None, "alice": self.alice, "carol": self.carol, "frank": self.frank}
        self.headers = {name: {**Api(people[name]).headers, "Accept-Encoding": "identity"} for name in self.callers}

    def operations(self) -> list[APIOperation]:
        """Those of this half of the API."""
        schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
        return [found.ok() for found in schema.get_all_operations()][HALVES.index(self.half) :: len(HALVES)]

    def call_all(self) -> int:
        """Call every operation a few times as each caller; returns the number of examples."""
        return sum(map(self.call_operation, self.operations()))

    def call_operation(self, operation: APIOperation) -> int:
        cases = []

        @REPEATABLE
        @given(case=operation.as_strategy(self.mode))
        def run(case):
            cases.append(case)
            for headers in self.headers.values():
                with transaction.atomic():
                    response = case.call(headers=headers)
                    transaction.set_rollback(True)
                self.assert_described(response, operation.label)

        with suppress(Unsatisfiable):  # an operation without input has no invalid call
            run()
        return len(cases)

    def assert_described(self, response, label: str) -> None:
        kind = response.headers.get("content-type", [""])[0]
        message = f"{label}: {response.status_code} {response.text[:200]}"
        self.assertLess(response.status_code, 500, message)
        if response.status_code >= 400:
            self.assertEqual(kind, "application/problem+json", message)
            self.assertEqual(response.json()["status"], response.status_code, message)
        elif response.status_code != 204 and response.text:
            self.assertNotIn("html", kind, message)


@tag("any_database")
@one_class_each("half", HALVES)
class ValidCalls(AsDescribed):
    callers, mode = ("nobody", "alice", "carol", "frank"), GenerationMode.POSITIVE

    def test_valid_calls(self):
        self.assertGreater(self.call_all(), 25)


@one_class_each("half", HALVES)
class InvalidCalls(AsDescribed):
    callers, mode = ("nobody", "carol"), GenerationMode.NEGATIVE

    def test_invalid_calls(self):
        self.assertGreater(self.call_all(), 25)
