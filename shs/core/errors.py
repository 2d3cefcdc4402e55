"""Exceptions for refused requests. The API answers them as problems (RFC 9457), the admin shows them as error
messages."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from django.apps import apps
from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label


class Refused(Exception):
    """The request is refused and nothing was stored. `status` is the HTTP status, `code` the last part of the problem's
    `type`, `title` the kind of refusal, `detail` the reason in this case, `field` the dotted path of the invalid input,
    `retry_after` seconds to wait, `more` further members of the problem (RFC 9457, section 3.2)."""

    status = 409
    code = "conflict"
    title: Label = _("That is not possible now")
    retry_after: int | None = None
    more: Mapping[str, object] = MappingProxyType({})

    def __init__(self, detail: Label = "", *, field: str = "", retry_after: int | None = None):
        self.detail = detail or self.title
        self.field = field
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(str(self.detail))


class Unauthenticated(Refused):
    """No valid token, or wrong credentials."""

    status = 401
    code = "unauthenticated"
    title = _("Please log in")


class Forbidden(Refused):
    """The caller is logged in and may not do this."""

    status = 403
    code = "forbidden"
    title = _("You may not do this")


class NotFound(Refused):
    """It does not exist, or the caller may not see it."""

    status = 404
    code = "not_found"
    title = _("Page not found")


class Invalid(Refused):
    """The value of `field` is invalid."""

    status = 422
    code = "invalid"
    title = _("Some of what you sent is not valid")


class TooMany(Refused):
    """Too many attempts; try again after `retry_after` seconds."""

    status = 429
    code = "too_many_requests"
    title = _("Too many attempts")
    retry_after = 60


class Unavailable(Refused):
    """The database or another service does not answer at present."""

    status = 503
    code = "unavailable"
    title = _("The service is busy; please try again")
    retry_after = 2


class StepRefused(Refused):
    """The present state does not allow this step."""

    code = "step_refused"
    title = _("The present state does not allow this")


@cache
def _constraints() -> list[tuple[str, str, models.BaseConstraint]]:
    """Each named constraint, with the texts by which SQLite and PostgreSQL report its violation."""
    found = []
    for model in apps.get_models():
        table = model._meta.db_table
        for constraint in model._meta.constraints:
            columns = ""
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
                names = [_column(model, name) for name in constraint.fields]
                columns = ", ".join(f"{table}.{name}" for name in names)
            found.append((constraint.name, columns, constraint))
    return found


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]  # constraints name columns only


@cache
def _unique_columns() -> dict[str, Label]:
    """`table.column` of every unique column → the label of its field, untranslated."""
    return {
        f"{model._meta.db_table}.{field.column}": field.verbose_name
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    }


def refusal_for(error: IntegrityError) -> Refused | None:
    """The refusal for a violated constraint, found by the constraint's name; None if it is unknown. PostgreSQL reports
    the name. SQLite reports it for checks and triggers, and the columns for a unique index."""
    diagnostic = getattr(error.__cause__, "diag", None)
    name = getattr(diagnostic, "constraint_name", None) or ""
    text = str(error)
    for known, columns, constraint in _constraints():
        named = name == known or (not name and (known in text or (columns and text.endswith(f"failed: {columns}"))))
        if named:
            refusal = Refused(constraint.violation_error_message or "")
            refusal.code = constraint.violation_error_code or known
            return refusal
    for column, label in _unique_columns().items():
        table, _dot, field = column.partition(".")
        if text.endswith(f"failed: {column}") or name.startswith(f"{table}_{field}_"):
            return Refused(_("There is already an entry with this %(field)s.") % {"field": label})
    if getattr(error.__cause__, "sqlstate", None) == "23503" or "FOREIGN KEY constraint failed" in text:
        return Refused(_("What this refers to was deleted in the meantime."))
    return None
