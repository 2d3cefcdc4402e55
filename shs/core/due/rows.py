"""One step on each of many rows, each in a transaction of its own."""

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from django.db import models, transaction

Row = TypeVar("Row", bound=models.Model)


class Kept:
    """Keeps the first error of what stands inside, and lets the work go on; not that the process is to end."""

    error: Exception | None = None

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = self.error or error
        return isinstance(error, Exception)


def one_by_one(rows: models.QuerySet[Row], step: Callable[[Row], object]) -> int:
    """Take `step` on each of `rows` in a transaction of its own; on how many. Each is asked for again under its lock:
    one that another process has at hand, or that is no longer among `rows`, is left out. A row at which `step` fails
    does not keep the others waiting: its error is raised after the last."""
    done, kept = 0, Kept()
    for pk in list(rows.values_list("pk", flat=True)):
        with kept, transaction.atomic():
            row = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if row is not None:
                step(row)
                done += 1
    if kept.error:
        raise kept.error
    return done
