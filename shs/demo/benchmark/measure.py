"""Measures cases: CPU microseconds of a request in this process, in turn with its baseline, so that other load affects
both; the number of its queries, and the bytes of its response."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from statistics import median
from typing import TypedDict

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import override_settings

from shs.demo.benchmark.cases import UNHASHED, Case
from shs.demo.benchmark.peers import NAMES
from shs.demo.benchmark.requests import Answer, Environ, call, environ

AS_SERVED: dict[str, object] = {
    "DEMO_ACCOUNTS": True,
    "DEBUG": False,  # it would record each query
    "PASSWORD_HASHERS": [UNHASHED],
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    # All requests come from one address: they are counted as usual, but none is refused.
    "LIMITS": {name: (10_000 * limit[0], 10_000 * limit[1], limit[2]) for name, limit in settings.LIMITS.items()},
}
AROUND = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "COMMIT")


class Measured(TypedDict, total=False):
    """The results of one case; times are medians in microseconds. `ratio` is relative to the driver or to the case to
    compare with; missing if there is neither. `peers_us` maps the name of each peer that answers it, too, to its
    time; `speed_us` is the time of a fixed piece of work, to compare runs on machines or under loads that differ."""

    us: float
    speed_us: float
    bare_us: float
    ratio: float
    peers_us: dict[str, float]
    queries: int
    bytes: int


class WrongAnswer(RuntimeError):
    """Raised when a request is answered with an error, because its time would be meaningless."""


ENOUGH = 3e6
"""A case is not repeated after this total of microseconds."""

Queries = list[tuple[str, object]]


@contextmanager
def asked_queries() -> Iterator[Queries]:
    """Context manager: collects SQL and parameters of all queries, except those that begin and end transactions."""
    found: Queries = []

    def note(
        execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, object]
    ) -> object:
        if not sql.startswith(AROUND):
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def ask(application: WSGIHandler, case: Case) -> tuple[float, Answer]:
    """The CPU microseconds of one request, and its response. Raises WrongAnswer."""
    return _send(application, case, environ(case.ask()))


def _send(application: WSGIHandler, case: Case, given: Environ) -> tuple[float, Answer]:
    start = time.thread_time()
    answer = call(application, given)
    took = 1e6 * (time.thread_time() - start)
    if answer.status >= 300:
        raise WrongAnswer(f"{case.name}: {answer.status} {answer.content[:300]!r}")
    return took, answer


def look(application: WSGIHandler, case: Case) -> tuple[Queries, Answer]:
    """The queries of a case and its response, at the second request; the first one fills caches."""
    with override_settings(**AS_SERVED):
        ask(application, case)
        given = environ(case.ask())
        with asked_queries() as queries:
            _took, answer = _send(application, case, given)
    return queries, answer


def measure(
    application: WSGIHandler, cases: Sequence[Case], *, rounds: int, peers: Mapping[str, WSGIHandler]
) -> dict[str, Measured]:
    """Measure each case at most `rounds` times, in turn with its baseline and the peers that answer it, too."""
    found: dict[str, Measured] = {}
    with override_settings(**AS_SERVED):
        for case in cases:
            queries, answer = look(application, case)
            found[case.name] = {"queries": len(queries), "bytes": len(answer.content)}
            others = peers if case.name in NAMES else {}
            for other in others.values():
                ask(other, case)  # the first request fills caches
            times: list[tuple[float, ...]] = []
            while len(times) < rounds and sum(chain.from_iterable(times)) < ENOUGH * (1 + len(others)):
                asked = [ask(one, case)[0] for one in (application, *others.values())]
                times.append((_piece_of_work(), _timed(case), *asked))
            speed, bare, ours, *theirs = (median(column) for column in zip(*times, strict=True))
            found[case.name] |= {"us": ours, "speed_us": speed}
            if others:
                found[case.name]["peers_us"] = dict(zip(others, theirs, strict=True))
            if case.bare:
                found[case.name] |= {"bare_us": bare, "ratio": ours / bare}
    for case in cases:
        if case.beside in found:
            found[case.name]["ratio"] = found[case.name]["us"] / found[case.beside]["us"]
    return found


def _timed(case: Case) -> float:
    """The CPU microseconds of the baseline, if the case has one."""
    start = time.thread_time()
    if case.bare:
        case.bare()
    return 1e6 * (time.thread_time() - start)


def _piece_of_work() -> float:
    """The CPU microseconds of a fixed piece of work."""
    start = time.thread_time()
    sorted(str(number * 7919 % 10_007) for number in range(2_000))
    return 1e6 * (time.thread_time() - start)
