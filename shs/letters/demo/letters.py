"""Letters of the demo's visits in which something was prescribed: sick notes, referrals and summaries; a few were
cancelled."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.paper.content import known_language
from shs.core.seeding.marks import chance
from shs.core.seeding.stories import Step, Story, store
from shs.letters.models import Kind, Letter, Status, Written
from shs.prescription.models import Prescription
from shs.prescription.models import Status as Issued
from shs.prescription.models.content import LETTERS

SHARES = {Kind.SICK_NOTE: 0.15, Kind.REFERRAL: 0.1, Kind.SUMMARY: 0.2}
"""Of the visits in which something was prescribed."""
CANCELLED = 0.1
ADDRESSEES = (
    ("Cardiology", "Lake City Hospital (demo)"),
    ("Ophthalmology", "Riverside Eye Clinic (demo)"),
    ("Endocrinology", "Green Road Hospital (demo)"),
)


def add_letters(visits: list[Appointment], *, seed: int, now: datetime) -> int:
    """Create the letters of `visits`; returns their number."""
    rows = Prescription.objects.filter(
        appointment__in=[visit.pk for visit in visits], status=Issued.ISSUED, appointment__letters__isnull=True
    )
    stories = []
    for issued in rows.in_full().select_related("doctor__user").order_by("pk"):
        dice = chance(seed, "letter", issued.appointment.number)
        for kind, share in SHARES.items():
            if dice.random() < share:
                stories.append(_story(issued, kind, dice, now))
    store(stories)
    return len(stories)


def _story(issued: Prescription, kind: Kind, dice: random.Random, now: datetime) -> Story[Letter]:
    at = (issued.issued_at or now) + timedelta(minutes=2)
    letter = Letter(
        visit=issued.appointment,
        patient=issued.patient,
        doctor=issued.doctor,
        kind=kind,
        code="".join(dice.choice(LETTERS) for _ in range(20)),
        language=known_language(issued.patient.language),
        written=_written(issued, kind, dice),
        parties=issued.parties,
        is_confidential=issued.is_confidential,
        issued_at=at,
    )
    letter.digest = letter.seal()
    steps = [Step(at, issued.doctor.user, "issued", {})]
    ended = at + timedelta(hours=dice.randint(1, 40))
    if dice.random() < CANCELLED and ended < now:
        why = "the dates were wrong" if kind == Kind.SICK_NOTE else "written anew"
        steps.append(Step(ended, issued.doctor.user, why, {"status": Status.CANCELLED, "status_reason": why}))
    return Story(letter, steps)


def _written(issued: Prescription, kind: Kind, dice: random.Random) -> Written:
    seen_on = timezone.localdate(issued.appointment.starts_at)
    parts = {"complaint": issued.symptoms, "assessment": issued.diagnosis}
    found: Written = {"parts": [{"key": key, "text": text} for key, text in parts.items() if text]}
    if kind == Kind.SICK_NOTE:
        last = seen_on + timedelta(days=dice.randint(0, 6))
        found["parts"] = []
        found["absence"] = {
            "first": seen_on.isoformat(),
            "last": last.isoformat(),
            "seen_on": seen_on.isoformat(),
            "unfit_for": dice.choice(("work", "work", "school")),
            "fit_for": "",
        }
    elif kind == Kind.REFERRAL:
        specialty, place = dice.choice(ADDRESSEES)
        found["parts"].insert(0, {"key": "reason", "text": "Please see and advise on further treatment."})
        found["to"] = {
            "name": "",
            "specialty": specialty,
            "place": place,
            "urgency": dice.choice(("routine", "routine", "soon")),
        }
    else:
        found["parts"] += [{"key": "advice", "text": issued.advice}] if issued.advice else []
        found["lines"] = [line.content() for line in issued.lines.all()]
        if issued.follow_up_date:
            found["follow_up"] = issued.follow_up_date.isoformat()
    return found
