"""A sample row of each model, for the generated tests."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from shs.core.discovery import Case
from shs.results import services
from shs.results.analytes import Typed
from shs.results.models import Result


def result(case: Case, now: datetime) -> None:
    """A low haemoglobin of Alice that waits for Carol."""
    day = timezone.localdate(now) - timedelta(days=1)
    case.result = services.send(
        result=Result(patient=case.alice, title="Blood count", taken_on=day, laboratory="A laboratory"),
        upload=None,
        values=[Typed("haemoglobin", Decimal("9.8"), "g/dL", Decimal("12"), Decimal("15"))],
        by=case.carol,
        now=now,
    )


samples = [result]
