"""What of a prescription is sealed: its content in JSON's types, its code and its digest."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import NotRequired, TypedDict

from shs.prescription.models.lines import LineContent, StopContent, TestContent

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_code() -> str:
    """The code in the QR code: 100 random bits as 20 letters and digits, without characters that look alike."""
    return "".join(secrets.choice(LETTERS) for _ in range(20))


class DoctorNamed(TypedDict):
    """What a prescription says of its doctor."""

    name: str
    license_number: str
    education: str
    specializations: list[str]


class ClinicNamed(TypedDict):
    """What a prescription says of the clinic; `logo`: the stored file."""

    name: str
    address: str
    city: str
    phone: str
    letterhead: NotRequired[str]
    logo: NotRequired[str]


class PatientNamed(TypedDict):
    """What a prescription says of the patient; `date_of_birth` as YYYY-MM-DD, known as far as `birth_precision` says
    (none: to the day); the rest, from the chart, as in `services.known.Known`."""

    id: int
    name: str
    gender: str
    date_of_birth: str | None
    birth_precision: NotRequired[str]
    weight_kg: NotRequired[float]
    weighed_on: NotRequired[str]
    allergies: NotRequired[list[str]]
    asked_on: NotRequired[str]


class Parties(TypedDict):
    """Doctor, clinic and patient as they were when it was issued."""

    doctor: DoctorNamed
    clinic: ClinicNamed | None
    patient: PatientNamed


class Content(TypedDict):
    """The sealed content in JSON's types."""

    appointment: str
    code: str
    version: int
    issued_at: str | None
    parties: Parties
    diagnosis: str
    symptoms: str
    advice: str
    follow_up_date: str | None
    vital_signs: dict[str, float]
    medications: list[LineContent]
    tests: list[TestContent]
    stopped: NotRequired[list[StopContent]]


def digest_of(content: Mapping[str, object]) -> str:
    """sha256 over JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
