"""Client of the external ML service (ML_SERVICE_URL). Its known response formats are all converted to one Guess."""

from functools import cache
from typing import Annotated, TypeVar

from django.conf import settings
from django.core.cache import cache as kept
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shs.core.http import Service, UpstreamFault
from shs.core.types import Text
from shs.predict.errors import NothingKnown
from shs.predict.predictor import MOST_ALTERNATIVES, Candidate, Guess

PROVIDER = "ml-service"
NAMES_SECONDS = 600

Word = Annotated[str, Text(200, least=1)]
Version = Annotated[str, Text(60)]
"""Known formats contain no version; if a service sends one, it is stored."""


class Answer(BaseModel):
    """Base schema of responses: types are strict, unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Disease(Answer):
    disease: Word
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class FlatAnswer(Disease):
    """The documented answer: `{"disease", "confidence", "alternative_diseases"}`, directly or under "prediction"."""

    version: Version = ""
    alternative_diseases: Annotated[list[Disease], Field(max_length=100)] = []
    matched_symptoms: Annotated[list[Word], Field(max_length=200)] | None = None
    unmatched_symptoms: Annotated[list[Word], Field(max_length=200)] = []


class ListAnswer(Answer):
    """`{"predictions": [{"disease", "confidence"}]}`."""

    predictions: Annotated[list[Disease], Field(min_length=1, max_length=100)]
    version: Version = ""


class ContractAnswer(Answer):
    """`{"success", "message", "prediction": {…}}`."""

    success: bool
    prediction: FlatAnswer


class Names(Answer):
    """`{"success", "symptoms", "total"}`."""

    success: bool
    symptoms: Annotated[list[Word], Field(max_length=5000)]


ANSWERS: TypeAdapter[ContractAnswer | ListAnswer | FlatAnswer] = TypeAdapter(ContractAnswer | ListAnswer | FlatAnswer)


@cache
def _service_at(url: str, seconds: int) -> Service:
    return Service(name=PROVIDER, url=url, total_seconds=seconds)


def service() -> Service | None:
    """The configured service with its circuit breaker; None if the embedded symptom checker is used."""
    if not settings.ML_SERVICE_URL:
        return None
    return _service_at(settings.ML_SERVICE_URL, settings.ML_TIMEOUT_SECONDS)


def guess(service: Service, symptoms: list[str]) -> Guess:
    """Ask the service about `symptoms`. Raises NothingKnown (422) if it knows none of them, and as `Service.post`.
    Never inside a transaction."""
    answer = service.post("/predict/", {"symptoms": symptoms}, passing=(400,))
    if answer.status == 400:
        raise NothingKnown
    return _guess_of(_checked(ANSWERS, answer.data), symptoms)


def names(service: Service) -> list[str]:
    """The symptoms that the service knows, requested every ten minutes. Raises as `Service.get`."""
    key = f"predict:names:{service.url}"
    found: list[str] | None = kept.get(key)
    if found is None:
        answer = _checked(TypeAdapter(Names), service.get("/predict/symptoms"))
        if not answer.success:
            raise UpstreamFault
        kept.set(key, found := answer.symptoms, NAMES_SECONDS)
    return found


Shape = TypeVar("Shape")


def _checked(shape: TypeAdapter[Shape], data: object) -> Shape:
    try:
        return shape.validate_python(data)
    except ValidationError:
        raise UpstreamFault from None  # pydantic's messages repeat the response, which may contain health data


def _guess_of(answer: ContractAnswer | ListAnswer | FlatAnswer, symptoms: list[str]) -> Guess:
    if isinstance(answer, ContractAnswer):
        if not answer.success:
            raise UpstreamFault
        answer = answer.prediction
    if isinstance(answer, ListAnswer):
        found = sorted(answer.predictions, key=lambda row: -row.confidence)
        matched, unmatched = symptoms, []
    else:
        found = [answer, *answer.alternative_diseases]
        matched = symptoms if answer.matched_symptoms is None else answer.matched_symptoms
        unmatched = answer.unmatched_symptoms
    candidates = [Candidate(row.disease, row.confidence) for row in found[: MOST_ALTERNATIVES + 1]]
    return Guess(candidates, matched, unmatched, PROVIDER, answer.version or "unstated", len(matched))
