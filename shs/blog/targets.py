"""Content that can be reported: how each kind is found, shown to a moderator, hidden and restored.

Another app adds its kind: `TARGETS["answer"] = Target(…)` in its `ready()`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.blog.models import BlogPost, Comment, Report
from shs.doctors import services as doctors
from shs.doctors.models import DoctorReview
from shs.users.models import User


class Target(NamedTuple):
    """One kind of thing. `rows()` is all of it, with what is shown of it; `public()` what a user may have seen."""

    rows: Callable[[], QuerySet]
    public: Callable[[], QuerySet]
    author: Callable[[Any], User | None]
    text: Callable[[Any], str]
    """Its full text; of an article, HTML."""
    context: Callable[[Any], Any]
    hide: Callable[..., None] = lambda row, *, reason: row.hide(reason=reason)
    restore: Callable[..., None] = lambda row, *, reason: row.restore(reason=reason)
    is_of: Callable[[User], Q] = lambda user: Q()
    """Which of `public()` this user has seen, where not everybody sees the same."""
    is_anonymous: bool = False
    """Whether the moderators are not told who reports it: it was theirs alone."""


def hide_review(review: DoctorReview, *, reason: str) -> None:
    doctors.hide_review(review=review, reason=reason)


def restore_review(review: DoctorReview, *, reason: str) -> None:
    doctors.restore_review(review=review, reason=reason)


TARGETS: dict[str, Target] = {
    Report.Kind.BLOG: Target(
        rows=lambda: BlogPost.objects.select_related("author__user", "category"),
        public=lambda: BlogPost.objects.public(),
        author=lambda post: post.author.user,
        text=lambda post: post.published_content,
        context=lambda post: post.published_title,
    ),
    Report.Kind.COMMENT: Target(
        rows=lambda: Comment.objects.select_related("user", "post"),
        public=lambda: Comment.objects.shown().filter(post__in=BlogPost.objects.public()),
        author=lambda comment: comment.user,
        text=lambda comment: comment.content,
        context=lambda comment: _("on “%(title)s”") % {"title": comment.post},
    ),
    Report.Kind.REVIEW: Target(
        rows=lambda: DoctorReview.objects.select_related("patient", "doctor"),
        public=lambda: DoctorReview.objects.shown(),
        author=lambda review: review.patient,
        text=lambda review: review.comment,
        context=lambda review: _("%(stars)s of 5 for %(doctor)s") % {"stars": review.rating, "doctor": review.doctor},
        hide=hide_review,
        restore=restore_review,
    ),
}
