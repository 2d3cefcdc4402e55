"""A row of each model of the symptom checker that no migration brings, for tests that try every row."""

from datetime import datetime
from typing import Any

from shs.predict import services


def prediction(case: Any, now: datetime) -> None:
    """What Alice asked the symptom checker."""
    services.check(user=case.alice, symptoms=["fever", "loose motion"], now=now)


samples = [prediction]
