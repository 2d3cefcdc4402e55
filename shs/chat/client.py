"""The AI service (AI_SERVICE_URL). Its two response formats are converted to one Reply."""

from functools import cache
from typing import Annotated, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shs.core.http import Service, UpstreamFault
from shs.core.types import Text

PROVIDER = "ai-service"

Passage = Annotated[str, Text(20_000, least=1)]
Title = Annotated[str, Text(255, least=1)]
Page = Annotated[Annotated[str, Text(40)] | int | None, Field()]


class Reply(NamedTuple):
    """An answer, where it is from ({"title", "url"}), and who gave it."""

    answer: str
    sources: list[dict[str, str]]
    provider: str
    version: str
    is_known: bool = True


class Read(BaseModel):
    """Base schema of responses: types are strict, unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Source(Read):
    source: Title
    page: Page = None


class Document(Read):
    document: Title
    page: Page = None


class ContractAnswer(Read):
    """`{"question", "answer", "sources": [{"source", "page"}]}`."""

    answer: Passage
    sources: Annotated[list[Source], Field(max_length=50)] = []
    version: Annotated[str, Text(60)] = ""


class DocumentedAnswer(Read):
    """`{"response", "sources": [{"document", "page", "relevance_score"}]}`."""

    response: Passage
    sources: Annotated[list[Document], Field(max_length=50)] = []
    version: Annotated[str, Text(60)] = ""


ANSWERS: TypeAdapter[ContractAnswer | DocumentedAnswer] = TypeAdapter(ContractAnswer | DocumentedAnswer)


@cache
def _service_at(url: str, seconds: int) -> Service:
    return Service(name=PROVIDER, url=url, total_seconds=seconds)


def service() -> Service | None:
    """The configured service with its circuit breaker; None if the embedded assistant is used."""
    if not settings.AI_SERVICE_URL:
        return None
    return _service_at(settings.AI_SERVICE_URL, settings.AI_TIMEOUT_SECONDS)


def ask(service: Service, question: str) -> Reply:
    """Ask the service. Raises as `Service.post`. Never inside a transaction."""
    try:
        read = ANSWERS.validate_python(service.post("/chat", {"question": question}).data)
    except ValidationError:
        raise UpstreamFault from None  # pydantic's messages repeat the response, which may contain health data
    answer = read.answer if isinstance(read, ContractAnswer) else read.response
    sources = [_titled(row.source if isinstance(row, Source) else row.document, row.page) for row in read.sources]
    return Reply(answer, sources, PROVIDER, read.version or "unstated")


def _titled(name: str, page: str | int | None) -> dict[str, str]:
    """A source of the service: a file name of its own, without a URL here."""
    title = _("%(name)s, page %(page)s") % {"name": name, "page": page} if page not in (None, "") else name
    return {"title": title[:255], "url": ""}
