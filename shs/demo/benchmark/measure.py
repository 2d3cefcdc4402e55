"""Measures cases: CPU microseconds a request in this process, asked in turn with the yardstick, so that what slows one
slows the other; the queries it sends, and the bytes of its answer."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import TypedDict

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import override_settings

from shs.demo.benchmark.cases import UNHASHED, Case
from shs.demo.benchmark.requests import Answer, Environ, call, environ

AS_SERVED = {
    "DEBUG": False,  # which would note each query
    "PASSWORD_HASHERS": [UNHASHED],
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
}
AROUND = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "COMMIT")


class Measured(TypedDict, total=False):
    """One case; times are medians in microseconds. `ratio` is to the bare driver or to the case that is its yardstick;
    `missing` where there is no yardstick."""

    us: float
    bare_us: float
    ratio: float
    queries: int
    bytes: int


class WrongAnswer(RuntimeError):
    """Raised when a request is answered by an error: its time would say nothing."""


ENOUGH = 3e6
"""A case that has taken so many microseconds is not sent again."""

Queries = list[tuple[str, object]]


@contextmanager
def asked_queries() -> Iterator[Queries]:
    """The SQL and the parameters of what is asked meanwhile, without those that begin and end transactions."""
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
    """The CPU microseconds of one request, and its answer. Raises WrongAnswer."""
    return _send(application, case, environ(case.ask()))


def _send(application: WSGIHandler, case: Case, given: Environ) -> tuple[float, Answer]:
    start = time.thread_time()
    answer = call(application, given)
    took = 1e6 * (time.thread_time() - start)
    if answer.status >= 300:
        raise WrongAnswer(f"{case.name}: {answer.status} {answer.content[:300]!r}")
    return took, answer


def look(application: WSGIHandler, case: Case) -> tuple[Queries, Answer]:
    """What a case asks of the database, and its answer, at its second request: the first one looks up what later ones
    remember."""
    with override_settings(**AS_SERVED):
        ask(application, case)
        given = environ(case.ask())
        with asked_queries() as queries:
            _took, answer = _send(application, case, given)
    return queries, answer


def measure(application: WSGIHandler, cases: Sequence[Case], *, rounds: int) -> dict[str, Measured]:
    """Each case at most `rounds` times, with its yardstick in turn."""
    found: dict[str, Measured] = {}
    with override_settings(**AS_SERVED):
        for case in cases:
            queries, answer = look(application, case)
            found[case.name] = {"queries": len(queries), "bytes": len(answer.content)}
            times: list[tuple[float, float]] = []
            while len(times) < rounds and sum(ours for _bare, ours in times) < ENOUGH:
                times.append((_timed(case), ask(application, case)[0]))
            bare, ours = (median(column) for column in zip(*times, strict=True))
            found[case.name]["us"] = ours
            if case.bare:
                found[case.name] |= {"bare_us": bare, "ratio": ours / bare}
    for case in cases:
        if case.beside in found:
            found[case.name]["ratio"] = found[case.name]["us"] / found[case.beside]["us"]
    return found


def _timed(case: Case) -> float:
    """The CPU microseconds of the yardstick, if the case has one."""
    start = time.thread_time()
    if case.bare:
        case.bare()
    return 1e6 * (time.thread_time() - start)


def speed() -> float:
    """The CPU microseconds of a fixed piece of work, to compare times of different runs."""
    times = []
    for _round in range(15):
        start = time.thread_time()
        sorted(str(number * 7919 % 10_007) for number in range(5_000))
        times.append(1e6 * (time.thread_time() - start))
    return median(times)
