"""How well the kidneys work: the eGFR of a patient from what was measured or is recorded, by CKD-EPI 2021 from
creatinine."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.ages import ADULT, whole_years
from shs.core.names import fold
from shs.medical_record.measured import Latest, latest
from shs.medical_record.models import MedicalRecord
from shs.users.models import User, UserProfile

RECENT = timedelta(days=365)
UMOL_IN_MG_DL = 88.4
GFR = re.compile(r"\be?-?gfr\D{0,15}?(\d+(?:\.\d+)?)")
CREATININE = re.compile(
    r"(?:creatinine?|\bs\.?\s?cr(?:eat)?\b\.?|" + fold("ক্রিয়েটিনিন") + r")\D{0,15}?(\d+(?:\.\d+)?)\s*(mg|[uµμ]mol)?"
)
LEAST_MG_DL, MOST_MG_DL = 0.1, 30.0
WRITTEN = Q(title__icontains="creatin") | Q(title__icontains="gfr") | Q(title__icontains="ক্রিয়েটিনিন")
"""Entries in whose title there may be a result."""


CATEGORIES = ((90, "G1"), (60, "G2"), (45, "G3a"), (30, "G3b"), (15, "G4"), (0, "G5"))
"""The eGFR from which a category counts (KDIGO 2012, Clinical Practice Guideline for the Evaluation and Management of
Chronic Kidney Disease, Kidney Int Suppl 3:27, table 5, as reprinted on omicsonline.org, read in 2026)."""


class Filtration(NamedTuple):
    """An eGFR (mL/min/1.73 m²) with the day of its creatinine, and how that was written: in an `entry` of the chart, or
    as a value of a result (`measured`)."""

    egfr: float
    day: date
    said: str
    entry: MedicalRecord | None = None
    measured: Latest | None = None

    @property
    def category(self) -> str:
        """KDIGO's category, "G1" to "G5"."""
        return next(name for least, name in CATEGORIES if round(self.egfr) >= least)


def ckd_epi_2021(creatinine: float, *, age: int, is_female: bool) -> float:
    """The eGFR in mL/min/1.73 m² of an adult, from creatinine in mg/dL (National Kidney Foundation, CKD-EPI creatinine
    equation (2021); Inker, N Engl J Med 2021;385:1737)."""
    kappa, alpha = (0.7, -0.241) if is_female else (0.9, -0.302)
    ratio = creatinine / kappa
    egfr = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age
    return float(egfr * (1.012 if is_female else 1))


def egfr(
    patient: User, now: datetime, entries: Iterable[MedicalRecord] | None = None, *, reads_values: bool = True
) -> Filtration | None:
    """The newest eGFR of `patient` within RECENT: of the latest creatinine that was measured, or of an entry that says
    an eGFR or a creatinine (of one day the measured one). None if there is none, or if it cannot be computed without
    age and sex. Reads the titles of entries (`entries`, if they were read already), and by one more query, if it
    `reads_values`, what was measured."""
    measured, written = _measured(patient, now) if reads_values else None, _written(patient, now, entries)
    if measured and written:
        return measured if measured.day >= written.day else written
    return measured or written


def _measured(patient: User, now: datetime) -> Filtration | None:
    """What follows from the latest measured creatinine, which is in µmol/L."""
    found = latest(patient, "creatinine")
    if found is None or found.when <= timezone.localdate(now - RECENT):
        return None
    value = _of_creatinine(float(found.value) / UMOL_IN_MG_DL, getattr(patient, "profile", None), now)
    said = _("creatinine %(value)s") % {"value": f"{float(found.value):.0f} µmol/L"}
    return Filtration(value, found.when, said, measured=found) if value is not None else None


def _written(patient: User, now: datetime, entries: Iterable[MedicalRecord] | None) -> Filtration | None:
    if entries is None:
        entries = MedicalRecord.objects.filter(patient=patient).without_errors().filter(WRITTEN)
    recent = (entry for entry in entries if entry.recorded_at > now - RECENT)
    for entry in sorted(recent, key=lambda entry: entry.recorded_at, reverse=True):
        if (value := _of_text(entry.title, patient, now)) is not None:
            return Filtration(value, timezone.localdate(entry.recorded_at), entry.title, entry)
    return None


def _of_text(title: str, patient: User, now: datetime) -> float | None:
    text = fold(title)
    if found := GFR.search(text):
        return float(found[1])
    if found := CREATININE.search(text):
        return _of_creatinine(_mg_dl(float(found[1]), found[2] or ""), getattr(patient, "profile", None), now)
    return None


def _mg_dl(value: float, unit: str) -> float:
    """Creatinine in mg/dL; without a unit, numbers above MOST_MG_DL are µmol/L."""
    is_micromol = unit.endswith("mol") or (not unit and value > MOST_MG_DL)
    return value / UMOL_IN_MG_DL if is_micromol else value


def _of_creatinine(creatinine: float, profile: UserProfile | None, now: datetime) -> float | None:
    age = whole_years(profile.date_of_birth, timezone.localdate(now)) if profile else None
    if profile is None or age is None or age < ADULT or not LEAST_MG_DL <= creatinine <= MOST_MG_DL:
        return None
    if profile.gender not in (UserProfile.Gender.FEMALE, UserProfile.Gender.MALE):
        return None
    return ckd_epi_2021(creatinine, age=age, is_female=profile.gender == UserProfile.Gender.FEMALE)
