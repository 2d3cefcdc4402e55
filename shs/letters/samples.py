"""A sample row of each model, for the generated tests."""

from datetime import datetime

from django.utils import timezone

from shs.core.discovery import Case
from shs.letters import services
from shs.letters.models import Absence


def letter(case: Case, now: datetime) -> None:
    """Carol's sick note for Alice after a completed visit."""
    day = timezone.localdate(case.past_visit.starts_at).isoformat()
    absence: Absence = {"first": day, "last": day, "seen_on": day, "unfit_for": "work", "fit_for": ""}
    case.letter = services.issue(
        visit=case.past_visit,
        by=case.carol,
        kind="sick_note",
        written={"parts": [{"key": "diagnosis", "text": "acute tonsillitis"}], "absence": absence},
        now=now,
    )


samples = [letter]
