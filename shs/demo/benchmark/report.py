"""What was measured, in words, and held to the budget."""

import json
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from shs.demo.benchmark.measure import Measured


class Report(TypedDict):
    """One run; `speed` is how long a fixed piece of work took, in microseconds."""

    database: str
    size: str
    speed: float
    cases: dict[str, Measured]


class Limit(TypedDict, total=False):
    """The most of one case: queries, bytes of the answer, and the ratio to its yardstick by database."""

    queries: int
    bytes: int
    sqlite: float
    postgresql: float


class Budget(TypedDict):
    """The limits by case, and how much longer a case may take at another size."""

    growth: float
    cases: dict[str, Limit]


@cache
def budget() -> Budget:
    """The budget of the repository."""
    return cast(Budget, json.loads(Path(__file__).with_name("budget.json").read_text()))


def table(report: Report) -> list[str]:
    """The report in lines."""
    head = f"{report['database']}, {report['size']} visits; CPU microseconds a request"
    lines = [head, f"{'':30}{'ours':>9}{'bare':>9}{'ratio':>8}{'at most':>9}{'queries':>9}{'bytes':>9}"]
    for name, case in report["cases"].items():
        limit = ratio_limit(report, name)
        lines.append(
            f"{name:30}{case['us']:9,.0f}{_number(case.get('bare_us'), 9, 0)}{_number(case.get('ratio'), 8, 2)}"
            f"{_number(limit, 9, 1)}{case['queries']:9}{case['bytes']:9,}"
        )
    return lines


def ratio_limit(report: Report, name: str) -> float | None:
    """The highest ratio of a case on the report's database; None if it has none."""
    limit = budget()["cases"].get(name, {})
    return limit.get("sqlite") if report["database"] == "sqlite" else limit.get("postgresql")


def over_budget(report: Report) -> list[str]:
    """A sentence for each case that exceeds its budget."""
    found = []
    for name, case in report["cases"].items():
        most, ratio = ratio_limit(report, name), case.get("ratio")
        if most is not None and ratio is not None and ratio > most:
            found.append(f"{name}: {ratio:.2f} times its yardstick, at most {most}")
        found += over_counts(name, case)
    return found


def over_counts(name: str, case: Measured) -> list[str]:
    """A sentence for queries and one for bytes that exceed the budget: they do not depend on the machine."""
    limit = budget()["cases"].get(name, {})
    found = []
    if case["queries"] > limit.get("queries", case["queries"]):
        found.append(f"{name}: {case['queries']} queries, at most {limit['queries']}")
    if case["bytes"] > limit.get("bytes", case["bytes"]):
        found.append(f"{name}: {case['bytes']} bytes, at most {limit['bytes']}")
    return found


def compared(report: Report, before: Report) -> tuple[list[str], list[str]]:
    """Lines with the time of each case as a ratio of an earlier run, both by the speed of their runs; and a sentence
    for each case that grew by more than the budget allows, where the earlier run had another size."""
    lines, problems = [f"{'':30}{before['size']:>9}{report['size']:>9}{'ratio':>8}"], []
    for name, case in report["cases"].items():
        if (old := before["cases"].get(name)) is None:
            continue
        ratio = case["us"] / report["speed"] / (old["us"] / before["speed"])
        lines.append(f"{name:30}{old['us']:9,.0f}{case['us']:9,.0f}{ratio:8.2f}")
        if before["size"] != report["size"] and ratio > budget()["growth"]:
            problems.append(f"{name}: grew {ratio:.2f} times, at most {budget()['growth']}")
    return lines, problems


def _number(value: float | None, width: int, digits: int) -> str:
    return " " * width if value is None else f"{value:{width},.{digits}f}"
