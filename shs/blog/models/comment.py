"""What users say about an article."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.transitions import move


class CommentQuerySet(RecordQuerySet):
    """Comments."""

    def published(self):
        """Those that everybody may read."""
        return self.filter(status=Comment.Status.PUBLISHED)


class CommentStatus(models.TextChoices):
    PUBLISHED = "published", _("Published")
    HIDDEN = "hidden", _("Hidden")


class Comment(Record):
    """Plain text by one user below one article."""

    Status = CommentStatus

    STEPS = {Status.PUBLISHED: {Status.HIDDEN}, Status.HIDDEN: {Status.PUBLISHED}}

    post = models.ForeignKey("blog.BlogPost", models.PROTECT, related_name="comments", verbose_name=_("article"))
    user = models.ForeignKey("users.User", models.PROTECT, related_name="comments", verbose_name=_("by"))
    content = models.TextField(_("comment"), max_length=2000)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PUBLISHED)

    objects = CommentQuerySet.as_manager()
    locked_fields = ("post", "user", "content", "status")

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["-pk"]
        permissions = [
            ("write_comment", "Can comment on articles"),
            ("hide_comment", "Can hide and restore comments"),
        ]
        constraints = [
            known("status", CommentStatus),
            models.CheckConstraint(name="comment_not_empty", condition=~Q(content="")),
        ]
        indexes = [models.Index(fields=["post", "id"], name="comment_by_post")]  # the public list of an article

    def __str__(self) -> str:
        return self.content[:60]

    @property
    def is_hidden(self) -> bool:
        return self.status == self.Status.HIDDEN

    def hide(self, *, reason: str) -> None:
        """Nobody reads it any more."""
        move(self, self.Status.HIDDEN, reason=reason)

    def restore(self, *, reason: str) -> None:
        """Everybody reads it again."""
        move(self, self.Status.PUBLISHED, reason=reason)
