"""Results of the tests that were ordered at the demo's visits: most have come, most are reviewed, some are outside of
their range."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.seeding.marks import chance
from shs.core.seeding.stories import Step, Story, store, told
from shs.prescription.models import OrderedTest
from shs.prescription.models import Status as Issued
from shs.results.analytes import Analyte, Typed, by_loinc, measured
from shs.results.models import Kind, Result, ResultValue, Source, Status
from shs.results.services import finding_of

CAME, REVIEWED, OUTSIDE = 0.8, 0.85, 0.3  # shares of the tests, and of the results
LABORATORIES = ("Lalmatia Diagnostics (demo)", "Riverside Laboratory (demo)", "City Pathology (demo)")


def add_results(visits: list[Appointment], *, seed: int, now: datetime) -> int:
    """Create the results of the tests that were ordered at `visits`; returns their number."""
    known = by_loinc()
    orders = OrderedTest.objects.filter(
        prescription__appointment__in=[visit.pk for visit in visits],
        prescription__status=Issued.ISSUED,
        test__loinc_code__in=known,
        results__isnull=True,
    ).select_related(
        "test", "prescription__appointment", "prescription__doctor__user", "prescription__patient__profile"
    )
    made = []
    for order in orders.order_by("pk"):
        dice = chance(seed, "result", f"{order.prescription.appointment.number}:{order.name}")
        if dice.random() < CAME and order.test is not None:
            made.append(_result(order, known[order.test.loinc_code], dice, now))
    found = [one for one in made if one is not None]
    store([story for story, _value in found])
    store([told(value, story.steps[0].when, story.steps[0].by, "entered") for story, value in found])
    return len(found)


def _result(
    order: OrderedTest, analyte: Analyte, dice: random.Random, now: datetime
) -> tuple[Story[Result], ResultValue] | None:
    prescription = order.prescription
    came = prescription.appointment.ends_at + timedelta(days=dice.randint(1, 5), hours=dice.randint(0, 3))
    if came > now:
        return None
    patient, doctor = prescription.patient, prescription.doctor
    profile, day = getattr(patient, "profile", None), timezone.localdate(came) - timedelta(days=1)
    sex, born = (profile.gender, profile.date_of_birth) if profile else ("", None)
    found = measured(_typed(analyte, sex, dice), sex=sex, born=born, day=day)
    row = Result(
        patient=patient,
        kind=Kind.LAB,
        title=order.name,
        taken_on=day,
        laboratory=dice.choice(LABORATORIES),
        order=order,
        doctor=doctor,
        source=Source.DOCTOR,
        sent_by=doctor.user,
        sent_at=came,
        is_confidential=prescription.is_confidential,
        finding=finding_of([found]),
    )
    steps = [Step(came, doctor.user, "handed in", {})]
    seen = came + timedelta(hours=dice.randint(1, 30))
    if seen < now and dice.random() < REVIEWED:
        steps.append(Step(seen, doctor.user, "reviewed", _reviewed(row, seen)))
    return Story(row, steps), ResultValue(result=row, **found._asdict())


def _reviewed(row: Result, seen: datetime) -> dict[str, object]:
    changes: dict[str, object] = {"status": Status.REVIEWED, "reviewed_by": row.sent_by, "reviewed_at": seen}
    if row.is_red:
        changes |= {"acknowledged_by": row.sent_by, "acknowledged_at": seen}
    return changes


def _typed(analyte: Analyte, sex: str, dice: random.Random) -> Typed:
    """A value inside of the usual range, or somewhat above or below it."""
    usual = next((one for one in analyte.usual if one.sex in ("", sex)), analyte.usual[0])
    low, high = usual.lowest, usual.highest
    if low is None or high is None:
        low, high = (low, low * 2) if low is not None else ((high or Decimal(1)) / 2, high or Decimal(1))
    if dice.random() < OUTSIDE:
        low, high = (high, high * Decimal("1.5")) if dice.random() < 0.7 else (low * Decimal("0.75"), low)
    value = low + (high - low) * Decimal(str(round(dice.random(), 3)))
    return Typed(analyte.code, value.quantize(Decimal("0.1")), usual.unit)
