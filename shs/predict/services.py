"""Services of the symptom checker: red flags first, then possible conditions, then doctors; each answer is stored."""

import time
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shs.appointment.services import first_free
from shs.core.errors import Refused
from shs.core.http import UpstreamRefused
from shs.core.throttle import count_call
from shs.doctors.models import DoctorInformation, DoctorSpecialization
from shs.predict import client, predictor
from shs.predict.errors import NothingKnown
from shs.predict.models import Condition, Prediction, RedFlag
from shs.predict.predictor import Guess
from shs.predict.words import Lexicon, is_bangla
from shs.users.models import User

DISCLAIMER = _(
    "This is general information, not a diagnosis, and it can be wrong. Only a doctor who "
    "examines you can tell. In an emergency, call the emergency number immediately."
)
GENERAL = "family-medicine"
"""The specialization for unknown conditions."""

MOST_CONSIDERED, MOST_DOCTORS, SLOT_DAYS = 20, 5, 14


class Suggestion(NamedTuple):
    """A doctor, and the start of their first free slot in the next SLOT_DAYS; None where they have none."""

    doctor: DoctorInformation
    next_slot: datetime | None


class Checked(NamedTuple):
    """The stored prediction, the matching red flags, and the doctors to see."""

    prediction: Prediction
    flags: list[RedFlag]
    specialization: DoctorSpecialization | None
    doctors: list[Suggestion]


# --- Red flags -------------------------------------------------------------------------------------------------------


def red_flags(text_or_symptoms: str | Iterable[str]) -> list[RedFlag]:
    """The rules that match the text, ordered by name. Needs only the database: no external service, no
    network. For the settings.EMERGENCY_NUMBER see `warnings`."""
    text = text_or_symptoms if isinstance(text_or_symptoms, str) else "\n".join(text_or_symptoms)
    rules = list(RedFlag.objects.filter(is_active=True))
    lexicon = _lexicon(tuple(phrase for rule in rules for group in rule.groups for phrase in group))
    said = {found.phrase for found in lexicon.find(text) if not found.denied}
    return [rule for rule in rules if rule.holds(said)]


def in_their_language(rule: RedFlag, text_or_symptoms: str | Iterable[str]) -> str:
    """The message of a rule, in Bangla for those who write or read Bangla."""
    text = text_or_symptoms if isinstance(text_or_symptoms, str) else " ".join(text_or_symptoms)
    wants_bangla = is_bangla(text) or (get_language() or "").startswith("bn")
    return rule.message_bn if wants_bangla and rule.message_bn else rule.message


@lru_cache(maxsize=4)
def _lexicon(phrases: tuple[str, ...]) -> Lexicon:
    """The phrases of the current rules, cached by them: a changed rule gives a new entry."""
    return Lexicon(phrases)


# --- Checking --------------------------------------------------------------------------------------------------------


def check(*, user: User, symptoms: list[str], now: datetime) -> Checked:
    """Possible conditions for `symptoms` (in a patient's words), and suitable doctors.

    If a red flag matches there is always an answer: without a condition if no symptom is known or the service
    fails. Otherwise raises NothingKnown (422; nothing is stored), and UpstreamRefused (503, 504, 502; the question is
    stored as failed). Raises TooMany (429) before anything else.
    """
    count_call("predict", user, per_hour=settings.PREDICT_PER_HOUR, now=now)
    flags = red_flags(symptoms)
    provider = client.PROVIDER if settings.ML_SERVICE_URL else predictor.PROVIDER
    guess, failure, started = Guess([], [], symptoms, provider, ""), None, time.monotonic()
    try:
        guess = _guess(symptoms)
    except NothingKnown:
        if not flags:
            raise
    except UpstreamRefused as error:
        failure = error
    prediction = _store(user, symptoms, guess, flags, failure, round((time.monotonic() - started) * 1000), now)
    if failure is not None and not flags:
        raise failure
    specialization = _specialization_for(prediction.disease)
    return Checked(prediction, flags, specialization, suggest(specialization, now=now))


def _guess(symptoms: list[str]) -> Guess:
    """From the external service if one is configured, otherwise from the embedded symptom checker."""
    service = client.service()
    if service is not None:
        return client.guess(service, symptoms)
    guess = predictor.knowledge().guess(symptoms)
    if not guess.matched:
        raise NothingKnown
    return guess


def _store(
    user: User,
    symptoms: list[str],
    guess: Guess,
    flags: list[RedFlag],
    failure: Refused | None,
    latency_ms: int,
    now: datetime,
) -> Prediction:
    best, *others = guess.candidates or [predictor.Candidate("", 0)]
    return Prediction.objects.create(
        created_at=now,
        user=user,
        symptoms=symptoms,
        matched=guess.matched,
        unmatched=guess.unmatched,
        status=Prediction.Status.FAILED if failure else Prediction.Status.ANSWERED,
        error_code=failure.code if failure else "",
        disease=best.disease,
        confidence=best.confidence,
        alternatives=[other._asdict() for other in others],
        provider=guess.provider,
        version=guess.version,
        latency_ms=latency_ms,
        urgent=bool(flags),
        rules=[rule.slug for rule in flags],
    )


def symptom_names(q: str) -> list[str]:
    """The names of the known symptoms that match `q`, those that begin with it first. Raises as `Service.get`."""
    service = client.service()
    if service is not None:
        called = {name: name for name in client.names(service)}
        return _matching(called, q)
    return _matching(predictor.knowledge().called, q)


def _matching(called: dict[str, str], q: str) -> list[str]:
    """The names of the symptoms that contain `q` in one of their synonyms; `called` maps synonyms to names."""
    q = q.casefold()
    found = sorted((not text.casefold().startswith(q), name) for text, name in called.items() if q in text.casefold())
    return list(dict.fromkeys(name for _is_inside, name in found))


# --- Who can help ----------------------------------------------------------------------------------------------------


def _specialization_for(disease: str) -> DoctorSpecialization | None:
    """The specialty that treats `disease` (a name of ours or of the service); general practice for unknown diseases."""
    conditions = Condition.objects.filter(is_active=True).select_related("specialization")
    condition = conditions.filter(name__iexact=disease).first() if disease else None
    if condition is None and disease:
        words = Lexicon.bag(disease)
        like = [row for row in conditions if words and (words <= (own := Lexicon.bag(row.name)) or own <= words)]
        condition = min(like, key=lambda row: (len(words ^ Lexicon.bag(row.name)), row.name), default=None)
    if condition is not None:
        return condition.specialization
    return DoctorSpecialization.objects.filter(slug=GENERAL).first()


def suggest(specialization: DoctorSpecialization | None, *, now: datetime) -> list[Suggestion]:
    """The doctors of a specialty whom patients can book: the best rated first, and with equal ratings the earliest
    free slot."""
    rows = DoctorInformation.objects.listed().filter(specializations=specialization)
    doctors = list(rows.order_by("-rating", "-rating_count", "pk")[:MOST_CONSIDERED]) if specialization else []
    free = first_free(doctors=doctors, days=SLOT_DAYS, now=now) if doctors else {}
    found = [Suggestion(doctor, free.get(doctor.pk)) for doctor in doctors]
    found.sort(key=lambda one: (-one.doctor.rating, one.next_slot is None, one.next_slot or now))
    return found[:MOST_DOCTORS]
