"""Changes of state, with a lock, a check, and a history line with the reason."""

from collections.abc import Callable

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from shs.core.context import forget
from shs.core.errors import StepRefused
from shs.core.records.models import Record


def lock(record: models.Model) -> None:
    """Lock the row of `record` and read it again; call it inside a transaction."""
    record.refresh_from_db(from_queryset=type(record)._base_manager.select_for_update(of=("self",)))


def move(
    record: Record,
    status: str,
    *,
    reason: str = "",
    field: str = "status",
    check: Callable[[], None] | None = None,
    **changes: object,
) -> None:
    """Change `record` to `status`, and set `changes`, if its `STEPS` allow that from its present state. `check` runs
    after the row is locked and may refuse. Raises StepRefused (409) and changes nothing."""
    with transaction.atomic():
        lock(record)
        present = getattr(record, field)
        if status not in record.STEPS.get(present, ()):
            raise StepRefused(
                _("The status cannot change from %(present)s to %(wanted)s.")
                % {"present": _label(record, field, present), "wanted": _label(record, field, status)}
            )
        if check:
            check()
        for name, value in {field: status, **changes}.items():
            setattr(record, name, value)
        save_with_reason(record, reason)
    forget()  # rights may depend on the state


def save_with_reason(record: models.Model, reason: str) -> None:
    """Save `record` with the reason in its history line."""
    record._change_reason = reason or None  # type: ignore[attr-defined]  # simple_history reads it
    try:
        record.save()
    finally:
        del record._change_reason  # type: ignore[attr-defined]


def _label(record: models.Model, field: str, value: str) -> str:
    """The label of a state for use in a sentence, in lower case."""
    choices = dict(record._meta.get_field(field).flatchoices)  # type: ignore[union-attr]  # a state is a field with choices
    return str(choices.get(value, value)).lower()
