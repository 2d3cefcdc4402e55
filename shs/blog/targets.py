"""Content that can be reported: how each kind is found, shown to a moderator, hidden and restored.

Another app adds its kind: `TARGETS["answer"] = Target(…)` in its `ready()`.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.blog.models import BlogPost, Comment, Report
from shs.core.labels import Label
from shs.doctors import services as doctors
from shs.doctors.models import DoctorReview
from shs.users.models import User


class Reportable(Protocol):
    """A row of a kind of content that can be reported."""

    pk: int

    @property
    def is_hidden(self) -> bool: ...


Thing = TypeVar("Thing", bound=Model)


class Target(NamedTuple, Generic[Thing]):
    """A kind of items that can be reported. `rows()` are all items with the columns that are shown; `public()` those
    that a user may have seen."""

    rows: Callable[[], QuerySet[Thing]]
    public: Callable[[], QuerySet[Thing]]
    author: Callable[[Thing], User | None]
    text: Callable[[Thing], str]
    """Its full text; of an article, HTML."""
    context: Callable[[Thing], Label]
    hide: Callable[..., None] = lambda row, *, reason: row.hide(reason=reason)
    restore: Callable[..., None] = lambda row, *, reason: row.restore(reason=reason)
    is_of: Callable[[User], Q] = lambda user: Q()
    """Which of `public()` this user has seen, where not everybody sees the same."""
    is_anonymous: bool = False
    """Whether the reporter is hidden from moderators, because only that user could see the item."""


def hide_review(review: DoctorReview, *, reason: str) -> None:
    doctors.hide_review(review=review, reason=reason)


def restore_review(review: DoctorReview, *, reason: str) -> None:
    doctors.restore_review(review=review, reason=reason)


TARGETS: dict[str, Target[Any]] = {
    Report.Kind.BLOG: Target[BlogPost](
        rows=lambda: BlogPost.objects.select_related("author__user", "category"),
        public=lambda: BlogPost.objects.public(),
        author=lambda post: post.author.user,
        text=lambda post: post.published_content,
        context=lambda post: post.published_title,
    ),
    Report.Kind.COMMENT: Target[Comment](
        rows=lambda: Comment.objects.select_related("user", "post"),
        public=lambda: Comment.objects.shown().filter(post__in=BlogPost.objects.public()),
        author=lambda comment: comment.user,
        text=lambda comment: comment.content,
        context=lambda comment: _("on “%(title)s”") % {"title": comment.post},
    ),
    Report.Kind.REVIEW: Target[DoctorReview](
        rows=lambda: DoctorReview.objects.select_related("patient", "doctor"),
        public=lambda: DoctorReview.objects.shown(),
        author=lambda review: review.patient,
        text=lambda review: review.comment,
        context=lambda review: _("%(stars)s of 5 for %(doctor)s") % {"stars": review.rating, "doctor": review.doctor},
        hide=hide_review,
        restore=restore_review,
    ),
}
