"""A row of each model of users that no test user brings, for tests that try every row."""

from datetime import datetime
from typing import Any

from shs.users.models import RoleRequest


def requests(case: Any, now: datetime) -> None:
    """Frank asks that Henry become an admin."""
    case.role_request = RoleRequest.objects.create(user=case.henry, reason="runs the clinic", asked_by=case.frank)


samples = [requests]
