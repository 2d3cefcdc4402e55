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
    """Where an answer is from; `url` is empty for what has no page of its own."""

    title: str
    url: str


class ChatOut(TypedDict):
    """A question and its answer. `status` is `answered`, `unsure` (nothing near enough was found) or `failed`;
    `urgent`: the answer begins with what to do at once."""

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
    """A row of CHAT_FIELDS as it is answered."""
    row = dict(row)
    if row.pop("withdrawn_because"):
        row["answer"], row["sources"] = str(WITHDRAWN), []
    return row
