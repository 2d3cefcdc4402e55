"""Which warnings were heeded: shown before issuing, and no longer true of what was issued."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from shs.appointment.models import Appointment
from shs.prescription.errors import Unacknowledged
from shs.prescription.models import SeenWarning
from shs.prescription.services.findings import Finding
from shs.users.models import User


@transaction.atomic
def note_seen(*, visit: Appointment, warnings: Iterable[Finding], by: User) -> None:
    """Store the blocking warnings that were shown to `by`; each once a visit."""
    shown = {found.key[:200]: found for found in warnings if found.stops}
    if not shown:
        return
    known = set(SeenWarning.objects.filter(appointment=visit, key__in=shown).values_list("key", flat=True))
    new = [
        SeenWarning(
            appointment=visit,
            key=key,
            kind=found.kind,
            rule=found.rule[:100],
            medication=found.medication,
            shown_to=by,
        )
        for key, found in shown.items()
        if key not in known
    ]
    if new:
        SeenWarning.objects.create_with_history(new, by=by, reason="shown")


@contextmanager
def noting_seen(*, visit: Appointment, by: User) -> Iterator[None]:
    """The warnings of a refusal inside it are stored after what it rolled back, and the refusal goes on."""
    try:
        yield
    except Unacknowledged as refused:
        note_seen(visit=visit, warnings=refused.found, by=by)
        raise


def settle(*, visit: Appointment, warnings: Iterable[Finding], by: User, now: datetime) -> None:
    """Mark as heeded what was shown in this visit and is not among the `warnings` about what is issued."""
    still = {found.key[:200] for found in warnings}
    heeded = [
        row for row in SeenWarning.objects.filter(appointment=visit, heeded_at__isnull=True) if row.key not in still
    ]
    for row in heeded:
        row.heeded_at = now
    if heeded:
        SeenWarning.objects.update_with_history(heeded, ["heeded_at"], by=by, reason="heeded")
