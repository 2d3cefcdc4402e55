"""The API of the assistant."""

from typing import cast

from django.utils import timezone
from ninja import Router, Status

from shs.chat import services
from shs.chat.models import ChatMessage
from shs.chat.schemas import CHAT_FIELDS, ChatOut, ChatRow, Question, chat_out
from shs.core.api.authentication import requires
from shs.core.api.paging import Paged, PageOut, paged
from shs.core.api.problems import say_last
from shs.predict.services import person_of
from shs.predict.way_out import disclaimer, way_out
from shs.users.requests import UserRequest

router = Router(tags=["Assistant"])
routers = [("/chat", router)]

caller = requires("chat.ask_chatmessage")
say_last("/chat/", way_out)


def _told(row: ChatRow) -> ChatOut:
    return chat_out(row, disclaimer())


@router.post("/send-message", auth=caller, response={201: ChatOut})
def send_message(request: UserRequest, data: Question) -> Status[ChatOut]:
    """Ask the assistant. Red flags are always answered, even while the external service is down."""
    now = timezone.now()
    sent = data.person.known(timezone.localdate(now)) if data.person else None
    person = person_of(request.user, [data.message], patient=data.patient, sent=sent, now=now)
    row = services.send(user=request.user, message=data.message, person=person, now=now)
    return Status(201, _told(cast(ChatRow, {name: getattr(row, name) for name in CHAT_FIELDS})))


@router.get("/history", auth=caller, response=PageOut[ChatOut])
def history(request: UserRequest, paging: Paged) -> PageOut[ChatOut]:
    """The caller's questions and answers, newest first."""
    rows = ChatMessage.objects.allowed(request.user, "view").order_by("-created_at", "-pk")
    return paged(rows.values(*CHAT_FIELDS), paging, _told)


@router.delete("/history", auth=caller, response={204: None})
def forget(request: UserRequest) -> Status[None]:
    """Delete all questions and answers of the caller permanently."""
    services.forget(user=request.user)
    return Status(204, None)
