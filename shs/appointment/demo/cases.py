"""Reasons for visits with findings and treatment, read from `cases.toml` beside this file."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from shs.appointment.models import Appointment
from shs.doctors.models import DoctorInformation
from shs.users.demo.people import age_at
from shs.users.models import User

GROWN_UP = 18


class Case(NamedTuple):
    """Findings and treatment for one `reason` of a visit. `ages` are inclusive; `lasting` marks a chronic condition;
    `medicines` are named as in the prescription app's demo."""

    reason: str
    code: str
    symptoms: str
    diagnosis: str = ""
    medicines: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    advice: str = ""
    lasting: bool = False
    ages: tuple[int, int] = (GROWN_UP, 120)
    gender: str = ""
    not_with: tuple[str, ...] = ()

    def suits(self, age: int, gender: str) -> bool:
        """Whether the case suits this age in years and gender."""
        return self.ages[0] <= age <= self.ages[1] and self.gender in {"", gender}


_words: dict[str, list[dict[str, Any]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CASES = {slug: tuple(Case(**fields) for fields in cases) for slug, cases in _words.items()}
GENERAL = CASES["general"][0]


def cases_for(doctor: DoctorInformation, patient: User, day: date) -> list[Case]:
    """The possible cases for this patient and doctor; a check-up if none of the doctor's specialty suits."""
    age, gender = age_at(patient, day), patient.profile.gender
    return [case for case in _practised(doctor) if case.suits(age, gender)] or [GENERAL]


def case_of(visit: Appointment) -> Case:
    """The case of a visit, found by its reason."""
    return next((case for case in _practised(visit.doctor) if case.reason == visit.reason), GENERAL)


def _practised(doctor: DoctorInformation) -> tuple[Case, ...]:
    return next((CASES[card["slug"]] for card in doctor.specialty_cards if card["slug"] in CASES), ())
