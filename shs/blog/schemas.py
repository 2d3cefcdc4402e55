"""Request and response schemas of the blog API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.blog.models import Comment, PostImage, Report
from shs.core.api.paging import Paging
from shs.core.types import MAX_ID, Id, In, Text, Title


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


class PostSearch(Paging):
    """Filters of the list of articles; each may be left out or empty. `author` is a doctor's id, `category` and `tag` a
    name or slug. With `q`, best match first, else newest first."""

    q: Annotated[str, Text(100)] = ""
    author: Annotated[Annotated[int, Field(ge=1, le=MAX_ID)] | None, BeforeValidator(_empty_is_none)] = None
    category: Annotated[str, Text(80)] = ""
    tag: Annotated[str, Text(50)] = ""


class Writing(In):
    """An article; `content` is HTML and is sanitised. `submit` submits it for review."""

    title: Annotated[str, Title(200, least=1)]
    content: Annotated[str, Text(100_000, least=1)]
    category: Annotated[str, Text(80)] = ""
    tags: Annotated[list[Annotated[str, Title(50, least=1)]], Field(max_length=10)] = []
    source: Annotated[str, Text(255)] = ""
    submit: bool = False


class Remark(In):
    """A comment, as plain text."""

    content: Annotated[str, Text(2000, least=1)]


class Complaint(In):
    """A report about content of another user."""

    kind: Literal["blog", "comment", "review", "answer"]
    id: Id
    reason: Annotated[str, Text(500, least=1)]


class TopicOut(TypedDict):
    id: int
    name: str
    slug: str


class CategoryOut(TopicOut):
    """A category and how many public articles it has."""

    post_count: int


class AuthorOut(TypedDict):
    """The author: a doctor's id, name and first specialty."""

    id: int
    name: str
    specialty: str


class PostOut(TypedDict):
    """An article in a list; `reviewed_by` is the moderator who approved it."""

    id: int
    title: str
    slug: str
    excerpt: str
    category: TopicOut | None
    tags: list[TopicOut]
    author: AuthorOut
    source: str
    reviewed_by: str | None
    reviewed_at: datetime | None
    published_at: datetime | None
    views: int


class PostDetailOut(PostOut):
    """A whole article; `content` is clean HTML."""

    content: str


class WorkingCopyOut(TypedDict):
    """The author's working text while another text is published."""

    title: str
    content: str
    source: str


Status = Literal["draft", "in_review", "published", "changes_requested", "rejected", "withdrawn"]


class OwnPostOut(PostDetailOut):
    """Additional fields for the author and moderators; `draft` is an unpublished edit."""

    status: Status
    is_hidden: bool
    review_note: str
    draft: WorkingCopyOut | None


class CommentOut(TypedDict):
    """A comment, with the first name of its author, or the full name of a doctor."""

    id: int
    content: str
    author: str
    created_at: datetime


class ReportOut(TypedDict):
    id: int
    kind: str
    object_id: int
    reason: str
    status: str
    created_at: datetime


class ImageOut(TypedDict):
    """An uploaded image; `url` is the `src` to use in an article."""

    id: int
    url: str
    content_type: str
    size: int


def report_out(report: Report) -> ReportOut:
    return {
        "id": report.pk,
        "kind": report.kind,
        "object_id": report.object_id,
        "reason": report.reason,
        "status": report.status,
        "created_at": report.created_at,
    }


def image_out(image: PostImage) -> ImageOut:
    return {"id": image.pk, "url": image.url, "content_type": image.content_type, "size": image.size}


def comment_out(comment: Comment) -> CommentOut:
    user = comment.user
    return {
        "id": comment.pk,
        "content": comment.content,
        "author": user.name if user.name.startswith("Dr. ") else user.get_short_name(),
        "created_at": comment.created_at,
    }
