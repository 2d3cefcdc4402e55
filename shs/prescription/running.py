"""The medicines that were prescribed to a patient and still run."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Case, Exists, OuterRef, Q, When
from django.utils import timezone

from shs.core.children import with_children
from shs.prescription.models import Prescription, PrescriptionLine, Status, StoppedMedicine
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.permissions import seen_in_chart
from shs.prescription.services.stopping import is_ended, moment, stops_in
from shs.prescription.services.substances import Catalogue
from shs.users.models import User


class Running(NamedTuple):
    """A medicine with the last day of its course."""

    line: PrescriptionLine
    until: date


def running(reader: User, patient: User, now: datetime) -> list[Running]:
    """What `reader` may see of the medicines that were issued for days that have not passed, and not stopped since,
    latest first. One query; if something was stopped, those of the catalogue too."""
    is_seen = Q(seen_in_chart(reader, patient, now), issued_at__gt=now - timedelta(days=MOST_DAYS))
    has_stopped = Exists(StoppedMedicine.objects.filter(prescription=OuterRef("pk")))
    rows = Prescription.objects.unrestricted("those that the reader may see, and what ends them")
    rows = rows.filter(is_seen | Q(has_stopped), patient=patient, status=Status.ISSUED)
    rows = rows.annotate(is_seen=Case(When(is_seen, then=True), default=False)).order_by("-issued_at", "-pk")
    issued = with_children(rows, "lines", "stopped")
    stops, catalogue = [], None
    if stopped := [row for one in issued for row in one.stopped.all()]:
        catalogue = Catalogue()
        stops = stops_in(stopped, catalogue)
    found = []
    for line in (line for one in issued if vars(one)["is_seen"] for line in one.lines.all()):
        issued_on = timezone.localdate(line.prescription.issued_at)
        until = issued_on + timedelta(days=line.duration_days)
        if until <= timezone.localdate(now):
            continue
        substance = catalogue.substance(line.name, line.medication_id) if catalogue is not None else None
        if substance is None or not is_ended(substance, moment(line.prescription), stops):
            found.append(Running(line, until))
    return found
