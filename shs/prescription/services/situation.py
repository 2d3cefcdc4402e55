"""What the checks know of a patient beside allergies and medicines: age, weight, sex, pregnancy, kidneys and liver."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from shs.medical_record.models import MedicalRecord, MedicalRecordQuerySet
from shs.prescription.models import Prescription
from shs.prescription.models.answers import Answer
from shs.prescription.services.conditions import Kidneys, Recorded, recorded
from shs.prescription.services.kidney import egfr
from shs.users.models import User, UserProfile

FERTILE = range(12, 56)
"""Ages in years at which women are asked."""
GROWN = 18
OLDEST_WEIGHT = ((2, timedelta(days=30)), (GROWN, timedelta(days=180)), (200, timedelta(days=730)))
"""Below this age in years a weight counts for so long."""


class Situation(NamedTuple):
    """`years`: the age, None if it is not known. `kg`: the weight, None if none is recent enough. `pregnant` and
    `nursing`: the answers, or what the chart says. `recorded`: what the conditions in the chart say."""

    years: float | None = None
    kg: float | None = None
    sex: str = ""
    pregnant: str = ""
    nursing: str = ""
    kidneys: Kidneys | None = None
    liver: str = ""
    recorded: Recorded = Recorded()

    @property
    def can_be_pregnant(self) -> bool:
        """Whether it matters: not of men, and not of whom the age tells otherwise."""
        return _can_be_pregnant(self.sex, self.years)


def _can_be_pregnant(sex: str, years: float | None) -> bool:
    return sex != UserProfile.Gender.MALE and (years is None or int(years) in FERTILE)


def can_be_asked(patient: User, now: datetime) -> bool:
    """Whether a patient can be asked about pregnancy: not men, and not those whose age tells otherwise."""
    profile = getattr(patient, "profile", None)
    return profile is None or _can_be_pregnant(
        profile.gender, age_in_years(profile.date_of_birth, timezone.localdate(now))
    )


def is_asked(patient: User, now: datetime) -> bool:
    """Whether a patient is asked about pregnancy: a woman of these ages."""
    profile = getattr(patient, "profile", None)
    years = age_in_years(profile.date_of_birth, timezone.localdate(now)) if profile else None
    return bool(profile and profile.gender == UserProfile.Gender.FEMALE and years and int(years) in FERTILE)


def situation_of(
    draft: Prescription, records: MedicalRecordQuerySet, entries: list[MedicalRecord], now: datetime
) -> Situation:
    """What is known of the patient of `draft`; `entries` are those of the chart without errors. One query for the
    weight unless the draft has it, and one for the profile."""
    profile = getattr(draft.patient, "profile", None)
    years = age_in_years(profile.date_of_birth if profile else None, timezone.localdate(now))
    told = recorded(entries, now)
    return Situation(
        years,
        _weight(draft, records, years, now),
        profile.gender if profile else "",
        _answer(draft.pregnancy, told.pregnant),
        _answer(draft.breastfeeding, told.nursing),
        _kidneys(draft, told, entries, now),
        told.liver,
        told,
    )


def age_in_years(born: date | None, today: date) -> float | None:
    """The age in years with its fraction; None if it is not known."""
    return None if born is None or born > today else (today - born).days / 365.25


def _answer(answered: str, said: str) -> str:
    """Today's answer counts more than the chart, unless it is that nobody knows."""
    return Answer.YES if said and answered != Answer.NO else answered


def _weight(draft: Prescription, records: MedicalRecordQuerySet, years: float | None, now: datetime) -> float | None:
    if kg := (draft.vital_signs or {}).get("weight_kg"):
        return float(kg)
    lasts = next(lasts for below, lasts in OLDEST_WEIGHT if (years or GROWN) < below)
    rows = records.without_errors().filter(
        kind=MedicalRecord.Kind.VITAL_SIGNS, recorded_at__gt=now - lasts, vital_signs__has_key="weight_kg"
    )
    signs = rows.order_by("-recorded_at").values_list("vital_signs", flat=True).first()
    return float(signs["weight_kg"]) if signs else None


def _kidneys(draft: Prescription, told: Recorded, entries: list[MedicalRecord], now: datetime) -> Kidneys | None:
    """The lower of the measured eGFR and that of the recorded stage."""
    measured = egfr(draft.patient, now, entries)
    found = Kidneys(measured.egfr, measured.said) if measured else None
    if told.kidneys and (found is None or (told.kidneys.is_exact and told.kidneys.egfr < found.egfr)):
        return told.kidneys
    return found
