"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify


def notices(case: Case, now: datetime) -> None:
    """Alice's notice that her password was changed."""
    notify(notice(to=case.alice, kind=Kind.PASSWORD_CHANGED, data={"changed_at": now}, due_at=now))


samples = [notices]
