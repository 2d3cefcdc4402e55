"""An article: the author's working text and the published text."""

from datetime import datetime
from typing import Self, TypedDict

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.blog.errors import AuthorNotVerified, ChangedMeanwhile
from shs.blog.html import excerpt, plain_text
from shs.blog.search import ranked
from shs.core.caller import Caller
from shs.core.errors import StepRefused
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud
from shs.core.records.moderation import Moderated, ModeratedQuerySet, Visibility
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move
from shs.core.records.values import NameField


class PostStatus(models.TextChoices):
    """The status of the author's working text."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Decided(TypedDict):
    """The last decision: who, when, and the message to the author."""

    reviewed_by: Caller
    reviewed_at: datetime
    review_note: str


class PublishedText(TypedDict):
    """The fields of the published text."""

    published_title: str
    published_content: str
    published_source: str
    published_at: datetime
    excerpt: str
    search_text: str


class PostQuerySet(ModeratedQuerySet["BlogPost"]):
    """Articles."""

    def public(self) -> Self:
        """Those that everyone may read."""
        shown = self.shown().filter(published_at__isnull=False)
        return shown.exclude(status=PostStatus.WITHDRAWN)

    def waiting(self) -> Self:
        """Articles in the moderation queue."""
        return self.filter(status=PostStatus.IN_REVIEW)

    def search(self, words: str, *, every: bool = True) -> Self:
        """Articles whose published title and text contain every word (or some words), best match first; a match in the
        title counts ten times."""
        return ranked(self, words, every=every)


class BlogPost(Moderated):
    """One article of a doctor. `title`, `content` and `source` are the author's working text, `published_…` the public
    text. They are equal after publishing; an edit changes only the working text until a moderator has approved it.
    Category and tags change immediately. `content` is sanitised HTML (shs.blog.html), `source` cites the source of the
    information."""

    privacy = Administrative(because="written for everybody")
    crud = Crud(remove=By("withdraw", "hide"))

    STEPS = {
        PostStatus.DRAFT: {PostStatus.IN_REVIEW},
        PostStatus.IN_REVIEW: {
            PostStatus.PUBLISHED,
            PostStatus.CHANGES_REQUESTED,
            PostStatus.REJECTED,
            PostStatus.WITHDRAWN,
        },
        PostStatus.CHANGES_REQUESTED: {PostStatus.IN_REVIEW, PostStatus.WITHDRAWN},
        # Only a moderator who undoes the rejection returns it to review.
        PostStatus.REJECTED: {PostStatus.IN_REVIEW, PostStatus.WITHDRAWN},
        PostStatus.PUBLISHED: {PostStatus.IN_REVIEW, PostStatus.WITHDRAWN},
        **Moderated.STEPS,
    }
    DECIDED = (
        "title",
        "content",
        "source",
        "review_note",
        "reviewed_by_id",
        "reviewed_at",
        "published_at",
        "published_title",
        "published_content",
        "published_source",
        "excerpt",
        "submitted_at",
    )
    """The fields that a moderator's decision changes and undoing it restores."""

    author = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="posts", verbose_name=_("author")
    )
    title = NameField(_("title"), max_length=200)
    content = models.TextField(_("text"))
    source = models.CharField(_("source"), max_length=255, blank=True)
    slug = models.SlugField(_("short name"), max_length=120, unique=True, editable=False)
    category = models.ForeignKey(
        "blog.Category", models.PROTECT, related_name="posts", verbose_name=_("category"), null=True, blank=True
    )
    tags = models.ManyToManyField("blog.Tag", related_name="posts", verbose_name=_("tags"), blank=True)
    status = models.CharField(_("status"), max_length=20, choices=PostStatus, default=PostStatus.DRAFT)
    submitted_at = models.DateTimeField(_("waiting since"), null=True, blank=True)
    review_note = models.CharField(_("note to the author"), max_length=1000, blank=True)
    reviewed_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="reviewed_posts",
        verbose_name=_("reviewed by"),
        null=True,
        blank=True,
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)

    published_title = models.CharField(_("published title"), max_length=200, blank=True)
    published_content = models.TextField(_("published text"), blank=True)
    published_source = models.CharField(_("published source"), max_length=255, blank=True)
    excerpt = models.CharField(_("excerpt"), max_length=250, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    views = models.PositiveIntegerField(_("views"), default=0, editable=False)

    objects = PostQuerySet.as_manager()
    unlogged_fields = ("updated_at", "search_text", "views")
    _history_m2m_fields = ["tags"]
    locked_fields = (
        "author",
        "status",
        "visibility",
        "submitted_at",
        "review_note",
        "reviewed_by",
        "reviewed_at",
        "published_title",
        "published_content",
        "published_source",
        "excerpt",
        "published_at",
    )

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-pk"]
        permissions = [
            ("submit_blogpost", "Can submit an article for review"),
            ("withdraw_blogpost", "Can withdraw an article"),
            ("publish_blogpost", "Can approve or reject an article in review"),
            ("hide_blogpost", "Can hide and restore a published article"),
        ]
        constraints = [
            known("status", PostStatus),
            known("visibility", Visibility),
            models.CheckConstraint(name="blogpost_says_something", condition=~Q(title="") & ~Q(content="")),
            models.CheckConstraint(
                name="blogpost_published_is_whole",
                condition=Q(published_at__isnull=True) | (~Q(published_title="") & ~Q(published_content="")),
            ),
            models.CheckConstraint(
                name="blogpost_published_has_date",
                condition=~Q(status="published") | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="blogpost_by_date"),  # the public list
            models.Index(fields=["submitted_at"], name="blogpost_waiting", condition=Q(status="in_review")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it, as `public()` asks."""
        is_up = self.published_at is not None and self.status != PostStatus.WITHDRAWN
        return is_up and not self.is_hidden

    @property
    def is_edit(self) -> bool:
        """Whether the working text is an unpublished edit of a published text."""
        texts = (self.published_title, self.published_content, self.published_source)
        return self.published_at is not None and (self.title, self.content, self.source) != texts

    @property
    def version(self) -> str:
        """Identifies the text that a reviewer has read; it changes with every change of the article."""
        return f"{self.updated_at:%Y%m%d%H%M%S%f}"

    def get_state_display(self) -> str:
        """Its status, or that it is hidden."""
        return super().get_state_display() if self.is_hidden else self.get_status_display()

    def submit(self, *, now: datetime, reason: str = "submitted") -> None:
        """Add it to the end of the moderation queue. Raises StepRefused (409), also for a rejected article."""
        move(self, PostStatus.IN_REVIEW, reason=reason, check=self.require_open, submitted_at=now, review_note="")

    def require_open(self) -> None:
        """Raises StepRefused (409) if the author can no longer change it."""
        if self.status in (PostStatus.REJECTED, PostStatus.WITHDRAWN):
            words = {"status": self.get_status_display().lower()}
            raise StepRefused(_("This article is %(status)s: please write a new one instead.") % words)

    def publish(self, *, by: Caller, now: datetime, seen: str = "", note: str = "") -> None:
        """Publish the reviewed text. `seen` is the `version` that the reviewer has read.

        Raises AuthorNotVerified and ChangedMeanwhile (409).
        """

        def check() -> None:
            self.require_seen(seen)
            if not self.author.is_approved:
                raise AuthorNotVerified

        with transaction.atomic():
            lock(self)
            move(
                self,
                PostStatus.PUBLISHED,
                reason=note or "published",
                check=check,
                **self._decided(by, now, note=""),
                **self.as_published(now),
            )

    @staticmethod
    def _decided(by: Caller, now: datetime, note: str) -> Decided:
        return {"reviewed_by": by, "reviewed_at": now, "review_note": note}

    def as_published(self, now: datetime) -> PublishedText:
        """The fields of the published text, set from the working text."""
        return {
            "published_title": self.title,
            "published_content": self.content,
            "published_source": self.source,
            "published_at": self.published_at or now,
            "excerpt": excerpt(self.content),
            "search_text": searched_text(self.title, self.content),
        }

    def request_changes(self, *, reason: str, by: Caller, now: datetime, seen: str = "") -> None:
        """Ask the author for changes because of `reason`; a published text stays online."""
        decided = self._decided(by, now, reason)
        move(self, PostStatus.CHANGES_REQUESTED, reason=reason, check=lambda: self.require_seen(seen), **decided)

    def reject(self, *, reason: str, by: Caller, now: datetime, seen: str = "") -> None:
        """Reject it. If it is an edit, the published text stays online and becomes the working text again."""
        decided = self._decided(by, now, reason)
        with transaction.atomic():
            lock(self)
            if self.published_at is None:
                move(self, PostStatus.REJECTED, reason=reason, check=lambda: self.require_seen(seen), **decided)
            else:
                move(
                    self,
                    PostStatus.PUBLISHED,
                    reason=reason,
                    check=lambda: self.require_seen(seen),
                    title=self.published_title,
                    content=self.published_content,
                    source=self.published_source,
                    **decided,
                )

    def withdraw(self, *, reason: str = "withdrawn by the author") -> None:
        """Withdraw it permanently."""
        move(self, PostStatus.WITHDRAWN, reason=reason)

    def undecide(self, *, reason: str, seen: str) -> None:
        """Undo the last decision, so that the text is in review again. Raises ChangedMeanwhile (409) if the article has
        changed since that decision, which led to the version `seen`."""
        before = self.history.filter(status=PostStatus.IN_REVIEW).order_by("-history_date", "-history_id").first()
        if before is None:
            raise ChangedMeanwhile
        fields = {name: getattr(before, name) for name in self.DECIDED}
        fields["search_text"] = searched_text(before.published_title, before.published_content)
        move(self, PostStatus.IN_REVIEW, reason=reason, check=lambda: self.require_seen(seen), **fields)

    def require_seen(self, seen: str) -> None:
        """Raises ChangedMeanwhile (409) if `seen` is given and is not the present version."""
        if seen and seen != self.version:
            raise ChangedMeanwhile


def searched_text(title: str, content: str) -> str:
    """The searched text: title and content without tags, in lower case."""
    return f"{title}\n{plain_text(content)}".lower().strip()
