"""The API of the symptom checker."""

from datetime import date

from django.utils import timezone
from ninja import Query, Router

from shs.core.api.authentication import requires
from shs.core.api.problems import say_last
from shs.predict import services
from shs.predict.cases import Case, Person, age_on
from shs.predict.schemas import PredictionOut, Symptoms, SymptomSearch, prediction_out, suggested_out
from shs.predict.services import own_facts
from shs.predict.way_out import disclaimer, way_out
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Symptom checker"])
routers = [("/predict", router)]

caller = requires("predict.ask_prediction")
say_last("/predict/", way_out)


@router.post("/disease", auth=caller, response=PredictionOut)
def predict(request: UserRequest, data: Symptoms) -> PredictionOut:
    """Possible conditions for the symptoms, and matching doctors. Red flags are always reported, even while the
    external service is down."""
    case = case_of(data, user=request.user, today=timezone.localdate())
    checked = services.check(user=request.user, symptoms=data.symptoms, case=case, now=timezone.now())
    specialty, condition = checked.specialization, checked.condition
    return {
        **prediction_out(checked.prediction),
        "red_flags": [{"name": one.name, "message": one.message} for one in checked.warnings],
        "triage": checked.triage,
        "triage_source": checked.triage_source,
        "advice": condition.advice if condition else "",
        "danger_signs": condition.red_flags if condition else [],
        "ask": [{"symptom": one.symptom, "question": one.question} for one in checked.questions],
        "way_out": way_out(),
        "specialization": {"id": specialty.pk, "name": specialty.name, "slug": specialty.slug} if specialty else None,
        "doctors": [suggested_out(one.doctor, one.next_slot) for one in checked.doctors],
        "disclaimer": disclaimer(),
    }


def case_of(data: Symptoms, *, user: User, today: date) -> Case:
    """What is known of the case: `person` as it was sent, else what the caller's own profile says."""
    severity = data.severity or ""
    if data.person is None:
        return Case(own_facts(user, today=today), data.duration, severity)
    sent = data.person
    age = age_on(sent.date_of_birth, today) if sent.date_of_birth and sent.age is None else sent.age
    return Case(Person(age, sent.sex or "", sent.pregnant, sent.weeks), data.duration, severity)


@router.get("/symptoms", auth=caller, response=list[str])
def symptoms(request: UserRequest, find: Query[SymptomSearch]) -> list[str]:
    """Search known symptoms by part of their name or a synonym."""
    return services.symptom_names(find.q)
