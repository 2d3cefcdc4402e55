"""The address of the screen in a clinic's waiting room."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from shs.appointment.models import WaitingScreen, pk_of
from shs.core.errors import NotFound
from shs.core.records.transitions import save_with_reason
from shs.doctors.models import Clinic


def screens_of(clinics: Iterable[Clinic]) -> dict[int, WaitingScreen]:
    """Clinic id → the address in use, for those that have one; one query."""
    rows = WaitingScreen.objects.filter(clinic__in=[clinic.pk for clinic in clinics], ended_at__isnull=True)
    return {screen.clinic_id: screen for screen in rows.order_by("pk")}


def clinic_of_screen(code: str) -> Clinic:
    """The clinic whose screen has this code. Raises NotFound (404) for one that never was or has ended; a wrong code
    costs no query."""
    pk = pk_of("screen", code)
    rows = WaitingScreen.objects.filter(pk=pk, ended_at__isnull=True).select_related("clinic")
    screen = rows.first() if pk is not None else None
    if screen is None:
        raise NotFound
    return screen.clinic


def renew_screen(*, clinic: Clinic, now: datetime) -> WaitingScreen:
    """A new address; the former ones end: what is open there shows nothing new any more."""
    with transaction.atomic():
        Clinic.objects.select_for_update(of=("self",)).get(pk=clinic.pk)  # of two at once the later one ends the other
        for former in WaitingScreen.objects.filter(clinic=clinic, ended_at__isnull=True).order_by("pk"):
            former.end(now=now)
        screen = WaitingScreen(clinic=clinic)
        save_with_reason(screen, "made")
    return screen
