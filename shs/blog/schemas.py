"""Request and response schemas of the blog API."""

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.blog.models import BlogPost, Category, Comment, PostImage, Report, Tag
from shs.core.api.paging import Paging
from shs.core.types import MAX_ID, Id, In, Text


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

    title: Annotated[str, Text(200, least=1)]
    content: Annotated[str, Text(100_000, least=1)]
    category: Annotated[str, Text(80)] = ""
    tags: Annotated[list[Annotated[str, Text(50, least=1)]], Field(max_length=10)] = []
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


def post_out(post: BlogPost) -> PostOut:
    """Convert the published text of an article into PostOut."""
    cards = post.author.specialty_cards
    is_reviewed = post.published_at is not None and post.reviewed_by is not None
    return {
        "id": post.pk,
        "title": post.published_title or post.title,
        "slug": post.slug,
        "excerpt": post.excerpt,
        "category": _topic(post.category) if post.category else None,
        "tags": [_topic(tag) for tag in post.tags.all()],
        "author": {"id": post.author_id, "name": post.author.name, "specialty": cards[0]["name"] if cards else ""},
        "source": post.published_source if post.published_at else post.source,
        "reviewed_by": post.reviewed_by.name if is_reviewed and post.reviewed_by else None,
        "reviewed_at": post.reviewed_at if is_reviewed else None,
        "published_at": post.published_at,
        "views": post.views,
    }


def detail_out(post: BlogPost) -> PostDetailOut:
    """A complete article as the public reads it."""
    return {**post_out(post), "content": post.published_content}


def own_out(post: BlogPost) -> OwnPostOut:
    """A complete article for its author and moderators; before publishing, that is the working text."""
    shown: PostDetailOut = {**post_out(post), "content": post.published_content if post.published_at else post.content}
    draft: WorkingCopyOut = {"title": post.title, "content": post.content, "source": post.source}
    return {
        **shown,
        "status": cast(Status, post.status),
        "is_hidden": post.is_hidden,
        "review_note": post.review_note,
        "draft": draft if post.is_edit else None,
    }


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


def _topic(row: Category | Tag) -> TopicOut:
    return {"id": row.pk, "name": row.name, "slug": row.slug}
