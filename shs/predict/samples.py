"""A sample row of each model that no migration fills, for the generated tests."""

from datetime import datetime
from typing import Any

from shs.predict import services


def prediction(case: Any, now: datetime) -> None:
    """Alice's question to the symptom checker."""
    services.check(user=case.alice, symptoms=["fever", "loose motion"], now=now)


samples = [prediction]
