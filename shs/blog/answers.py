"""Articles as the API answers with them, from rows of `.values()`: their tags are read in one query for all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict, cast

from shs.blog.models import BlogPost
from shs.blog.models.post import PostQuerySet
from shs.blog.schemas import OwnPostOut, PostDetailOut, PostOut, Status, TopicOut, WorkingCopyOut
from shs.core.queries import KeptQuery
from shs.core.records.moderation import Visibility
from shs.doctors.schemas import SpecialtyRef


class ListRow(TypedDict):
    """A row of `.values(*LIST_ROW)`: without the texts."""

    id: int
    title: str
    published_title: str
    slug: str
    excerpt: str
    category_id: int | None
    category__name: str
    category__slug: str
    author_id: int
    author__name: str
    author__specialty_cards: list[SpecialtyRef]
    source: str
    published_source: str
    reviewed_by__name: str | None
    reviewed_at: datetime | None
    published_at: datetime | None
    views: int


class WholeRow(ListRow):
    """A row of `.values(*WHOLE_ROW)`."""

    content: str
    published_content: str
    status: str
    visibility: str
    review_note: str


LIST_ROW = tuple(ListRow.__annotations__)
WHOLE_ROW = (*LIST_ROW, *(name for name in WholeRow.__annotations__ if name not in LIST_ROW))


def rows_of(posts: PostQuerySet) -> list[WholeRow]:
    """The rows of these articles, texts included."""
    return cast("list[WholeRow]", list(posts.values(*WHOLE_ROW)))


def list_out(rows: Sequence[ListRow]) -> list[PostOut]:
    """Articles in a list."""
    tags = _tags(row["id"] for row in rows)
    return [_post_out(row, tags[row["id"]]) for row in rows]


def detail_out(row: WholeRow) -> PostDetailOut:
    """A complete article as the public reads it."""
    return {**_post_out(row, _tags([row["id"]])[row["id"]]), "content": row["published_content"]}


def own_list_out(rows: Sequence[WholeRow]) -> list[OwnPostOut]:
    """Complete articles for their author and moderators; before publishing, that is the working text."""
    tags = _tags(row["id"] for row in rows)
    return [_own_out(row, tags[row["id"]]) for row in rows]


def own_answer(pk: int) -> OwnPostOut:
    """The answer to its author about an article that they have just written."""
    return own_list_out(rows_of(BlogPost.objects.filter(pk=pk)))[0]


def _post_out(row: ListRow, tags: list[TopicOut]) -> PostOut:
    """The published text; of an article that was never published, the working text."""
    is_published = row["published_at"] is not None
    cards = row["author__specialty_cards"]
    category: TopicOut | None = None
    if row["category_id"] is not None:
        category = {"id": row["category_id"], "name": row["category__name"], "slug": row["category__slug"]}
    return {
        "id": row["id"],
        "title": row["published_title"] or row["title"],
        "slug": row["slug"],
        "excerpt": row["excerpt"],
        "category": category,
        "tags": tags,
        "author": {
            "id": row["author_id"],
            "name": row["author__name"],
            "specialty": cards[0]["name"] if cards else "",
        },
        "source": row["published_source"] if is_published else row["source"],
        "reviewed_by": row["reviewed_by__name"] if is_published else None,
        "reviewed_at": row["reviewed_at"] if is_published and row["reviewed_by__name"] is not None else None,
        "published_at": row["published_at"],
        "views": row["views"],
    }


def _own_out(row: WholeRow, tags: list[TopicOut]) -> OwnPostOut:
    is_published = row["published_at"] is not None
    draft: WorkingCopyOut = {"title": row["title"], "content": row["content"], "source": row["source"]}
    public = {"title": row["published_title"], "content": row["published_content"], "source": row["published_source"]}
    return {
        **_post_out(row, tags),
        "content": row["published_content"] if is_published else row["content"],
        "status": cast(Status, row["status"]),
        "is_hidden": row["visibility"] == Visibility.HIDDEN,
        "review_note": row["review_note"],
        "draft": draft if is_published and draft != public else None,
    }


TAGS = KeptQuery(
    lambda **posts: BlogPost.tags.through.objects.filter(blogpost__in=posts.values()).order_by("tag__name", "pk"),
    ("blogpost_id", "tag_id", "tag__name", "tag__slug"),
)


def _tags(posts: Iterable[int]) -> dict[int, list[TopicOut]]:
    """Article's id → its tags by name."""
    found: dict[int, list[TopicOut]] = defaultdict(list)
    if asked := {f"post{at}": pk for at, pk in enumerate(posts)}:
        for tag in TAGS.rows(**asked):
            found[tag["blogpost_id"]].append({"id": tag["tag_id"], "name": tag["tag__name"], "slug": tag["tag__slug"]})
    return found
