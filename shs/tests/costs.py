"""`--costs`: the processor time that each test class takes, with its child processes (browsers, workers). It does not
depend on what else the machine does."""

import os
import unittest

from django.test.runner import RemoteTestResult, RemoteTestRunner

from shs.tests.clock import ParallelSuite


def processor_seconds() -> float:
    """Seconds of user and system time of this process and of its children that have ended."""
    return sum(os.times()[:4])


class MeasuredSuite(unittest.TestSuite):
    """The tests of one class; reports their processor time to the result. A suite that holds other suites is not
    measured."""

    def run(self, result: unittest.TestResult, debug: bool = False) -> unittest.TestResult:
        first = next(iter(self), None)
        before = processor_seconds()
        super().run(result, debug)
        if isinstance(first, unittest.TestCase) and isinstance(result, MeasuredRemoteResult | MeasuredResult):
            result.add_cost(first, processor_seconds() - before)
        return result


class MeasuredRemoteResult(RemoteTestResult):
    """In a worker process: sends the cost of a class to the main process, which prints it."""

    def add_cost(self, test: unittest.TestCase, seconds: float) -> None:
        self.events.append(("add_cost", 0, seconds))


class MeasuredRemoteRunner(RemoteTestRunner):
    resultclass = MeasuredRemoteResult


class MeasuredParallelSuite(ParallelSuite):
    runner_class = MeasuredRemoteRunner


class MeasuredResult(unittest.TextTestResult):
    """Keeps `costs`: name of a test class → its processor seconds."""

    def startTestRun(self) -> None:
        super().startTestRun()
        self.costs: dict[str, float] = {}

    def add_cost(self, test: unittest.TestCase, seconds: float) -> None:
        self.costs[f"{type(test).__module__}.{type(test).__qualname__}"] = seconds

    def lines(self, most: int) -> list[str]:
        """Lines to print: the `most` expensive classes (0: all), then the total."""
        dearest = sorted(self.costs.items(), key=lambda cost: -cost[1])
        rows = [f"{seconds:8.2f} s  {name}" for name, seconds in dearest[: most or None]]
        return [*rows, f"{sum(self.costs.values()):8.2f} s  processor time of {len(self.costs)} classes"]
