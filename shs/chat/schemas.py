"""Request and response schemas of the assistant API."""

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from shs.chat.models import WITHDRAWN
from shs.core.types import In, Text
from shs.predict.schemas import PersonIn
from shs.users.family_schemas import ForWhom


class Question(In):
    """A question to the assistant. `person` and `patient`: who is ill, as in the symptom checker."""

    message: Annotated[str, Text(4000, least=1)]
    person: PersonIn | None = None
    patient: ForWhom = None


class SourceOut(TypedDict):
    """The source of an answer; `url` is empty if it has no page."""

    title: str
    url: str


class ChatOut(TypedDict):
    """A question and its answer. `status` is `answered`, `unsure` (no good match) or `failed`; with `urgent` the answer
    begins with what to do immediately."""

    id: int
    message: str
    answer: str
    sources: list[SourceOut]
    urgent: bool
    disclaimer: str
    status: str
    provider: str
    version: str
    created_at: datetime


class ChatRow(TypedDict):
    """A row of `.values(*CHAT_FIELDS)`."""

    id: int
    message: str
    answer: str
    sources: list[SourceOut]
    urgent: bool
    status: str
    provider: str
    version: str
    created_at: datetime
    withdrawn_because: str


CHAT_FIELDS = tuple(ChatRow.__annotations__)


def chat_out(row: ChatRow, disclaimer: str) -> ChatOut:
    """Convert a row of CHAT_FIELDS into an answer."""
    is_withdrawn = bool(row["withdrawn_because"])
    return {
        "id": row["id"],
        "message": row["message"],
        "answer": str(WITHDRAWN) if is_withdrawn else row["answer"],
        "sources": [] if is_withdrawn else row["sources"],
        "urgent": row["urgent"],
        "disclaimer": disclaimer,
        "status": row["status"],
        "provider": row["provider"],
        "version": row["version"],
        "created_at": row["created_at"],
    }
