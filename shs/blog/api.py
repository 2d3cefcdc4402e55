"""Articles, comments and reports."""

from typing import cast
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Query, Router, Status
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from shs.blog import services
from shs.blog.answers import (
    LIST_ROW,
    WHOLE_ROW,
    ListRow,
    WholeRow,
    detail_out,
    list_out,
    own_answer,
    own_list_out,
    rows_of,
)
from shs.blog.models import BlogPost, Category, Comment, Tag
from shs.blog.schemas import (
    CategoryOut,
    CommentOut,
    Complaint,
    ImageOut,
    OwnPostOut,
    PostDetailOut,
    PostOut,
    PostSearch,
    Remark,
    ReportOut,
    Writing,
    comment_out,
    image_out,
    report_out,
)
from shs.blog.tally import count_view
from shs.core.api.authentication import anyone, requires
from shs.core.api.caching import public_answer, remembered_answer
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.grants.table import is_member
from shs.core.queries import KeptQuery
from shs.core.records.files import FileResponse, file_answer
from shs.users.requests import UserRequest

router = Router(tags=["Blogs"])
report_router = Router(tags=["Blogs"])
routers = [("/blogs", router), ("/reports", report_router)]

NEWEST = KeptQuery(lambda: BlogPost.objects.public().order_by("-published_at", "-pk"), LIST_ROW)
writes = requires("blog.add_blogpost")


@router.get("/", auth=anyone, response=PageOut[PostOut])
@decorate_view(remembered_answer)
def posts(request: HttpRequest, find: Query[PostSearch]) -> PageOut[PostOut]:
    """Published articles: best match first when searching, otherwise newest first."""
    if not find.model_dump(exclude={"page", "page_size"}, exclude_defaults=True):
        found = paged_kept(NEWEST, find, lambda row: cast(ListRow, row))
        return {**found, "items": list_out(found["items"])}
    rows = BlogPost.objects.public()
    if find.author is not None:
        rows = rows.filter(author=find.author)
    if find.category:
        named = Category.objects.unrestricted("a merged one is found, too").filter(
            Q(slug__iexact=find.category) | Q(name__iexact=find.category)
        )
        rows = rows.filter(category__in=named.successors())
    if find.tag:
        tags = (
            Tag.objects.unrestricted("a merged one is found, too")
            .filter(Q(slug__iexact=find.tag) | Q(name__iexact=find.tag))
            .successors()
        )
        rows = rows.filter(Exists(BlogPost.tags.through.objects.filter(blogpost=OuterRef("pk"), tag__in=tags)))
    rows = rows.search(find.q) if find.q else rows.order_by("-published_at", "-pk")
    page = paged(cast("QuerySet[BlogPost, ListRow]", rows.values(*LIST_ROW)), find, lambda row: row)
    return {**page, "items": list_out(page["items"])}


@router.post("/", auth=writes.limited("post"), response={201: OwnPostOut})
def write(request: UserRequest, data: Writing) -> Status[OwnPostOut]:
    """Write an article. It is published after a moderator has approved it."""
    post = services.write(user=request.user, **_fields(data), submit=data.submit, now=timezone.now())
    return Status(201, own_answer(post.pk))


@router.get("/categories", auth=anyone, response=list[CategoryOut])
@decorate_view(public_answer)
def categories(request: HttpRequest) -> list[CategoryOut]:
    """All categories with their number of published articles."""
    public = Count("posts", filter=Q(posts__in=BlogPost.objects.public()))
    return list(
        Category.objects.in_use()
        .annotate(post_count=public)
        .order_by("name")
        .values("id", "name", "slug", "post_count")
    )


@router.get("/mine", auth=writes, response=PageOut[OwnPostOut])
def mine(request: UserRequest, paging: Paged) -> PageOut[OwnPostOut]:
    """The caller's own articles in every state, newest first."""
    rows = BlogPost.objects.allowed(request.user, "withdraw").filter(author__user=request.user)
    page = paged(cast("QuerySet[BlogPost, WholeRow]", rows.order_by("-pk").values(*WHOLE_ROW)), paging, lambda row: row)
    return {**page, "items": own_list_out(page["items"])}


@router.post("/images", auth=requires("blog.upload_postimage").limited("upload"), response={201: ImageOut})
def add_image(request: UserRequest, file: File[UploadedFile]) -> Status[ImageOut]:
    """Upload an image for an article: JPEG or PNG, at most 5 MB. Articles can show only uploaded images."""
    image = services.add_image(user=request.user, upload=file)
    return Status(201, image_out(image))


@router.get("/images/{uuid:key}", auth=anyone)
def image(request: HttpRequest, key: UUID) -> FileResponse:
    """An image of a published article."""
    found = services.public_image(key)
    answer = file_answer(found.file, found.content_type)
    answer["Cache-Control"] = "public, no-cache"
    return answer


@router.get("/{id:pk}", auth=anyone, response=OwnPostOut | PostDetailOut)
@decorate_view(public_answer)
def detail(request: HttpRequest, pk: int) -> OwnPostOut | PostDetailOut:
    """An article. Only its author and moderators can read one that is not published."""
    if is_member(request.user) and (own := rows_of(BlogPost.objects.allowed(request.user, "view").filter(pk=pk))):
        return own_list_out(own)[0]
    found = rows_of(BlogPost.objects.public().filter(pk=pk))
    if not found:
        raise Http404
    count_view(pk)
    return detail_out(found[0])


@router.put("/{id:pk}", auth=requires("blog.change_blogpost").limited("post"), response=OwnPostOut)
def edit(request: UserRequest, pk: int, data: Writing) -> OwnPostOut:
    """Change an article. A published article is reviewed again; until then the published text stays online."""
    post = get_object_or_404(BlogPost.objects.allowed(request.user, "change"), pk=pk)
    changed = services.edit(post=post, user=request.user, changes=_fields(data), submit=data.submit, now=timezone.now())
    return own_answer(changed.pk)


@router.delete("/{id:pk}", auth=requires("blog.withdraw_blogpost"), response={204: None})
def remove(request: UserRequest, pk: int) -> Status[None]:
    """Delete a draft, or withdraw any other article permanently."""
    services.remove(post=get_object_or_404(BlogPost.objects.allowed(request.user, "withdraw"), pk=pk))
    return Status(204, None)


@router.get("/{id:pk}/comments", auth=anyone, response=PageOut[CommentOut])
@decorate_view(public_answer)
def comments(request: HttpRequest, pk: int, paging: Paged) -> PageOut[CommentOut]:
    """The comments of a published article, oldest first."""
    post = get_object_or_404(BlogPost.objects.public().only("pk"), pk=pk)
    rows = Comment.objects.shown().filter(post=post).select_related("user").order_by("pk")
    return paged(rows, paging, comment_out)


@router.post("/{id:pk}/comments", auth=requires("blog.write_comment").limited("post"), response={201: CommentOut})
def comment(request: UserRequest, pk: int, data: Remark) -> Status[CommentOut]:
    """Comment on a published article."""
    post = get_object_or_404(BlogPost.objects.public(), pk=pk)
    made = services.comment(post=post, user=request.user, content=data.content, now=timezone.now())
    return Status(201, comment_out(made))


@report_router.post("", auth=requires("blog.file_report").limited("post"), response={201: ReportOut})
def report(request: UserRequest, data: Complaint) -> Status[ReportOut]:
    """Report an article, a comment or a review to the moderators. Each user can report an item once."""
    row = services.report(user=request.user, kind=data.kind, object_id=data.id, reason=data.reason, now=timezone.now())
    return Status(201, report_out(row))


def _fields(data: Writing) -> services.Fields:
    """The fields of an article, with its category looked up."""
    return {
        "title": data.title,
        "content": data.content,
        "source": data.source,
        "category": services.category_named(data.category),
        "tags": data.tags,
    }
