"""A sample row of each model that no migration fills, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.predict import services


def prediction(case: Case, now: datetime) -> None:
    """Alice's question to the symptom checker."""
    services.check(user=case.alice, symptoms=["fever", "loose motion"], now=now)


samples = [prediction]
