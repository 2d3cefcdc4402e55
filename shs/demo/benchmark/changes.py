"""Compares the list of all changes with a plain list of one history table. Results are ratios, because machines differ;
both lists are requested in turn, so that other load affects both."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from django.contrib.auth.models import Group
from django.db.models import CharField, Count, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from simple_history.utils import get_history_model_for_model

from shs.audit.changes import Wanted, changes, kept_models
from shs.core.context import RequestContext, current
from shs.core.seeding.marks import address, chance
from shs.demo.benchmark.copies import update_statistics
from shs.users.models import Duty, Role, User

PAGE = 26
"""The number of rows read for a page: 25, and one more that shows whether there is a next page."""

READER = "benchmark"
"""The e-mail address of the auditor who reads."""


class Timing(NamedTuple):
    """The results of one filter: medians in milliseconds of the plain list and of the list of all changes."""

    question: str
    plain: float
    every: float

    @property
    def ratio(self) -> float:
        return self.every / self.plain


class Question(NamedTuple):
    """A filter, as a function for each list."""

    name: str
    plain: Callable[[], list[Any]]
    every: Callable[[], list[Any]]


def prepare() -> None:
    """Create the auditor, and give every change a different request id."""
    if not User.objects.filter(email=address(READER)).exists():
        reader = User.objects.create_user(address(READER), None, name="Benchmark", role=Role.STAFF, is_verified=True)
        reader.groups.add(Group.objects.get(name=Duty.AUDIT))
    for history in histories():
        name = Concat(Value(f"{chance(history.__name__).getrandbits(64):x}-"), Cast("history_id", CharField()))
        history.objects.filter(history_request="").update(history_request=name)
    update_statistics()


def histories() -> list[Any]:
    """The history tables that the auditor may see."""
    return [get_history_model_for_model(model) for model in kept_models(User.objects.get(email=address(READER)))]


def count_lines() -> int:
    """The number of changes."""
    return sum(history.objects.count() for history in histories())


def measure(*, rounds: int) -> list[Timing]:
    """Request each list `rounds` times for each filter, in turn."""
    found = []
    # As in a request, in which permissions are looked up once.
    token = current.set(RequestContext(HttpRequest()))
    for question in questions():
        question.plain(), question.every()  # warm up: the first call fills caches
        times = [(_timed(question.plain), _timed(question.every)) for _round in range(rounds)]
        found.append(Timing(question.name, *(1000 * median(one) for one in zip(*times, strict=True))))
    current.reset(token)
    return found


def questions() -> list[Question]:
    """The filters of the page, for the largest history table with patients and for all tables together."""
    reader = User.objects.get(email=address(READER))
    history = max((one for one in histories() if hasattr(one, "patient")), key=lambda one: one.objects.count())
    ordered = history.objects.select_related("history_user").order_by("-history_date", "-history_id")
    person, patient = _busiest(history, "history_user"), _busiest(history, "patient")
    request = ordered[ordered.count() // 2].history_request
    second = changes(reader, Wanted(), limit=PAGE)[-2].place
    return [
        _question("first page", ordered, reader, Wanted()),
        Question("second page", lambda: list(ordered[25 : 25 + PAGE]), _asked(reader, Wanted(before=second))),
        _question("of a person", ordered.filter(history_user=person), reader, Wanted(people=[person])),
        _question("about a patient", ordered.filter(patient=patient), reader, Wanted(subjects=[patient])),
        _question("of a request", ordered.filter(history_request=request), reader, Wanted(request=request)),
    ]


def _question(name: str, rows: QuerySet[Model], reader: User, wanted: Wanted) -> Question:
    return Question(name, lambda: list(rows.all()[:PAGE]), _asked(reader, wanted))


def _asked(reader: User, wanted: Wanted) -> Callable[[], list[Any]]:
    return lambda: changes(reader, wanted, limit=PAGE)


def _busiest(history: Any, column: str) -> int:
    """The most frequent value of `column` in a table."""
    rows = history.objects.exclude(**{column: None}).values_list(column).annotate(lines=Count("pk"))
    return int(rows.order_by("-lines", column)[0][0])


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
