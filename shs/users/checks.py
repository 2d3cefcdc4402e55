"""Checks of `manage.py check --deploy`."""

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from django.db import DatabaseError

from shs.users.seeding import made_users


@checks.register(checks.Tags.security, deploy=True)
def proxies_are_counted(**kwargs: object) -> list[CheckMessage]:
    """Warns if TLS ends at a proxy that is not counted: all clients would have its address, so that the wrong logins of
    one would make all others wait. `/readyz` warns when such requests arrive."""
    if settings.DEBUG or settings.TRUSTED_PROXIES or not settings.HTTPS_ONLY:
        return []
    return [
        checks.Warning(
            "TRUSTED_PROXIES is 0, but a proxy must end TLS: all clients share its address, their limits and pauses.",
            hint="Set TRUSTED_PROXIES to the number of proxies in front, and let the first set X-Forwarded-For.",
            id="shs.W003",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def no_demo_accounts(**kwargs: object) -> list[CheckMessage]:
    """Reports accounts of the demo: their password is published. They cannot log in, and their rows are made up."""
    if settings.DEBUG:
        return []
    try:
        found = list(made_users().order_by("pk").values_list("demo_name", flat=True)[:4])
    except DatabaseError:
        return []  # not migrated yet
    if not found:
        return []
    named = ", ".join(found[:3]) + (" and others" if len(found) > 3 else "")
    return [
        checks.Error(
            f"The database holds accounts of the demo: {named}.",
            hint="Use a database of its own for patients, into which `seed_bd_data` or `quickstart` never wrote.",
            id="shs.E020",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def a_second_factor_is_required(**kwargs: object) -> list[CheckMessage]:
    """Warns if staff need no second factor: a stolen password alone would open patients' data."""
    if settings.DEBUG or settings.STAFF_SECOND_FACTOR == "required":
        return []
    return [
        checks.Warning(
            "STAFF_SECOND_FACTOR is optional: a password alone opens the back office.",
            hint="Set STAFF_SECOND_FACTOR=required.",
            id="shs.W001",
        )
    ]
