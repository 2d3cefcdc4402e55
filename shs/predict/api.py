"""The API of the symptom checker."""

from django.utils import timezone
from ninja import Query, Router

from shs.core.api.authentication import requires
from shs.predict import services
from shs.predict.schemas import Find, PredictionOut, Symptoms, prediction_out, suggested_out
from shs.users.requests import UserRequest

router = Router(tags=["Symptom checker"])
routers = [("/predict", router)]

caller = requires("predict.ask_prediction")


@router.post("/disease", auth=caller, response=PredictionOut)
def predict(request: UserRequest, data: Symptoms) -> PredictionOut:
    """Possible conditions for the symptoms, and matching doctors. Red flags are always reported, even while the
    external service is down."""
    checked = services.check(user=request.user, symptoms=data.symptoms, now=timezone.now())
    specialty, said = checked.specialization, data.symptoms
    return {
        **prediction_out(checked.prediction),
        "red_flags": [{"name": r.name, "message": services.in_their_language(r, said)} for r in checked.flags],
        "specialization": {"id": specialty.pk, "name": specialty.name, "slug": specialty.slug} if specialty else None,
        "doctors": [suggested_out(one.doctor, one.next_slot) for one in checked.doctors],
        "disclaimer": str(services.DISCLAIMER),
    }


@router.get("/symptoms", auth=caller, response=list[str])
def symptoms(request: UserRequest, find: Query[Find]) -> list[str]:
    """Search known symptoms by part of their name or a synonym."""
    return services.symptom_names(find.q)
