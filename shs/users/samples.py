"""A sample row of each model, for the generated tests."""

from datetime import datetime
from typing import Any

from shs.users.models import RoleRequest


def requests(case: Any, now: datetime) -> None:
    """Frank's request to make Henry an admin."""
    case.role_request = RoleRequest.objects.create(user=case.henry, reason="runs the clinic", asked_by=case.frank)


samples = [requests]
