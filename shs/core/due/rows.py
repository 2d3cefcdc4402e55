"""Applies a step to many rows, each in its own transaction."""

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from django.db import models, transaction

Row = TypeVar("Row", bound=models.Model)


class Kept:
    """Collects errors so that the loop continues, and keeps the first; KeyboardInterrupt and SystemExit pass."""

    error: Exception | None = None

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = self.error or error
        return isinstance(error, Exception)


def one_by_one(rows: models.QuerySet[Row], step: Callable[[Row], object]) -> int:
    """Apply `step` to each of `rows` in a transaction of its own; returns the number of rows done. Each row is read
    again under a lock; one that is locked by another process or no longer matches `rows` is skipped. An error of one
    row does not stop the others: the first is raised at the end."""
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
