"""A row of each model of visits that the test users do not bring, for tests that try every row."""

from datetime import datetime
from typing import Any


def past_visit(case: Any, now: datetime) -> None:
    """A visit of Alice to Carol that took place three days ago."""
    case.past_visit = case.take_place()


samples = [past_visit]
