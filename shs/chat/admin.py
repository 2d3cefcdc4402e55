"""Service health of the assistant and the symptom checker: figures only, never a question."""

from datetime import datetime
from typing import TypedDict, cast

from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.blog.models import Report
from shs.chat import client as assistant
from shs.chat.models import ChatMessage, ChatQuerySet
from shs.core.admin.site import BackOffice
from shs.core.grants.table import holds
from shs.core.http import Service, State
from shs.core.labels import Label
from shs.predict import client as predictor
from shs.predict.models import Counts, Prediction, PredictionQuerySet
from shs.users.requests import UserRequest


def services_page(request: UserRequest) -> HttpResponse:
    """For both services: which one answers, the state of its circuit breaker, and the figures of the last 24 hours."""
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": _("Assistant and symptom checker"),
        "parts": [
            _part(
                _("Assistant"),
                settings.AI_SERVICE_URL,
                assistant.service(),
                ChatMessage.objects.unrestricted("only counted"),
                now,
            ),
            _part(
                _("Symptom checker"),
                settings.ML_SERVICE_URL,
                predictor.service(),
                Prediction.objects.unrestricted("only counted"),
                now,
            ),
        ],
        "reported": Report.objects.unrestricted("only counted").open().filter(kind=Report.Kind.ANSWER).count(),
        "moderates": holds(request.user, "blog.dismiss_report"),
    }
    return TemplateResponse(request, "admin/chat/services.html", context)


class Part(TypedDict):
    """What the page says of one service."""

    title: Label
    url: str
    state: State | None
    counts: list[Counts]
    failures: list[tuple[str, int]]


def _part(
    title: Label, url: str, service: Service | None, rows: ChatQuerySet | PredictionQuerySet, now: datetime
) -> Part:
    return {
        "title": title,
        "url": url,
        "state": service.state() if service else None,
        "counts": rows.counts(now),
        "failures": rows.failures(now),
    }


office = cast(BackOffice, admin.site)
office.add_page("services/", services_page, name="services", needs="chat.count_chatmessage")
