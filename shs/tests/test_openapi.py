"""The OpenAPI document against the API: every operation is called as it says, and as it does not."""

import schemathesis
from django.test import TestCase
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from shs.testing import Api, FullHouse
from shs.wsgi import application

EXAMPLES = 6


class AsDescribed(FullHouse, TestCase):
    """In process, with the same examples each time."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.headers = {name: Api(user).headers for name, user in (("alice", cls.alice), ("carol", cls.carol))}
        cls.headers |= {"frank": Api(cls.frank).headers, "nobody": {}}

    def call_all(self, who: str, mode: GenerationMode) -> int:
        """Call every operation a few times as `who`; how many calls there were."""
        calls = 0
        schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
        for found in schema.get_all_operations():
            operation = found.ok()

            @settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(mode))
            def run(case):
                nonlocal calls
                calls += 1
                self.assert_described(case.call(headers=self.headers[who]), operation.label)

            run()
        return calls

    def assert_described(self, response, label: str) -> None:
        kind = response.headers.get("content-type", [""])[0]
        message = f"{label}: {response.status_code} {response.text[:200]}"
        self.assertLess(response.status_code, 500, message)
        if response.status_code >= 400:
            self.assertEqual(kind, "application/problem+json", message)
            self.assertEqual(response.json()["status"], response.status_code, message)
        elif response.status_code != 204 and response.text:
            self.assertNotIn("html", kind, message)

    def test_valid_calls_of_everyone(self):
        for who in self.headers:
            with self.subTest(who=who):
                self.assertGreater(self.call_all(who, GenerationMode.POSITIVE), 50)

    def test_invalid_calls_of_everyone(self):
        for who in self.headers:
            with self.subTest(who=who):
                self.assertGreater(self.call_all(who, GenerationMode.NEGATIVE), 50)
