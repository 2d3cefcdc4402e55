"""The assistant and the symptom checker on the dashboard of system operators."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.chat import client as assistant
from shs.chat.models import ChatMessage
from shs.core.admin.dashboards import Panel, Widget, Widgets
from shs.core.dashboard import SYSTEM
from shs.core.http import Service
from shs.predict import client as predictor
from shs.predict.models import Counts, Prediction
from shs.users.requests import UserRequest


def services(request: UserRequest, now: datetime) -> list[Widget]:
    """How the assistant and the symptom checker were used in the last 24 hours."""
    parts = [
        (_("Assistant"), assistant.service(), ChatMessage.objects.unrestricted("only counted").counts(now)),
        (_("Symptom checker"), predictor.service(), Prediction.objects.unrestricted("only counted").counts(now)),
    ]
    rows = [(title, _health(service, counts), reverse("admin:services"), False) for title, service, counts in parts]
    return [Panel(_("Assistant and symptom checker, 24 hours"), rows, "", order=20)]


def _health(service: Service | None, counts: list[Counts]) -> str:
    """The state of a service, in a few words."""
    asked, failed = sum(row["asked"] for row in counts), sum(row["failed"] for row in counts)
    words = [
        ngettext("%d question", "%d questions", asked) % asked,
        ngettext("%d failed", "%d failed", failed) % failed,
    ]
    if service is not None:
        words.append(str(service.state().circuit.label))
    return " · ".join(words)


widgets = [Widgets(SYSTEM, services)]
