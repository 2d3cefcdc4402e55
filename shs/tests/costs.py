"""What tests cost: the processor time of each class with its children (browsers, workers), whatever else is running."""

import os
import unittest
from typing import Any

from django.test.runner import RemoteTestResult, RemoteTestRunner

from shs.tests.clock import ParallelSuite


def processor_seconds() -> float:
    """User and system time of this process, and of its children that have ended."""
    return sum(os.times()[:4])


class MeasuredSuite(unittest.TestSuite):
    """The tests of one class; tells the result what they took. A suite of such suites is not measured itself."""

    def run(self, result: Any, debug: bool = False) -> Any:
        first = next(iter(self), None)
        before = processor_seconds()
        super().run(result, debug)
        if isinstance(first, unittest.TestCase):
            result.add_cost(first, processor_seconds() - before)
        return result


class MeasuredRemoteResult(RemoteTestResult):
    """Sends the cost of a class to the process that prints."""

    def add_cost(self, test: unittest.TestCase, seconds: float) -> None:
        self.events.append(("add_cost", 0, seconds))


class MeasuredRemoteRunner(RemoteTestRunner):
    resultclass = MeasuredRemoteResult


class MeasuredParallelSuite(ParallelSuite):
    runner_class = MeasuredRemoteRunner


class MeasuredResult(unittest.TextTestResult):
    """Keeps `costs`: the name of a class and its processor seconds."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.costs: dict[str, float] = {}

    def add_cost(self, test: unittest.TestCase, seconds: float) -> None:
        self.costs[f"{type(test).__module__}.{type(test).__qualname__}"] = seconds

    def lines(self, most: int) -> list[str]:
        """The `most` dearest classes (0: all), and all together."""
        dearest = sorted(self.costs.items(), key=lambda cost: -cost[1])
        rows = [f"{seconds:8.2f} s  {name}" for name, seconds in dearest[: most or None]]
        return [*rows, f"{sum(self.costs.values()):8.2f} s  processor time of {len(self.costs)} classes"]
