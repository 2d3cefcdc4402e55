"""A sample row of each model, for the generated tests."""

from datetime import datetime, timedelta

from shs.core.discovery import Case
from shs.doctors import services


def directory(case: Case, now: datetime) -> None:
    """Alice's review of Carol, and Carol's time off."""
    services.review(doctor=case.dr_carol, patient=case.alice, rating=4, comment="She listens.")
    case.time_off = services.add_time_off(
        doctor=case.dr_carol, starts_at=now + timedelta(days=20), ends_at=now + timedelta(days=21), reason="family"
    )


samples = [directory]
