"""A sample row of each model, for the generated tests; slots come with the visits."""

from datetime import datetime

from shs.core.discovery import Case


def past_visit(case: Case, now: datetime) -> None:
    """Alice's completed visit to Carol three days ago."""
    case.past_visit = case.take_place()


samples = [past_visit]
