"""Request and response schemas of the assistant API."""

from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from shs.chat.models import WITHDRAWN
from shs.core.types import In, Text


class Question(In):
    """A question to the assistant."""

    message: Annotated[str, Text(4000, least=1)]


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


CHAT_FIELDS = [field for field in ChatOut.__annotations__ if field != "disclaimer"] + ["withdrawn_because"]


def chat_out(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row of CHAT_FIELDS into an answer."""
    row = dict(row)
    if row.pop("withdrawn_because"):
        row["answer"], row["sources"] = str(WITHDRAWN), []
    return row
