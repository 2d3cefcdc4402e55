"""The OpenAPI document and the API agree: every operation is called with valid and with invalid input."""

from contextlib import suppress

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import tag
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation
from schemathesis.generation import GenerationMode

from shs.testing import Api, EveryModel
from shs.tests.generate import one_class_each
from shs.wsgi import application

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
    """Calls the application in this process, with the same examples each time."""

    who: str

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As Django's test client does: the end of a request must not close the connection of the test's transaction.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            cls.addClassCleanup(signal.connect, close_old_connections)

    def setUp(self):
        people = {"nobody": None, "alice": self.alice, "carol": self.carol, "frank": self.frank}
        self.headers = {name: {**Api(user).headers, "Accept-Encoding": "identity"} for name, user in people.items()}

    def call_all(self, who: str, mode: GenerationMode) -> int:
        """Call every operation a few times as `who`; returns the number of calls."""
        schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
        return sum(self.call_operation(found.ok(), who, mode) for found in schema.get_all_operations())

    def call_operation(self, operation: APIOperation, who: str, mode: GenerationMode) -> int:
        calls = []

        @REPEATABLE
        @given(case=operation.as_strategy(mode))
        def run(case):
            calls.append(case)
            self.assert_described(case.call(headers=self.headers[who]), operation.label)

        with suppress(Unsatisfiable):  # an operation without input has no invalid call
            run()
        return len(calls)

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
@one_class_each("who", ["nobody", "alice", "carol", "frank"])
class ValidCalls(AsDescribed):
    def test_valid_calls(self):
        self.assertGreater(self.call_all(self.who, GenerationMode.POSITIVE), 50)


@one_class_each("who", ["nobody", "carol"])
class InvalidCalls(AsDescribed):
    def test_invalid_calls(self):
        self.assertGreater(self.call_all(self.who, GenerationMode.NEGATIVE), 50)
