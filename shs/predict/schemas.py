"""Request and response schemas of the symptom checker API."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.conf import settings
from django.utils import timezone
from pydantic import Field
from typing_extensions import TypedDict

from shs.core.types import Day, In, Text
from shs.doctors.models import DoctorInformation
from shs.doctors.schemas import DOCTOR_FIELDS, DoctorOut, SpecialtyRef, doctor_out
from shs.predict.cases import Person, age_on
from shs.predict.models import Prediction
from shs.users.family_schemas import ForWhom


class PersonIn(In):
    """Who is ill. Age in years, a fraction for babies, or the date of birth; `weeks` of pregnancy."""

    age: Annotated[float, Field(ge=0, le=130, allow_inf_nan=False)] | None = None
    date_of_birth: Day | None = None
    sex: Literal["female", "male"] | None = None
    pregnant: bool | None = None
    weeks: Annotated[int, Field(ge=1, le=45)] | None = None

    def known(self, today: date) -> Person:
        """The person, with the age of a date of birth."""
        age = age_on(self.date_of_birth, today) if self.date_of_birth and self.age is None else self.age
        return Person(age, self.sex or "", self.pregnant, self.weeks)


class Symptoms(In):
    """What a patient feels, in their own words, in English, Bangla or romanised Bangla; one entry may name several
    things. `person`: who is ill; without it, what the caller's own profile says, unless the entries name somebody else.
    `patient`: a dependant, of whom the profile is known and `person` says the rest. `duration`: days since it began."""

    symptoms: Annotated[list[Annotated[str, Text(200, least=1)]], Field(min_length=1, max_length=30)]
    person: PersonIn | None = None
    patient: ForWhom = None
    duration: Annotated[int, Field(ge=0, le=36_500)] | None = None
    severity: Literal["mild", "moderate", "severe"] | None = None


class SymptomSearch(In):
    """`q` is a part of a symptom's name, or of another word for it."""

    q: Annotated[str, Text(100)] = ""


class CandidateOut(TypedDict):
    """A condition with its share, 0–1: for ranking, not a measured probability."""

    disease: str
    confidence: float


class WarningOut(TypedDict):
    """A matching red flag, and what to do immediately."""

    name: str
    message: str


class QuestionOut(TypedDict):
    """What to ask next; if the answer is yes, send `symptom` with the others."""

    symptom: str
    question: str


class SuggestedDoctorOut(DoctorOut):
    """A doctor who can be booked; `next_slot` is the first free slot within two weeks, or null."""

    next_slot: datetime | None


class StoredOut(CandidateOut):
    """What of an answer is stored."""

    alternatives: list[CandidateOut]
    matched_symptoms: list[str]
    unmatched_symptoms: list[str]
    urgent: bool
    emergency_number: str | None
    provider: str


class PredictionOut(StoredOut):
    """Possible conditions for the symptoms.

    `disease` is empty, `confidence` 0 and `alternatives` empty where nothing fits well enough; with `urgent` also where
    no symptom is known or the service fails. `unmatched_symptoms` are the entries in which no symptom was recognised,
    including denied ones ("no fever"). `specialization` is the specialty to see (general practice if the condition is
    unknown). With `urgent` come `red_flags` and the `emergency_number`, which is null otherwise. `triage` is how soon
    care is needed: `now` (the same as `urgent`), `today`, `soon`, `self_care`, or empty where nothing is known;
    `triage_source` says whose rule that is. `advice` and `danger_signs` are those of the likely emergency, or else of
    the likeliest condition. An outside service never makes an answer less urgent than our own data do. `ask` has at
    most two questions, those whose answer would change most. `way_out` says where to turn in an emergency.
    """

    triage: str
    triage_source: str
    advice: str
    danger_signs: list[str]
    ask: list[QuestionOut]
    way_out: str

    specialization: SpecialtyRef | None
    doctors: list[SuggestedDoctorOut]
    red_flags: list[WarningOut]
    disclaimer: str


def candidate_out(disease: str, confidence: float) -> CandidateOut:
    return {"disease": disease, "confidence": round(confidence, 2)}


def prediction_out(prediction: Prediction) -> StoredOut:
    """The stored part of PredictionOut."""
    return {
        **candidate_out(prediction.disease, prediction.confidence),
        "alternatives": [candidate_out(**other) for other in prediction.alternatives],
        "matched_symptoms": prediction.matched,
        "unmatched_symptoms": prediction.unmatched,
        "urgent": prediction.urgent,
        "emergency_number": settings.EMERGENCY_NUMBER if prediction.urgent else None,
        "provider": prediction.provider,
    }


def suggested_out(doctor: DoctorInformation, next_slot: datetime | None) -> SuggestedDoctorOut:
    found: DoctorOut = doctor_out({name: getattr(doctor, name) for name in DOCTOR_FIELDS})
    return {**found, "next_slot": timezone.localtime(next_slot) if next_slot else None}
