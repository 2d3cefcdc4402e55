"""Services for articles, comments and reports, and for moderators' decisions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shs.blog.errors import AlreadyReported, NotVerified
from shs.blog.html import clean, image_keys, plain_text
from shs.blog.models import BlogPost, Category, Comment, PostImage, PostStatus, Report, Tag
from shs.blog.targets import TARGETS, Reportable
from shs.core.errors import Invalid, NotFound
from shs.core.records.files import JPEG, PNG, checked_file
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import DoctorInformation
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users.models import User

MAX_TAGS = 10
SLUG_LENGTH = 90

# --- Writing ---------------------------------------------------------------------------------------------------------


def author_of(user: User) -> DoctorInformation:
    """The verified doctor who `user` is. Raises NotVerified (403)."""
    doctor = DoctorInformation.objects.listed().filter(user=user).first()
    if doctor is None:
        raise NotVerified
    return doctor


def write(
    *,
    user: User,
    title: str,
    content: str,
    source: str = "",
    category: Category | None = None,
    tags: Sequence[str] = (),
    submit: bool = False,
    now: datetime,
) -> BlogPost:
    """Create an article, as a draft or in review; `tags` are names. Raises NotVerified, Muted (403), Invalid (422)."""
    author = author_of(user)
    _require_offered("category", [category])
    with transaction.atomic():
        post = BlogPost(author=author, title=title, source=source, category=category, slug=free_slug(title))
        post.content = _cleaned(content)
        post.save()
        post.tags.set(tags_named(tags))
        if submit:
            send_in(post=post, user=user, now=now)
    return post


class Fields(TypedDict):
    """The fields of an article that its author writes; `tags` are names."""

    title: str
    content: str
    source: str
    category: Category | None
    tags: Sequence[str]


class Changes(TypedDict, total=False):
    """Of `Fields` those that an author changes."""

    title: str
    content: str
    source: str
    category: Category | None
    tags: Sequence[str]


def edit(*, post: BlogPost, user: User, changes: Changes | Fields, submit: bool = False, now: datetime) -> BlogPost:
    """Change the working text. A published article returns to review while its published text stays online; one in
    review moves to the end of the queue. Raises NotVerified and Muted (403), Invalid (422), StepRefused (409)."""
    author_of(user)
    tags = changes.get("tags")
    fields: dict[str, object] = {name: value for name, value in changes.items() if name != "tags"}
    if "content" in changes:
        fields["content"] = _cleaned(changes["content"])
    with transaction.atomic():
        lock(post)
        post.require_open()
        _require_offered("category", [changes.get("category")], [post.category])
        is_new_text = any(getattr(post, name) != fields.get(name, getattr(post, name)) for name in TEXT)
        for name, value in fields.items():
            setattr(post, name, value)
        if post.status == PostStatus.IN_REVIEW and is_new_text:
            user.require_voice(now)
            post.submitted_at = now
        save_with_reason(post, "edited")
        if tags is not None:
            post.tags.set(tags_named(tags, post))
        is_published = post.status == PostStatus.PUBLISHED
        if post.is_edit if is_published else submit and post.status != PostStatus.IN_REVIEW:
            send_in(post=post, user=user, now=now)
        elif post.status != PostStatus.DRAFT:
            _send_images_in(post)
    return post


TEXT = ("title", "content", "source")


def send_in(*, post: BlogPost, user: User, now: datetime) -> None:
    """Submit an article for review. Raises NotVerified and Muted (403), StepRefused (409)."""
    author_of(user)
    user.require_voice(now)
    post.submit(now=now)
    _send_images_in(post)


def _send_images_in(post: BlogPost) -> None:
    """Show the images of an article to whoever reads it in review."""
    images = PostImage.objects.without_history("follows from the history of the article")
    images.filter(author=post.author_id, key__in=image_keys(post.content), is_sent_in=False).update(is_sent_in=True)


def remove(*, post: BlogPost) -> None:
    """Delete a draft that nobody else has seen; withdraw any other article permanently. Raises StepRefused (409)."""
    with transaction.atomic():
        lock(post)
        if post.status == PostStatus.DRAFT and post.published_at is None:
            post.delete()
        else:
            post.withdraw()


def add_image(*, user: User, upload: "UploadedFile[bytes]") -> PostImage:
    """Store an image for the user's articles. Raises NotVerified (403), Invalid (422) for other formats than JPEG and
    PNG."""
    author = author_of(user)
    content = checked_file(upload, (JPEG, PNG))
    image = PostImage(author=author, content_type=content.content_type, size=content.size)
    with transaction.atomic():
        image.file.save("image", content, save=False)
        image.save()
    return image


def public_image(key: UUID) -> PostImage:
    """An image that a published article of its author shows. Raises NotFound."""
    image = PostImage.objects.filter(key=key).first()
    if image is not None:
        posts = BlogPost.objects.public().filter(author=image.author_id, published_content__contains=image.url)
        if posts.exists():
            return image
    raise NotFound


def category_named(name_or_slug: str) -> Category | None:
    """The category of a name or short name in any case, or that which it was merged into; None for an empty one. Raises
    Invalid (422)."""
    if not name_or_slug:
        return None
    for name in ("slug__iexact", "name__iexact"):
        if found := Category.objects.filter(**{name: name_or_slug}).select_related("merged_into").first():
            return found.current()
    raise Invalid(_("There is no such category: %(name)s") % {"name": name_or_slug}, field="category")


def _require_offered(
    field: str, rows: Iterable[Tag | Category | None], kept: Iterable[Tag | Category | None] = ()
) -> None:
    """Raises Invalid (422) for an archived row that is none of `kept`."""
    known = {row.pk for row in kept if row is not None}
    for row in rows:
        if row is not None and row.is_archived and row.pk not in known:
            raise Invalid(_("“%(name)s” is no longer in use.") % {"name": row}, field=field)


def tags_named(names: Sequence[str], post: BlogPost | None = None) -> list[Tag]:
    """The tags of these names; new ones are made. Raises Invalid (422) for a name without a letter, and for an archived
    tag that `post` does not have."""
    found = {}
    for name in names[:MAX_TAGS]:
        slug = slugify(name)[:50]
        if not slug:
            raise Invalid(_("Not a valid tag: %(name)s") % {"name": name}, field="tags")
        tag = _tag(slug=slug) or _tag(name=name) or Tag.objects.create(slug=slug, name=name)
        found[tag.slug] = tag
    if any(tag.is_archived for tag in found.values()):
        _require_offered("tags", found.values(), post.tags.all() if post else ())
    return list(found.values())


def _tag(**named: str) -> Tag | None:
    """The tag of this name, or that which it was merged into."""
    found = Tag.objects.filter(**named).select_related("merged_into").first()
    return found.current() if found else None


def free_slug(title: str) -> str:
    """A short name that no article has yet."""
    base = slugify(title)[:SLUG_LENGTH].strip("-") or "article"
    if not BlogPost.objects.filter(slug=base).exists():
        return base
    return f"{base}-{get_random_string(6, 'abcdefghjkmnpqrstuvwxyz23456789')}"


def _cleaned(content: str) -> str:
    html = clean(content)
    if not plain_text(html, with_links=True):
        raise Invalid(_("The text is empty."), field="content")
    return html


# --- What users say --------------------------------------------------------------------------------------------------


def comment(*, post: BlogPost, user: User, content: str, now: datetime) -> Comment:
    """A comment below a public article. Raises Muted (403)."""
    user.require_voice(now)
    return Comment.objects.create(post=post, user=user, content=content)


def report(*, user: User, kind: str, object_id: int, reason: str, now: datetime) -> Report:
    """Report public content. Raises Muted (403), NotFound, AlreadyReported (409)."""
    user.require_voice(now)
    target = TARGETS.get(kind)
    if target is None or not target.public().filter(target.is_of(user), pk=object_id).exists():
        raise NotFound
    if Report.objects.of(kind, object_id).filter(reporter=user).exists():
        raise AlreadyReported
    complaint = Report(reporter=user, kind=kind, object_id=object_id, reason=reason)
    if target.is_anonymous:
        complaint._history_user = None  # type: ignore[attr-defined]
    complaint.save()
    return complaint


# --- What moderators decide ------------------------------------------------------------------------------------------


def publish(*, post: BlogPost, by: User, now: datetime, seen: str = "", note: str = "") -> None:
    """Publish the reviewed text and notify the author."""
    with transaction.atomic():
        post.publish(by=by, now=now, seen=seen, note=note)
        _tell_author(post, note)


def request_changes(*, post: BlogPost, by: User, reason: str, now: datetime, seen: str = "") -> None:
    """Ask the author for changes and send them `reason`."""
    with transaction.atomic():
        post.request_changes(reason=reason, by=by, now=now, seen=seen)
        _tell_author(post, reason)


def reject(*, post: BlogPost, by: User, reason: str, now: datetime, seen: str = "") -> None:
    """Reject the article or edit and send the author `reason`."""
    with transaction.atomic():
        post.reject(reason=reason, by=by, now=now, seen=seen)
        _tell_author(post, reason)


def undecide(*, post: BlogPost, reason: str, seen: str) -> None:
    """Undo the last decision on an article and notify the author."""
    with transaction.atomic():
        post.undecide(reason=reason, seen=seen)
        _tell_author(post, reason)


def hide(*, kind: str, row: Reportable, reason: str) -> None:
    """Hide content, uphold the reports about it and send its author `reason`."""
    with transaction.atomic():
        TARGETS[kind].hide(row, reason=reason)
        for complaint in Report.objects.open().of(kind, row.pk):
            complaint.uphold(reason=reason)
        _tell_of(kind, row, reason)


def restore(*, kind: str, row: Reportable, reason: str) -> None:
    """Show content again and notify its author. Upheld reports stay decided."""
    with transaction.atomic():
        TARGETS[kind].restore(row, reason=reason)
        _tell_of(kind, row, reason)


def uphold(*, complaint: Report, reason: str) -> None:
    """Hide the reported item, if it is not hidden yet, and uphold all open reports of it."""
    row = TARGETS[complaint.kind].rows().filter(pk=complaint.object_id).first()
    if row is not None and not row.is_hidden:
        hide(kind=complaint.kind, row=row, reason=reason)
        return
    with transaction.atomic():
        for other in Report.objects.open().of(complaint.kind, complaint.object_id):
            other.uphold(reason=reason)


def dismiss(*, complaint: Report, reason: str) -> list[Report]:
    """Dismiss every open report of an item and return them."""
    with transaction.atomic():
        found = list(Report.objects.open().of(complaint.kind, complaint.object_id))
        for other in found:
            other.dismiss(reason=reason)
    return found


def hide_writings(*, author: User, reason: str) -> int:
    """Hide all public articles, comments and reviews of a user; returns how many."""
    mine = {Report.Kind.BLOG: "author__user", Report.Kind.COMMENT: "user", Report.Kind.REVIEW: "patient"}
    count = 0
    with transaction.atomic():
        for kind, key in mine.items():
            public = TARGETS[kind].public().filter(**{key: author}).values("pk")
            for row in TARGETS[kind].rows().filter(pk__in=public).order_by("pk"):
                hide(kind=kind, row=row, reason=reason)
                count += 1
    return count


def _tell_author(post: BlogPost, reason: str) -> None:
    """Notify the author of the decision on an article."""
    data = {"title": post.title, "status": post.status, "reason": reason}
    notify(notice(to=post.author.user, kind=Kind.ARTICLE_DECIDED, data=data, about=f"article:{post.pk}"))


def _tell_of(kind: str, row: Reportable, reason: str) -> None:
    """Notify the author of an article or a comment that it is hidden or visible again."""
    if kind == Report.Kind.REVIEW:
        return  # the doctors app has notified them
    if isinstance(row, BlogPost):
        _tell_author(row, reason)
    elif isinstance(row, Comment):
        data = {"title": row.post.title, "is_hidden": row.is_hidden, "reason": reason}
        notify(notice(to=row.user, kind=Kind.MODERATED, data=data, about=f"comment:{row.pk}"))
