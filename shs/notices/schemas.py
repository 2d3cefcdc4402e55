"""Request and response schemas of the notices API."""

from datetime import datetime
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import Field
from typing_extensions import TypedDict

from shs.core.api.paging import Paging
from shs.core.types import In, Instant
from shs.notices.letters import letter_of
from shs.notices.models import Notice


class MyNotices(Paging):
    """Filters of the notices."""

    unread: bool = False


class Wishes(In):
    """E-mail preferences: kind → whether to send e-mails; when to send SMS; and the language."""

    email: Annotated[dict[Annotated[str, Field(max_length=30)], bool], Field(max_length=30)] = {}
    sms: Literal["if_needed", "first", "never"] | None = None
    language: Literal["en", "bn"] | None = None


class AboutOut(TypedDict):
    """The record that a notice is about: its kind, such as `appointment`, and its id."""

    type: str
    id: int


class NoticeOut(TypedDict):
    """One notice in the language of the request; `text` is paragraphs, `at` when it was due."""

    id: int
    kind: str
    title: str
    text: str
    about: AboutOut | None
    at: datetime
    read: bool


class WishesOut(TypedDict):
    """The kinds that may be turned off, each with whether an e-mail is sent; when texts are sent (`if_needed`:
    without an e-mail address and the app; `first`: instead of e-mails; `never`); and the language of both."""

    email: dict[str, bool]
    sms: str
    language: str


class ReadOut(TypedDict):
    """The number of notices that were marked."""

    marked: int


def notice_out(row: Notice) -> NoticeOut:
    """Convert a notice and its recipient into NoticeOut."""
    letter, about = letter_of(row), row.subject
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": letter.subject,
        "text": letter.text,
        "about": {"type": about[0], "id": about[1]} if about else None,
        "at": timezone.localtime(row.due_at),
        "read": row.read_at is not None,
    }


class Report(In):
    """A delivery report of the SMS gateway: `id` as it was sent, `at` when it was delivered or given up."""

    id: Annotated[str, Field(pattern=r"^[0-9]{1,18}-[0-9]{1,12}$")]
    status: Literal["delivered", "failed"]
    at: Instant


class SmsReportOut(TypedDict):
    """Whether the report changed anything: it does not when it is sent again, or is about an earlier attempt."""

    changed: bool
