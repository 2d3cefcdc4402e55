"""System checks of the grant table and of SQLite's triggers."""

from collections.abc import Sequence

from django.conf import settings
from django.core import checks
from django.db import connections

from shs.core.grants.table import granted_models
from shs.core.records.constraints import NeverOverlaps


@checks.register
def every_granted_action_is_a_permission(**kwargs: object) -> list[checks.CheckMessage]:
    """Reports a grant of an action that is no permission of the model."""
    found: list[checks.CheckMessage] = []
    for model, lines in granted_models().items():
        options = model._meta
        known = {f"{action}_{options.model_name}" for action in options.default_permissions}
        known |= {codename for codename, _name in options.permissions}
        for action in sorted({action for line in lines for action in line.actions}):
            if f"{action}_{options.model_name}" not in known:
                found.append(checks.Error(f"{options.label} has no permission for {action!r}.", id="shs.E004"))
    return found


@checks.register(checks.Tags.security, deploy=True)
def seals_have_a_key(**kwargs: object) -> list[checks.CheckMessage]:
    """Warns if anyone who can write to the database can change the read log and seal it again."""
    if settings.DEBUG or settings.AUDIT_KEYS:
        return []
    return [
        checks.Warning(
            "AUDIT_KEYS is not set: anyone who can write to the database can change the read log and seal it again.",
            hint="Set AUDIT_KEYS=2026:… with a random string of at least 32 characters.",
            id="shs.W002",
        )
    ]


@checks.register(checks.Tags.database)
def every_trigger_is_there(databases: Sequence[str] | None = None, **kwargs: object) -> list[checks.CheckMessage]:
    """Reports missing triggers of NeverOverlaps on SQLite, which loses them if a table is rebuilt by hand."""
    from django.apps import apps

    found: list[checks.CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "sqlite":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            present = {name for (name,) in cursor.fetchall()}
        tables = connection.introspection.table_names()
        for model in apps.get_models():
            for constraint in model._meta.constraints:
                if not isinstance(constraint, NeverOverlaps) or model._meta.db_table not in tables:
                    continue
                if missing := constraint.triggers(model) - present:
                    found.append(
                        checks.Error(f"{model._meta.label} lacks the triggers {sorted(missing)}.", id="shs.E005")
                    )
    return found
