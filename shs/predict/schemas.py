"""Request and response schemas of the symptom checker API."""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.utils import timezone
from pydantic import Field
from typing_extensions import TypedDict

from shs.core.types import In, Text
from shs.doctors.models import DoctorInformation
from shs.doctors.schemas import DOCTOR_FIELDS, DoctorOut, SpecialtyRef, doctor_out
from shs.predict.models import Prediction


class Symptoms(In):
    """What a patient feels, in their own words, English or Bangla; one entry may name several things."""

    symptoms: Annotated[list[Annotated[str, Text(200, least=1)]], Field(min_length=1, max_length=30)]


class Find(In):
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
    unknown). With `urgent` come `red_flags` and the `emergency_number`, which is null otherwise.
    """

    specialization: SpecialtyRef | None
    doctors: list[SuggestedDoctorOut]
    red_flags: list[WarningOut]
    disclaimer: str


def candidate_out(disease: str, confidence: float) -> CandidateOut:
    return {"disease": disease, "confidence": round(confidence, 2)}


def prediction_out(prediction: Prediction) -> StoredOut:
    """What is stored, as the part of PredictionOut that it is."""
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
