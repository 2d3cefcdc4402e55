"""Articles of verified doctors, comments, and items in the moderation queue."""

import random
from datetime import datetime, timedelta

from django.utils.text import slugify

from shs.blog.demo.words import (
    ARTICLES,
    ASKED_FOR,
    BAD_COMMENTS,
    CLOSING,
    EDITED,
    KIND_COMMENTS,
    REVIEW_COMPLAINTS,
    Article,
)
from shs.blog.html import paragraphs
from shs.blog.models import BlogPost, Category, Comment, PostStatus, Report, Tag
from shs.core.records.moderation import Moderated
from shs.core.seeding.marks import LICENCE, MODERATOR, chance, number_of
from shs.core.seeding.stories import Step, Story, store, told
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.users.models import Role, User
from shs.users.seeding import account, numbered

# The states of the sixty articles by index; all others are published.
UNFINISHED = {
    4: PostStatus.IN_REVIEW,
    17: PostStatus.IN_REVIEW,
    29: PostStatus.DRAFT,
    38: PostStatus.IN_REVIEW,
    47: PostStatus.CHANGES_REQUESTED,
    58: PostStatus.IN_REVIEW,
}
EDITED_AGAIN = (12, 33)
"""Published, with an edit that is in review."""


def add_articles(*, seed: int, now: datetime) -> int:
    """Create the missing articles with comments and reports; returns their number."""
    authors = [doctor for doctor in _authors() if doctor.decided_at]
    slugs = [slugify(article.title)[:90].strip("-") for article in ARTICLES]
    there = set(BlogPost.history.filter(slug__in=slugs).values_list("slug", flat=True))
    missing = [(at, slug) for at, slug in enumerate(slugs) if slug not in there]
    if not missing or not authors:
        return 0
    moderator = account(MODERATOR)
    categories = {row.slug: row for row in Category.objects.all()}
    stories = [_story(at, slug, authors, categories, moderator, seed, now) for at, slug in missing]
    posts = store(stories)
    _tag(posts, [ARTICLES[at] for at, _slug in missing])
    readers = _readers()
    if readers:
        _add_comments([post for post in posts if post.published_at], readers, moderator, seed, now)
        _report_reviews(readers, seed, now)
    return len(posts)


def _authors() -> list[DoctorInformation]:
    made = DoctorInformation.objects.listed().filter(license_number__startswith=LICENCE)
    return list(made.select_related("user").order_by("license_number")[:40])


def _readers() -> list[User]:
    people = numbered("patient").filter(role=Role.PATIENT, is_active=True, email__isnull=False)
    return sorted(people, key=lambda user: number_of(user.demo_name))[:200]


def _story(
    at: int,
    slug: str,
    authors: list[DoctorInformation],
    categories: dict[str, Category],
    moderator: User,
    seed: int,
    now: datetime,
) -> Story[BlogPost]:
    """The article's steps from the first draft to its present state."""
    article, dice = ARTICLES[at], chance(seed, "article", slug)
    author, status = dice.choice(authors), UNFINISHED.get(at, PostStatus.PUBLISHED)
    content = paragraphs(f"{article.text.strip()}\n\n{CLOSING}")
    row = BlogPost(
        author=author,
        title=article.title,
        content=content,
        source=article.source,
        slug=slug,
        category=categories.get(article.category),
        views=dice.randint(20, 900) if status == PostStatus.PUBLISHED else 0,
    )
    sent = _sent_at(status, dice, now)
    steps = [Step(sent - timedelta(hours=dice.randint(2, 30)), author.user, "", {"status": PostStatus.DRAFT})]
    if status != PostStatus.DRAFT:
        changes = {"status": PostStatus.IN_REVIEW, "submitted_at": sent}
        steps.append(Step(sent, author.user, "submitted", changes))
        steps += _decision(row, status, moderator, sent + timedelta(hours=dice.randint(3, 12)))
    if at in EDITED_AGAIN:
        steps += _edit(row, article, author.user, now - timedelta(hours=dice.randint(6, 40)))
    return Story(row, steps)


def _sent_at(status: str, dice: random.Random, now: datetime) -> datetime:
    """When it was submitted; articles still in review within the last four days."""
    hours = dice.randint(20, 96) if status != PostStatus.PUBLISHED else dice.randint(10 * 24, 380 * 24)
    return now.replace(microsecond=0) - timedelta(hours=hours, minutes=dice.randint(0, 59))


def _decision(row: BlogPost, status: str, moderator: User, when: datetime) -> list[Step]:
    reviewed: dict[str, object] = {"status": status, "reviewed_by": moderator, "reviewed_at": when}
    if status == PostStatus.CHANGES_REQUESTED:
        return [Step(when, moderator, ASKED_FOR, {**reviewed, "review_note": ASKED_FOR})]
    if status == PostStatus.PUBLISHED:
        return [Step(when, moderator, "published", {**reviewed, **row.as_published(when)})]
    return []


def _edit(row: BlogPost, article: Article, author: User, when: datetime) -> list[Step]:
    """An edit that adds a sentence to the published text."""
    content = paragraphs(f"{article.text.strip()}{EDITED}\n\n{CLOSING}")
    sent = {"status": PostStatus.IN_REVIEW, "submitted_at": when, "content": content}
    return [Step(when, author, "submitted", sent)]


def _tag(posts: list[BlogPost], articles: list[Article]) -> None:
    names = sorted({name for article in articles for name in article.tags})
    there = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    for name in names:
        if name not in there:
            there[name] = Tag.objects.create(name=name, slug=slugify(name)[:50])
    link = BlogPost.tags.through
    rows = [
        link(blogpost_id=post.pk, tag_id=there[name].pk)
        for post, article in zip(posts, articles, strict=True)
        for name in article.tags
    ]
    link.objects.bulk_create(rows)


# --- What readers say ------------------------------------------------------------------------------------------------


def _add_comments(posts: list[BlogPost], readers: list[User], moderator: User, seed: int, now: datetime) -> None:
    """Up to four friendly comments on each article, and on some of the first ones comments that are reported."""
    stories = []
    for post in posts:
        dice = chance(seed, "comments", post.slug)
        for _ in range(dice.randint(0, 4)):
            stories.append(_said(post, dice.choice(KIND_COMMENTS), dice, readers, now))
    store(stories)
    bad = [
        _said(post, text, chance(seed, "bad comment", post.slug), readers, now)
        for post, (text, _reason) in zip(posts, BAD_COMMENTS, strict=False)
    ]
    if len(bad) == len(BAD_COMMENTS):
        # The last one was decided some time ago.
        hidden = Step(bad[-1].steps[0].when + timedelta(hours=1), moderator, "false advice", {"visibility": "hidden"})
        bad[-1].steps.append(hidden)
    for comment, (_text, reason) in zip(store(bad), BAD_COMMENTS, strict=False):
        _complain("comment", comment, comment.user, reason, readers, moderator, seed, now)


def _said(post: BlogPost, text: str, dice: random.Random, readers: list[User], now: datetime) -> Story[Comment]:
    user = dice.choice(readers)
    since = (post.published_at or now) + timedelta(hours=1)
    when = since + (now - timedelta(hours=3) - since) * dice.random()
    return told(Comment(post=post, user=user, content=text), when.replace(microsecond=0), user)


def _complain(
    kind: str,
    row: Moderated,
    author: User,
    reason: str,
    readers: list[User],
    moderator: User,
    seed: int,
    now: datetime,
) -> None:
    """One to three reports of a comment; those of a hidden comment were upheld."""
    dice = chance(seed, "complaints", kind, row.created_at)
    others = [user for user in readers if user.pk != author.pk]
    stories = []
    for user in dice.sample(others, min(dice.randint(1, 3), len(others))):
        when = max(row.created_at, now - timedelta(hours=dice.randint(3, 60)))
        if row.is_hidden:
            when = row.created_at + timedelta(minutes=20)
        report = Report(reporter=user, kind=kind, object_id=row.pk, reason=reason)
        story = told(report, when.replace(microsecond=0), user)
        if row.is_hidden:
            decided = {"status": Report.Status.UPHELD, "decision": "false advice"}
            story.steps.append(Step(when + timedelta(minutes=30), moderator, "false advice", decided))
        stories.append(story)
    store(stories)


def _report_reviews(readers: list[User], seed: int, now: datetime) -> None:
    """On the first run two reviews are reported and wait for a moderator."""
    if Report.history.filter(kind="review", reporter__in=readers).exists():
        return
    reviews = DoctorReview.objects.shown().filter(patient__in=readers).exclude(comment="")
    rows = reviews.select_related("patient").order_by("rating", "created_at", "doctor__license_number")
    for review, reason in zip(rows[: len(REVIEW_COMPLAINTS)], REVIEW_COMPLAINTS, strict=False):
        _complain("review", review, review.patient, reason, readers, account(MODERATOR), seed, now)
