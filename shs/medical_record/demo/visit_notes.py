"""Signed notes of the demo's completed visits; some have a second version."""

import random
from datetime import datetime, timedelta

from shs.appointment.demo.cases import case_of
from shs.appointment.models import Appointment, Status
from shs.core.seeding.marks import SHOWN, chance, number_of
from shs.core.seeding.stories import Story, store, told
from shs.medical_record.models import ConditionCode, VisitNote

SHARE, AMENDED_SHARE = 0.3, 0.15
FINDINGS = (
    "Alert, not pale. Heart and lungs normal.",
    "In fair general condition. Abdomen soft, nothing else of note.",
    "No swelling of the legs, lungs clear.",
)
PLANS = ("Explained, and written on the prescription.", "Come back if it is not better within a week.")
FORGOTTEN, ADDED = "forgotten in the first version", "Told which signs of danger mean to come at once."


def add_visit_notes(visits: list[Appointment], *, seed: int, now: datetime) -> int:
    """Create the signed notes of some completed `visits` without notes; returns their number, versions included."""
    titles = dict(ConditionCode.objects.values_list("code", "title"))
    first: list[Story[VisitNote]] = []
    second: list[Story[VisitNote]] = []
    for visit in visits:
        dice = chance(seed, "visit note", visit.number)
        is_noted = dice.random() < SHARE or number_of(visit.patient.demo_name) == SHOWN
        if visit.status != Status.COMPLETED or visit.ends_at > now or not is_noted:
            continue
        first.append(_signed(visit, titles, dice))
        later = first[-1].row.signed_at + timedelta(minutes=dice.randint(10, 90))
        if dice.random() < AMENDED_SHARE and later < now:
            second.append(_amended(first[-1].row, later))
    return len(store(first)) + len(store(second))


def _signed(visit: Appointment, titles: dict[str, str], dice: random.Random) -> Story[VisitNote]:
    case, doctor = case_of(visit), visit.doctor.user
    title = titles.get(case.code, "")
    note = VisitNote(
        visit=visit,
        patient=visit.patient,
        signed_by=doctor,
        complaint=case.symptoms or case.reason,
        findings=dice.choice(FINDINGS),
        assessment=case.diagnosis or title or case.reason,
        plan=" ".join(filter(None, [case.advice, dice.choice(PLANS)])),
        codes=[{"code": case.code, "title": title}] if title else [],
        signed_at=visit.ends_at,
    )
    note.digest = note.seal()
    return told(note, note.signed_at, doctor, "signed")


def _amended(first: VisitNote, when: datetime) -> Story[VisitNote]:
    same = ("visit", "patient", "signed_by", "complaint", "findings", "assessment", "codes")
    note = VisitNote(**{name: getattr(first, name) for name in same}, amends=first, version=2, reason=FORGOTTEN)
    note.plan, note.signed_at = f"{first.plan} {ADDED}", when
    note.digest = note.seal()
    return told(note, when, note.signed_by, "amended")
