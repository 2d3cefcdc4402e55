"""The API of the symptom checker."""

from datetime import datetime

from django.utils import timezone
from ninja import Query, Router

from shs.core.api.authentication import requires
from shs.core.api.problems import say_last
from shs.predict import services
from shs.predict.cases import Case
from shs.predict.schemas import PredictionOut, Symptoms, SymptomSearch, prediction_out, suggested_out
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
    now = timezone.now()
    case = case_of(data, user=request.user, now=now)
    checked = services.check(user=request.user, symptoms=data.symptoms, case=case, now=now)
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


def case_of(data: Symptoms, *, user: User, now: datetime) -> Case:
    """What is known of the case."""
    sent = data.person.known(timezone.localdate(now)) if data.person else None
    person = services.person_of(user, data.symptoms, patient=data.patient, sent=sent, now=now)
    return Case(person, data.duration, data.severity or "")


@router.get("/symptoms", auth=caller, response=list[str])
def symptoms(request: UserRequest, find: Query[SymptomSearch]) -> list[str]:
    """Search known symptoms by part of their name or a synonym."""
    return services.symptom_names(find.q)
