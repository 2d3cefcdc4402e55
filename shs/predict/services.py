"""Services of the symptom checker: red flags first, then possible conditions, then doctors; each answer is stored."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from shs.appointment.services import first_free
from shs.core.errors import Refused
from shs.core.http import UpstreamRefused
from shs.core.limits.counting import count
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorInformation, DoctorSpecialization
from shs.predict import client, predictor, questions
from shs.predict.cases import NO_CASE, NOBODY, Case, Person, age_on
from shs.predict.errors import NothingKnown
from shs.predict.follow_up import FollowUp, follow_ups
from shs.predict.models import AskedOf, Condition, Prediction
from shs.predict.predictor import Guess
from shs.predict.reading import speaks_of_others
from shs.predict.urgency import Rated, Warning, emergency, rated, red_flags, soonest, warn
from shs.users.families import person_for
from shs.users.models import User, UserProfile
from shs.users.permissions import BOOK, READ

GENERAL = "family-medicine"
"""The specialization for unknown conditions."""

MOST_CONSIDERED, MOST_DOCTORS, SLOT_DAYS = 20, 5, 14


class Suggestion(NamedTuple):
    """A doctor, and the start of their first free slot in the next SLOT_DAYS; None where they have none."""

    doctor: DoctorInformation
    next_slot: datetime | None


class Checked(NamedTuple):
    """The stored prediction, the warnings if it is urgent, how soon ("" if unknown) and whose rule that is, the likely
    emergency or else the likeliest condition, what to ask next, and the doctors to see."""

    prediction: Prediction
    warnings: list[Warning]
    triage: str
    triage_source: str
    condition: Condition | None
    questions: list[FollowUp]
    specialization: DoctorSpecialization | None
    doctors: list[Suggestion]


# --- Checking --------------------------------------------------------------------------------------------------------


def check(*, user: User, symptoms: list[str], case: Case = NO_CASE, now: datetime) -> Checked:
    """Possible conditions for `symptoms` (in a patient's words), and suitable doctors.

    If a red flag matches, or our own data find a likely emergency, there is always an answer, whatever an outside
    service says: without a condition if it knows no symptom or fails. Otherwise raises NothingKnown (422; nothing is
    stored), and UpstreamRefused (503, 504, 502; the question is stored as failed). Raises TooMany (429) before
    anything else.
    """
    count("predict", account=user.pk, now=now)
    flags, own = red_flags(symptoms, case.person), _own(symptoms, case)
    guess, failure, started = Guess([], [], symptoms, _provider(), ""), None, time.monotonic()
    try:
        guess = _guess(symptoms, own.guess)
    except NothingKnown:
        if not flags and own.emergency is None:
            questions.keep(asked_of=AskedOf.CHECKER, texts=symptoms, user=user, now=now)
            raise
    except UpstreamRefused as error:
        failure = error
    found = own.found if guess is own.guess else rated(guess.candidates, case.person)
    likely = emergency(found, max(guess.signs, own.guess.signs)) or own.emergency
    warnings = warn(flags, likely, symptoms)
    guess = guess._replace(candidates=[one.candidate for one in found])
    prediction = _store(user, symptoms, guess, warnings, failure, round((time.monotonic() - started) * 1000), now)
    if failure is not None and not warnings:
        raise failure
    soon = soonest(found, own.found, warnings=warnings)
    condition = likely or (found[0].condition if found else None)
    specialization = condition.specialization if condition else _general()
    questions.keep(
        asked_of=AskedOf.CHECKER,
        texts=symptoms,
        user=user,
        now=now,
        triage=soon.triage,
        is_urgent=bool(warnings),
        condition=condition.slug if condition else "",
    )
    more = follow_ups(symptoms, case) if settings.ML_SERVICE_URL == "" else []
    doctors = suggest(specialization, now=now)
    return Checked(prediction, warnings, soon.triage, soon.source, condition, more, specialization, doctors)


class Own(NamedTuple):
    """What our own data find: the guess, its likely conditions, and the emergency among them."""

    guess: Guess
    found: list[Rated]
    emergency: Condition | None


def _own(symptoms: Sequence[str], case: Case) -> Own:
    """What the embedded checker finds, before any outside service is asked."""
    guess = predictor.knowledge().guess(symptoms, case)
    found = rated(guess.candidates, case.person)
    return Own(guess, found, emergency(found, guess.signs))


def _provider() -> str:
    return client.PROVIDER if settings.ML_SERVICE_URL else predictor.PROVIDER


def person_of(
    user: User, texts: Sequence[str], *, patient: int | None = None, sent: Person | None = None, now: datetime
) -> Person:
    """Who is ill: the dependant `patient` with what their profile says and what was `sent`, else who was sent, else the
    caller themselves, unless `texts` speak of somebody else. Raises NotFound (404) for whoever is not a dependant."""
    today = timezone.localdate(now)
    if patient is None:
        own = NOBODY if speaks_of_others(texts) else own_facts(user, today=today)
        return own if sent is None else sent
    whom = person_for(user, patient, BOOK, "age and sex", now, READ)
    if whom.pk != user.pk:
        log_read(user, what="age and sex", ids=[whom.pk], subject=whom, basis=ReadLog.Basis.GUARDIAN)
    said = {name: value for name, value in (sent or NOBODY)._asdict().items() if value not in (None, "")}
    return own_facts(whom, today=today)._replace(**said)


def own_facts(user: User, *, today: date) -> Person:
    """What somebody's own profile says of them."""
    profile = UserProfile.objects.unrestricted("the caller's own").filter(user=user).first()
    if profile is None:
        return NOBODY
    sex = profile.gender if profile.gender in ("female", "male") else ""
    born = profile.date_of_birth
    return Person(age_on(born, today) if born else None, sex)


def is_urgent(texts: Sequence[str], case: Case = NO_CASE) -> bool:
    """Whether the assistant and the symptom checker answer urgently, before any outside service is asked."""
    return bool(red_flags(texts, case.person)) or likely_emergency(texts, case) is not None


def likely_emergency(symptoms: Sequence[str], case: Case = NO_CASE) -> Condition | None:
    """The emergency that the embedded data find in `symptoms`, if there is one. For the assistant, too."""
    return _own(symptoms, case).emergency


def _guess(symptoms: list[str], own: Guess) -> Guess:
    """From the external service if one is configured, otherwise `own`, that of the embedded symptom checker."""
    service = client.service()
    if service is not None:
        return client.guess(service, symptoms)
    if not own.matched:
        raise NothingKnown
    return own


def _store(
    user: User,
    symptoms: list[str],
    guess: Guess,
    warnings: list[Warning],
    failure: Refused | None,
    latency_ms: int,
    now: datetime,
) -> Prediction:
    best, *others = guess.candidates or [predictor.Candidate("", 0)]
    return Prediction.objects.create(
        created_at=now,
        patient=user,
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
        urgent=bool(warnings),
        rules=[warning.slug for warning in warnings],
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


def _general() -> DoctorSpecialization | None:
    """General practice, for unknown diseases."""
    named = DoctorSpecialization.objects.filter(slug=GENERAL).successors()
    return DoctorSpecialization.objects.filter(pk__in=named).first()


def suggest(specialization: DoctorSpecialization | None, *, now: datetime) -> list[Suggestion]:
    """The doctors of a specialty whom patients can book: the best rated first, and with equal ratings the earliest
    free slot."""
    rows = DoctorInformation.objects.listed().filter(specializations=specialization)
    doctors = list(rows.order_by("-rating", "-rating_count", "pk")[:MOST_CONSIDERED]) if specialization else []
    free = first_free(doctors=doctors, days=SLOT_DAYS, now=now) if doctors else {}
    found = [Suggestion(doctor, free.get(doctor.pk)) for doctor in doctors]
    found.sort(key=lambda one: (-one.doctor.rating, one.next_slot is None, one.next_slot or now))
    return found[:MOST_DOCTORS]
