"""Vital signs of the demo's visits."""

import random

from shs.appointment.demo.cases import GROWN_UP, case_of
from shs.appointment.models import Appointment
from shs.core.seeding.marks import chance, number_of
from shs.medical_record.growth import lms
from shs.medical_record.observed import Observed
from shs.medical_record.ranges import range_for
from shs.medical_record.whose import Whose, whose
from shs.users.demo.people import age_at


def signs_at(visit: Appointment, seed: int) -> dict[str, float]:
    """The measurements of a visit, near this patient's usual values."""
    me = number_of(visit.patient.demo_name)
    age = age_at(visit.patient, visit.starts_at.date())
    body, dice = chance(seed, "body", me), chance(seed, "signs", visit.number)
    code = case_of(visit).code
    lift = 18 if code == "I10" else 0
    fever = code in {"A97.0", "R50.9", "H66.9"}
    top = min(90 + 2 * age, 112 + age // 5) + body.randint(-6, 10) + lift
    systolic = top + dice.randint(-6, 6)
    signs: dict[str, float] = {
        "temperature_c": round(dice.uniform(38.1, 39.2) if fever else dice.uniform(36.2, 37.2), 1),
        "pulse_bpm": max(118 - 3 * age, 66) + body.randint(0, 14) + dice.randint(-4, 6),
        "systolic_mmhg": systolic,
        "diastolic_mmhg": round(systolic * 0.62) + dice.randint(-3, 4),
        "spo2_percent": dice.randint(91, 95) if code == "J44.9" else dice.randint(96, 99),
    }
    who = whose(visit.patient, visit.starts_at)
    usual = range_for("respiratory_rate", who)
    if usual and usual.usual_from and usual.usual_to:
        middle = usual.usual_from.value * 0.4 + usual.usual_to.value * 0.6
        signs["respiratory_rate"] = round(middle) + dice.randint(-2, 2)
    return signs | _body(who, body, dice)


def seen_at(visit: Appointment, seed: int) -> Observed | None:
    """What was observed with the measurements of most visits."""
    dice = chance(seed, "seen", visit.number)
    if dice.random() > 0.7:
        return None
    seen: Observed = {"consciousness": "alert", "oxygen": "air"}
    if age_at(visit.patient, visit.starts_at.date()) < GROWN_UP:
        seen |= {"respiratory_effort": "normal", "capillary_refill": "normal"}
    return seen


def _body(who: Whose, body: random.Random, dice: random.Random) -> dict[str, float]:
    """Weight and height: of children along a curve of their own of the WHO's, of adults as is usual in Bangladesh."""
    sex, wide, tall = who.sex or "female", body.gauss(-0.6, 0.9), body.gauss(-0.8, 0.9)
    height = lms("height_cm", sex, who.days or 0)
    index = lms("bmi", sex, who.days or 0)
    if who.days is None or height is None or index is None:
        weight = body.uniform(44, 74) if sex == "female" else body.uniform(50, 84)
        centimetres = body.gauss(151, 5) if sex == "female" else body.gauss(164, 6)
    else:
        centimetres = height.value(max(min(tall, 2.5), -2.8))
        weight = index.value(max(min(wide, 2.5), -2.5)) * (centimetres / 100) ** 2
    return {"weight_kg": round(weight * dice.uniform(0.99, 1.01), 1), "height_cm": round(centimetres, 1)}
