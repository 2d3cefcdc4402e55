"""Prints the results, and compares them with the budget."""

import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypedDict, cast

from shs.demo.benchmark.measure import Measured


class Report(TypedDict):
    """The results of one run."""

    database: str
    size: str
    cases: dict[str, Measured]


class Limit(TypedDict, total=False):
    """The limits of one case: queries, bytes of the response, and the ratio to its baseline by database."""

    queries: int
    bytes: int
    sqlite: float
    postgresql: float


class FileLimit(TypedDict):
    """The limits of exports and imports: the peak of the memory, and the queries of one imported row."""

    mib: float
    queries_a_row: float


class Budget(TypedDict):
    """The limits by case; by which factor a case may be slower at another size (`growth`), and a list or form of the
    admin slower than Django's own (`stock`); how many times reading the names of 30,000 brands a search among them may
    cost (`brands`)."""

    growth: float
    stock: dict[str, float]
    brands: dict[str, float]
    files: FileLimit
    cases: dict[str, Limit]


@cache
def budget() -> Budget:
    """The budget in the repository."""
    return cast(Budget, json.loads(Path(__file__).with_name("budget.json").read_text()))


def table(report: Report) -> list[str]:
    """The lines of the printed table."""
    head = f"{report['database']}, {report['size']} visits; CPU microseconds a request"
    names = peers_in(report)
    peers = "".join(f"{name:>9}" for name in names)
    lines = [head, f"{'':30}{'ours':>9}{'bare':>9}{'ratio':>8}{'at most':>9}{peers}{'queries':>9}{'bytes':>9}"]
    for name, case in report["cases"].items():
        limit = ratio_limit(report, name)
        theirs = "".join(_number(case.get("peers_us", {}).get(peer), 9, 0) for peer in names)
        lines.append(
            f"{name:30}{case['us']:9,.0f}{_number(case.get('bare_us'), 9, 0)}{_number(case.get('ratio'), 8, 2)}"
            f"{_number(limit, 9, 1)}{theirs}{case['queries']:9}{case['bytes']:9,}"
        )
    return lines


def peers_in(report: Report) -> list[str]:
    """The names of the peers that were measured."""
    return list(dict.fromkeys(chain.from_iterable(case.get("peers_us", {}) for case in report["cases"].values())))


def ratio_limit(report: Report, name: str) -> float | None:
    """The highest allowed ratio of a case on the report's database; None if there is none."""
    limit = budget()["cases"].get(name, {})
    return limit.get("sqlite") if report["database"] == "sqlite" else limit.get("postgresql")


def over_budget(report: Report) -> list[str]:
    """A sentence for each limit that a case exceeds."""
    found = []
    for name, case in report["cases"].items():
        most, ratio = ratio_limit(report, name), case.get("ratio")
        if most is not None and ratio is not None and ratio > most:
            found.append(f"{name}: {ratio:.2f} times its yardstick, at most {most}")
        found += over_counts(name, case)
    return found


def over_counts(name: str, case: Measured) -> list[str]:
    """A sentence for each exceeded limit of queries or bytes, which do not depend on the machine."""
    limit = budget()["cases"].get(name, {})
    found = []
    if case["queries"] > limit.get("queries", case["queries"]):
        found.append(f"{name}: {case['queries']} queries, at most {limit['queries']}")
    if case["bytes"] > limit.get("bytes", case["bytes"]):
        found.append(f"{name}: {case['bytes']} bytes, at most {limit['bytes']}")
    return found


def compared(report: Report, before: Report) -> tuple[list[str], list[str]]:
    """Lines with the time of each case relative to an earlier run, both corrected by the speed of the machine then,
    and as a share of each peer's, before and now; and, if that run had another size, a sentence for each case that grew
    by more than the budget allows."""
    peers, problems = [name for name in peers_in(before) if name in peers_in(report)], []
    head = "".join(f"{f'of {name}':>16}" for name in peers)
    lines = [f"{'':30}{before['size']:>9}{report['size']:>9}{'ratio':>8}{head}"]
    for name, case in report["cases"].items():
        if (old := before["cases"].get(name)) is None:
            continue
        ratio = case["us"] / case["speed_us"] / (old["us"] / old["speed_us"])
        shares = "".join(f"{_share(old, peer):>9}{_share(case, peer):>7}" for peer in peers)
        lines.append(f"{name:30}{old['us']:9,.0f}{case['us']:9,.0f}{ratio:8.2f}{shares}")
        if before["size"] != report["size"] and ratio > budget()["growth"]:
            problems.append(f"{name}: grew {ratio:.2f} times, at most {budget()['growth']}")
    return lines, problems


def _share(case: Measured, peer: str) -> str:
    """Our time as a share of the peer's."""
    theirs = case.get("peers_us", {}).get(peer)
    return f"{case['us'] / theirs:.2f}" if theirs else ""


def _number(value: float | None, width: int, digits: int) -> str:
    return " " * width if value is None else f"{value:{width},.{digits}f}"
