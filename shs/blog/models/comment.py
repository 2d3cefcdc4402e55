"""Comments on articles."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.moderation import Moderated, ModeratedQuerySet, Visibility
from shs.core.records.privacy import Administrative
from shs.core.records.words import WordsIndex


class Comment(Moderated):
    """Plain text by one user below one article."""

    privacy = Administrative(because="written for everybody")
    crud = Crud(
        add=Never("readers write it in the app"), change=Never("nobody changes the words of another"), remove=By("hide")
    )

    post = models.ForeignKey("blog.BlogPost", models.PROTECT, related_name="comments", verbose_name=_("article"))
    user = models.ForeignKey("users.User", models.PROTECT, related_name="comments", verbose_name=_("by"))
    content = models.TextField(_("comment"), max_length=2000)

    objects = ModeratedQuerySet["Comment"].as_manager()
    locked_fields = ("post", "user", "content", "visibility")

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["-pk"]
        permissions = [
            ("write_comment", "Can comment on articles"),
            ("hide_comment", "Can hide and restore comments"),
        ]
        constraints = [
            known("visibility", Visibility),
            models.CheckConstraint(name="comment_not_empty", condition=~Q(content="")),
        ]
        indexes = [
            models.Index(fields=["post", "id"], name="comment_by_post"),  # the public list of an article
            WordsIndex(fields=["content"], name="comment_words"),  # the moderators' search
        ]

    def __str__(self) -> str:
        return self.content[:60]
