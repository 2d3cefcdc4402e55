"""Made-up rows with a past of their own: each is stored with the dates and the history lines of what happened to it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection

from shs.core.models import Record
from shs.users.models import User

BATCH = 500


class Step(NamedTuple):
    """What happened to a row at `when`, and what it changed; `by` is None where nobody was signed in."""

    when: datetime
    by: User | None
    reason: str
    changes: dict[str, Any]


class Story(NamedTuple):
    """A row that is not stored yet, and the steps by which it came to what it is; the first one made it."""

    row: Any
    steps: list[Step]


def told(row: Record, when: datetime, by: User | None = None, reason: str = "") -> Story:
    """The story of a row to which nothing happened since it was made."""
    return Story(row, [Step(when, by, reason, {})])


def store(stories: list[Story]) -> list[Any]:
    """Insert the rows of `stories` (all of one model) as they are in the end, and a history line for each step."""
    if not stories:
        return []
    rows = [story.row for story in stories]
    objects = type(rows[0]).objects.without_history("each step of the story is written as a history line")
    beginnings = [_fields_before(story) for story in stories]
    for row, steps in stories:
        for step in steps:
            _set(row, step.changes)
    objects.bulk_create(rows, batch_size=BATCH)
    _date(stories)
    for row, fields in zip(rows, beginnings, strict=True):
        _set(row, fields)
    _write_history(stories)
    return rows


def batches(numbers: list[int]) -> Iterator[list[int]]:
    """`numbers` in portions that fit into memory at any size."""
    rest = iter(numbers)
    while portion := list(islice(rest, BATCH)):
        yield portion


def _date(stories: list[Story]) -> None:
    """Say when the rows were made and last changed: inserting set both to this instant. bulk_update() would take longer
    than all the rest."""
    quote, adapt = connection.ops.quote_name, connection.ops.adapt_datetimefield_value
    for row, steps in stories:
        row.created_at, row.updated_at = steps[0].when, steps[-1].when
    table = quote(stories[0].row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET created_at = %s, updated_at = %s WHERE id = %s",  # noqa: S608  (our own table)
            [(adapt(row.created_at), adapt(row.updated_at), row.pk) for row, _steps in stories],
        )


def _fields_before(story: Story) -> dict[str, Any]:
    """What the row holds before its first step, of the fields that some step changes."""
    return {name: getattr(story.row, name) for step in story.steps for name in step.changes}


def _write_history(stories: list[Story]) -> None:
    """Take every row through its steps again, and write down how it was after each."""
    history = type(stories[0].row).history
    for depth in range(max(len(story.steps) for story in stories)):
        present = [(row, steps[depth]) for row, steps in stories if len(steps) > depth]
        for row, step in present:
            _set(row, step.changes)
            row._history_date, row._history_user, row._change_reason = step.when, step.by, step.reason or None
        history.bulk_history_create([row for row, _step in present], batch_size=BATCH, update=depth > 0)
    for row, _steps in stories:
        del row._history_date, row._history_user, row._change_reason


def _set(row: Any, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
