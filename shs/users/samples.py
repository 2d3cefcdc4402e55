"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.users.models import RoleRequest


def requests(case: Case, now: datetime) -> None:
    """Frank's request to make Henry an admin."""
    case.role_request = RoleRequest.objects.create(user=case.henry, reason="runs the clinic", asked_by=case.frank)


samples = [requests]
