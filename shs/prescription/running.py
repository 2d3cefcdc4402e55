"""The medicines that were prescribed to a patient and still run."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.permissions import seen_in_chart
from shs.prescription.services.stopping import is_ended, moment, stopped_rows, stops_in
from shs.prescription.services.substances import Catalogue
from shs.users.models import User


class Running(NamedTuple):
    """A medicine with the last day of its course."""

    line: PrescriptionLine
    until: date


def running(reader: User, patient: User, now: datetime) -> list[Running]:
    """What `reader` may see of the medicines that were issued for days that have not passed, and not stopped since,
    latest first. Two queries; if something was stopped, those of the catalogue too."""
    issued = Prescription.objects.filter(seen_in_chart(reader, patient, now), patient=patient, status=Status.ISSUED)
    issued = issued.filter(issued_at__gt=now - timedelta(days=MOST_DAYS))
    rows = PrescriptionLine.objects.unrestricted("of prescriptions that the reader may see").filter(
        prescription__in=issued.order_by()
    )
    stops, catalogue = [], None
    if stopped := stopped_rows(patient.pk):
        catalogue = Catalogue()
        stops = stops_in(stopped, catalogue)
    found = []
    for line in rows.select_related("prescription").order_by("-prescription__issued_at", "pk"):
        issued_on = timezone.localdate(line.prescription.issued_at)
        until = issued_on + timedelta(days=line.duration_days)
        if until <= timezone.localdate(now):
            continue
        substance = catalogue.substance(line.name, line.medication_id) if catalogue is not None else None
        if substance is None or not is_ended(substance, moment(line.prescription), stops):
            found.append(Running(line, until))
    return found
