"""Base class of the tests of letters: Carol writes them in her visit with Alice, which has begun."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from shs.letters import services
from shs.letters.models import Letter, Written
from shs.prescription.tests.test_visit_page import Consultation


class Desk(Consultation):
    """As in Consultation: Alice's visit `begun` to Dr. Carol, and letters of it."""

    def seen_on(self, days: int = 0) -> date:
        """The day of the visit, or so many days after it."""
        return timezone.localdate(self.begun.starts_at) + timedelta(days=days)

    def sick(self, first: int = 0, last: int = 2, **changes: Any) -> Written:
        """What a sick note says: its days counted from the visit."""
        absence = {"unfit_for": "work", "fit_for": "", **changes}
        days = {"first": self.seen_on(first).isoformat(), "last": self.seen_on(last).isoformat()}
        return {"parts": [], "absence": {**days, "seen_on": "", **absence}}  # type: ignore[typeddict-item]

    def referral(self, **parts: str) -> Written:
        """What a referral says."""
        to = {"name": "", "specialty": "Cardiology", "place": "City Hospital", "urgency": "soon"}
        texts = {"reason": "please advise", **parts}
        found = [{"key": key, "text": text} for key, text in texts.items()]
        return {"parts": found, "to": to}  # type: ignore[typeddict-item]

    def issue(self, kind: str = "sick_note", written: Written | None = None, **changes: Any) -> Letter:
        """The letter that Carol issues."""
        given = {"visit": self.begun, "by": self.carol, "now": timezone.now(), **changes}
        return services.issue(kind=kind, written=written or self.sick(), **given)
